"""Numbered items of the parts of a Korean legal text that have no 조: 주문 and 이유 of a judgment, amendments.

Comes in: lines and parts; goes out: `Mark`s with their labels (`주문 제2항`, `이유 제1의 나항`). Used by
`korean_provisions`. A number counts only where it continues the numbering. One pass over the lines.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Sequence

from pipeline.synthesize.structural.layout import Line, is_blank
from pipeline.synthesize.structural.provisions import Mark, Part

ITEM_NOUN = "호"
SUBITEM_NOUN = "목"
_ITEM = re.compile(r"[ \t]*(?P<num>\d{1,2})\.[ \t]+(?=\S)")
_SUBITEM = re.compile(r"[ \t]*(?P<letter>[가나다라마바사아자차카타파하])\.[ \t]+(?=\S)")
_LETTERS = "가나다라마바사아자차카타파하"
_MAX_HEADING_CHARS = 40
_MAX_CAPTION_CHARS = 25
"""A line this short is a heading even where its text follows without a blank line."""


def item_marks(*, lines: Sequence[Line], parts: Sequence[Part], parts_with_articles: Collection[int]) -> list[Mark]:
    """Items `1.` and `가.` of the titled parts without 조, in order of position."""
    marks: list[Mark] = []
    part = item = letter = 0
    for index, line in enumerate(lines):
        while part + 1 < len(parts) and parts[part + 1].start <= line.start:
            part, item, letter = part + 1, 0, 0
        if not parts[part].title or part in parts_with_articles:
            continue
        numbered, lettered = _ITEM.match(line.text), _SUBITEM.match(line.text)
        if numbered and int(numbered["num"]) == item + 1:
            item, letter = item + 1, 0
            title = _heading(lines, index, numbered.end())
            marks.append(_mark(line, numbered.end(), 1, ITEM_NOUN, str(item), title, part))
        elif lettered and item and _LETTERS.index(lettered["letter"]) == letter:
            letter += 1
            title = _heading(lines, index, lettered.end())
            marks.append(_mark(line, lettered.end(), 2, SUBITEM_NOUN, f"{item}.{letter}", title, part))
    return marks


def item_label(mark: Mark) -> str:
    """How an item is named inside its part."""
    item, _, letter = mark.key.partition(".")
    return f"제{item}의 {_LETTERS[int(letter) - 1]}항" if letter else f"제{item}항"


def _mark(line: Line, end: int, depth: int, noun: str, key: str, title: str, part: int) -> Mark:
    lead = len(line.text) - len(line.text.lstrip())
    body_start = line.end if title else line.start + end
    return Mark(start=line.start + lead, body_start=body_start, depth=depth, noun=noun, key=key, title=title, part=part)


def _heading(lines: Sequence[Line], index: int, end: int) -> str:
    """The rest of the line where it is a heading: short, no sentence, alone."""
    rest = lines[index].text[end:].strip()
    is_sentence = rest.endswith((".", ",", ":", ";", "다")) or len(rest) > _MAX_HEADING_CHARS
    stands_alone = len(rest) <= _MAX_CAPTION_CHARS or is_blank(lines, index + 1)
    return rest if stands_alone and not is_sentence else ""
