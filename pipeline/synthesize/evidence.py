"""Locates a model's quotes in a document, and makes evidence records from character spans.

A model copies words faithfully but line breaks and quotation marks badly. White space, quotation marks and backticks
are therefore ignored in the quote and in the document, and so is punctuation that a model adds at the end of a quote.
Offsets refer to the document's own characters. Time is linear
in the length of the searched span.
"""

from __future__ import annotations

from collections.abc import Sequence

from pipeline.documents.pages import page_at
from pipeline.records import Evidence, Page
from pipeline.synthesize.sentences import Span

_IGNORED = frozenset("\"'`“”‘’„‚«»「」『』")
"""Quotation marks and backticks."""
_DELETED = dict.fromkeys(map(ord, _IGNORED))
_ENDS = ".,;:"
"""Punctuation that a model may add at the end of a quote."""
_MIN_QUOTE_CHARS = 2


def locate_quotes(quotes: Sequence[str], *, text: str, near: Span) -> list[Span] | str:
    """Return the spans of quotes in a document, in document order; or the first quote that it does not have.

    Each quote is searched for in the span `near` first, and then in the whole document. A quote that lies inside
    another one is left out.
    """
    spans: list[Span] = []
    for quote in quotes:
        found = locate_quote(quote, text=text, start=near.start, end=near.end) or locate_quote(
            quote, text=text, start=0, end=len(text)
        )
        if found is None:
            return quote
        spans.append(Span(start=found[0], end=found[1]))
    return without_inner(spans)


def without_inner(spans: Sequence[Span]) -> list[Span]:
    """Return spans in document order, without those that lie inside another one."""
    kept: list[Span] = []
    for span in sorted(spans, key=lambda span: (span.start, -span.end)):
        if not kept or span.end > kept[-1].end:
            kept.append(span)
    return kept


def locate_quote(quote: str, *, text: str, start: int, end: int) -> tuple[int, int] | None:
    """Return the first occurrence of a quote in `text[start:end]`, ignoring white space and quotation marks.

    Returns:
        The start and end of the quote in `text`, without white space at either end; None if the span does not contain
        the quote, or if the quote holds fewer than two characters besides white space and quotation marks.
    """
    needle = "".join(char for char in quote if not _is_ignored(char))
    if len(needle) < _MIN_QUOTE_CHARS:
        return None
    positions = [index for index in range(start, end) if not _is_ignored(text[index])]
    searched = "".join(text[index] for index in positions)
    found = searched.find(needle)
    if found < 0:
        needle = needle.rstrip(_ENDS)
        found = searched.find(needle) if len(needle) >= _MIN_QUOTE_CHARS else -1
    if found < 0:
        return None
    return positions[found], positions[found + len(needle) - 1] + 1


def squeezed(text: str) -> str:
    """Return a text without white space, quotation marks and backticks, for `holds_quote`."""
    return "".join(text.split()).translate(_DELETED)


def holds_quote(quote: str, *, squeezed_text: str) -> bool:
    """Return whether `locate_quote` would find a quote in a text, which is given squeezed; several times faster."""
    needle = squeezed(quote)
    if len(needle) < _MIN_QUOTE_CHARS:
        return False
    plain = needle.rstrip(_ENDS)
    return needle in squeezed_text or (len(plain) >= _MIN_QUOTE_CHARS and plain in squeezed_text)


def _is_ignored(char: str) -> bool:
    return char.isspace() or char in _IGNORED


def evidence_of(*, doc_id: str, text: str, start: int, end: int, pages: Sequence[Page] = ()) -> Evidence:
    """Return the evidence record of a span, with the page on which the span begins if the document has pages."""
    depth = start / len(text)
    return Evidence(doc_id=doc_id, start=start, end=end, quote=text[start:end], depth=depth, page=page_at(pages, start))
