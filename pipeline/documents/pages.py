"""Pages of a document's source: of a part of it, of several documents in one row, and the page of a place.

In: `Page`s in order. Out: the same. Used by dedup, pack and synthesize. Pure.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Callable, Iterable, Sequence

from pipeline.records import Page


def page_at(pages: Sequence[Page], offset: int) -> str:
    """Label of the page that a place is on; empty where none is known."""
    index = bisect_right(pages, offset, key=lambda page: page.start) - 1
    return pages[index].label if index >= 0 else ""


def pages_within(pages: Sequence[Page], *, start: int, end: int) -> tuple[Page, ...]:
    """Pages of a span, in its offsets; the page that is open where it begins is the first."""
    first = max(0, bisect_right(pages, start, key=lambda page: page.start) - 1)
    last = bisect_right(pages, end - 1, key=lambda page: page.start)
    found = tuple(Page(start=max(0, page.start - start), label=page.label) for page in pages[first:last])
    return found if any(page.label for page in found) else ()


def moved_pages(pages: Sequence[Page], at: Callable[[int], int]) -> tuple[Page, ...]:
    """Pages of a text that was changed; of several that begin at one place, the last."""
    by_start = {at(page.start): page for page in pages}
    return tuple(Page(start=start, label=page.label) for start, page in by_start.items())


def joined_pages(documents: Iterable[tuple[int, Sequence[Page]]]) -> tuple[Page, ...]:
    """Pages of a text that is made of others: where each begins, and its pages; a page without a label where it has
    none, so that it is not on the last page of the one before."""
    found: list[Page] = []
    for start, pages in documents:
        if not pages or pages[0].start > 0:
            found.append(Page(start=start, label=""))
        found += (Page(start=page.start + start, label=page.label) for page in pages)
    return tuple(found) if any(page.label for page in found) else ()
