"""A signature on one line: its tokens as written, without comments, line breaks and the indents after them.

In: the header of a definition and its language. Out: one line. Used by `outline`. Cost: linear.
"""

from __future__ import annotations

import re

_STRINGS = r"""\"(?:[^\"\\\n]|\\.)*\"|'(?:[^'\\\n]|\\.)*'|`(?:[^`\\]|\\.)*`"""
_HASH_COMMENTS = re.compile(rf"(?P<gap>(?:\s|\#[^\n]*|\\\n)+)|\"\"\".*?\"\"\"|'''.*?'''|{_STRINGS}", re.DOTALL)
_SLASH_COMMENTS = re.compile(rf"(?P<gap>(?:\s|//[^\n]*|/\*.*?\*/|\\\n)+)|{_STRINGS}", re.DOTALL)
_SIGN = re.compile(r"[\"'`#/\\]")
_HASH_LANGUAGES = frozenset({"python"})


def on_one_line(header: str, language: str) -> str:
    """Return the header on one line. A line break after an opening or before a closing bracket leaves no space.

    A trailing comma after the last of several lines of parameters is removed.
    """
    if header.isprintable() and _SIGN.search(header) is None:  # on one line, without strings and comments
        return " ".join(header.split()).rstrip(";,")
    pattern = _HASH_COMMENTS if language in _HASH_LANGUAGES else _SLASH_COMMENTS

    def shorter(match: re.Match[str]) -> str:
        gap = match["gap"]
        if gap is None:
            return match.group()
        before, after = header[match.start() - 1 : match.start()], header[match.end() : match.end() + 1]
        if not gap.strip(" \t"):
            return " "
        return "" if before in ("(", "[", "") or after in (")", "]", ",", "") else " "

    return _without_last_comma(pattern.sub(shorter, header).strip().rstrip(";,"), header)


def _without_last_comma(line: str, header: str) -> str:
    """Remove the comma before the bracket that closes the parameters, but keep the one of a tuple such as `(int,)`."""
    if "\n" not in header:
        return line
    depth = 0
    for position, character in enumerate(line):
        if character == ")" and depth == 1 and line[position - 1] == "," and "->" not in line[:position]:
            return line[: position - 1] + line[position:]
        depth += (character in "([{") - (character in ")]}")
    return line
