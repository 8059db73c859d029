"""Facts of the task `note`: what a note or a warning of a manual says.

Comes in: a `Manual`; goes out: `Findings`. A note is asked about by its section and the word it opens with, where no
other one there does, and only if it is certain where it ends. Linear.
"""

from __future__ import annotations

from bisect import bisect_right
from collections import Counter, defaultdict
from collections.abc import Sequence

from pipeline.config.build import StructuralTask
from pipeline.documents.grammar.manual.notes import WHOLE
from pipeline.nodes import Node, NodeKind
from pipeline.synthesize.structural.blocks import shown_width
from pipeline.synthesize.structural.facts import Findings, QuestionForm, Refusal, Span, StructuralFact, make_fact
from pipeline.synthesize.structural.headings import NamedSection
from pipeline.synthesize.structural.manuals import Manual
from pipeline.synthesize.structural.requirements import points_back

_MIN_WIDTH = 30
_MAX_CHARS = 1200
_SORTS = ("note", "warning")


def note_facts(*, manual: Manual) -> Findings:
    """Facts about the notes and warnings of a manual."""
    facts: list[StructuralFact] = []
    refusals: list[Refusal] = []
    notes = manual.of_kind(NodeKind.NOTE)
    around = _AroundNotes(notes)
    asides = Counter(note.label.casefold() for note in notes if note.sort not in _SORTS)
    titles = {section.title.casefold() for section in manual.sections}
    for note in notes:
        answer = manual.block(note.body, note.end)
        if not (shown_width(answer) >= _MIN_WIDTH and len(answer) <= _MAX_CHARS) or answer.endswith((":", "：")):
            continue
        section = manual.section_of(note)
        if _is_inside(manual, note) and points_back().search(answer):
            refusals.append(_refuse(note, "points_back", "its first words are about what stands above it"))
        elif note.level != WHOLE:
            refusals.append(_refuse(note, "open_note", "it is not certain where the note ends"))
        elif note.sort not in _SORTS:
            if asides[note.label.casefold()] == 1 and note.label.casefold() not in titles:
                facts.append(_fact(QuestionForm.PASSAGE_TEXT, {"title": note.label}, answer, note))
        elif not section.name:
            refusals.append(_refuse(note, "unnamed_section", "no heading names the section of the note"))
        elif (count := around.num_labelled(section, note) + _num_in_prose(manual, section, note)) > 1:
            detail = f"{count} notes under {section.name!r} open with {note.label!r}"
            refusals.append(_refuse(note, "several_notes", detail))
        elif around.num_of_sort(section, note) == 1 and (note.sort == "warning" or _is_name_of_picture(manual, note)):
            form = QuestionForm.NOTE_WARNING if note.sort == "warning" else QuestionForm.NOTE_ONLY
            facts.append(_fact(form, {"title": section.name}, answer, note))
        elif not _is_name_of_picture(manual, note):
            slots = {"title": section.name, "label": note.label}
            facts.append(_fact(QuestionForm.NOTE_TEXT, slots, answer, note))
    return Findings(facts=tuple(facts), refusals=tuple(refusals))


class _AroundNotes:
    """How many notes lie under a heading, the headings below it included."""

    def __init__(self, notes: Sequence[Node]) -> None:
        self._sorts: dict[str, list[int]] = defaultdict(list)
        self._labels: dict[str, list[int]] = defaultdict(list)
        for note in notes:
            self._sorts[note.sort].append(note.start)
            self._labels[note.label.casefold()].append(note.start)

    def num_of_sort(self, section: NamedSection, note: Node) -> int:
        """Notes of the same sort."""
        return section.num_within(self._sorts[note.sort])

    def num_labelled(self, section: NamedSection, note: Node) -> int:
        """Notes that open with the same word."""
        return section.num_within(self._labels[note.label.casefold()])


def _num_in_prose(manual: Manual, section: NamedSection, note: Node) -> int:
    """How often a sentence of the section has the word that opens a note in bold: `see. **NOTE** that …`."""
    stop = section.whole_end
    marked = sum(manual.text.count(f"{mark}{note.label}{mark}", section.start, stop) for mark in ("**", "__"))
    return max(0, marked - 1)


def _is_name_of_picture(manual: Manual, note: Node) -> bool:
    """Whether the word that opens a note is not of the document's language: the name of a picture."""
    return note.label.islower() and not manual.is_word(note.label)


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
