"""Reads a section of an HWPX file: paragraphs with their text, tables, shapes, notes and comments.

Elements are identified by their local names, because versions of OWPML differ in the namespaces' years. Cost: one pass
over the elements.
"""

from __future__ import annotations

from collections.abc import Iterator

from pipeline.config.build import TrackedChanges
from pipeline.documents.marks import MarkKind
from pipeline.documents.readers.charts import chart_blocks
from pipeline.documents.readers.hangul.content import (
    Aside,
    AsideKind,
    Box,
    Chart,
    Columns,
    Grid,
    GridCell,
    HangulDocument,
    NewPageNumber,
    Note,
    NoteKind,
    Paragraph,
    Piece,
    SectionStart,
)
from pipeline.documents.readers.hangul.wording import equation, form_button, raised, with_reading
from pipeline.documents.readers.reader import ReadOptions
from pipeline.documents.readers.zip_parts import Element, ZipParts
from pipeline.documents.text_builder import Run

_SIGNS = {"lineBreak": "\n", "tab": "\t", "nbSpace": " ", "fwSpace": " ", "hyphen": "-"}
_SHAPES = frozenset(
    [
        "rect",
        "ellipse",
        "arc",
        "polygon",
        "curve",
        "line",
        "connectLine",
        "container",
        "pic",
        "ole",
        "video",
        "chart",
        "textart",
    ]
)
_NOTES = {"footNote": NoteKind.FOOTNOTE, "endNote": NoteKind.ENDNOTE}
_MARGINS = frozenset({"header", "footer"})
_BUTTONS = {"btn": False, "checkBtn": True, "radioBtn": True}
_CAPTION_NUMBERS = frozenset({"PICTURE", "TABLE", "EQUATION"})
_CHANGES = {
    "insertBegin": MarkKind.INSERTED,
    "deleteBegin": MarkKind.DELETED,
    "insertEnd": None,
    "deleteEnd": None,
}


