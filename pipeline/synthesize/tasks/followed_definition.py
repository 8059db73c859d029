"""The task `followed_definition` follows code from one definition to another, and asks about the one at the end.

From a class it goes to the class that it extends (`structural.base_classes`), and from a function to its only caller.
The question names the definition at the start; the answer names the one at the end, and gives its methods, its
signature or the exceptions that it raises. With two links, the answer names both definitions. It adds the file of each
definition if the text names that file. Time is
linear in the number of definitions and calls, apart from the parsing of the functions that are asked about.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from pipeline.nodes import ROOT, NodeKind
from pipeline.records import TaskFamily
from pipeline.synthesize.composed.hops import Link, chains
from pipeline.synthesize.structural.base_classes import base_classes
from pipeline.synthesize.structural.code_calls import call_evidence, called_functions
from pipeline.synthesize.structural.code_outline import CodeOutline
from pipeline.synthesize.structural.facts import Findings, Span, StructuralFact, Unasked, make_fact, not_asked
from pipeline.synthesize.structural.python_source import raised_exceptions
from pipeline.synthesize.structural.reading import Reading
from pipeline.synthesize.structural.task import Form, StructuralTask, Trait, thresholds_in

_TRAITS = frozenset({Trait.QUALIFIED_NAME, Trait.OUTSIDE_NUMBERS})
BASE_METHODS = Form(
    "followed_definition.base_methods",
    {
        "en": (
            "which class does the class `{name}` (`{file}`) extend, and which methods does that class itself define? "
            "List them in order.",
            "find the base class of `{name}` (`{file}`). Which one is it, and which methods does it define, in order?",
        ),
        "ko": (
            "`{name}` 클래스(`{file}`)는 어떤 클래스를 상속하며, 그 클래스에는 어떤 메서드가 정의되어 있습니까? 나오는 "
            "순서대로 모두 적어 주십시오.",
            "`{name}`(`{file}`)의 기반 클래스를 밝히고, 그 클래스에 정의된 메서드를 순서대로 적어 주십시오.",
        ),
    },
    family=TaskFamily.MULTI_HOP,
    traits=_TRAITS,
)
TWICE_BASE_METHODS = Form(
    "followed_definition.twice_base_methods",
    {
        "en": (
            "the class that `{name}` (`{file}`) extends has a base class of its own. Name both in turn, and list the "
            "methods that the second one itself defines, in order.",
            "follow the inheritance of `{name}` (`{file}`) up two classes. Which classes are these, and which methods "
            "does the second one itself define, in order?",
        ),
        "ko": (
            "`{name}` 클래스(`{file}`)가 상속하는 클래스는 다시 다른 클래스를 상속합니다. 두 클래스를 차례로 밝히고, "
            "두 번째 클래스에 정의된 메서드를 순서대로 적어 주십시오.",
            "`{name}`(`{file}`)의 상속 관계를 두 단계 거슬러 올라가면 어떤 클래스들이 나옵니까? 차례로 적고, 두 번째 "
            "클래스에 정의된 메서드를 순서대로 적어 주십시오.",
        ),
    },
    family=TaskFamily.MULTI_HOP,
    traits=_TRAITS,
)
CALLER_SIGNATURE = Form(
    "followed_definition.caller_signature",
    {
        "en": (
            "only one function in this document calls `{name}`. Which function is that, and what is its signature?",
            "find the only function that calls `{name}`. Give its name and its signature.",
        ),
        "ko": (
            "이 문서에서 `{name}` 함수를 호출하는 함수는 하나뿐입니다. 그 함수는 무엇이며, 시그니처는 무엇입니까?",
            "`{name}` 함수를 호출하는 유일한 함수를 찾아, 그 함수의 이름과 시그니처를 적어 주십시오.",
        ),
    },
    family=TaskFamily.MULTI_HOP,
    traits=_TRAITS,
)
TWICE_CALLER_SIGNATURE = Form(
    "followed_definition.twice_caller_signature",
    {
        "en": (
            "only one function calls `{name}`, and only one calls that function. Name both in turn, and give the "
            "signature of the second one.",
            "follow the calls of `{name}` back two steps; each time there is one caller only. Which functions are "
            "these, and what is the signature of the second one?",
        ),
        "ko": (
            "`{name}` 함수를 호출하는 함수는 하나뿐이고, 그 함수를 호출하는 함수도 하나뿐입니다. 두 함수를 차례로 "
            "밝히고, 두 번째 함수의 시그니처를 적어 주십시오.",
        ),
    },
    family=TaskFamily.MULTI_HOP,
    traits=_TRAITS,
)
CALLER_RAISES = Form(
    "followed_definition.caller_raises",
    {
        "en": (
            "only one function in this document calls `{name}`. Which function is that, and which exceptions do its "
            "`raise` statements name?",
            "find the only function that calls `{name}`. Give its name and every exception in its own `raise` "
            "statements.",
        ),
        "ko": (
            "이 문서에서 `{name}` 함수를 호출하는 함수는 하나뿐입니다. 그 함수는 무엇이며, `raise` 문으로 직접 "
            "발생시키는 예외는 무엇입니까?",
            "`{name}` 함수를 호출하는 유일한 함수를 찾아, 그 함수의 이름과 그 함수가 `raise` 문으로 직접 발생시키는 "
            "예외를 모두 적어 주십시오.",
        ),
    },
    family=TaskFamily.MULTI_HOP,
    traits=_TRAITS,
)
_MIN_DISTANCE_CHARS = 400
"""The minimum number of characters between the two ends of a chain."""
_MAX_SIGNATURE_CHARS = 400
_MAX_RAISED = 20
"""The maximum number of `raise` statements of a function."""
_BY_BASE = {1: BASE_METHODS, 2: TWICE_BASE_METHODS}
_BY_CALLER = {1: CALLER_SIGNATURE, 2: TWICE_CALLER_SIGNATURE}

_Stated = Mapping[tuple[str, str], StructuralFact]
"""Facts of the task `signature`, by the name of the definition and its file."""


def followed_facts(reading: Reading) -> Findings:
    """Return facts about the base classes of classes, and about the only callers of functions."""
    outline = reading.code
    facts: list[StructuralFact] = []
    unasked: list[Unasked] = []
    of_signatures = reading.findings_of("signature").facts
    methods, signatures = _stated(of_signatures, "signature.methods"), _stated(of_signatures, "signature.of")
    for links, forms, stated in (
        (_base_links(outline), _BY_BASE, methods),
        (_caller_links(outline), _BY_CALLER, signatures),
    ):
        for num_links, form in forms.items():
            for chain in chains(links, num_links=num_links):
                ends = outline.nodes[chain[0].source].start, outline.nodes[chain[-1].target].start
                if abs(ends[0] - ends[1]) < _MIN_DISTANCE_CHARS:
                    unasked.append(_refuse(outline, chain))
                    continue
                facts.extend(_facts(outline, chain, form, stated))
                if form is CALLER_SIGNATURE:
                    facts.extend(_raised(outline, chain))
    return Findings(facts=tuple(facts), unasked=tuple(unasked))


def _stated(facts: Sequence[StructuralFact], form: str) -> _Stated:
    return {(dict(one.slots)["name"], dict(one.slots)["file"]): one for one in facts if one.form.name == form}


def _base_links(outline: CodeOutline) -> dict[int, Link]:
    """Return a link from each class to the class that it extends."""
    return {index: Link(index, base, (outline.head(index),)) for index, base in base_classes(outline)}


def _caller_links(outline: CodeOutline) -> dict[int, Link]:
    """Return a link from each function that one function alone calls to that function."""
    found = {}
    for index, first in called_functions(outline):
        if len(first) != 1:
            continue
        caller = outline.function_around(first[0])
        if caller != ROOT and outline.num_defined(outline.nodes[caller].label) == 1 and not outline.is_nested(caller):
            spans = (outline.head(index), *call_evidence(outline, first[0]))
            found[index] = Link(index, caller, spans)
    return found


def _facts(outline: CodeOutline, chain: Sequence[Link], form: Form, stated: _Stated) -> Iterator[StructuralFact]:
    """Yield the fact about the definition at the end of a chain, if the task `signature` states one."""
    last = outline.nodes[chain[-1].target]
    fact = stated.get((last.label, outline.nodes[outline.file_of(chain[-1].target)].label))
    if fact is not None and len(fact.answer) <= _MAX_SIGNATURE_CHARS:
        yield _fact(outline, chain, form, fact.answer, fact.spans)


def _raised(outline: CodeOutline, chain: Sequence[Link]) -> Iterator[StructuralFact]:
    """Yield the fact about the exceptions that a Python function at the end of a chain raises, if it raises any."""
    at = chain[-1].target
    node, file = outline.nodes[at], outline.nodes[outline.file_of(at)]
    if file.value != "python" or "raise" not in outline.text[node.start : node.end]:
        return
    raised = raised_exceptions(text=outline.text, start=node.start, end=node.end)
    if raised and len(raised) <= _MAX_RAISED:
        names = dict.fromkeys(name for name, _ in raised)
        answer = ", ".join(f"`{name}`" for name in names)
        yield _fact(outline, chain, CALLER_RAISES, answer, [span for _, span in raised])


def _fact(
    outline: CodeOutline, chain: Sequence[Link], form: Form, answer: str, spans: Sequence[Span]
) -> StructuralFact:
    start = chain[0].source
    slots = {"name": outline.nodes[start].label}
    if form in _BY_BASE.values():
        slots["file"] = outline.nodes[outline.file_of(start)].label
    ends = [link.target for link in chain]
    files = [outline.header(outline.file_of(at)) for at in ends if outline.has_header(outline.file_of(at))]
    owners = [outline.head(outline.nodes[at].parent) for at in ends if _is_member(outline, at)]
    ways = [span for link in chain for span in link.spans]
    return make_fact(
        form=form,
        slots=slots,
        answer=f"{' → '.join(_named(outline, link.target) for link in chain)}: {answer}",
        spans=[*ways, *files, *owners, *spans],
    )


def _is_member(outline: CodeOutline, index: int) -> bool:
    """Return whether a definition is directly inside a class or another type, whose name is part of its own."""
    parent = outline.nodes[index].parent
    return parent != ROOT and outline.nodes[parent].kind is NodeKind.DEFINITION


def _named(outline: CodeOutline, index: int) -> str:
    """Return a definition as the answer names it."""
    file = outline.file_of(index)
    name = f"`{outline.nodes[index].label}`"
    return f"{name} ({outline.nodes[file].label})" if outline.has_header(file) else name


def _refuse(outline: CodeOutline, chain: Sequence[Link]) -> Unasked:
    names = [outline.nodes[at].label for at in (chain[0].source, chain[-1].target)]
    return not_asked(
        task=TASK.name,
        subject=names[0],
        reason="near_target",
        detail=f"{names[1]} begins less than {_MIN_DISTANCE_CHARS} characters from {names[0]}",
        span=outline.head(chain[0].source),
    )


TASK = StructuralTask(
    name="followed_definition",
    order=165,
    finds={"code": followed_facts},
    forms=(BASE_METHODS, TWICE_BASE_METHODS, CALLER_SIGNATURE, TWICE_CALLER_SIGNATURE, CALLER_RAISES),
    thresholds=thresholds_in(globals()),
)
