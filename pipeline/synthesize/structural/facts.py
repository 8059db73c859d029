"""What a parser hands on: facts that can be asked about, and what it saw but refuses to ask about.

Made by the parsers, consumed by `choose` and `candidates`. A fact holds no question: `phrasing` writes it, in the
document's language, from `form` and `slots`.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum

from pipeline.config.build import StructuralTask


class QuestionForm(StrEnum):
    """One way to ask about a structure; the part before the dot is the task."""

    CLAUSE_TEXT = "clause.text"
    CLAUSE_TITLE = "clause.title"
    CLAUSE_NUMBER = "clause.number"
    DEFINITION_MEANING = "definition.meaning"
    DEFINITION_TERM = "definition.term"
    PARTY_ROLE = "party.role"
    PARTY_NAME = "party.name"
    PARTY_ALL = "party.all"
    AMOUNT_NAMED = "amount.named"
    AMOUNT_ONLY = "amount.only"
    AMOUNT_ALL = "amount.all"
    AMOUNT_PLACE = "amount.place"
    DEADLINE_DUTY = "deadline.duty"
    DEADLINE_DUE = "deadline.due"
    DEADLINE_ONLY = "deadline.only"
    DEADLINE_EFFECTIVE = "deadline.effective"
    DUTY_MUST = "duty.must"
    DUTY_BAN = "duty.ban"
    DUTY_MAY = "duty.may"
    DUTY_PENALTY = "duty.penalty"
    CLAUSE_AMENDED = "clause.amended"
    AMOUNT_SHARE = "amount.share"
    RULING_HOLDING = "ruling.holding"
    RULING_POINT = "ruling.point"
    RULING_ORDER = "ruling.order"
    RULING_DATE = "ruling.date"
    RULING_SOURCE = "ruling.source"
    RULING_PART = "ruling.part"
    RULING_FIELD = "ruling.field"
    REFERENCE_TO = "cross_reference.to"
    REFERENCE_FROM = "cross_reference.from"
    REFERENCE_LAW = "cross_reference.law"
    STEPS_ALL = "steps.all"
    STEPS_ONE = "steps.one"
    STEPS_NEXT = "steps.next"
    STEPS_COUNT = "steps.count"
    STEPS_ITEMS = "steps.items"
    STEPS_ITEM = "steps.item"
    TABLE_CELL = "table_cell.cell"
    TABLE_ROW = "table_cell.row"
    TABLE_FILTER = "table_cell.filter"
    TABLE_VALUE = "table_cell.value"
    NOTE_TEXT = "note.text"
    NOTE_WARNING = "note.warning"
    NOTE_ONLY = "note.only"
    ENTRY_OPTION = "entry.option"
    ENTRY_CODE = "entry.code"
    ENTRY_TERM = "entry.term"
    ENTRY_FIELD = "entry.field"
    ENTRY_MEANING = "entry.meaning"
    ENTRY_USE = "entry.use"
    ENTRY_ROLE = "entry.role"
    ENTRY_ABBREVIATION = "entry.abbreviation"
    ENTRY_DEFAULT = "entry.default"
    ENTRY_OPTIONS = "entry.options"
    ENTRY_ALL = "entry.all"
    PASSAGE_TEXT = "passage.text"
    PASSAGE_OPENING = "passage.opening"
    PASSAGE_ANSWER = "passage.answer"
    PASSAGE_COMMAND = "passage.command"
    PASSAGE_LIST = "passage.list"
    PASSAGE_BAN = "passage.ban"
    PASSAGE_ADVICE = "passage.advice"
    PASSAGE_TRAIT = "passage.trait"
    PASSAGE_REASON = "passage.reason"
    CASE_GOAL = "case.goal"
    CASE_TO_DO = "case.to_do"
    CASE_RESULT = "case.result"
    SPEAKER_AT = "speaker.at"
    SPEAKER_WHO = "speaker.who"
    SPEAKER_WHEN = "speaker.when"
    SPEAKER_REPLY = "speaker.reply"
    SPEAKER_ALL = "speaker.all"
    SIGNATURE_OF = "signature.of"
    SIGNATURE_FILE = "signature.file"
    SIGNATURE_METHODS = "signature.methods"
    CALLERS_OF = "callers.of"

    @property
    def task(self) -> StructuralTask:
        """The task a row of this form belongs to."""
        return StructuralTask(self.value.partition(".")[0])

    @property
    def is_trivial(self) -> bool:
        """Whether it only looks up a heading or its number, or who said a sentence and when."""
        return self in _TRIVIAL

    @property
    def preference(self) -> int:
        """Its turn in the order of choice: forms with a higher number fill what the others leave."""
        return 2 if self.is_trivial else 1 if self is QuestionForm.PASSAGE_OPENING else 0


_TRIVIAL = frozenset(
    {QuestionForm.CLAUSE_TITLE, QuestionForm.CLAUSE_NUMBER, QuestionForm.SPEAKER_WHO, QuestionForm.SPEAKER_WHEN}
)


@dataclass(frozen=True, slots=True, order=True)
class Span:
    """Character offsets into the document's text, end exclusive."""

    start: int
    end: int


@dataclass(frozen=True, slots=True)
class StructuralFact:
    """Something the document's structure states, with where it stands."""

    form: QuestionForm
    slots: tuple[tuple[str, str], ...]
    """What the question names, by the placeholder of its templates."""
    answer: str
    spans: tuple[Span, ...]
    """Evidence, in document order."""


@dataclass(frozen=True, slots=True)
class Refusal:
    """A structure that was parsed and cannot be asked about without doubt."""

    task: StructuralTask
    subject: str
    """What the question would have been about, such as `Section 4.1`."""
    reason: str
    detail: str
    span: Span


@dataclass(frozen=True, slots=True)
class Findings:
    """Everything one parser saw in one document."""

    facts: tuple[StructuralFact, ...]
    refusals: tuple[Refusal, ...]


def make_fact(*, form: QuestionForm, slots: dict[str, str], answer: str, spans: Iterable[Span]) -> StructuralFact:
    """A fact with its spans in document order, without repeats."""
    ordered = tuple(sorted(set(spans)))
    assert ordered and answer, f"{form} without answer or evidence"
    return StructuralFact(form=form, slots=tuple(slots.items()), answer=answer, spans=ordered)


def join_findings(parts: Iterable[Findings]) -> Findings:
    """All facts and refusals, in the order given."""
    found = tuple(parts)
    return Findings(
        facts=tuple(fact for part in found for fact in part.facts),
        refusals=tuple(refusal for part in found for refusal in part.refusals),
    )
