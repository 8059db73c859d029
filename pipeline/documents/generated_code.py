"""Tells code that a program wrote from code that a person wrote, by its text.

In: the name and the text of a code file. Out: the reason to skip the file. Used by `documents.reading` for single files
and by `readers.tree` for the files of a source tree. Time: linear in the text, at most one pass.
"""

from __future__ import annotations

import re

LONG_LINE_CHARS = 5000
"""The maximum length of a line that a person may have written, in characters."""


def generated_reason(name: str, text: str) -> str:
    """Return `generated`, `minified`, or an empty string for code that a person may have written.

    A file is generated if a comment in its first lines says so, as Go's convention has it: "Code generated … DO NOT
    EDIT." A script or style sheet is minified if most of it is in lines that nobody writes: over 5,000 characters, or
    over 400 and with hardly any space.
    """
    head = text[:_HEAD_CHARS].split("\n")[:_HEAD_LINES]
    comments = " ".join(line for line in head if _COMMENT.match(line))
    if _AT_GENERATED.search(comments) or (_GENERATED.search(comments) and _DO_NOT_EDIT.search(comments)):
        return "generated"
    suffix = name.rsplit("/", 1)[-1].lower().rpartition(".")[2]
    return "minified" if suffix in _MINIFIED and _is_minified(text) else ""


def long_lines_share(text: str, longer_than: int = LONG_LINE_CHARS) -> float:
    """Return the share of a text's characters that are in lines longer than a limit, from 0 to 1."""
    return sum(len(line) for line in text.split("\n") if len(line) > longer_than) / max(1, len(text))


def _is_minified(text: str) -> bool:
    if len(text) < _MIN_CHARS:
        return False
    if long_lines_share(text) > _MOST:
        return True
    is_dense = sum(map(text.count, " \t\n")) < _SPACE_SHARE * len(text)
    return is_dense and long_lines_share(text, _DENSE_LINE_CHARS) > _NEARLY_ALL


_HEAD_LINES = 40
_HEAD_CHARS = 8000
_COMMENT = re.compile(r"\s{0,40}(?://|#|/\*|\*|--|;|%|<!--|\(\*)")
_AT_GENERATED = re.compile(r"(?<![\w@])@generated\b")
_GENERATED = re.compile(r"\b(?:auto-?)?generated\b", re.IGNORECASE)
_DO_NOT_EDIT = re.compile(r"\b(?:do not|don't|should not) (?:manually )?(?:edit|modify|change)\b", re.IGNORECASE)
_MINIFIED = frozenset({"js", "mjs", "cjs", "css"})
_MIN_CHARS = 5000
_DENSE_LINE_CHARS = 400
_SPACE_SHARE = 0.08
"""Minified scripts have 2 to 6 % white space, written ones 15 to 40 %."""
_MOST, _NEARLY_ALL = 0.5, 0.8
