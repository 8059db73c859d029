"""Numbered lists as STEPS and STEP nodes: `1.`, `1)`, `(1)`, `①`, `#.`, `Step 1:`, `1단계`, `가.`.

In: the lines of a text. Out: nodes of lists numbered from 1. Used by `reading`. A STEPS node has the announcing line as
`value`, and as `sort` either `procedure` or, for a list of things, `list`. A STEP has its number as `label`. Code,
tables, notes, nested lists and paragraphs before the next number belong to the step. The last step ends with its
paragraph and the lines indented below it. Cost: linear.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import cache

from pipeline.documents.grammar.manual.announcing import SENTENCE_END, announces, lead_in
from pipeline.documents.grammar.text_lines import TextLine
from pipeline.languages import Language, all_rules, any_of, language_rules, letters_of
from pipeline.nodes import Node, NodeKind

PROCEDURE, LIST = "procedure", "list"
MIN_STEPS = 2
_AUTOMATIC = ("#", ".")
"""Marks of an item that a converter numbers automatically."""
_CIRCLED = "①②③④⑤⑥⑦⑧⑨⑩⑪⑫⑬⑭⑮⑯⑰⑱⑲⑳"
_LETTERED = " letter"
"""Suffix of the style of items counted by letters."""
_MAX_GAP_LINES = 120
"""Most lines of a step."""


@dataclass(frozen=True, slots=True)
class _Item:
    """The line that opens an item."""

    line: int
    number: int
    style: str
    indent: int
    body: int
    """Offset after the number."""
    label: str
    """Number in digits, or the letter."""
    written: str
    """Number as written in the text."""


def read_steps(lines: Sequence[TextLine], *, language: Language, ends: frozenset[int] = frozenset()) -> list[Node]:
    """Return the numbered lists in order. Nested lists are part of their step.

    Args:
        lines: Lines of the text.
        language: Language of the text; its rules distinguish instructions from things.
        ends: Numbers of the lines at which every list ends: headings and furniture.
    """
    nodes: list[Node] = []
    run: list[_Item] = []
    pattern = item_pattern()
    for index, line in enumerate(lines):
        if index in ends:
            _close(nodes, lines, run, ends, language)
            run = []
            continue
        item = _item_at(line, index, pattern, run) if line.is_prose else None
        if item is None:
            continue
        if not run:
            run = [item] if item.number == 1 else []
        elif _continues(run, item, lines):
            run.append(item)
        elif _repeats_one(run, item, lines):
            run.append(replace(item, number=run[-1].number + 1, label=str(run[-1].number + 1)))
        elif _is_nested(run, item, lines):
            continue
        else:
            _close(nodes, lines, run, ends, language)
            run = [item] if item.number == 1 else []
    _close(nodes, lines, run, ends, language)
    return nodes


def _item_at(line: TextLine, index: int, pattern: re.Pattern[str], run: Sequence[_Item]) -> _Item | None:
    match = pattern.match(line.content)
    if match is None:
        return None
    written = next(group for group in match.groups() if group)
    style = re.sub(r"\d+|[①-⑳]", "#", match.group().strip())
    if written in _AUTOMATIC:
        number = run[-1].number + 1 if run and run[-1].style == style and run[-1].indent == line.indent else 1
    elif written in _letters():
        number = _letters().index(written) + 1
        style = style.replace(written, "#", 1) + _LETTERED
    else:
        number = _CIRCLED.index(written) + 1 if written in _CIRCLED else int(written)
    label = written if style.endswith(_LETTERED) else str(number)
    return _Item(index, number, style, line.indent, line.content_start + match.end(), label, written)


def _continues(run: Sequence[_Item], item: _Item, lines: Sequence[TextLine]) -> bool:
    last = run[-1]
    return (
        item.number == last.number + 1
        and item.style == last.style
        and abs(item.indent - last.indent) <= 1
        and item.line - last.line <= _MAX_GAP_LINES
    )


def _repeats_one(run: Sequence[_Item], item: _Item, lines: Sequence[TextLine]) -> bool:
    """Return whether each item of a list is numbered 1, as some converters write, with no other text in between."""
    last = run[-1]
    if not (item.written == last.written == "1" and item.style == last.style and item.indent == last.indent):
        return False
    between = lines[last.line + 1 : item.line]
    if len(between) > _MAX_GAP_LINES:
        return False
    blank = next((number for number, line in enumerate(between) if not line.content), len(between))
    return all(not line.content or line.is_code or line.indent > item.indent for line in between[blank:])


def _is_nested(run: Sequence[_Item], item: _Item, lines: Sequence[TextLine]) -> bool:
    """Return whether an item belongs to the last item of a list: it is deeper, lettered, or of another style."""
    if item.indent > run[0].indent or (run[0].label.isdigit() and not item.label.isdigit()):
        return True
    return item.style != run[0].style and _is_inside(run[-1], item, lines)


def _is_inside(last: _Item, item: _Item, lines: Sequence[TextLine]) -> bool:
    """Return whether an item of another style, no deeper than the list, continues its last step: `1.` over `(1)`."""
    return item.line == last.line + 1 or all(line.content for line in lines[last.line : item.line])


def _close(
    nodes: list[Node], lines: Sequence[TextLine], run: Sequence[_Item], ends: frozenset[int], language: Language
) -> None:
    if len(run) < MIN_STEPS:
        return
    if any(line.content.startswith(":") for line in lines[run[0].line : run[-1].line + 2]):
        return  # The contents of a book, written as a definition list.
    last_line = end_of_item(lines, run[-1].line, run[-1].indent, ends)
    stops = [*(item.line - 1 for item in run[1:]), last_line]
    parent = len(nodes)
    steps: list[Node] = []
    for item, stop in zip(run, stops, strict=True):
        while stop > item.line and not lines[stop].content:
            stop -= 1
        steps.append(
            Node(
                kind=NodeKind.STEP,
                start=lines[item.line].content_start,
                end=max(item.body, lines[stop].content_end),
                body=item.body,
                parent=parent,
                level=1,
                label=item.label,
            )
        )
    firsts = [_first_sentence(lines[item.line], item.body) for item in run]
    above = next((line for line in reversed(lines[max(0, run[0].line - 2) : run[0].line]) if line.content), None)
    explains_code = above is not None and above.is_code
    nodes.append(
        Node(
            kind=NodeKind.STEPS,
            start=steps[0].start,
            end=steps[-1].end,
            body=steps[0].start,
            value=lead_in(lines, run[0].line, ends),
            sort=PROCEDURE if tells_what_to_do(firsts, language) and not explains_code else LIST,
        )
    )
    nodes += [replace(step, parent=parent) for step in steps]


def end_of_item(lines: Sequence[TextLine], first: int, indent: int, ends: frozenset[int]) -> int:
    """Return the last line of a list's last item: its paragraph, and the lines indented or fenced below it.

    Args:
        lines: Lines of the text.
        first: Line that opens the item.
        indent: Indent of that line.
        ends: Lines at which every item ends.
    """
    last = first
    was_blank = False
    for index in range(first + 1, min(len(lines), first + _MAX_GAP_LINES)):
        line = lines[index]
        if index in ends:
            break
        if not line.content:
            was_blank = True
            continue
        opens_block = line.is_code and (lines[index - 1].is_code or announces(lines[last].content))
        if was_blank and line.indent <= indent + 1 and not opens_block:
            break
        if not was_blank and line.indent <= indent and line.content.startswith(("|", "+-", "#")):
            break
        last = index
        was_blank = False
    return last


def tells_what_to_do(sentences: Sequence[str], language: Language) -> bool:
    """Return whether more than two thirds of a list's items are instructions. Other lists are plain enumerations."""
    patterns = [rules.manual.instruction for _, rules in all_rules() if rules.manual.instruction is not None]
    if language_rules(language).manual.instruction is None:
        return False
    told = sum(any(pattern.search(sentence) for pattern in patterns) for sentence in sentences)
    return told * 3 > len(sentences) * 2


def _first_sentence(line: TextLine, body: int) -> str:
    rest = line.text[body - line.start :][:400]
    return SENTENCE_END.split(rest + " ")[0].strip().rstrip(".:")


@cache
def _letters() -> str:
    return letters_of(lambda rules: rules.headings.letters)


@cache
def item_pattern() -> re.Pattern[str]:
    """Return a pattern for the opening of a numbered list item; one group holds the number."""
    labels = any_of(lambda rules: rules.manual.step_label)
    letters = f"[{_letters()}]" if _letters() else "(?!)"
    numbers = rf"(\d{{1,2}})[.)]|(#)\.|(\.)(?= )|\((\d{{1,2}})\)|([①-⑳])|({letters})[.)]|\(({letters})\)"
    return re.compile(rf"(?:{numbers}|\**{labels}\**)(?:[ \t]+(?=\S)|(?<=[①-⑳]))")
