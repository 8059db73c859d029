"""Finds the drawings of a page, such as charts and diagrams, and the lines of text that label them.

In: the painted shapes of a page, its tables and its paragraphs. Out: the paragraphs that are labels. Used by
`pdf.document`: labels are never headings. Cost: linear in the shapes and in the squares of `_SQUARE` that they cover.

Shapes that touch or nearly touch are one drawing. It is a figure if it has `_MIN_SHAPES` shapes and the text in it is
`_MIN_LABELS` or more lines that are mostly short. A frame around prose, a row of table rules and an underlined heading
are therefore no figures. A document of one page with many shapes and no prose is a figure as a whole.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator, Sequence
from itertools import groupby, pairwise
from statistics import median

from pipeline.documents.pdf.cells import Table
from pipeline.documents.pdf.lines import Line
from pipeline.documents.pdf.paragraphs import Paragraph, ParagraphKind
from pipeline.documents.pdf.rules import Box, Drawing
from pipeline.documents.pdf.words import Frame
from pipeline.documents.pdf.writing import lines_in

_SQUARE = 10.0
"""Side of a square, in points; shapes in the same or in neighbouring squares belong to one drawing."""
_MAX_SIDE = 2000.0
_BACKGROUND = 0.8
"""Share of the page's width and height above which a shape is its background or frame."""
_MIN_SHAPES, _MIN_LABELS = 8, 6
_MAX_MEDIAN_CHARS = 25
_MARGIN, _MAX_MARGIN = 1.2, 15.0
"""How far beyond its shapes a drawing has labels, in their font sizes and at most, in points."""
_MANY_SHAPES = 20
_MIN_PROSE_LINES, _MIN_PROSE_WORDS = 2, 10
_LETTERS = re.compile(r"[^\W\d_]{2,}")
_WORD = re.compile(r"[\W_]*[^\W\d_]{2,}(?:[-'’][^\W\d_]+)*[\W_]*")
_NUMBER = re.compile(r"[-−–]?[\d.,]+%?")
_FAR = 2.0
"""Space, in font sizes, between a number of an axis and a label that is not part of it."""
_Square = tuple[int, int]


def labels_in_figures(blocks: Sequence[Paragraph | Table], drawing: Drawing, frame: Frame) -> set[int]:
    """Return the `id()` of each paragraph that is a label of a figure.

    Args:
        blocks: the paragraphs and tables of the page.
        drawing: its painted shapes.
        frame: its size.
    """
    paragraphs = [block for block in blocks if isinstance(block, Paragraph)]
    tables = [block for block in blocks if isinstance(block, Table)]
    shapes = [shape for shape in _outside(drawing.shapes, tables) if not _is_background(shape, frame)]
    labels: set[int] = set()
    if len(shapes) < _MIN_SHAPES:
        return labels
    for box in _drawings(shapes):
        inside = [paragraph for paragraph in paragraphs if all(_holds(box, line) for line in paragraph.lines)]
        lengths = [line.num_chars for paragraph in inside for line in paragraph.lines]
        if len(lengths) >= _MIN_LABELS and median(lengths) <= _MAX_MEDIAN_CHARS:
            labels |= {id(paragraph) for paragraph in inside}
    return labels


def is_figure(pages: Sequence[Sequence[Paragraph | Table]], drawings: Sequence[Drawing]) -> bool:
    """Return whether a document is one figure: one page with many shapes, without prose, and mostly without tables."""
    if len(pages) != 1:
        return False
    tables = [block for block in pages[0] if isinstance(block, Table)]
    num_in_tables = sum(line.num_chars for table in tables for cell in table.cells for line in cell.lines)
    if 2 * num_in_tables > sum(line.num_chars for line in lines_in(pages[0])):
        return False
    if len(_outside(drawings[0].shapes, tables)) < _MANY_SHAPES:
        return False
    return not any(isinstance(block, Paragraph) and _is_prose(block) for block in pages[0])


