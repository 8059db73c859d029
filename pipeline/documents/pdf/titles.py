"""Titles that the lines of a page break up: joined if the file's outline has them as one.

In: the blocks of a page and the bookmarks of the file. Out: the blocks, with the parts of each such title as one
paragraph. Used by `pdf.document`. Cost: linear in the blocks; each is compared with the bookmarks of its page.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence

from pipeline.documents.pdf.cells import Table
from pipeline.documents.pdf.headings import Bookmark
from pipeline.documents.pdf.paragraphs import Paragraph, ParagraphKind

_MAX_PARTS = 5
_NOT_TEXT = re.compile(r"[\W_]+")
_NUMBER = re.compile(r"^\d+")


def joined_titles(
    blocks: Sequence[Paragraph | Table], bookmarks: Iterable[Bookmark], page: int
) -> list[Paragraph | Table]:
    """Return the blocks of a page with each title in several parts as one paragraph.

    Args:
        blocks: the page in reading order.
        bookmarks: the file's outline.
        page: index of the page.
    """
    titles = {_plain(bookmark.title) for bookmark in bookmarks if abs(bookmark.page - page) <= 1}
    titles |= {_NUMBER.sub("", title) for title in titles}
    found: list[Paragraph | Table] = []
    place = 0
    while place < len(blocks):
        parts = _parts(blocks[place : place + _MAX_PARTS], titles)
        first = blocks[place]
        if parts > 1 and isinstance(first, Paragraph):
            found.append(_joined([part for part in blocks[place : place + parts] if isinstance(part, Paragraph)]))
        else:
            found.append(first)
        place += max(1, parts)
    return found


def _parts(blocks: Sequence[Paragraph | Table], titles: set[str]) -> int:
    """Return how many blocks together are a title; 1 if the first block is one or no title begins with it."""
    text = ""
    for number, block in enumerate(blocks, start=1):
        if not isinstance(block, Paragraph) or block.kind is ParagraphKind.ENTRIES:
            return 1
        text += _plain(" ".join(line.text for line in block.lines))
        unnumbered = _NUMBER.sub("", text)
        if text and (text in titles or (unnumbered and unnumbered in titles)):
            return number
        if not unnumbered or not any(title.startswith((text, unnumbered)) for title in titles):
            return 1
    return 1


def _joined(parts: Sequence[Paragraph]) -> Paragraph:
    first = parts[0]
    return Paragraph(
        ParagraphKind.ITEM if first.kind is ParagraphKind.ITEM else ParagraphKind.TEXT,
        [line for part in parts for line in part.lines],
        first.label,
        first.bullet,
        column_left=min(part.column_left for part in parts),
        column_right=max(part.column_right for part in parts),
        gap_above=first.gap_above,
    )


def _plain(text: str) -> str:
    return _NOT_TEXT.sub("", text).lower()
