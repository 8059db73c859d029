"""The task `note` asks what a note or warning in a manual says.

A question names the section of a note and the label: the word that the note opens with, such as `Tip`. The label is
left out for the only warning of a section, and for the only note of its sort if the label is the name of an icon. A
note is refused if its section has no name or another note with the same label, if it is uncertain where the note ends,
or if a note in an entry depends on the text above. Notes with titles of their own belong to the task `passage`. Cost:
for each note, a search of its section.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Sequence
from functools import cache

from pipeline.documents.grammar.note_words import note_words
from pipeline.nodes import Node, NodeKind
from pipeline.synthesize.structural import notes
from pipeline.synthesize.structural.facts import Findings, Span, StructuralFact, Unasked, make_fact, not_asked
from pipeline.synthesize.structural.headings import NamedSection
from pipeline.synthesize.structural.manuals import Manual
from pipeline.synthesize.structural.notes import SORTS, note_answer, note_problem
from pipeline.synthesize.structural.own_text import without_foreign
from pipeline.synthesize.structural.reading import Reading
from pipeline.synthesize.structural.task import Form, StructuralTask, thresholds_in

NOTE_TEXT = Form(
    "note.text",
    {
        "en": (
            "under “{title}”, what does the document say in the part marked “{label}”?",
            "what does the part marked “{label}” under “{title}” say?",
        ),
        "ko": (
            "“{title}”의 “{label}”에는 어떤 내용이 적혀 있습니까?",
            "“{title}”에서 “{label}”{label|으로} 표시된 내용은 무엇입니까?",
        ),
    },
)
NOTE_WARNING = Form(
    "note.warning",
    {
        "en": (
            "what does the warning under “{title}” say?",
            "what are readers warned about under “{title}”?",
        ),
        "ko": (
            "“{title}”에서 주의하라고 한 내용은 무엇입니까?",
            "“{title}”에 적힌 주의 사항은 무엇입니까?",
        ),
    },
)
NOTE_ONLY = Form(
    "note.only",
    {
        "en": (
            "what does the note under “{title}” say?",
            "under “{title}”, what does the document remark in a note?",
        ),
        "ko": (
            "“{title}”에 참고로 적힌 내용은 무엇입니까?",
            "“{title}”에 딸린 참고 사항은 무엇입니까?",
        ),
    },
)


def note_facts(reading: Reading) -> Findings:
    """Return facts about the notes and warnings of a manual."""
    manual = reading.manual
    facts: list[StructuralFact] = []
    unasked: list[Unasked] = []
    found = manual.of_kind(NodeKind.NOTE)
    counts = _NoteCounts(found)
    for note in found:
        answer = note_answer(manual, note)
        if not answer:
            continue
        section = manual.section_of(note)
        if problem := note_problem(manual, note, answer):
            unasked.append(_refuse(note, *problem))
        elif note.sort not in SORTS:
            continue
        elif not section.name:
            unasked.append(_refuse(note, "unnamed_section", "no heading names the section of the note"))
        elif (count := counts.num_labelled(section, note) + _num_in_prose(manual, section, note)) > 1:
            detail = f"{count} notes under {section.name!r} begin with {note.label!r}"
            unasked.append(_refuse(note, "several_notes", detail))
        elif _is_icon_name(manual, note) and _has_marked_line(manual, section, note):
            detail = (
                f"a line under {section.name!r} is also marked as a note, and {note.label!r} is no word of the text"
            )
            unasked.append(_refuse(note, "several_notes", detail))
        elif counts.num_of_sort(section, note) == 1 and (note.sort == "warning" or _is_icon_name(manual, note)):
            form = NOTE_WARNING if note.sort == "warning" else NOTE_ONLY
            facts.append(_fact(form, {"title": section.name}, answer, note))
        elif not _is_icon_name(manual, note):
            slots = {"title": section.name, "label": note.label}
            facts.append(_fact(NOTE_TEXT, slots, answer, note))
    return without_foreign(Findings(facts=tuple(facts), unasked=tuple(unasked)), manual.language)


class _NoteCounts:
    """Counts of notes in a section, including the sections below it."""

    def __init__(self, notes: Sequence[Node]) -> None:
        self._sorts: dict[str, list[int]] = defaultdict(list)
        self._labels: dict[str, list[int]] = defaultdict(list)
        for note in notes:
            self._sorts[note.sort].append(note.start)
            self._labels[note.label.casefold()].append(note.start)

    def num_of_sort(self, section: NamedSection, note: Node) -> int:
        """Return the number of notes of the same sort in a section."""
        return section.num_within(self._sorts[note.sort])

    def num_labelled(self, section: NamedSection, note: Node) -> int:
        """Return the number of notes with the same label in a section."""
        return section.num_within(self._labels[note.label.casefold()])


def _num_in_prose(manual: Manual, section: NamedSection, note: Node) -> int:
    """Return how often a note's label is in bold in its section, apart from the note itself: `see. **NOTE** that …`."""
    stop = section.whole_end
    marked = sum(manual.text.count(f"{mark}{note.label}{mark}", section.start, stop) for mark in ("**", "__"))
    return max(0, marked - 1)


def _has_marked_line(manual: Manual, section: NamedSection, note: Node) -> bool:
    """Return whether a line of a section consists of a word for notes, `참고 사항`, outside the note itself."""
    found = _marked_line().finditer(manual.text, section.start, section.whole_end)
    return any(not note.start <= match.start() < note.end for match in found)


@cache
def _marked_line() -> re.Pattern[str]:
    return re.compile(rf"^[^\w\n]*(?:{note_words()})[ \t]*\w{{0,4}}[^\w\n]*$", re.MULTILINE)


def _is_icon_name(manual: Manual, note: Node) -> bool:
    """Return whether a label is the name of an icon: lower case, without a letter of the document's language."""
    return note.label.islower() and not manual.is_word(note.label)


def _fact(form: Form, slots: dict[str, str], answer: str, note: Node) -> StructuralFact:
    return make_fact(form=form, slots=slots, answer=answer, spans=[Span(note.start, note.end)])


def _refuse(note: Node, reason: str, detail: str) -> Unasked:
    return not_asked(task=TASK.name, subject=note.label, reason=reason, detail=detail, span=Span(note.start, note.end))


TASK = StructuralTask(
    name="note",
    order=100,
    finds={"manual": note_facts},
    forms=(NOTE_TEXT, NOTE_WARNING, NOTE_ONLY),
    thresholds=thresholds_in(vars(notes)),
)
