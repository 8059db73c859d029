"""Facts of the task `note`: what a note or a warning of a manual says.

Comes in: a `Manual`; goes out: `Findings`. A note is asked about by its section and the word it opens with, where no
other one there does, and only if it is certain where it ends. Linear.
"""

from __future__ import annotations

from bisect import bisect_right
from collections import Counter

from pipeline.config.build import StructuralTask
from pipeline.documents.grammar.manual.notes import WHOLE
from pipeline.nodes import Node, NodeKind
from pipeline.synthesize.structural.facts import Findings, QuestionForm, Refusal, Span, StructuralFact, make_fact
from pipeline.synthesize.structural.manuals import Manual
from pipeline.synthesize.structural.requirements import points_back

_MIN_CHARS = 30
_MAX_CHARS = 1200
_SORTS = ("note", "warning")


def note_facts(*, manual: Manual) -> Findings:
    """Facts about the notes and warnings of a manual."""
    facts: list[StructuralFact] = []
    refusals: list[Refusal] = []
    notes = manual.of_kind(NodeKind.NOTE)
    sorts = Counter((manual.section_of(note).start, note.sort) for note in notes)
    labels = Counter((manual.section_of(note).start, note.label.casefold()) for note in notes)
    asides = Counter(note.label.casefold() for note in notes if note.sort not in _SORTS)
    titles = {section.title.casefold() for section in manual.sections}
    for note in notes:
        answer = manual.block(note.body, note.end)
        if not _MIN_CHARS <= len(answer) <= _MAX_CHARS or answer.endswith((":", "：")):
            continue
        section = manual.section_of(note)
        if note.label.islower() and not manual.is_own(note.label):
            continue  # The name of a picture.
        if _is_inside(manual, note) and points_back().search(answer):
            refusals.append(_refuse(note, "points_back", "its first words are about what stands above it"))
        elif note.level != WHOLE:
            refusals.append(_refuse(note, "open_note", "it is not certain where the note ends"))
        elif note.sort not in _SORTS:
            if asides[note.label.casefold()] == 1 and note.label.casefold() not in titles:
                facts.append(_fact(QuestionForm.PASSAGE_TEXT, {"title": note.label}, answer, note))
        elif not section.name:
            refusals.append(_refuse(note, "unnamed_section", "no heading names the section of the note"))
        elif labels[section.start, note.label.casefold()] > 1:
            count = labels[section.start, note.label.casefold()]
            detail = f"{count} notes under {section.name!r} open with {note.label!r}"
            refusals.append(_refuse(note, "several_notes", detail))
        elif note.sort == "warning" and sorts[section.start, note.sort] == 1:
            facts.append(_fact(QuestionForm.NOTE_WARNING, {"title": section.name}, answer, note))
        else:
            slots = {"title": section.name, "label": note.label}
            facts.append(_fact(QuestionForm.NOTE_TEXT, slots, answer, note))
    return Findings(facts=tuple(facts), refusals=tuple(refusals))


def _is_inside(manual: Manual, note: Node) -> bool:
    """Whether a note is part of an entry."""
    index = bisect_right(manual.entry_starts, note.start) - 1
    return index >= 0 and note.start < manual.entries[index].end


def _fact(form: QuestionForm, slots: dict[str, str], answer: str, note: Node) -> StructuralFact:
    return make_fact(form=form, slots=slots, answer=answer, spans=[Span(note.start, note.end)])


def _refuse(note: Node, reason: str, detail: str) -> Refusal:
    return Refusal(
        task=StructuralTask.NOTE, subject=note.label, reason=reason, detail=detail, span=Span(note.start, note.end)
    )
