"""Finds the segments of a document that suit a written task, so that few requests come back with nothing to ask."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from pipeline.synthesize.sentences import Span
from pipeline.synthesize.verify.reading import compiled_ignoring_case
from pipeline.synthesize.written.document import WrittenDocument


def num_cues(text: str, pattern: str) -> int:
    """Return how many different words of a cue's pattern a text has; 0 for an empty pattern."""
    return len({match.group().lower() for match in compiled_ignoring_case(pattern).finditer(text)})


def suitable_spans(
    document: WrittenDocument, spans: Sequence[Span], *, score: Callable[[str], float], count: int, task: str
) -> list[Span]:
    """Return at most `count` spans, spread over the document.

    Args:
        document: the document.
        spans: the spans to choose from, in order.
        score: how well a text suits the task; 0 if it does not.
        count: the maximum number of spans.
        task: the task.
    """
    return document.chosen(spans, [score(document.text(span)) for span in spans], count=count, task=task)
