"""The task `callers` asks for every caller of a function, in a document of source code.

The outline lists the calls to a function only if static analysis finds all of them with certainty. A function
is asked about only if it has a body, is not directly inside another function, and is the only one with its qualified
name, and if the document has a line that names the file of each caller. Its calls to itself do not count.
"""

from __future__ import annotations

from pipeline.languages import Language, language_rules
from pipeline.nodes import ROOT
from pipeline.records import TaskFamily
from pipeline.synthesize.structural.code_calls import call_evidence, called_functions
from pipeline.synthesize.structural.code_outline import CodeOutline
from pipeline.synthesize.structural.facts import Findings, StructuralFact, Unasked, make_fact, not_asked
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
            detail = f"has more than {_MAX_CALLERS} callers"
            unasked.append(_refuse(outline, index, reason="list_too_long", detail=detail))
        elif not all(outline.has_header(outline.file_of(call)) for call in first):
            detail = "is called in a file that the document does not name"
            unasked.append(_refuse(outline, index, reason="file_not_named", detail=detail))
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


def _caller_name(outline: CodeOutline, call: int, language: Language) -> str:
    """Return the caller as the answer names it, followed by the file in brackets."""
    caller, file = outline.function_around(call), outline.nodes[outline.file_of(call)]
    if caller != ROOT:
        return f"`{outline.nodes[caller].label}` ({file.label})"
    frames = language_rules(language).frames
    return f"{frames.package_level if file.value == 'go' else frames.module_level} ({file.label})"


def _refuse(outline: CodeOutline, index: int, *, reason: str, detail: str) -> Unasked:
    name = outline.nodes[index].label
    return not_asked(
        task=TASK.name,
        subject=f"{name} ({outline.nodes[outline.file_of(index)].label})",
        reason=reason,
        detail=f"{name} {detail}",
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
