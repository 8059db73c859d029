"""The task `which_document` asks which of several documents says something, or states the highest or lowest value.

It composes facts of other tasks (see `composed.fields`). A question which document defines or states something names
the document that does, and documents in which the words of the topic are nowhere. A question for the highest or lowest
value names the documents that state it exactly once, and is asked only if their answers differ in nothing but one
number, and one number is the extreme. Cost: that of `stated_fields`.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Sequence
from decimal import Decimal

from pipeline.languages import language_rules
from pipeline.records import TaskFamily
from pipeline.synthesize.composed import fields
from pipeline.synthesize.composed.comparable import comparable_numbers, only_extreme
from pipeline.synthesize.composed.fields import MAX_HEADINGS, Field, FieldKind, Stated, stated_fields
from pipeline.synthesize.composed.joined_documents import NamedDocument, listed
from pipeline.synthesize.structural.facts import Findings, StructuralFact, Unasked, make_fact, not_asked
from pipeline.synthesize.structural.row_reading import RowReading
from pipeline.synthesize.structural.task import Form, Preference, StructuralTask, Trait, thresholds_in

_MAX_DOCUMENTS = 8
_MAX_LACKING = 4
"""Maximum number of documents without the topic that a question names: those nearest to the one that has it."""
_MAX_PER_KIND = 4
"""Maximum number of questions of one kind about a row that ask which document alone has something."""
_KINDS = (
    FieldKind.TERM,
    FieldKind.PARTY,
    FieldKind.HEAD,
    FieldKind.HEADING,
    FieldKind.VALUE,
    FieldKind.OPTION,
    FieldKind.CODE,
    FieldKind.ENTRY,
    FieldKind.ITEM,
    FieldKind.FUNCTION,
    FieldKind.WORDS,
)
_EXTREME_KINDS = (
    FieldKind.SUM,
    FieldKind.SUM_UNDER,
    FieldKind.SHARE_UNDER,
    FieldKind.LIMIT_UNDER,
    FieldKind.VALUE,
    FieldKind.CELL,
)


def _form(name: str, kind: FieldKind) -> Form:
    return Form(
        f"which_document.{name}",
        {},
        family=TaskFamily.COMPARISON,
        preference=Preference.FILLING if kind in (FieldKind.HEADING, FieldKind.WORDS) else Preference.FIRST,
        traits=frozenset({Trait.QUALIFIED_NAME}) if kind is FieldKind.FUNCTION else frozenset(),
    )


_FORMS = {kind: _form(kind.value, kind) for kind in _KINDS}
_EXTREME_FORMS = {kind: _form(f"extreme_{kind.value}", kind) for kind in _EXTREME_KINDS}
"""The forms by kind; their wordings are in `languages`."""


def document_facts(row: RowReading) -> Findings:
    """Return facts about which document of a row alone states something, or states the highest or lowest value."""
    facts: list[StructuralFact] = []
    unasked: list[Unasked] = []
    only_one: dict[FieldKind, list[StructuralFact]] = defaultdict(list)
    for field in stated_fields(row):
        if len(field.stated) == 1 and field.kind in _FORMS:
            if field.lacking:
                only_one[field.kind].append(_only_one(field, row))
            else:
                unasked.append(_refuse(field))
        elif 1 < len(field.stated) <= _MAX_DOCUMENTS and field.kind in _EXTREME_FORMS:
            facts += _extremes(field, row)
    for kind, found in only_one.items():
        limit = MAX_HEADINGS if kind is FieldKind.HEADING else _MAX_PER_KIND
        facts += found[:: -(-len(found) // limit)]
    return Findings(facts=tuple(facts), unasked=tuple(unasked))


def _only_one(field: Field, row: RowReading) -> StructuralFact:
    (one,) = field.stated
    number = one.document.member.number
    lacking = sorted(field.lacking, key=lambda document: abs(document.member.number - number))[:_MAX_LACKING]
    documents = sorted((one.document, *lacking), key=lambda document: document.member.number)
    return make_fact(
        form=_FORMS[field.kind],
        slots={"documents": listed(documents, row), **dict(field.topic)},
        answer=_said(one),
        spans=[*one.spans, *(document.heading for document in lacking)],
    )


def _extremes(field: Field, row: RowReading) -> Iterator[StructuralFact]:
    """Yield a fact about the highest value of a field and one about the lowest, if the values can be compared."""
    values = comparable_numbers([one.answer for one in field.stated])
    if values is None:
        return
    words = language_rules(row.language).comparison
    is_period = field.kind is FieldKind.LIMIT_UNDER
    for extreme, word in (
        (max(values), words.longest if is_period else words.highest),
        (min(values), words.shortest if is_period else words.lowest),
    ):
        yield from _extreme(field, row, values, extreme, word)


def _extreme(
    field: Field, row: RowReading, values: Sequence[Decimal], extreme: Decimal, word: str
) -> Iterator[StructuralFact]:
    index = only_extreme(values, extreme)
    if index is None:
        return
    documents: list[NamedDocument] = [one.document for one in field.stated]
    yield make_fact(
        form=_EXTREME_FORMS[field.kind],
        slots={"documents": listed(documents, row), "extreme": word, **dict(field.topic)},
        answer=_said(field.stated[index]),
        spans=[span for one in field.stated for span in one.spans],
    )


def _said(one: Stated) -> str:
    return f"{one.document.name}: {one.answer}"


def _refuse(field: Field) -> Unasked:
    subject = " ".join(value for _, value in field.topic)
    return not_asked(
        task=TASK.name,
        subject=subject,
        reason="mentioned_elsewhere",
        detail=f"every other document also mentions {subject!r}",
        span=field.stated[0].spans[-1],
    )


TASK = StructuralTask(
    name="which_document",
    order=320,
    finds={},
    finds_across=dict.fromkeys(("legal", "manual", "code", "dialogue"), document_facts),
    forms=(*_FORMS.values(), *_EXTREME_FORMS.values()),
    thresholds=thresholds_in(globals(), vars(fields)),
    frames=lambda rules: (
        rules.comparison.titled_document,
        rules.comparison.numbered_document,
        rules.comparison.highest,
        rules.comparison.lowest,
        rules.comparison.longest,
        rules.comparison.shortest,
    ),
)
