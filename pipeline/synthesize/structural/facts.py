"""The records of what a task finds in a document: facts to ask about, and structures that it refuses to ask about.

Created by the tasks; used by `choose`, `candidates` and the modules between them. A fact contains no question;
`phrasing` writes the question in the document's language, from the fact's `form` and `slots`.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from pipeline.records import Dropped
from pipeline.synthesize.structural.task import Form


@dataclass(frozen=True, slots=True, order=True)
class Span:
    """Character offsets into the document's text, end exclusive."""

    start: int
    end: int


@dataclass(frozen=True, slots=True)
class StructuralFact:
    """Something that the document's structure states, with its evidence."""

    form: Form
    slots: tuple[tuple[str, str], ...]
    """The values for the placeholders of the question's wordings, by placeholder."""
    answer: str
    spans: tuple[Span, ...]
    """Evidence, in document order."""


@dataclass(frozen=True, slots=True)
class Unasked:
    """A parsed structure that a task refuses to ask about."""

    task: str
    subject: str
    """What the question would have been about, such as `Section 4.1`."""
    why: Dropped
    span: Span


def not_asked(*, task: str, subject: str, reason: str, detail: str, span: Span) -> Unasked:
    """Return a structure that is not asked about, with the reason and a detail."""
    return Unasked(task, subject, Dropped(reason, detail), span)


@dataclass(frozen=True, slots=True)
class Findings:
    """Everything that tasks found in one document."""

    facts: tuple[StructuralFact, ...]
    unasked: tuple[Unasked, ...]


def make_fact(*, form: Form, slots: dict[str, str], answer: str, spans: Iterable[Span]) -> StructuralFact:
    """Return a fact with its spans in document order, without repeats."""
    ordered = tuple(sorted(set(spans)))
    assert ordered and answer, f"a fact of the form {form.name} has no answer or no evidence"
    return StructuralFact(form=form, slots=tuple(slots.items()), answer=answer, spans=ordered)


def join_findings(parts: Iterable[Findings]) -> Findings:
    """Return all facts and all refused structures, in the given order."""
    found = tuple(parts)
    return Findings(
        facts=tuple(fact for part in found for fact in part.facts),
        unasked=tuple(refusal for part in found for refusal in part.unasked),
    )
