"""The task `passage` asks what the sections of a manual say, and about single lists, notes and sentences in them.

A short section without subsections is quoted whole, unless it contains code, a note, an entry or a table. The first
paragraph is asked about if the section has subsections or is wider than `_MIN_LONG_WIDTH`. Further questions ask for
the only command of a section, for the answer to a question that is a heading or an entry, for a bullet list, for a note
with a title of its own, and for sentences that forbid or recommend something, give a reason, or state a purpose or the
like. Widths are columns: a Korean letter counts as two.
"""

from __future__ import annotations

import re
from bisect import bisect_left
from collections import Counter
from collections.abc import Iterator, Sequence

from pipeline.documents.grammar.manual.bullets import BULLETS
from pipeline.documents.grammar.manual.terms import QUESTION
from pipeline.documents.grammar.text_lines import TextLine
from pipeline.languages import compiled, language_rules
from pipeline.nodes import Node, NodeKind
from pipeline.synthesize.structural import requirements, section_text, subjects
from pipeline.synthesize.structural.blocks import LIST_END, shown_width, without_emphasis
from pipeline.synthesize.structural.entry_list import EntryList
from pipeline.synthesize.structural.facts import Findings, Span, StructuralFact, make_fact
from pipeline.synthesize.structural.headings import NamedSection
from pipeline.synthesize.structural.manuals import Manual
from pipeline.synthesize.structural.notes import SORTS, note_answer, note_problem
from pipeline.synthesize.structural.own_text import without_foreign
from pipeline.synthesize.structural.prose import announcing, needs_example, points_back
from pipeline.synthesize.structural.reading import Reading
from pipeline.synthesize.structural.requirements import Requirement, find_requirements
from pipeline.synthesize.structural.section_text import (
    end_of_text,
    holds,
    is_one_paragraph,
    is_question,
    only_command,
    reads_whole,
)
from pipeline.synthesize.structural.subjects import About, subject_facts
from pipeline.synthesize.structural.task import Form, Preference, StructuralTask, Trait, thresholds_in

PASSAGE_TEXT = Form(
    "passage.text",
    {
        "en": (
            "what does the document say under “{title}”?",
            "what does the section “{title}” say?",
        ),
        "ko": (
            "“{title}”에서는 무엇이라고 설명합니까?",
            "“{title}” 부분의 내용은 무엇입니까?",
        ),
    },
)
PASSAGE_OPENING = Form(
    "passage.opening",
    {
        "en": (
            "what does the first paragraph under “{title}” say?",
            "what does the section “{title}” say in its first paragraph?",
        ),
        "ko": (
            "“{title}”의 첫 문단에는 어떤 내용이 적혀 있습니까?",
            "“{title}”의 첫 문단에서는 무엇이라고 설명합니까?",
        ),
    },
    preference=Preference.FILLING,
)
PASSAGE_ANSWER = Form(
    "passage.answer",
    {
        "en": (
            "{question}",
            "what does the document answer to the question “{question}”?",
        ),
        "ko": (
            "{question}",
            "“{question}”{question|이라는} 물음에 이 문서는 어떻게 답합니까?",
        ),
    },
)
PASSAGE_COMMAND = Form(
    "passage.command",
    {
        "en": (
            "which command is shown under “{title}”?",
            "what is the command given in the section “{title}”?",
        ),
        "ko": (
            "“{title}”에 나오는 명령은 무엇입니까?",
            "“{title}”에서 보여 주는 명령을 적어 주십시오.",
        ),
    },
    traits=frozenset({Trait.QUOTED_NAMES}),
)
PASSAGE_LIST = Form(
    "passage.list",
    {
        "en": (
            "what does the document list after the words “{words}”?",
            "which points follow the words “{words}” in the document?",
        ),
        "ko": (
            "“{words}”{words|이라는} 말 다음에 나열된 항목은 무엇입니까?",
            "“{words}” 아래에 나열된 항목을 모두 적어 주십시오.",
        ),
    },
)
PASSAGE_BAN = Form(
    "passage.ban",
    {
        "en": (
            "what does the document say not to do under “{title}”?",
            "under “{title}”, what are readers told not to do?",
        ),
        "ko": (
            "“{title}”에서 하지 말라고 한 것은 무엇입니까?",
            "“{title}”에는 무엇을 하면 안 된다고 적혀 있습니까?",
        ),
    },
)
PASSAGE_ADVICE = Form(
    "passage.advice",
    {
        "en": (
            "what is recommended under “{title}”?",
            "which recommendation does the document give under “{title}”?",
        ),
        "ko": (
            "“{title}”에서 권하는 것은 무엇입니까?",
            "“{title}”에는 무엇을 권한다고 적혀 있습니까?",
        ),
    },
)
PASSAGE_TRAIT = Form(
    "passage.trait",
    {
        "en": (
            "{lead}what is the {case}?",
            "{lead}what does the document say is the {case}?",
        ),
        "ko": (
            "{lead}{case:은} 무엇입니까?",
            "{lead}{case:은} 무엇이라고 설명합니까?",
        ),
    },
)
PASSAGE_REASON = Form(
    "passage.reason",
    {
        "en": (
            "{lead}what is the reason that {case}?",
            "{lead}which reason does the document give for the fact that {case}?",
        ),
        "ko": (
            "{lead}{case} 이유는 무엇입니까?",
            "{lead}{case} 까닭은 무엇이라고 설명합니까?",
        ),
    },
)
_MIN_WIDTH = 60
_MAX_CHARS = 900
_MIN_ANSWER_WIDTH = 20
_MAX_ANSWER_CHARS = 1500
_MIN_ENTRY_WIDTH = 12
_MAX_ENTRY_CHARS = 1200
_MIN_LONG_WIDTH = 600
"""If a section without subsections is wider than this, its first paragraph is asked about."""
_MIN_OPENING_WIDTH = 100
_MIN_LEAD_WIDTH, _MAX_LEAD_CHARS = 20, 120
_NUMBER = re.compile(r"(?:\d{1,3}(?:\.\d{1,3})*[.)]?|[Qq]\d{0,3}[.:)])[ \t]+")
"""The number before a question in a heading: `2.1 `, `Q3. `."""
_NOT_A_PARAGRAPH = re.compile(r"[-*+•·‣◦○☆▪□■▶–>|#:(\[<!※]|\(?\d{1,3}[.)][ \t]|[①-⑳]")
"""The start of a line that does not begin a paragraph: a list item, heading, table row, link or tag."""


