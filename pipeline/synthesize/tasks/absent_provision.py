"""The task `absent_provision` asks a legal text for a provision, a term or a field at its head that it does not have.

The questions use the wordings of the tasks `clause`, `definition` and `ruling`, so that the form of a question gives
nothing away. A provision follows the last one of a complete numbering; the raw text must not show its number at the
start of a line, nor after its noun. A term or field is one that such texts often have, and occurs nowhere in the text.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from pipeline.documents.pseudonyms import has_pseudonym
from pipeline.identity import stable_hash64
from pipeline.languages import language_rules
from pipeline.languages.absence_rules import AbsenceRules
from pipeline.languages.provision_rules import PartSort
from pipeline.languages.rules import LanguageRules
from pipeline.records import TaskFamily
from pipeline.synthesize.composed import absent_facts
from pipeline.synthesize.composed.absent_facts import LEAST_KNOWN, near_miss_fact, read_whole, refuse
from pipeline.synthesize.composed.label_runs import Run, is_number_absent, opens_line, runs_of
from pipeline.synthesize.structural.definitions import find_definitions
from pipeline.synthesize.structural.facts import Findings, Span, StructuralFact, Unasked, make_fact
from pipeline.synthesize.structural.layout import one_line
from pipeline.synthesize.structural.provisions import Doubt, Outline, Provision, label_spans
from pipeline.synthesize.structural.reading import Reading
from pipeline.synthesize.structural.task import Form, StructuralTask, Trait, thresholds_in

_ABSENT = frozenset({Trait.ABSENT_NAME, Trait.COMPUTED})
ABSENT_CLAUSE = Form(
    "absent_provision.clause",
    {
        "en": (
            "what does {name} say?",
            "what is the full text of {name}?",
            "what does {name} provide? Quote it in full.",
        ),
        "ko": (
            "{name}의 내용은 무엇입니까?",
            "{name}에는 어떤 내용이 적혀 있습니까?",
            "{name}의 본문을 그대로 알려 주십시오.",
        ),
    },
    family=TaskFamily.NOT_ANSWERABLE,
    traits=_ABSENT,
)
ABSENT_TITLE = Form(
    "absent_provision.title",
    {
        "en": (
            "what is the heading of {name}?",
            "how is {name} headed?",
        ),
        "ko": (
            "{name}의 제목은 무엇입니까?",
            "{name}에는 어떤 제목이 붙어 있습니까?",
        ),
    },
    family=TaskFamily.NOT_ANSWERABLE,
    traits=_ABSENT,
)
ABSENT_TERM = Form(
    "absent_provision.term",
    {
        "en": (
            "how is “{name}” defined?",
            "what does “{name}” mean in this document?",
            "what is the definition of “{name}”?",
        ),
        "ko": (
            "“{name}”의 정의는 무엇입니까?",
            "이 문서에서 “{name}”{name|이란} 무엇을 말합니까?",
            "“{name}”{name|은} 어떻게 정의되어 있습니까?",
        ),
    },
    family=TaskFamily.NOT_ANSWERABLE,
    traits=_ABSENT,
)
ABSENT_FIELD = Form(
    "absent_provision.field",
    {
        "en": (
            "what is given as “{name}” at the head of this document?",
            "what does this document state for “{name}”?",
        ),
        "ko": (
            "이 문서의 첫머리에 “{name}”{name|으로} 적힌 것은 무엇입니까?",
            "이 문서에 적힌 “{name}” 항목의 내용은 무엇입니까?",
        ),
    },
    family=TaskFamily.NOT_ANSWERABLE,
    traits=_ABSENT,
)
_MAX_BEYOND = 4
"""How far beyond the last provision a question may ask."""
_MAX_TERM_CHARS = 40
_MIN_SHARED_CHARS = 2
_HEAD_CHARS = 3000


def absent_provision_facts(reading: Reading) -> Findings:
    """Return facts about a provision, a term and a field that a legal text does not have."""
    return read_whole(TASK.name, reading, find_absent)


def find_absent(reading: Reading, rules: AbsenceRules) -> Iterator[StructuralFact | Unasked]:
    """Yield every such fact about a legal text; `absent_provision_facts` keeps one or two."""
    yield from _beyond_last(reading, rules)
    yield from _terms(reading, rules)
    yield from _fields(reading, rules)


def _beyond_last(reading: Reading, rules: AbsenceRules) -> Iterator[StructuralFact | Unasked]:
    """Yield a fact about a provision after the last one of a complete numbering in the main part."""
    outline, text, seed = reading.provisions, reading.text, reading.context.doc_id
    indexes = [
        index
        for index, provision in enumerate(outline.provisions)
        if outline.parts[provision.part].kind is PartSort.MAIN and not provision.is_container
    ]
    runs = [
        Run(run.begin, run.end, tuple(indexes[at] for at in run.members))
        for run in runs_of([outline.provisions[index].path for index in indexes])
    ]
    doubtful = [run for run in runs if not _is_one_numbering(outline, run)]
    certain = [run for run in runs if run not in doubtful]
    if doubtful and not certain:
        yield refuse(
            TASK.name, reason="uncertain_numbering", detail=f"the numbering of {doubtful[0].label(1)} is uncertain"
        )
    for run in sorted(certain, key=lambda run: (stable_hash64(seed, "run", run.label(1)), run.members)):
        beyond = range(run.last + 1, run.last + 1 + _MAX_BEYOND)
        # A numbering may begin with 0; the answer would say that it begins with 1.
        if any(opens_line(text=text, run=run, number=number) for number in (0, *beyond)):
            continue
        absent = [number for number in beyond if is_number_absent(text=text, run=run, number=number)]
        if absent:
            number = absent[stable_hash64(seed, "beyond", run.label(1)) % len(absent)]
            yield _provision_fact(text, outline, run, number, rules)
            return


def _is_one_numbering(outline: Outline, run: Run) -> bool:
    """Return whether the labels of a run are certain, and no other provision can have the same numbering.

    If a label leaves out the article around it, `paragraph 1`, the next article may have a paragraph 1 too.
    """
    members = [outline.provisions[index] for index in run.members]
    above = [outline.provisions[one.parent] for one in members if one.parent >= 0]
    is_dotted = run.begin.endswith((".", "-"))
    is_named = all(is_dotted or one.is_container or run.begin.startswith(one.path) for one in above)
    return is_named and not any(map(_is_doubtful, members))


def _is_doubtful(provision: Provision) -> bool:
    return provision.doubt is not Doubt.NONE or has_pseudonym(provision.named)


def _provision_fact(text: str, outline: Outline, run: Run, number: int, rules: AbsenceRules) -> StructuralFact:
    first, last = (outline.provisions[run.members[at]] for at in (0, -1))
    is_titled = any(outline.provisions[index].title for index in run.members)
    spans = [span for at in (0, -1) for span in label_spans(text=text, outline=outline, index=run.members[at])[:1]]
    return make_fact(
        form=ABSENT_TITLE if is_titled else ABSENT_CLAUSE,
        slots={"name": run.label(number)},
        answer=rules.provision(run.label(number), first.named, last.named),
        spans=spans,
    )


def _terms(reading: Reading, rules: AbsenceRules) -> Iterator[StructuralFact]:
    """Yield a fact about a term that similar texts define, in a text that defines other terms."""
    heads: dict[str, Span] = {}
    for item in find_definitions(text=reading.text, outline=reading.provisions, language=reading.language):
        term = one_line(item.term)
        if not item.is_pointer and not item.is_unfinished and len(term) <= _MAX_TERM_CHARS and not has_pseudonym(term):
            heads.setdefault(term, Span(item.whole.start, max(item.whole.start + 1, item.meaning.start)))
    if len(heads) >= LEAST_KNOWN:
        words = {word for term in heads for word in _pieces(term)}
        alike = [term for term in rules.terms if words & set(_pieces(term))]
        yield from near_miss_fact(reading, ABSENT_TERM, ranked=(alike, rules.terms), known=heads, answer=rules.term)


def _pieces(term: str) -> Iterator[str]:
    """Yield the words of a term; for a term of one word, its first and last two letters, if they are not ASCII."""
    words = term.casefold().split()
    if len(words) == 1 and not term.isascii():
        yield from (term[:_MIN_SHARED_CHARS], term[-_MIN_SHARED_CHARS:])
    yield from words


def _fields(reading: Reading, rules: AbsenceRules) -> Iterator[StructuralFact]:
    """Yield a fact about a field that the head of such a document often has, next to the fields that it does have."""
    pattern = language_rules(reading.language).legal.rulings
    if pattern is None or pattern.field is None:
        return
    heads: dict[str, Span] = {}
    for line in re.finditer(r"[^\n]+", reading.text[:_HEAD_CHARS]):
        if match := pattern.field.fullmatch(line.group()):
            label = re.sub(r"\s+", "" if not match["label"].isascii() else " ", match["label"])
            heads.setdefault(label, Span(line.start() + match.start("label"), line.start() + match.end("label")))
    if heads:
        of_sort = [names for marks, names in rules.fields if heads.keys() & {*marks, *names}]
        names = [name for group in of_sort or [names for _, names in rules.fields] for name in group]
        yield from near_miss_fact(reading, ABSENT_FIELD, ranked=(names,), known=heads, answer=rules.head_field)


def _phrases(rules: LanguageRules) -> tuple[str, ...]:
    """Return the answers with letters in the places of names, and the names that are asked for."""
    absence = rules.absence
    if absence is None:
        return ()
    answers = (absence.provision("A", "B", "C"), absence.term("A", ["B"]), absence.head_field("A", ["B"]))
    return (*answers, *absence.terms, *(name for marks, names in absence.fields for name in (*marks, *names)))


TASK = StructuralTask(
    name="absent_provision",
    order=250,
    finds={"legal": absent_provision_facts},
    forms=(ABSENT_CLAUSE, ABSENT_TITLE, ABSENT_TERM, ABSENT_FIELD),
    thresholds=thresholds_in(globals(), vars(absent_facts)),
    frames=_phrases,
)
