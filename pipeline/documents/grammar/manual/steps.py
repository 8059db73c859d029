"""Reads numbered lists as STEPS and STEP nodes: `1.`, `1)`, `(1)`, `①`, `#.`, `Step 1:`, `1단계`, `가.`.

Takes the lines of a text; returns the nodes of lists that are numbered from 1. Used by `manual.reading`. The `value` of
a STEPS node is the announcing sentence; its `sort` is `procedure` for instructions and `list` for other lists. The
`label` of a STEP is its number. Everything before the next number belongs to a step, including code, tables, notes and
nested lists. The last step ends with its paragraph and the indented lines below. Time is linear in the text.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import cache

from pipeline.documents.grammar.manual.announcing import SENTENCE_END, announces, lead_in
from pipeline.documents.grammar.text_lines import TextLine, last_text
from pipeline.languages import Language, all_rules, any_of, language_rules, letters_of
from pipeline.nodes import Node, NodeKind

PROCEDURE, LIST = "procedure", "list"
MIN_STEPS = 2
_AUTOMATIC = ("#", ".")
"""The signs that replace the number of an automatically numbered item."""
_CIRCLED = "①②③④⑤⑥⑦⑧⑨⑩⑪⑫⑬⑭⑮⑯⑰⑱⑲⑳"
_LETTERED = " letter"
"""Suffix of the style of items that are counted with letters."""
_MAX_STEP_LINES = 120
"""The maximum number of lines in a step."""


@dataclass(frozen=True, slots=True)
class _Item:
    """The first line of an item."""

    line: int
    number: int
    style: str
    """The number's form, with `#` for digits or the letter, such as `#.` or `(#)`."""
    indent: int
    body: int
    """Offset after the number."""
    label: str
    """The number in digits, or the letter."""
    written: str
    """The number as written in the text."""


def read_steps(lines: Sequence[TextLine], *, language: Language, ends: frozenset[int] = frozenset()) -> list[Node]:
    """Return the numbered lists in order. A nested list is part of the step that contains it.

    Args:
        lines: Lines of the text.
        language: Language of the text. Instructions are recognised only if its rules describe them.
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
        elif _continues(run, item):
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


def _continues(run: Sequence[_Item], item: _Item) -> bool:
    """Return whether an item is the next one of a list."""
    last = run[-1]
    return (
        item.number == last.number + 1
        and item.style == last.style
        and abs(item.indent - last.indent) <= 1
        and item.line - last.line <= _MAX_STEP_LINES
    )


def _repeats_one(run: Sequence[_Item], item: _Item, lines: Sequence[TextLine]) -> bool:
    """Return whether an item has the number 1 like the item above, and the lines between belong to the item above.

    Some converters number every item 1.
    """
    last = run[-1]
    if not (item.written == last.written == "1" and item.style == last.style and item.indent == last.indent):
        return False
    between = lines[last.line + 1 : item.line]
    if len(between) > _MAX_STEP_LINES:
        return False
    blank = next((number for number, line in enumerate(between) if not line.content), len(between))
    return all(not line.content or line.is_code or line.indent > item.indent for line in between[blank:])


def _is_nested(run: Sequence[_Item], item: _Item, lines: Sequence[TextLine]) -> bool:
    """Return whether an item belongs to the last item of a list.

    It is indented further, is lettered in a numbered list, or has a different style and continues the last item.
    """
    if item.indent > run[0].indent or (run[0].label.isdigit() and not item.label.isdigit()):
        return True
    return item.style != run[0].style and _is_inside(run[-1], item, lines)


def _is_inside(last: _Item, item: _Item, lines: Sequence[TextLine]) -> bool:
    """Return whether no blank line separates an item from the last item of a list, such as `(1)` below `1.`."""
    return item.line == last.line + 1 or all(line.content for line in lines[last.line : item.line])


def _close(
    nodes: list[Node], lines: Sequence[TextLine], run: Sequence[_Item], ends: frozenset[int], language: Language
) -> None:
    """Add the nodes of a list, unless the list is too short or is a table of contents."""
    if len(run) < MIN_STEPS:
        return
    if any(line.content.startswith(":") for line in lines[run[0].line : run[-1].line + 2]):
        return  # This is the table of contents of a book, written as a definition list.
    last_line = end_of_item(lines, run[-1].line, run[-1].indent, ends)
    stops = [*(item.line - 1 for item in run[1:]), last_line]
    parent = len(nodes)
    steps: list[Node] = []
    for item, stop in zip(run, stops, strict=True):
        last = last_text(lines, item.line, stop + 1)
        steps.append(
            Node(
                kind=NodeKind.STEP,
                start=lines[item.line].content_start,
                end=max(item.body, lines[last].content_end),
                body=item.body,
                parent=parent,
                level=1,
                label=item.label,
            )
        )
    firsts = [_first_sentence(lines[item.line], item.body) for item in run]
    above = next((line for line in reversed(lines[max(0, run[0].line - 2) : run[0].line]) if line.content), None)
    is_below_code = above is not None and above.is_code
    nodes.append(
        Node(
            kind=NodeKind.STEPS,
            start=steps[0].start,
            end=steps[-1].end,
            body=steps[0].start,
            value=lead_in(lines, run[0].line, ends),
            # A list directly below code explains the code.
            sort=PROCEDURE if _are_instructions(firsts, language) and not is_below_code else LIST,
        )
    )
    nodes += [replace(step, parent=parent) for step in steps]


def end_of_item(lines: Sequence[TextLine], first: int, indent: int, ends: frozenset[int]) -> int:
    """Return the number of the last line of an item, without regard to the items below.

    The item contains its first paragraph, and the indented lines and code blocks below.

    Args:
        lines: Lines of the text.
        first: Number of the item's first line.
        indent: Indentation of that line.
        ends: Numbers of the lines at which every item ends.
    """
    last = first
    was_blank = False
    for index in range(first + 1, min(len(lines), first + _MAX_STEP_LINES)):
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


def _are_instructions(sentences: Sequence[str], language: Language) -> bool:
    """Return whether more than two thirds of the sentences are instructions, in any language.

    The result is false if the rules of the text's language do not describe instructions.
    """
    patterns = [rules.manual.instruction for _, rules in all_rules() if rules.manual.instruction is not None]
    if language_rules(language).manual.instruction is None:
        return False
    num_instructions = sum(any(pattern.search(sentence) for pattern in patterns) for sentence in sentences)
    return num_instructions * 3 > len(sentences) * 2


def _first_sentence(line: TextLine, body: int) -> str:
    rest = line.text[body - line.start :][:400]
    return SENTENCE_END.split(rest + " ")[0].strip().rstrip(".:")


@cache
def _letters() -> str:
    return letters_of(lambda rules: rules.headings.letters)


@cache
def item_pattern() -> re.Pattern[str]:
    """Return a pattern for the start of a numbered list item; one of the groups matches the number."""
    labels = any_of(lambda rules: rules.manual.step_label)
    letters = f"[{_letters()}]" if _letters() else "(?!)"
    numbers = rf"(\d{{1,2}})[.)]|(#)\.|(\.)(?= )|\((\d{{1,2}})\)|([①-⑳])|({letters})[.)]|\(({letters})\)"
    return re.compile(rf"(?:{numbers}|\**{labels}\**)(?:[ \t]+(?=\S)|(?<=[①-⑳]))")
