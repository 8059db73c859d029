"""Cuts a document into chunks of about equal length in a model's tokens, for retrieval and for chunk and merge."""

from __future__ import annotations

from bisect import bisect_right

from pipeline.evaluate.meter import Meter
from pipeline.synthesize.sentences import Span


def chunk_spans(text: str, *, meter: Meter, chunk_tokens: int) -> list[Span]:
    """Return consecutive chunks that together are the whole text, each of at most so many tokens.

    A chunk ends after a sentence or line. A sentence that is longer than a chunk is a chunk of its own.

    Args:
        text: the text of a document.
        meter: counts the tokens.
        chunk_tokens: the maximum length. A chunk that is encoded alone may have a token more or less than in the text.
    """
    places = meter.cut_places(text)
    spans: list[Span] = []
    first = 0
    while first < len(places.offsets) - 1:
        last = max(first + 1, bisect_right(places.tokens, places.tokens[first] + chunk_tokens) - 1)
        spans.append(Span(places.offsets[first], places.offsets[last]))
        first = last
    return spans
