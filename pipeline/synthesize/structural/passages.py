"""Facts of the task `passage`: what a short section says, the answer to a question that heads one, a command it shows,
what is listed below a sentence that announces it.

Comes in: a `Manual`; goes out: `Findings`. Only sections without sections of their own are read, and only whole ones;
what notes, entries and tables hold is left to their tasks. Linear.
"""

from __future__ import annotations

import re
from bisect import bisect_left
from collections import Counter
from collections.abc import Sequence
from functools import cache

from pipeline.documents.grammar.manual.bullets import BULLETS
from pipeline.documents.grammar.text_lines import TextLine, fence_language
from pipeline.languages import Language, all_rules, any_of, compiled, language_rules
from pipeline.nodes import Node, NodeKind
from pipeline.synthesize.structural.blocks import shown_width, without_emphasis
from pipeline.synthesize.structural.entries import announcing, needs_example
from pipeline.synthesize.structural.facts import Findings, QuestionForm, Span, StructuralFact, make_fact
from pipeline.synthesize.structural.headings import NamedSection
from pipeline.synthesize.structural.manuals import Manual
from pipeline.synthesize.structural.requirements import points_back
from pipeline.synthesize.structural.steps import LIST_END

_MIN_WIDTH = 60
_MAX_CHARS = 900
_MIN_ANSWER_WIDTH = 20
_MAX_ANSWER_CHARS = 1500
_MIN_LONG_WIDTH = 600
"""Of a section that is asked about by its first paragraph."""
_MIN_OPENING_WIDTH = 100
_FULL_SHARE = 0.75
_MAX_COMMAND_CHARS = 200
_MIN_LEAD_WIDTH, _MAX_LEAD_CHARS = 20, 120
_SHELLS = frozenset({"console", "sh", "bash", "shell", "shell-session", "terminal", "zsh", "shellsession"})
_PROMPT = re.compile(r"[ \t]*\$[ \t]+(?=\S)")
_NUMBER = re.compile(r"(?:\d{1,3}(?:\.\d{1,3})*[.)]?|[Qq]\d{0,3}[.:)])[ \t]+")
_NO_PARAGRAPH = re.compile(r"[-*+•·‣◦○☆▪□■▶–>|#:(\[<!※]|\(?\d{1,3}[.)][ \t]|[①-⑳]")
_SENTENCE_END = re.compile(r"[.!?。][\"'”’)\]*_`]*$")


def passage_facts(*, manual: Manual) -> Findings:
    """Facts about the short sections of a manual."""
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
        end = _end_of_text(manual, section, furniture)
        lines = manual.lines[bisect_left(line_starts, section.body) : bisect_left(line_starts, end)]
        if section.is_leaf:
            facts.extend(_section_facts(manual, section, end, lines, holds_nodes=_holds(taken, section)))
        facts.extend(_opening(manual, section, lines, taken))
    return Findings(facts=(*facts, *_announced(manual)), refusals=())


def _announced(manual: Manual) -> list[StructuralFact]:
    """Lists of bullets, by the sentence that announces them; it must come once, and no item may be an entry."""
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
        texts = [manual.block(item.body, item.end) for item in items]
        texts = [LIST_END.sub("", text) for text in texts]
        is_clear = (
            manual.words is None
            and leads[whole.value.casefold()] == 1
            and shown_width(words) >= _MIN_LEAD_WIDTH
            and len(words) <= _MAX_LEAD_CHARS
            and "\n" not in "".join(texts)
        )
        is_clear = is_clear and not points_back().search(words)
        if not is_clear or (at < len(entries) and entries[at] < whole.end) or not all(texts):
            continue
        if sum(map(len, texts)) > _MAX_CHARS or any("](" in item or "<" in item for item in texts):
            continue
        facts.append(
            make_fact(
                form=QuestionForm.PASSAGE_LIST,
                slots={"words": words},
                answer="\n".join(f"- {item}" for item in texts),
                spans=[Span(whole.start, whole.end)],
            )
        )
    return facts


def _section_facts(
    manual: Manual, section: NamedSection, end: int, lines: Sequence[TextLine], *, holds_nodes: bool
) -> list[StructuralFact]:
    body = section.body + len(manual.text[section.body : end]) - len(manual.text[section.body : end].lstrip())
    if body >= end:
        return []
    spans = [Span(section.start, end)]
    if is_question(section.title):
        answer = manual.block(body, end)
        question = _NUMBER.sub("", section.title, count=1)
        fits = shown_width(answer) >= _MIN_ANSWER_WIDTH and len(answer) <= _MAX_ANSWER_CHARS
        if fits and not needs_example().search(answer):
            slots = {"question": question}
            return [make_fact(form=QuestionForm.PASSAGE_ANSWER, slots=slots, answer=answer, spans=spans)]
        return []
    facts = []
    command = _only_command(lines)
    if command is not None:
        answer, line = command
        facts.append(
            make_fact(
                form=QuestionForm.PASSAGE_COMMAND,
                slots={"title": section.name},
                answer=answer,
                spans=[Span(line.content_start, line.content_end)],
            )
        )
    has_code = any(line.is_code for line in lines)
    if not holds_nodes and not has_code and end - body <= 2 * _MAX_CHARS:
        answer = manual.block(body, end)
        fits = shown_width(answer) >= _MIN_WIDTH and len(answer) <= _MAX_CHARS
        if fits and _reads_whole(answer) and not needs_example().search(answer):
            slots = {"title": section.name}
            facts.append(make_fact(form=QuestionForm.PASSAGE_TEXT, slots=slots, answer=answer, spans=spans))
    return facts