def passage_facts(reading: Reading) -> Findings:
    """Return facts about the sections of a manual, and about lists, titled notes, questions and sentences."""
    manual = reading.manual
    facts = [*_titled_notes(manual), *_answered_entries(reading.entries), *_sections(manual), *_announced(manual)]
    forms = {Requirement.BAN: PASSAGE_BAN, Requirement.ADVICE: PASSAGE_ADVICE}
    facts += [
        _fact(forms[sort], told.answer, told.span, title=told.subject) for sort, told in find_requirements(manual)
    ]
    prose = language_rules(manual.language).manual.prose
    asked = (About(PASSAGE_REASON, "case", prose.reasons), About(PASSAGE_TRAIT, "case", prose.traits))
    facts += subject_facts(manual, asked)
    return without_foreign(Findings(facts=tuple(facts), unasked=()), manual.language)


def _titled_notes(manual: Manual) -> Iterator[StructuralFact]:
    """Yield facts about the notes with a title that no other note or section has."""
    notes = [note for note in manual.of_kind(NodeKind.NOTE) if note.sort not in SORTS]
    counts = Counter(note.label.casefold() for note in notes)
    titles = {section.title.casefold() for section in manual.sections}
    for note in notes:
        answer = note_answer(manual, note)
        is_alone = counts[note.label.casefold()] == 1 and note.label.casefold() not in titles
        if answer and is_alone and note_problem(manual, note, answer) is None:
            yield _fact(PASSAGE_TEXT, answer, Span(note.start, note.end), title=note.label)


def _answered_entries(entries: EntryList) -> Iterator[StructuralFact]:
    """Yield facts about entries that consist of a question and its answer."""
    for entry in entries.asked:
        if entry.sort != QUESTION or entries.is_ambiguous(entry):
            continue
        answer = entries.manual.block(entry.body, entry.end)
        if shown_width(answer) >= _MIN_ENTRY_WIDTH and len(answer) <= _MAX_ENTRY_CHARS:
            yield _fact(PASSAGE_ANSWER, answer, Span(entry.start, entry.end), question=entry.label)


def _sections(manual: Manual) -> list[StructuralFact]:
    """Return facts about the sections that have a name."""
    taken = sorted(
        [(node.start, node.end) for node in manual.nodes if node.kind not in (NodeKind.STEP, NodeKind.STEPS)]
        + [(node.start, node.end) for node in manual.tables if node.kind is NodeKind.TABLE]
    )
    furniture = [span.start for span in manual.furniture]
    line_starts = [line.start for line in manual.lines]
    facts: list[StructuralFact] = []
    for section in manual.sections:
        if not section.name:
            continue
        end = end_of_text(manual, section, furniture)
        lines = manual.lines[bisect_left(line_starts, section.body) : bisect_left(line_starts, end)]
        if section.is_leaf:
            facts.extend(_section_facts(manual, section, end, lines, holds_nodes=holds(taken, section)))
        facts.extend(_opening(manual, section, lines, taken))
    return facts


