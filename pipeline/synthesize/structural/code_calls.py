"""Finds the functions of a code document whose callers are all known, and the evidence of a call.

Takes the outline of code; returns indexes of nodes. Used by the tasks `callers` and `followed_definition`. Time is
linear in the number of nodes.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Sequence

from pipeline.nodes import ROOT
from pipeline.synthesize.structural.code_outline import CodeOutline
from pipeline.synthesize.structural.facts import Span


def called_functions(outline: CodeOutline) -> Iterator[tuple[int, list[int]]]:
    """Yield each function whose callers are all known, with the first call by each caller.

    A function that calls itself is left out.
    """
    calls: dict[str, list[int]] = defaultdict(list)
    for index in outline.calls:
        calls[outline.nodes[index].label].append(index)
    for index in outline.callables:
        label = outline.nodes[index].label
        if not outline.is_function(index) or outline.num_defined(label) > 1 or outline.is_nested(index):
            continue
        if any(outline.function_around(call) in outline.begun_above for call in calls[label]):
            continue  # a caller begins above the start of the text, so its name is missing
        if any(outline.function_around(one) == index for one in calls[label]):
            continue  # a question for every caller would have to name the function itself
        yield index, _first_by_caller(outline, calls[label])


def _first_by_caller(outline: CodeOutline, calls: Sequence[int]) -> list[int]:
    """Return the first call by each caller: a function, or the top-level code of a file."""
    first: dict[tuple[int, str], int] = {}
    for call in calls:
        caller = outline.function_around(call)
        name = outline.nodes[caller].label if caller != ROOT else ""
        first.setdefault((outline.file_of(call), name), call)
    return list(first.values())


def call_evidence(outline: CodeOutline, call: int) -> list[Span]:
    """Return the span of a call, and those of the caller's signature and of the line that names the file, if any."""
    caller, file = outline.function_around(call), outline.file_of(call)
    spans = [Span(outline.nodes[call].start, outline.nodes[call].body)]
    if caller != ROOT:
        spans.append(outline.head(caller))
    return [*spans, outline.header(file)] if outline.has_header(file) else spans
