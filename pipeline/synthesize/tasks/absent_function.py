"""The task `absent_function` asks for the signature of a function that a file of source code does not have.

The question uses the wordings of the task `signature`. The name is made of the names of two functions of the file, or
of two methods of one type, and occurs nowhere in the document.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from functools import partial

from pipeline.identity import stable_hash64
from pipeline.languages.absence_rules import AbsenceRules
from pipeline.languages.rules import LanguageRules
from pipeline.records import TaskFamily
from pipeline.synthesize.composed import absent_facts
from pipeline.synthesize.composed.absence import AbsenceReading, recombined
from pipeline.synthesize.composed.absent_facts import near_miss_fact, read_whole
from pipeline.synthesize.composed.name_parts import function_parts
from pipeline.synthesize.structural.code_outline import simple_name
from pipeline.synthesize.structural.facts import Findings, Span, StructuralFact
from pipeline.synthesize.structural.reading import Reading
from pipeline.synthesize.structural.task import Form, StructuralTask, Trait, thresholds_in

ABSENT_FUNCTION = Form(
    "absent_function.function",
    {
        "en": (
            "what is the signature of `{name}` in `{file}`?",
            "how is `{name}` declared in `{file}`? Give its signature.",
        ),
        "ko": (
            "`{file}`에 있는 `{name}`의 시그니처는 무엇입니까?",
            "`{file}`에서 `{name}` 함수는 어떻게 선언되어 있습니까? 시그니처를 적어 주십시오.",
        ),
    },
    family=TaskFamily.NOT_ANSWERABLE,
    traits=frozenset({Trait.ABSENT_NAME, Trait.COMPUTED, Trait.QUALIFIED_NAME}),
)


def absent_function_facts(reading: Reading) -> Findings:
    """Return a fact about a function that a file of source code does not have."""
    return read_whole(TASK.name, reading, find_absent)


def find_absent(reading: Reading, rules: AbsenceRules) -> Iterator[StructuralFact]:
    """Yield a fact about a function whose name is made of two functions of one file, or two methods of one type."""
    outline, seed = reading.code, reading.context.doc_id
    absence = AbsenceReading(reading.text)
    groups: dict[tuple[int, str], dict[str, Span]] = defaultdict(dict)
    for index in outline.callables:
        label = outline.nodes[index].label
        owner = label.removesuffix(simple_name(label))
        if not outline.is_nested(index):
            groups[outline.file_of(index), owner].setdefault(label, outline.head(index))
    for file, owner in sorted(groups, key=lambda key: stable_hash64(seed, outline.nodes[key[0]].label, key[1])):
        heads, path = groups[file, owner], outline.nodes[file].label
        made = recombined([simple_name(label) for label in heads], split=function_parts)
        found = near_miss_fact(
            reading,
            ABSENT_FUNCTION,
            ranked=([owner + name for name, _, _ in made if absence.is_absent(name)],),
            known=heads,
            answer=partial(rules.function, path),
            slots={"file": path},
        )
        if fact := next(found, None):
            yield fact
            return


def _phrases(rules: LanguageRules) -> tuple[str, ...]:
    return (rules.absence.function("A", "B", ["C"]),) if rules.absence is not None else ()


TASK = StructuralTask(
    name="absent_function",
    order=270,
    finds={"code": absent_function_facts},
    forms=(ABSENT_FUNCTION,),
    thresholds=thresholds_in(globals(), vars(absent_facts)),
    frames=_phrases,
)
