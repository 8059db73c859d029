"""Recognises texts that a quotation on one line would damage: lists with bullets, code blocks and numbered lists.

Used by the tasks that quote a passage on one line. Time is linear in the length of the text.
"""

from __future__ import annotations

import re

_BLOCK = re.compile(r"^[ \t]*(?:[-*+•·‣◦○☆▪–.][ \t]+\S|```|~~~|\|)", re.MULTILINE)
"""The beginning of a list item with a bullet, of a code block or of a table row."""
_NUMBERED = re.compile(r"^[ \t]*(?:\(?(?:\d{1,2}|[^\W\d_]|[ivx]{2,4})[.)]|[①-⑳])[ \t]*(?=\D)", re.MULTILINE)
"""The beginning of a numbered list item."""


def has_blocks(words: str) -> bool:
    """Return whether a text contains items with bullets, a code block or a table row."""
    return _BLOCK.search(words) is not None


def num_items(words: str) -> int:
    """Return the number of lines that begin with the number of a list item."""
    return sum(1 for _ in _NUMBERED.finditer(words))