def _opening(
    manual: Manual, section: NamedSection, lines: Sequence[TextLine], taken: Sequence[tuple[int, int]]
) -> list[StructuralFact]:
    """The first paragraph of a section that is too long to be told whole, or that has sections of its own."""
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
    if not is_free or _NO_PARAGRAPH.match(paragraph[0].content) or not _is_one_paragraph(paragraph):
        return []
    answer = manual.block(span.start, span.end)
    is_told = shown_width(answer) >= _MIN_OPENING_WIDTH and len(answer) <= _MAX_CHARS
    if not is_told or "\n" in answer or not _reads_whole(answer) or points_back().search(answer):
        return []
    if answer.endswith("?") or announcing().search(answer) or needs_example().search(answer):
        return []
    if _chatty(manual.language).search(answer):
        return []
    return [
        make_fact(form=QuestionForm.PASSAGE_OPENING, slots={"title": section.name}, answer=answer, spans=[span]),
    ]


def _is_one_paragraph(lines: Sequence[TextLine]) -> bool:
    """Whether no line but the last ends a paragraph: a sentence ends there, and the next word had room."""
    widest = max(shown_width(line.content) for line in lines)
    return not any(
        _SENTENCE_END.search(line.content) and shown_width(line.content) < _FULL_SHARE * widest for line in lines[:-1]
    )


def is_question(title: str) -> bool:
    """Whether a heading asks something."""
    bare = title.rstrip("*_` )")
    return len(bare.split()) >= 3 and (bare.endswith("?") or _question_end().search(bare) is not None)


def _only_command(lines: Sequence[TextLine]) -> tuple[str, TextLine] | None:
    """The one command that the one block of code of a section holds."""
    blocks: list[list[TextLine]] = []
    for index, line in enumerate(lines):
        if line.is_code:
            if index == 0 or not lines[index - 1].is_code or (fence_language(line) is not None and not blocks[-1]):
                blocks.append([])
            blocks[-1].append(line)
    if len(blocks) != 1 or len(blocks[0]) < 3:
        return None
    first, *inner = blocks[0]
    text = [line for line in inner if line.content and fence_language(line) is None]
    prompted = [line for line in text if _PROMPT.match(line.text)]
    commands = prompted or (text if fence_language(first) in _SHELLS else [])
    if len(commands) != 1 or commands[0].content.endswith("\\") or commands[0].content.startswith("#"):
        return None
    answer = _PROMPT.sub("", commands[0].text, count=1).strip()
    return (answer, commands[0]) if 3 <= len(answer) <= _MAX_COMMAND_CHARS and "{{" not in answer else None


def _end_of_text(manual: Manual, section: NamedSection, furniture: Sequence[int]) -> int:
    """Where the text of a section ends, before the links around the page and the rule above footnotes."""
    end = section.end
    at = bisect_left(furniture, section.body)
    if at < len(furniture) and furniture[at] < end:
        end = furniture[at]
    rule = re.compile(r"\n[ \t]*(?:-{3,}|\*{3,}|_{3,})[ \t]*(?=\n)").search(manual.text, section.body, end)
    if rule:
        end = rule.start()
    return section.body + len(manual.text[section.body : end].rstrip())


def _holds(taken: Sequence[tuple[int, int]], section: NamedSection) -> bool:
    at = bisect_left(taken, (section.start, 0))
    return (at < len(taken) and taken[at][0] < section.end) or any(
        end > section.body for _, end in taken[max(0, at - 1) : at]
    )


def _reads_whole(answer: str) -> bool:
    """Whether a passage is prose to its end and has no links or markup that only a page makes sense of."""
    last = answer.rstrip()
    if last.endswith("..") or answer.startswith("#") or "\n#" in answer:
        return False
    if not (_SENTENCE_END.search(last) or _predicate().search(last)):
        return False
    return "<" not in answer and "{{" not in answer and "\n|" not in answer and "](" not in answer


@cache
def _chatty(language: Language) -> re.Pattern[str]:
    return compiled(language_rules(language).manual.prose.chatty)


@cache
def _question_end() -> re.Pattern[str]:
    return re.compile(any_of(lambda rules: rules.manual.question_end))


@cache
def _predicate() -> re.Pattern[str]:
    patterns = [rules.headings.predicate for _, rules in all_rules() if rules.headings.predicate]
    return re.compile("|".join(patterns) or "(?!)")
