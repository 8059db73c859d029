"""Footnotes at the foot of a page: smaller text below the body that begins with a number or sign.

In: the paragraphs of a page. Out: the footnotes and the rest. Used by `pdf.document`. Cost: quadratic
in the blocks of a page.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

from pipeline.documents.pdf.cells import Table
from pipeline.documents.pdf.lines import Line, is_raised
from pipeline.documents.pdf.paragraphs import Paragraph

_SMALLER = 0.94
_LOWER_PART = 0.4
_NUMBER = re.compile(r"(\d{1,3}|[*†‡§¶]{1,3})\)?$")
_SENTENCE_END = re.compile(r"[.!?。][\"'”’)\]]*$")
_PLAIN_NUMBER = re.compile(r"(\d{1,3}|[*†‡§¶]{1,3})[).]?(?=\D)")


@dataclass(slots=True)
class Footnote:
    """A footnote; the label is no part of its lines."""

    label: str
    paragraph: Paragraph


def take_footnotes(
    blocks: Sequence[Paragraph | Table], *, body: float, height: float
) -> tuple[list[Footnote], list[Paragraph | Table]]:
    """Return the footnotes of a page and its other blocks. Changes the paragraphs of footnotes in place.

    Args:
        blocks: the page in reading order.
        body: font size of the body.
        height: height of the page.
    """
    notes: list[Footnote] = []
    rest: list[Paragraph | Table] = []
    for number, block in enumerate(blocks):
        if not _may_be_note(block, blocks, number, body=body, height=height):
            rest.append(block)
            continue
        assert isinstance(block, Paragraph)
        label, lines = _labelled(block)
        if label and _is_next(label, notes):
            block.lines = lines
            notes.append(Footnote(label, block))
        elif notes and (label or _goes_on(notes[-1].paragraph, block)):
            notes[-1].paragraph.lines += block.lines
        else:
            rest.append(block)
    return notes, rest


def _may_be_note(
    block: Paragraph | Table, blocks: Sequence[Paragraph | Table], number: int, *, body: float, height: float
) -> bool:
    """Return whether a block is small text in the lower part of a page, with no larger text of its column below."""
    if isinstance(block, Table) or block.size > _SMALLER * body or block.lines[0].base < _LOWER_PART * height:
        return False
    top = block.lines[0].base
    for other in blocks:
        if isinstance(other, Table):
            if other.top > top and _overlaps(block, other.left, other.right):
                return False
        elif other.size > _SMALLER * body and other.lines[-1].base > top and _overlaps(block, *_sides(other)):
            return False
    return True


def _overlaps(block: Paragraph, left: float, right: float) -> bool:
    start, end = _sides(block)
    return min(right, end) > max(left, start)


def _sides(block: Paragraph) -> tuple[float, float]:
    return min(line.left for line in block.lines), max(line.right for line in block.lines)


def _labelled(block: Paragraph) -> tuple[str, list[Line]]:
    """Return the label of a footnote and its lines without it; an empty label if there is none."""
    first = block.lines[0]
    head = first.words[0]
    if len(first.words) > 1 and (match := _NUMBER.match(head.text)) is not None:
        rest = Line(list(first.words[1:]), first.row)
        rest.words[0].is_glued = False
        return match[1], [rest, *block.lines[1:]]
    match = _PLAIN_NUMBER.match(head.text)
    if match is not None and (is_raised(head, first) or not head.text[:1].isdigit()):
        head.text = head.text[match.end() :]
        return match[1], block.lines
    return "", block.lines


def _is_next(label: str, notes: Sequence[Footnote]) -> bool:
    """Return whether a number is higher than those of the notes before it; a lower one counts items in a note."""
    numbers = [int(note.label) for note in notes if note.label.isdigit()]
    return not label.isdigit() or not numbers or int(label) > max(numbers)


def _goes_on(note: Paragraph, block: Paragraph) -> bool:
    """Return whether a block is the rest of a note: right below it, or in the next column if its sentence goes on."""
    if abs(note.size - block.size) >= 0.1 * note.size:
        return False
    last, first = note.lines[-1], block.lines[0]
    if 0 < first.base - last.base < 2 * note.size:
        return True
    is_open = _SENTENCE_END.search(last.text) is None
    return is_open and first.base <= last.base and first.left > max(line.right for line in note.lines)
