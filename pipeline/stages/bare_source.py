"""Removes comments, docstrings and blank lines from Python source.

Takes the text of a module; returns the text that decides what the module does, which `stages.code` hashes. A regular
expression finds strings, comments and brackets, so the result is the same for every version of Python. It does not
support f-strings that repeat their own quotes inside, which Python 3.11 does not support either. Cost: 40 MB/s on one
core; parsing takes twenty times as long.
"""

from __future__ import annotations

import re

_DOUBLE = r'"(?:""[^"\\]*+(?:(?:\\.|"(?!""))[^"\\]*+)*+"""|[^"\\\n]*+(?:\\.[^"\\\n]*+)*+")'
_SINGLE = _DOUBLE.replace('"', "'")
_LINE_END = r"[ \t]*(?:\#[^\n]*)?(?:\n|\Z)"
_INSIDE = r"""[^()\[\]{}"'\#\n]*+"""
_TOKEN = re.compile(
    # Each alternative begins with a fixed character, so the search can jump to the next of these characters.
    rf"{_DOUBLE}|{_SINGLE}|\#[^\n]*"
    rf"|\n(?:[ \t]*(?:\#[^\n]*)?(?=\n|\Z)|(?P<statement>[ \t]*[rRuU]?(?:{_DOUBLE}|{_SINGLE})(?={_LINE_END})))"
    rf"|\((?:{_INSIDE}\))?|\[(?:{_INSIDE}\])?|\{{(?:{_INSIDE}\}})?|\)|\]|\}}",
    re.DOTALL,
)
"""A string, a comment, a blank line or a bracket. The group `statement` is a string on lines of its own, which is a
docstring unless a bracket is open or the line above ends with a backslash. A pair of brackets is one match if there is
no bracket, string, comment or line end inside."""
_DEPTHS = {"(": 1, "[": 1, "{": 1, ")": -1, "]": -1, "}": -1}


def bare_source(source: str) -> str:
    """Return a module's source without comments, docstrings or blank lines.

    Any string that is a statement counts as a docstring, including a string below a constant or a field. Two sources
    with the same result behave in the same way, unless they read `__doc__` or line numbers.

    Example:
        >>> bare_source('def area(side):  # of a square\\n    "Square metres."\\n    return side**2\\n')
        'def area(side):\\n    return side**2'
    """
    text = f"\n{source}"
    kept: list[str] = []
    kept_until = depth = 0
    for match in _TOKEN.finditer(text):
        token = match[0]
        depth += _DEPTHS.get(token, 0)
        is_value = match["statement"] and (depth > 0 or text[match.start() - 1] == "\\")
        if token[0] in "\n#" and not is_value:
            kept.append(text[kept_until : match.start()].rstrip(" \t"))
            kept_until = match.end()
    kept.append(text[kept_until:])
    return "".join(kept).strip("\n")
