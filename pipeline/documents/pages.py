"""Finds the source pages of a part of a document, of documents joined in one row, and of one offset.

Takes `Page`s in order; returns `Page`s or a page label. Used by `dedup`, `pack` and `synthesize`.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Callable, Iterable, Sequence

from pipeline.records import Page


def page_at(pages: Sequence[Page], offset: int) -> str:
    """Return the label of the page at an offset; empty if the page is unknown."""
    index = bisect_right(pages, offset, key=lambda page: page.start) - 1
    return pages[index].label if index >= 0 else ""


def pages_within(pages: Sequence[Page], *, start: int, end: int) -> tuple[Page, ...]:
    """Return the pages of a span, with offsets relative to the span; empty if no page has a label.

    The first page is the one on which the span begins.
    """
    first = max(0, bisect_right(pages, start, key=lambda page: page.start) - 1)
    last = bisect_right(pages, end - 1, key=lambda page: page.start)
    found = tuple(Page(start=max(0, page.start - start), label=page.label) for page in pages[first:last])
    return found if any(page.label for page in found) else ()


def moved_pages(pages: Sequence[Page], at: Callable[[int], int]) -> tuple[Page, ...]:
    """Return the pages of a text after a change. If several pages then begin at one offset, only the last is kept."""
    by_start = {at(page.start): page for page in pages}
    return tuple(Page(start=start, label=page.label) for start, page in by_start.items())


def joined_pages(documents: Iterable[tuple[int, Sequence[Page]]]) -> tuple[Page, ...]:
    """Return the pages of a text joined from documents, each given as its start and its pages.

    A document that does not begin with a page gets a page without a label, so that its text is not attributed to the
    last page of the previous document. The result is empty if no page has a label.
    """
    found: list[Page] = []
    for start, pages in documents:
        if not pages or pages[0].start > 0:
            found.append(Page(start=start, label=""))
        found += (Page(start=page.start + start, label=page.label) for page in pages)
    return tuple(found) if any(page.label for page in found) else ()