class SectionReader:
    """Reads the sections of a file in order; a tracked change may go on over several paragraphs."""

    def __init__(self, document: HangulDocument, options: ReadOptions, parts: ZipParts) -> None:
        self._document = document
        self._parts = parts
        self._left_out = MarkKind.DELETED if options.tracked_changes is TrackedChanges.FINAL else MarkKind.INSERTED
        self._change: MarkKind | None = None
        self._note_number = 0

    def read(self, section: Element) -> list[Paragraph]:
        """Return the paragraphs of a section."""
        return [self._paragraph(child) for child in section if local(child) == "p"]

    def _paragraph(self, element: Element) -> Paragraph:
        pieces: list[Piece] = []
        tops: list[int] = []
        for child in element:
            name = local(child)
            if name == "run":
                pieces += self._run(child)
            elif name == "linesegarray":
                tops = [number(line.get("vertpos")) for line in child]
        return Paragraph(
            shape=number(element.get("paraPrIDRef")),
            style=number(element.get("styleIDRef")),
            pieces=pieces,
            begins_page=element.get("pageBreak") == "1",
            tops=tops,
        )

    def _run(self, run: Element) -> Iterator[Piece]:
        is_raised = number(run.get("charPrIDRef")) in self._document.definitions.raised
        for child in run:
            name = local(child)
            if name == "t":
                for piece in self._text(child):
                    yield Run(raised(piece.text), piece.kind) if is_raised else piece
            elif name == "switch":
                yield from self._alternative(child)
            elif name == "secPr":
                yield _section_start(child)
            elif self._change is not self._left_out:
                yield from self._object(child)

    def _alternative(self, switch: Element) -> Iterator[Piece]:
        """Read the first alternative that has content; all of them show the same."""
        for choice in switch:
            found = list(self._run(choice))
            if found:
                yield from found
                return

    def _text(self, element: Element) -> Iterator[Run]:
        yield from self._words(element.text)
        for child in element:
            name = local(child)
            if name in _CHANGES:
                self._change = _CHANGES[name]
            else:
                yield from self._words(_SIGNS.get(name, ""))
            yield from self._words(child.tail)

    def _words(self, text: str | None) -> Iterator[Run]:
        if text and self._change is not self._left_out:
            yield Run(text, self._change)

    def _object(self, element: Element) -> Iterator[Piece]:
        name = local(element)
        if name == "ctrl":
            for child in element:
                yield from self._control(child)
        elif name == "tbl":
            yield self._grid(element)
        elif name in _SHAPES:
            yield Box(self._shape(element), is_inline=_is_inline(element))
        elif name == "equation":
            yield from self._words(equation("".join(element.itertext("{*}script"))))
        elif name == "compose":
            yield from self._words(element.get("composeText"))
        elif name == "dutmal":
            yield from self._words(with_reading(_inner(element, "mainText"), _inner(element, "subText")))
        elif name in _BUTTONS:
            is_checked = element.get("value") == "CHECKED" if _BUTTONS[name] else None
            yield from self._words(form_button(element.get("caption") or "", is_checked=is_checked))
        elif name in ("comboBox", "listBox"):
            yield from self._words(element.get("selectedValue"))
        elif name == "edit" and not element.get("passwordChar"):
            yield from self._words(_inner(element, "text"))

    def _control(self, element: Element) -> Iterator[Piece]:
        name = local(element)
        if name in _NOTES:
            around, self._note_number = self._note_number, 0
            paragraphs = self.lists(element)
            yield Note(_NOTES[name], number(element.get("number")) or self._note_number, paragraphs)
            self._note_number = around
        elif name in _MARGINS:
            yield Aside(AsideKind.MARGIN, self.lists(element))
        elif name == "hiddenComment" or (name == "fieldBegin" and element.get("type") == "MEMO"):
            yield Aside(AsideKind.COMMENT, self.lists(element))
        elif name == "autoNum":
            yield from self._automatic_number(element)
        elif name == "newNum" and element.get("numType") == "PAGE":
            yield NewPageNumber(number(element.get("num")))
        elif name == "colPr":
            yield Columns(number(element.get("colCount")))

    def _automatic_number(self, element: Element) -> Iterator[Piece]:
        kind = element.get("numType") or ""
        if kind in ("FOOTNOTE", "ENDNOTE"):
            self._note_number = self._note_number or number(element.get("num"))
        elif kind in _CAPTION_NUMBERS:
            form = next(iter(element.iter("{*}autoNumFormat")), None)
            before, after = (form.get("prefixChar"), form.get("suffixChar")) if form is not None else ("", "")
            yield from self._words(f"{before or ''}{element.get('num') or ''}{after or ''}")

    def lists(self, element: Element) -> list[Paragraph]:
        """Return the paragraphs in the lists directly below an element."""
        return [
            self._paragraph(child)
            for below in element
            if local(below) == "subList"
            for child in below
            if local(child) == "p"
        ]

    def _grid(self, element: Element) -> Grid:
        cells = []
        caption: list[Paragraph] = []
        is_below = False
        for child in element:
            name = local(child)
            if name == "caption":
                caption += self.lists(child)
                is_below = child.get("side") in ("BOTTOM", "RIGHT")
            elif name == "tr":
                cells += [self._cell(cell) for cell in child if local(cell) == "tc"]
        size = next((child for child in element if local(child) == "sz"), None)
        height = number(size.get("height")) if size is not None else 0
        return Grid(cells, caption, is_below, _is_inline(element), height)

    def _cell(self, element: Element) -> GridCell:
        place = {local(child): child for child in element}
        address, span = place.get("cellAddr"), place.get("cellSpan")
        return GridCell(
            row=max(0, number(address.get("rowAddr"))) if address is not None else 0,
            column=max(0, number(address.get("colAddr"))) if address is not None else 0,
            row_span=max(1, number(span.get("rowSpan"))) if span is not None else 1,
            column_span=max(1, number(span.get("colSpan"))) if span is not None else 1,
            paragraphs=self.lists(element),
        )

    def _shape(self, element: Element) -> list[Paragraph]:
        """Return the text in a shape, in the shapes grouped in it, and in captions."""
        name = local(element)
        self._document.num_pictures += name == "pic"
        self._document.num_objects += name in ("ole", "video")
        found: list[Paragraph] = []
        if name == "textart" and element.get("text"):
            found.append(Paragraph(-1, -1, [Run(element.get("text"))]))
        chart = self._parts.xml(element.get("chartIDRef") or "") if name == "chart" else None
        if chart is not None:
            found.append(Paragraph(-1, -1, [Chart(chart_blocks(chart))]))
        for child in element:
            if local(child) in ("drawText", "caption"):
                found += self.lists(child)
            elif local(child) in _SHAPES:
                found += self._shape(child)
        return found


def local(element: Element) -> str:
    """Return the name of an element without its namespace."""
    tag = element.tag
    return tag.rpartition("}")[2] if isinstance(tag, str) else ""


def number(value: str | None) -> int:
    """Return an attribute as a number; 0 if it is missing or no number."""
    try:
        return int(value or 0)
    except ValueError:
        return 0


def _inner(element: Element, name: str) -> str:
    return "".join("".join(child.itertext()) for child in element if local(child) == name)


def _is_inline(element: Element) -> bool:
    return any(child.get("treatAsChar") == "1" for child in element if local(child) == "pos")


def _section_start(element: Element) -> SectionStart:
    height = first_page = 0
    for child in element:
        if local(child) == "pagePr":
            sides = (number(child.get("height")), number(child.get("width")))
            margins = (number(margin.get(side)) for margin in child for side in ("top", "bottom", "header", "footer"))
            height = (min(sides) if child.get("landscape") == "NARROWLY" else sides[0]) - sum(margins)
        elif local(child) == "startNum":
            first_page = number(child.get("page"))
    return SectionStart(number(element.get("outlineShapeIDRef")), first_page, max(0, height))
