"""The task `same_field` asks what each of several documents states about the same thing, as a table.

It composes facts of other tasks with the same topic (see `composed.fields`): the definition of a term, the amount under
a heading, the default of an option. A question names the documents that it compares: those that state the field exactly
once, and at most half as many that provably do not state it. It is asked only if at least two documents state it, and
not the same. Cost: that of `stated_fields`.
"""

from __future__ import annotations

from collections.abc import Mapping

from pipeline.languages import language_rules
from pipeline.records import TaskFamily
from pipeline.synthesize.composed import fields
from pipeline.synthesize.composed.fields import MAX_HEADINGS, Field, FieldKind, bare, stated_fields
from pipeline.synthesize.composed.joined_documents import listed
from pipeline.synthesize.composed.markdown_table import markdown_table
from pipeline.synthesize.structural.facts import Findings, StructuralFact, Unasked, make_fact, not_asked
from pipeline.synthesize.structural.row_reading import RowReading
from pipeline.synthesize.structural.task import Form, Preference, StructuralTask, Trait, thresholds_in

_MAX_DOCUMENTS = 8
_FORMS: Mapping[FieldKind, Form] = {
    kind: Form(
        f"same_field.{kind.value}",
        {},
        family=TaskFamily.COMPARISON,
        preference=Preference.FILLING if kind is FieldKind.HEADING else Preference.FIRST,
        traits=frozenset({Trait.QUALIFIED_NAME}) if kind is FieldKind.FUNCTION else frozenset(),
    )
    for kind in FieldKind
    if kind is not FieldKind.WORDS
}
"""The forms by kind; their wordings are in `languages`. Words that were said are only in one document."""


def field_facts(row: RowReading) -> Findings:
    """Return a fact for each field that documents of a row state differently."""
    facts: list[StructuralFact] = []
    headings: list[StructuralFact] = []
    unasked: list[Unasked] = []
    for field in stated_fields(row):
        if field.kind not in _FORMS or len({bare(one.answer) for one in field.stated}) < 2:
            continue
        if len(field.stated) > _MAX_DOCUMENTS:
            unasked.append(_refuse(field))
            continue
        (headings if field.kind is FieldKind.HEADING else facts).append(_fact(field, row))
    facts += headings[:: max(1, -(-len(headings) // MAX_HEADINGS))]
    return Findings(facts=tuple(facts), unasked=tuple(unasked))


def _fact(field: Field, row: RowReading) -> StructuralFact:
    words = language_rules(row.language).comparison
    answers = {one.document: one.answer for one in field.stated}
    lacking = field.lacking[: min(len(answers) // 2, _MAX_DOCUMENTS - len(answers))]
    documents = sorted([*answers, *lacking], key=lambda document: document.member.number)
    table = markdown_table(
        [words.document_column, words.value_column],
        [[document.name, answers.get(document, words.not_stated)] for document in documents],
    )
    spans = [span for one in field.stated for span in one.spans] + [document.heading for document in lacking]
    slots = {"documents": listed(documents, row), **dict(field.topic)}
    return make_fact(form=_FORMS[field.kind], slots=slots, answer=table, spans=spans)


def _refuse(field: Field) -> Unasked:
    return not_asked(
        task=TASK.name,
        subject=" ".join(value for _, value in field.topic),
        reason="list_too_long",
        detail=f"{len(field.stated)} documents state it; the limit is {_MAX_DOCUMENTS}",
        span=field.stated[0].spans[0],
    )


TASK = StructuralTask(
    name="same_field",
    order=310,
    finds={},
    finds_across=dict.fromkeys(("legal", "manual", "code", "dialogue"), field_facts),
    forms=tuple(_FORMS.values()),
    thresholds=thresholds_in(globals(), vars(fields)),
    frames=lambda rules: (
        rules.comparison.titled_document,
        rules.comparison.numbered_document,
        rules.comparison.document_column,
        rules.comparison.value_column,
        rules.comparison.not_stated,
    ),
)
