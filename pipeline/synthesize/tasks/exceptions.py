"""The task `exceptions` asks which functions raise an exception, and which catch it, in a document of Python code.

A statement counts for the innermost function around it. An exception is left out if top-level code raises or catches
it, because the answer lists functions. It is refused if a Python file of the document does not parse or is cut off, if
two written forms of it share their last part (`click.UsageError`, `UsageError`), or if two of its functions have the
same name and file. Time is linear in the length of the text, except that each statement looks up its function.
"""

from __future__ import annotations

import re
from bisect import bisect_right
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass

from pipeline.nodes import Cut, NodeKind
from pipeline.records import TaskFamily
from pipeline.synthesize.composed.counted_list import counted_list
from pipeline.synthesize.composed.python_exceptions import ExceptionUse, Handling, exception_uses
from pipeline.synthesize.structural.code_outline import CodeOutline
from pipeline.synthesize.structural.facts import Findings, Span, StructuralFact, Unasked, make_fact, not_asked
from pipeline.synthesize.structural.reading import Reading
from pipeline.synthesize.structural.task import Form, StructuralTask, Trait, thresholds_in

EXCEPTIONS_RAISED = Form(
    "exceptions.raised",
    {
        "en": (
            "which functions contain a `raise` statement for `{name}`? Give their number and list them all.",
            "how many functions raise `{name}` themselves, and which are they? List every one.",
        ),
        "ko": (
            "`raise` 문으로 `{name}` 예외를 직접 발생시키는 함수는 몇 개입니까? 개수를 밝히고 모두 적어 주십시오.",
            "`{name}` 예외를 직접 발생시키는 함수를 모두 찾아 개수와 함께 나열해 주십시오.",
        ),
    },
    family=TaskFamily.AGGREGATE,
    traits=frozenset({Trait.QUALIFIED_NAME, Trait.COMPUTED}),
)
EXCEPTIONS_CAUGHT = Form(
    "exceptions.caught",
    {
        "en": (
            "which functions catch `{name}` in an `except` clause? Give their number and list them all.",
            "how many functions name `{name}` in an `except` clause, and which are they? List every one.",
        ),
        "ko": (
            "`except` 절에서 `{name}` 예외를 처리하는 함수는 몇 개입니까? 개수를 밝히고 모두 적어 주십시오.",
            "`{name}` 예외를 `except` 절로 잡는 함수를 모두 찾아 개수와 함께 나열해 주십시오.",
        ),
    },
    family=TaskFamily.AGGREGATE,
    traits=frozenset({Trait.QUALIFIED_NAME, Trait.COMPUTED}),
)
_FORMS = {Handling.RAISES: EXCEPTIONS_RAISED, Handling.CATCHES: EXCEPTIONS_CAUGHT}
_PYTHON = "python"
_HANDLES = re.compile(r"\b(?:raise|except)\b")
"""A word without which a file can neither raise nor catch an exception."""
_MIN_PLACES = 2
_MAX_PLACES = 20


@dataclass(frozen=True, slots=True)
class _Use:
    """A statement with the function around it, or -1, and its file."""

    span: Span
    function: int
    file: int


def exception_facts(reading: Reading) -> Findings:
    """Return facts about the functions that raise or catch each exception."""
    outline = reading.code
    by_name: dict[tuple[Handling, str], list[_Use]] = defaultdict(list)
    functions = _Functions(outline)
    for file, node in enumerate(outline.nodes):
        if node.kind is not NodeKind.FILE or node.value != _PYTHON:
            continue
        uses = exception_uses(reading.text[node.body : node.end]) if node.cut is Cut.NONE else None
        if uses is None and _HANDLES.search(reading.text, node.start, node.end) is None:
            continue
        if uses is None:
            refusal = _refuse(node.label, "unparsed_file", f"{node.label} does not parse", Span(node.start, node.end))
            return Findings(facts=(), unasked=(refusal,))
        for use in uses:
            by_name[use.handling, use.name].append(_placed(use, file, node.body, functions))
    facts: list[StructuralFact] = []
    unasked: list[Unasked] = []
    for (handling, name), found in sorted(by_name.items()):
        places = list(dict.fromkeys(_place_name(outline, use) for use in found))
        same = {other for kind, other in by_name if kind is handling and _last(other) == _last(name)}
        if len(places) < _MIN_PLACES or any(use.function < 0 for use in found):
            continue  # top-level code is not a function
        is_unclear = len(same) > 1 or len({use.function for use in found}) > len(places)
        if len(places) > _MAX_PLACES or is_unclear:
            reason = "ambiguous_name" if is_unclear else "list_too_long"
            detail = f"{len(places)} places; written as {', '.join(sorted(same))}"
            unasked.append(_refuse(name, reason, detail, found[0].span))
            continue
        facts.append(
            make_fact(
                form=_FORMS[handling],
                slots={"name": name},
                answer=counted_list(places, reading.language),
                spans=[span for use in found for span in _evidence(outline, use)],
            )
        )
    return Findings(facts=tuple(facts), unasked=tuple(unasked))


class _Functions:
    """Finds the innermost function around an offset."""

    def __init__(self, outline: CodeOutline) -> None:
        self._outline = outline
        self._indexes = [
            index
            for index, node in enumerate(outline.nodes)
            if node.kind is NodeKind.DEFINITION and outline.is_function(index)
        ]
        self._starts = [outline.nodes[index].start for index in self._indexes]

    def around(self, offset: int) -> int:
        """Return the index of the innermost function around an offset; -1 outside all functions."""
        at = bisect_right(self._starts, offset) - 1
        index = self._indexes[at] if at >= 0 else -1
        while index >= 0 and self._outline.nodes[index].end <= offset:
            index = self._outline.function_around(index)
        return index


def _placed(use: ExceptionUse, file: int, start: int, functions: _Functions) -> _Use:
    span = Span(start + use.start, start + use.end)
    return _Use(span, functions.around(span.start), file)


def _last(name: str) -> str:
    return name.rpartition(".")[2]


def _place_name(outline: CodeOutline, use: _Use) -> str:
    """Return the function as the answer names it, followed by the file in brackets if the text names the file."""
    named = f"`{outline.nodes[use.function].label}`"
    return f"{named} ({outline.nodes[use.file].label})" if outline.has_header(use.file) else named


def _evidence(outline: CodeOutline, use: _Use) -> Sequence[Span]:
    """Return the spans of a statement, of the signature around it, and of the line that names the file, if any."""
    spans = [use.span, outline.head(use.function)]
    return [*spans, outline.header(use.file)] if outline.has_header(use.file) else spans


def _refuse(subject: str, reason: str, detail: str, span: Span) -> Unasked:
    return not_asked(task=TASK.name, subject=subject, reason=reason, detail=detail, span=span)


TASK = StructuralTask(
    name="exceptions",
    order=190,
    finds={"code": exception_facts},
    forms=(EXCEPTIONS_RAISED, EXCEPTIONS_CAUGHT),
    thresholds=thresholds_in(globals()),
    frames=lambda rules: (rules.frames.in_all,),
)
