"""Finds the functions of a code document that the written tasks ask about, with all places that use them."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from pipeline.nodes import ROOT, Cut
from pipeline.synthesize.sentences import Span
from pipeline.synthesize.structural.code_calls import call_evidence, called_functions
from pipeline.synthesize.structural.code_outline import CodeOutline
from pipeline.synthesize.written.document import WrittenDocument

_DECISIONS = re.compile(
    r"\b(?:if|elif|for|while|switch|case|match|try|except|catch|raise|throw|return|yield|with|finally|break|continue)\b"
)
_MIN_LINES = 6


@dataclass(frozen=True, slots=True)
class Caller:
    """A function that calls another one."""

    name: str
    """Its qualified name."""
    span: Span
    """The whole function."""
    evidence: tuple[Span, ...]
    """The first call, the caller's signature, and the line that names its file."""


@dataclass(frozen=True, slots=True)
class UsedFunction:
    """A function with all its callers."""

    name: str
    """Its qualified name."""
    span: Span
    callers: tuple[Caller, ...]


def code_of(document: WrittenDocument) -> CodeOutline:
    """Return the outline of a code document."""
    return CodeOutline(text=document.context.text, nodes=document.outline)


def explained_spans(document: WrittenDocument) -> list[Span]:
    """Return the functions, methods and types that there is something to explain about, in order.

    They are complete and no longer than a segment. A function inside another function is left out, because a question
    can hardly name it, and so is a type that has such a function, because the function is asked about.
    """
    outline = code_of(document)
    functions = _spans(document, (i for i in outline.callables if outline.is_function(i) and not outline.is_nested(i)))
    types = _spans(document, outline.types)
    types = [one for one in types if not any(one.start <= span.start < one.end for span in functions)]
    return sorted({*functions, *types}, key=lambda span: span.start)


def _spans(document: WrittenDocument, indices: Iterable[int]) -> list[Span]:
    nodes = (document.outline[index] for index in indices)
    spans = (Span(start=node.start, end=node.end) for node in nodes if node.cut is Cut.NONE)
    return [
        span
        for span in spans
        if span.end - span.start <= document.max_chars and weight_of_code(document.text(span)) > 0
    ]


def weight_of_code(code: str) -> float:
    """Return how much there is to explain in a function: its branches, loops, errors and results. 0 for a trivial one.

    The keywords are those of the common languages.
    """
    lines = sum(bool(line.strip()) for line in code.splitlines())
    found = len(_DECISIONS.findall(code))
    return float(found) if lines >= _MIN_LINES and found > 1 else 0.0


def used_functions(document: WrittenDocument, *, max_callers: int) -> Iterator[UsedFunction]:
    """Yield the functions whose callers are all known and are functions too, at least one.

    A function longer than a segment is left out, and so is one with more callers than `max_callers`.
    """
    outline = code_of(document)
    for index, calls in called_functions(outline):
        node = outline.nodes[index]
        around = [outline.function_around(call) for call in calls]
        is_long = node.end - node.start > document.max_chars
        if not 0 < len(calls) <= max_callers or ROOT in around or is_long or node.cut is not Cut.NONE:
            continue
        callers = []
        for call, caller in zip(calls, around, strict=True):
            found = outline.nodes[caller]
            evidence = sorted({(span.start, span.end) for span in call_evidence(outline, call)})
            spans = tuple(Span(start=start, end=end) for start, end in evidence)
            callers.append(Caller(found.label, Span(start=found.start, end=found.end), spans))
        if len({caller.name for caller in callers}) == len(callers):
            yield UsedFunction(node.label, Span(start=node.start, end=node.end), tuple(callers))


def names_function(written: str, name: str) -> bool:
    """Return whether a written name means a function, whatever its case: its qualified name or the end of it.

    Example:
        `total()` and `Cart.total` both name `shop.Cart.total`.
    """
    plain = written.strip().strip("`").removesuffix("()").lower()
    whole = name.lower()
    return plain == whole or whole.endswith((f".{plain}", f"::{plain}"))
