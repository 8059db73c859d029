"""Locates a model's quotes in a document, and makes evidence records from character spans.

A model copies words faithfully but line breaks badly, so white space is ignored in the quote and in the document.
Offsets refer to the document's own characters. Time is linear in the length of the searched span.
"""

from __future__ import annotations

from collections.abc import Sequence

from pipeline.documents.pages import page_at
from pipeline.records import Evidence, Page


def locate_quote(quote: str, *, text: str, start: int, end: int) -> tuple[int, int] | None:
    """Return the first occurrence of a quote in `text[start:end]`, ignoring white space.

    Returns:
        The start and end of the quote in `text`, without white space at either end; None if the span does not contain
        the quote, or if the quote holds only white space.
    """
    needle = "".join(quote.split())
    if not needle:
        return None
    positions = [index for index in range(start, end) if not text[index].isspace()]
    found = "".join(text[index] for index in positions).find(needle)
    if found < 0:
        return None
    return positions[found], positions[found + len(needle) - 1] + 1


def evidence_of(*, doc_id: str, text: str, start: int, end: int, pages: Sequence[Page] = ()) -> Evidence:
    """Return the evidence record of a span, with the page on which the span begins if the document has pages."""
    depth = start / len(text)
    return Evidence(doc_id=doc_id, start=start, end=end, quote=text[start:end], depth=depth, page=page_at(pages, start))
