"""Plans requests that are made of kept drafts, and finds the evidence in several segments.

Shared by the written tasks of the second round.
"""

from __future__ import annotations

from collections.abc import Sequence

from pipeline.records import Dropped
from pipeline.synthesize.evidence import locate_quote, locate_quotes
from pipeline.synthesize.sentences import Span
from pipeline.synthesize.verify.chain import FACT_CHECKS, TaskRules
from pipeline.synthesize.written.document import WrittenDocument
from pipeline.synthesize.written.draft import Draft, PlannedRequest
from pipeline.synthesize.written.questions import question_request

MERGED_RULES = TaskRules(facts=tuple((name, check) for name, check in FACT_CHECKS if name != "actors"))
"""Without the actors, because an answer that joins two places names several for one deed."""


def merge_request(document: WrittenDocument, sources: Sequence[Draft], *, task: str, schema: str) -> PlannedRequest:
    """Return a request that shows the segments of some drafts, each with its question and answer."""
    segments = [source.segments[0] for source in sources]
    passages = [
        document.passage(segment, question=source.question, answer=source.answer)
        for segment, source in zip(segments, sources, strict=True)
    ]
    return question_request(document, segments, task=task, sources=sources, passages=passages, schema=schema)


def with_headings(document: WrittenDocument, span: Span) -> str:
    """Return the text of a span below the titles of the sections around it."""
    passage = document.passage(span)
    return "\n".join((*passage.heading_path, passage.text))


def located_by_segment(
    document: WrittenDocument, quotes: Sequence[str], segments: Sequence[Span]
) -> list[list[Span]] | Dropped:
    """Return the spans of quotes by the segment that has them, or a fault: each quote has a segment, and the reverse.

    A quote that several segments have counts for one of them: one without other quotes, or else the first.
    """
    text = document.context.text
    places: list[list[int]] = []
    for quote in quotes:
        holders = [i for i, s in enumerate(segments) if locate_quote(quote, text=text, start=s.start, end=s.end)]
        if not holders:
            is_elsewhere = locate_quote(quote, text=text, start=0, end=len(text)) is not None
            where = "in none of the segments" if is_elsewhere else "not in the document"
            return Dropped("evidence_not_found", f"The quote is {where}: {quote[:160]}")
        places.append(holders)
    by_segment: list[list[str]] = [[] for _ in segments]
    for quote, holders in sorted(zip(quotes, places, strict=True), key=lambda found: len(found[1])):
        by_segment[min(holders, key=lambda holder: (bool(by_segment[holder]), holder))].append(quote)
    located = []
    for number, (segment, own) in enumerate(zip(segments, by_segment, strict=True), start=1):
        spans = locate_quotes(own, text=text, near=segment)
        if not own or isinstance(spans, str):
            return Dropped("evidence_of_one_segment", f"No quote is from segment {number}.")
        located.append(spans)
    return located