def line_by_line(blocks: Sequence[Paragraph | Table]) -> list[Paragraph | Table]:
    """Return the blocks of a figure with each line as a paragraph of its own: its labels form no running text.

    Numbers that follow each other, such as those of an axis, stay together; a number is cut from words far behind it.
    """
    found: list[Paragraph | Table] = []
    for block in blocks:
        if isinstance(block, Table):
            found.append(block)
            continue
        pieces = [piece for line in block.lines for piece in _pieces(line)]
        for is_number, group in groupby(pieces, key=lambda line: _NUMBER.fullmatch(line.text) is not None):
            lines = list(group)
            found += [_label(lines)] if is_number else [_label([line]) for line in lines]
    return found


def _label(lines: list[Line]) -> Paragraph:
    return Paragraph(ParagraphKind.TEXT, lines, column_right=float("inf"))


def _pieces(line: Line) -> list[Line]:
    """Return a line in two pieces if it is a number and, far behind it, words."""
    for place, (word, following) in enumerate(pairwise(line.words), start=1):
        gap = following.left - word.right
        is_far = gap > _FAR * line.size and _LETTERS.search(following.text) is not None
        if is_far and _NUMBER.fullmatch(word.text):
            return [Line(line.words[:place], line.row), *_pieces(Line(line.words[place:], line.row))]
    return [line]


def _is_prose(paragraph: Paragraph) -> bool:
    num_words = sum(_WORD.fullmatch(token) is not None for line in paragraph.lines for token in line.text.split())
    return len(paragraph.lines) >= _MIN_PROSE_LINES and num_words >= _MIN_PROSE_WORDS


def _is_background(shape: Box, frame: Frame) -> bool:
    left, top, right, bottom = shape
    return right - left > _BACKGROUND * frame.width and bottom - top > _BACKGROUND * frame.height


def _outside(shapes: Sequence[Box], tables: Sequence[Table]) -> list[Box]:
    return [shape for shape in shapes if not any(_is_inside(shape, table) for table in tables)]


def _is_inside(shape: Box, table: Table) -> bool:
    left, top, right, bottom = shape
    return (
        left >= table.left - _SQUARE
        and right <= table.right + _SQUARE
        and top >= table.top - _SQUARE
        and bottom <= table.bottom + _SQUARE
    )


def _holds(box: Box, line: Line) -> bool:
    left, top, right, bottom = box
    margin = min(_MAX_MARGIN, _MARGIN * line.size)
    return left - margin <= line.middle <= right + margin and top - margin <= line.base <= bottom + 2 * margin


def _drawings(shapes: Sequence[Box]) -> list[Box]:
    """Return the box of each group of `_MIN_SHAPES` or more shapes that are near each other."""
    covered = {square for shape in shapes for square in _squares(shape)}
    groups = _groups(covered)
    counts: Counter[int] = Counter()
    boxes: dict[int, Box] = {}
    for shape in shapes:
        first = next(_squares(shape), None)
        if first is None:
            continue
        group = groups[first]
        counts[group] += 1
        left, top, right, bottom = boxes.get(group, shape)
        boxes[group] = (min(left, shape[0]), min(top, shape[1]), max(right, shape[2]), max(bottom, shape[3]))
    return [boxes[group] for group, count in sorted(counts.items()) if count >= _MIN_SHAPES]


def _squares(shape: Box) -> Iterator[_Square]:
    """Yield the squares that a shape covers, as far as they are within `_MAX_SIDE` points of the page's corner."""
    left, top, right, bottom = (int(min(max(side, 0.0), _MAX_SIDE) // _SQUARE) for side in shape)
    for x in range(left, right + 1):
        for y in range(top, bottom + 1):
            yield x, y


def _groups(covered: set[_Square]) -> dict[_Square, int]:
    """Return the number of the group of each square; neighbours, also at the corners, are one group."""
    groups: dict[_Square, int] = {}
    for number, start in enumerate(sorted(covered)):
        if start in groups:
            continue
        groups[start] = number
        stack = [start]
        while stack:
            x, y = stack.pop()
            for place in ((x + i, y + j) for i in (-1, 0, 1) for j in (-1, 0, 1)):
                if place in covered and place not in groups:
                    groups[place] = number
                    stack.append(place)
    return groups
