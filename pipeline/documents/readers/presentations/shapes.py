"""Reads the shapes of a slide in reading order: texts, tables, charts, diagrams and groups.

In: the shape tree of a slide. Out: `Found` blocks; one of them may be the slide's title. Used by `deck`. Pictures have
no text; their alternative texts are left out.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

from pipeline.documents.readers.blocks import Block, Paragraph
from pipeline.documents.readers.drawn_parts import PART_REFERENCES, drawn_part
from pipeline.documents.readers.ooxml import DGM, MC, A, C, OfficePackage
from pipeline.documents.readers.presentations.order import Box, reading_order
from pipeline.documents.readers.presentations.paragraphs import read_paragraphs, text_size
from pipeline.documents.readers.presentations.placeholders import TITLES, Layout, P, placeholder_of
from pipeline.documents.readers.zip_parts import Element
from pipeline.documents.table_layout import TableCell
from pipeline.languages.heading_rules import ends_sentence

_MAX_TITLE_CHARS = 100
_LEFT_OUT = ("sldNum", "sldImg")
_FURNITURE = ("dt", "ftr", "hdr")


@dataclass(frozen=True, slots=True)
class SlideTable:
    """A table on a slide."""

    rows: tuple[tuple[TableCell, ...], ...]
    header: str
    """Where the header cells are: `row`, `column`, `both` or empty."""


@dataclass(frozen=True, slots=True)
class Found:
    """What a shape shows."""

    blocks: tuple[Block | SlideTable, ...]
    is_title: bool = False
    is_main_title: bool = False
    """Whether it is the title of a title slide."""
    size: int = 0
    """Size of its largest letters, in hundredths of a point; 0 if it is not a text."""


@dataclass(frozen=True, slots=True)
class Slide:
    """A slide while it is read."""

    package: OfficePackage
    name: str
    """Name of the slide's part."""
    layout: Layout
    takes_furniture: bool
    """Whether dates, headers and footers are read."""


def read_shapes(tree: Element | None, slide: Slide) -> list[Found]:
    """Return what the shapes of a slide show; the title comes first.

    On a slide without a title, the first shape is the title if it is one short line in larger letters than the others.
    """
    found = [item for item in _in_order(tree, slide) if item.blocks] if tree is not None else []
    if found and not any(item.is_title for item in found) and _looks_like_title(found):
        found[0] = replace(found[0], is_title=True)
    return sorted(found, key=lambda item: not item.is_title)


def _looks_like_title(found: Sequence[Found]) -> bool:
    first, others = found[0], found[1:]
    (line, *more) = first.blocks
    if more or not isinstance(line, Paragraph) or line.label is not None:
        return False
    text = line.text.strip()
    is_short = len(text) <= _MAX_TITLE_CHARS and "\n" not in text and not ends_sentence(text)
    return is_short and all(item.size < first.size for item in others)


def _in_order(tree: Element, slide: Slide) -> Iterator[Found]:
    shapes = list(_shapes(tree))
    for index in reading_order([_box(shape, slide) for shape in shapes]):
        shape = shapes[index]
        if shape.tag == P + "grpSp":
            yield from _in_order(shape, slide)
        else:
            yield _read(shape, slide)


def _shapes(tree: Element) -> Iterator[Element]:
    """Yield the shapes directly inside a tree or group; of alternatives, the first with text or a drawing."""
    for child in tree:
        if child.tag == MC + "AlternateContent":
            choices = [list(_shapes(choice)) for choice in child]
            yield from next((shapes for shapes in choices if any(map(_has_content, shapes))), [])
        elif isinstance(child.tag, str) and child.tag.rpartition("}")[2] not in _NOT_SHAPES:
            yield child


_NOT_SHAPES = ("nvGrpSpPr", "grpSpPr", "extLst", "pic", "cxnSp")


def _has_content(shape: Element) -> bool:
    return next(shape.iter(A + "t", A + "tbl", C + "chart", DGM + "relIds", _MATH), None) is not None


_MATH = "{http://schemas.openxmlformats.org/officeDocument/2006/math}oMath"


def _box(shape: Element, slide: Slide) -> Box | None:
    return slide.layout.box(shape, placeholder_of(shape))


def _read(shape: Element, slide: Slide) -> Found:
    placeholder = placeholder_of(shape)
    kind = placeholder.kind if placeholder is not None else ""
    if kind in _LEFT_OUT or (kind in _FURNITURE and not slide.takes_furniture):
        return Found(())
    if shape.tag == P + "graphicFrame":
        return Found(tuple(_drawn(shape, slide)))
    styles = slide.layout.styles(shape, placeholder)
    bodies = list(shape.iter(P + "txBody"))
    return Found(
        tuple(paragraph for body in bodies for paragraph in read_paragraphs(body, styles)),
        is_title=kind in TITLES,
        is_main_title=kind == "ctrTitle",
        size=max((text_size(body, styles) for body in bodies), default=0),
    )


def _drawn(frame: Element, slide: Slide) -> Iterator[Block | SlideTable]:
    for element in frame.iter(A + "tbl", *PART_REFERENCES):
        if element.tag == A + "tbl":
            yield _table(element, slide)
        else:
            yield from drawn_part(element, lambda name: slide.package.xml(slide.package.target(slide.name, name)))


def _table(table: Element, slide: Slide) -> SlideTable:
    lines = table.findall(A + "tr")
    width = len(table.findall(f"{A}tblGrid/{A}gridCol")) or max((len(line) for line in lines), default=0)
    rows = tuple(
        tuple(
            _cell(cell, slide, most=(len(lines) - number, width))
            for cell in line.iterfind(A + "tc")
            if not _is_covered(cell)
        )
        for number, line in enumerate(lines)
    )
    properties = table.find(A + "tblPr")
    stated = {name for name in ("firstRow", "firstCol") if properties is not None and _is_on(properties.get(name))}
    header = {frozenset({"firstRow"}): "row", frozenset({"firstCol"}): "column"}.get(frozenset(stated), "")
    return SlideTable(rows, "both" if len(stated) == 2 else header)


def _is_covered(cell: Element) -> bool:
    return _is_on(cell.get("hMerge")) or _is_on(cell.get("vMerge"))


def _cell(cell: Element, slide: Slide, *, most: tuple[int, int]) -> TableCell:
    """Return a cell of a table; `most` are the numbers of rows and columns that it may span."""
    styles = [slide.layout.defaults] if slide.layout.defaults is not None else []
    text = "\n".join(line.shown for line in read_paragraphs(cell.find(A + "txBody"), styles))
    return TableCell(text, min(_span(cell, "rowSpan"), most[0]), min(_span(cell, "gridSpan"), most[1]))


def _span(cell: Element, name: str) -> int:
    said = cell.get(name) or "1"
    return max(1, int(said)) if said.isdigit() else 1


def _is_on(value: str | None) -> bool:
    return value in ("1", "true")
