"""A signature on one line: its tokens as written, without comments, line breaks and the indent after them.

In: the header of a definition and its language. Out: one line. Used by `outline`. Linear.
"""

from __future__ import annotations

import re

_STRINGS = r"""\"(?:[^\"\\\n]|\\.)*\"|'(?:[^'\\\n]|\\.)*'|`(?:[^`\\]|\\.)*`"""
_HASH_COMMENTS = re.compile(rf"(?P<gap>(?:\s|\#[^\n]*|\\\n)+)|\"\"\".*?\"\"\"|'''.*?'''|{_STRINGS}", re.DOTALL)
_SLASH_COMMENTS = re.compile(rf"(?P<gap>(?:\s|//[^\n]*|/\*.*?\*/|\\\n)+)|{_STRINGS}", re.DOTALL)
_HASH_LANGUAGES = frozenset({"python"})


def on_one_line(header: str, language: str) -> str:
    """The header on one line; a line break behind an opening bracket or before a closing one leaves nothing."""
    pattern = _HASH_COMMENTS if language in _HASH_LANGUAGES else _SLASH_COMMENTS

    def shorter(match: re.Match[str]) -> str:
        gap = match["gap"]
        if gap is None:
            return match.group()
        before, after = header[match.start() - 1 : match.start()], header[match.end() : match.end() + 1]
        if not gap.strip(" \t"):
            return " "
        return "" if before in ("(", "[", "") or after in (")", "]", ",", "") else " "

    return pattern.sub(shorter, header).strip()
