"""Finds where the pages of a Hangul document begin, from the positions of its lines as Hangul last laid them out.

A file does not store its pages. A page begins at a section, at a page break, and at a line that lies higher than the
line before it. That fails for text in columns and for tables that continue on the next page; then no page is known.
"""

from __future__ import annotations

from itertools import pairwise

from pipeline.documents.readers.hangul.content import Columns, Grid, NewPageNumber, Paragraph, SectionStart


class PageCounter:
    """Follows the paragraphs of the body."""

    def __init__(self) -> None:
        self.count = 0
        """Pages so far."""
        self.is_known = True
        """Whether every page start was found so far."""
        self._number = 0
        self._last_top: int | None = None
        self._body_height = 0
        self._is_due = False

    def enter(self, paragraph: Paragraph) -> str:
        """Take the next paragraph, and return the number of the page that begins with it; empty if none does.

        A page that begins inside a paragraph counts as beginning with the next one.
        """
        tops = paragraph.tops
        if not tops:
            self.is_known = False
            return ""
        section = next((piece for piece in paragraph.pieces if isinstance(piece, SectionStart)), None)
        begins = section is not None or paragraph.begins_page or self._last_top is None or tops[0] < self._last_top
        if section is not None:
            self._body_height = section.body_height
        if begins:
            self.count += 1
            self._number = section.first_page if section is not None and section.first_page else self._number + 1
        for piece in paragraph.pieces:
            if isinstance(piece, NewPageNumber):
                self._number = piece.number
            elif isinstance(piece, Columns):
                self.is_known = self.is_known and piece.count <= 1
            elif isinstance(piece, Grid) and self._goes_over(piece, tops[0]):
                self.is_known = False
        label = str(self._number) if begins or self._is_due else ""
        inside = sum(below < above for above, below in pairwise(tops))
        self.count += inside
        self._number += inside
        self._is_due = inside > 0
        self._last_top = tops[-1]
        return label

    def _goes_over(self, grid: Grid, top: int) -> bool:
        if not self._body_height:
            return True
        return grid.height > self._body_height - (0 if grid.is_inline else top)
