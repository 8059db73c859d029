"""Where a quote stands in a document: verbatim but for white space, as character offsets.

A model copies words faithfully and line breaks badly, so white space is ignored on both sides while the offsets that
come out are those of the document's own characters. Linear in the searched span.
"""

from __future__ import annotations

from collections.abc import Sequence

from pipeline.documents.pages import page_at
from pipeline.records import Evidence, Page


def locate_quote(quote: str, *, text: str, start: int, end: int) -> tuple[int, int] | None:
    """First place of a quote in `text[start:end]`, white space ignored.

    Returns:
        Offsets into `text`, beginning and ending on a character that is not white space; None where the quote does not
        stand there, or is nothing but white space.
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
    """The evidence record of a span; with the page that it begins on where the context has pages."""
    depth = start / len(text)
    return Evidence(doc_id=doc_id, start=start, end=end, quote=text[start:end], depth=depth, page=page_at(pages, start))
