"""The task `callers` asks for every caller of a function, in a document of source code.

The outline lists the calls to a function only if static analysis finds all of them with certainty. A function
is asked about only if it has a body, is not directly inside another function, and is the only one with its qualified
name. Its calls to itself do not count.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Sequence

from pipeline.languages import Language, language_rules
from pipeline.nodes import ROOT
from pipeline.records import TaskFamily
from pipeline.synthesize.structural.code_outline import CodeOutline
from pipeline.synthesize.structural.facts import Findings, Span, StructuralFact, Unasked, make_fact, not_asked
from pipeline.synthesize.structural.reading import Reading
from pipeline.synthesize.structural.task import Form, StructuralTask, Trait, thresholds_in

CALLERS_OF = Form(
    "callers.of",
    {
        "en": (
            "what calls `{name}`? List every caller with its file.",
            "from where is `{name}` called? Name every caller and its file.",
        ),
        "ko": (
            "`{name}` 함수를 호출하는 곳을 파일과 함께 모두 적어 주십시오.",
            "`{name}` 함수는 어디에서 호출됩니까? 호출하는 곳을 파일 이름과 함께 모두 답해 주십시오.",
        ),
    },
    family=TaskFamily.AGGREGATE,
    traits=frozenset({Trait.QUALIFIED_NAME, Trait.OUTSIDE_NUMBERS}),
)
_MAX_CALLERS = 12


def caller_facts(reading: Reading) -> Findings:
    """Return facts about the callers of the functions in a document."""
    outline, language = reading.code, reading.language
    facts: list[StructuralFact] = []
    unasked: list[Unasked] = []
    for index, first in called_functions(outline):
        if len(first) > _MAX_CALLERS:
            unasked.append(_refuse(outline, index))
        elif first:
            facts.append(
                make_fact(
                    form=CALLERS_OF,
                    slots={"name": outline.nodes[index].label},
                    answer="\n".join(_caller_name(outline, call, language) for call in first),
                    spans=[span for call in first for span in call_evidence(outline, call)],
                )
            )
    return Findings(facts=tuple(facts), unasked=tuple(unasked))


def called_functions(outline: CodeOutline) -> Iterator[tuple[int, list[int]]]:
    """Yield each function whose callers are all known, with the first call by each caller other than itself."""
    calls: dict[str, list[int]] = defaultdict(list)
    for index in outline.calls:
        calls[outline.nodes[index].label].append(index)
    for index in outline.callables:
        label = outline.nodes[index].label
        if not outline.is_function(index) or outline.num_defined(label) > 1 or outline.is_nested(index):
            continue
        if any(outline.function_around(call) in outline.begun_above for call in calls[label]):
            continue  # a caller begins above the start of the text, so its name is missing
        yield index, _first_by_caller(outline, [one for one in calls[label] if outline.function_around(one) != index])


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


def _caller_name(outline: CodeOutline, call: int, language: Language) -> str:
    """Return the caller as the answer names it, followed by the file in brackets."""
    caller, file = outline.function_around(call), outline.nodes[outline.file_of(call)]
    if caller != ROOT:
        return f"`{outline.nodes[caller].label}` ({file.label})"
    frames = language_rules(language).frames
    return f"{frames.package_level if file.value == 'go' else frames.module_level} ({file.label})"


def _refuse(outline: CodeOutline, index: int) -> Unasked:
    name = outline.nodes[index].label
    return not_asked(
        task=TASK.name,
        subject=f"{name} ({outline.nodes[outline.file_of(index)].label})",
        reason="list_too_long",
        detail=f"{name} has more than {_MAX_CALLERS} callers",
        span=outline.head(index),
    )


TASK = StructuralTask(
    name="callers",
    order=160,
    finds={"code": caller_facts},
    forms=(CALLERS_OF,),
    thresholds=thresholds_in(globals()),
    frames=lambda rules: (rules.frames.package_level, rules.frames.module_level),
)