def _announced(manual: Manual) -> list[StructuralFact]:
    """Return facts about bullet lists that contain no entries.

    A question names a list by the line that announces it; no other bullet list may have the same line.
    """
    entries = [node.start for node in manual.of_kind(NodeKind.ENTRY)]
    lists: list[tuple[Node, list[Node]]] = []
    for node in manual.nodes:
        if node.kind is NodeKind.STEPS and node.sort == BULLETS:
            lists.append((node, []))
        elif node.kind is NodeKind.STEP and lists and manual.nodes[node.parent] is lists[-1][0]:
            lists[-1][1].append(node)
    leads = Counter(whole.value.casefold() for whole, _ in lists)
    facts = []
    for whole, items in lists:
        at = bisect_left(entries, whole.start)
        words = without_emphasis(whole.value.rstrip(":： "))
        texts = [LIST_END.sub("", manual.block(item.body, item.end)) for item in items]
        is_clear = (
            manual.words is None
            and leads[whole.value.casefold()] == 1
            and shown_width(words) >= _MIN_LEAD_WIDTH
            and len(words) <= _MAX_LEAD_CHARS
            and "\n" not in "".join(texts)
            and not points_back().search(words)
        )
        if not is_clear or (at < len(entries) and entries[at] < whole.end) or not all(texts):
            continue
        if sum(map(len, texts)) > _MAX_CHARS or any("](" in item or "<" in item for item in texts):
            continue
        answer = "\n".join(f"- {item}" for item in texts)
        facts.append(_fact(PASSAGE_LIST, answer, Span(whole.start, whole.end), words=words))
    return facts


def _section_facts(
    manual: Manual, section: NamedSection, end: int, lines: Sequence[TextLine], *, holds_nodes: bool
) -> list[StructuralFact]:
    body = section.body + len(manual.text[section.body : end]) - len(manual.text[section.body : end].lstrip())
    if body >= end:
        return []
    span = Span(section.start, end)
    if is_question(section.title):
        answer = manual.block(body, end)
        fits = shown_width(answer) >= _MIN_ANSWER_WIDTH and len(answer) <= _MAX_ANSWER_CHARS
        if fits and not needs_example().search(answer):
            return [_fact(PASSAGE_ANSWER, answer, span, question=_NUMBER.sub("", section.title, count=1))]
        return []
    facts = []
    command = only_command(lines)
    if command is not None:
        answer, line = command
        facts.append(_fact(PASSAGE_COMMAND, answer, Span(line.content_start, line.content_end), title=section.name))
    has_code = any(line.is_code for line in lines)
    if not holds_nodes and not has_code and end - body <= 2 * _MAX_CHARS:
        answer = manual.block(body, end)
        fits = shown_width(answer) >= _MIN_WIDTH and len(answer) <= _MAX_CHARS
        if fits and reads_whole(answer) and not needs_example().search(answer):
            facts.append(_fact(PASSAGE_TEXT, answer, span, title=section.name))
    return facts


def _opening(
    manual: Manual, section: NamedSection, lines: Sequence[TextLine], taken: Sequence[tuple[int, int]]
) -> list[StructuralFact]:
    """Return a fact about the first paragraph of a section that is long or has subsections; empty if unsuitable."""
    filled = [index for index, line in enumerate(lines) if line.content]
    if not filled:
        return []
    stop = first = filled[0]
    while stop < len(lines) and lines[stop].is_prose:
        stop += 1
    paragraph = lines[first:stop]
    if not paragraph or (section.is_leaf and sum(shown_width(line.content) for line in lines) <= _MIN_LONG_WIDTH):
        return []
    span = Span(paragraph[0].content_start, paragraph[-1].content_end)
    at = bisect_left(taken, (span.start, 0))
    is_free = (at == len(taken) or taken[at][0] >= span.end) and not any(
        end > span.start for _, end in taken[max(0, at - 1) : at]
    )
    if not is_free or _NOT_A_PARAGRAPH.match(paragraph[0].content) or not is_one_paragraph(paragraph):
        return []
    answer = manual.block(span.start, span.end)
    is_told = shown_width(answer) >= _MIN_OPENING_WIDTH and len(answer) <= _MAX_CHARS
    if not is_told or "\n" in answer or not reads_whole(answer) or points_back().search(answer):
        return []
    if answer.endswith("?") or announcing().search(answer) or needs_example().search(answer):
        return []
    if compiled(language_rules(manual.language).manual.prose.chatty).search(answer):
        return []
    return [_fact(PASSAGE_OPENING, answer, span, title=section.name)]


def _fact(form: Form, answer: str, span: Span, **slots: str) -> StructuralFact:
    return make_fact(form=form, slots=slots, answer=answer, spans=[span])


TASK = StructuralTask(
    name="passage",
    order=120,
    finds={"manual": passage_facts},
    forms=(
        PASSAGE_TEXT,
        PASSAGE_OPENING,
        PASSAGE_ANSWER,
        PASSAGE_COMMAND,
        PASSAGE_LIST,
        PASSAGE_BAN,
        PASSAGE_ADVICE,
        PASSAGE_TRAIT,
        PASSAGE_REASON,
    ),
    thresholds=thresholds_in(globals(), vars(requirements), vars(section_text), vars(subjects)),
    frames=lambda rules: (rules.manual.under,),
)
