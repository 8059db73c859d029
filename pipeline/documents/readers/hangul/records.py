"""Reads an HWP 5 file: paragraphs with their text, tables, shapes, notes and comments.

The text of a paragraph is UTF-16 in which control characters represent everything else; the records of these controls
follow in the same order. Source: Hangul document file format 5.0, revision 1.3, section 4.3. Cost: one pass over the
records.
"""

from __future__ import annotations

import re
import struct
from bisect import bisect_left, bisect_right
from collections.abc import Iterator, Mapping, Sequence, Set
from itertools import pairwise

from pipeline.config.build import TrackedChanges
from pipeline.documents.readers.charts import chart_blocks
from pipeline.documents.readers.hangul.compound import HwpFile, Record
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
from pipeline.documents.readers.hangul.definitions import read_definitions, read_storages
from pipeline.documents.readers.hangul.wording import equation, form_button, raised, with_reading
from pipeline.documents.readers.reader import ReadOptions
from pipeline.documents.readers.zip_parts import parse_xml
from pipeline.documents.text_builder import Run

_PARAGRAPH, _TEXT, _CHARACTER_SHAPES, _LINES, _RANGES, _CONTROL, _LIST = 66, 67, 68, 69, 70, 71, 72
_PAGE, _SHAPE, _TABLE, _OLE, _PICTURE, _EQUATION, _FORM, _MEMO = 73, 76, 77, 84, 85, 88, 91, 93
_SIGNS = {9: "\t", 10: "\n", 24: "-", 30: " ", 31: " "}
_END = 13
_WIDE = frozenset({*range(1, 10), 11, 12, *range(14, 24)})
"""Control characters that take eight UTF-16 units; of these, all but `_WITHOUT_RECORD` have a record."""
_WITHOUT_RECORD = frozenset({4, 5, 6, 7, 8, 9, 19, 20})
_WIDTH = 8
_CONTROL_SIGN = re.compile("[\0-\x1f]")
_INSERTED = 0x10
_NOTES = {"fn  ": NoteKind.FOOTNOTE, "en  ": NoteKind.ENDNOTE}
_FOOTNOTE_NUMBERS, _CAPTION_NUMBERS = (1, 2), (3, 4, 5)
_PAGE_BREAK = 0x04
_BELOW, _RIGHT = 3, 1
_FORM_VALUE = re.compile(r"(?:Caption|Text):wstring:(\d{1,5}):")
_BUTTONS = {"tbp+": False, "tbc+": True, "tbr+": True}


def read_records(data: bytes, options: ReadOptions) -> HangulDocument:
    """Return the content of an HWP 5 file.

    Raises:
        RefusedFileError: the file has a password or is protected by rights management.
        HwpFileError: the file is no HWP 5 file, has no section, or is too large.
        OSError, zlib.error: the file is damaged.
    """
    file = HwpFile(data)
    reads_changes = options.tracked_changes is TrackedChanges.ORIGINAL and file.has_tracked_text
    definitions = file.definitions()
    document = HangulDocument(
        definitions=read_definitions(definitions),
        num_pages=file.num_pages,
        is_distribution=file.is_distribution,
    )
    reader = _SectionReader(file, document, read_storages(definitions), reads_changes=reads_changes)
    for section in file.sections(has_changes=reads_changes):
        document.sections.append(reader.read(section))
    return document


class _SectionReader:
    def __init__(
        self, file: HwpFile, document: HangulDocument, storages: Mapping[int, int], *, reads_changes: bool
    ) -> None:
        self._file = file
        self._storages = storages
        self._document = document
        self._reads_changes = reads_changes
        self._note_number = 0

    def read(self, section: Sequence[Record]) -> list[Paragraph]:
        return [self._paragraph(record) for record in section if record.tag == _PARAGRAPH]

    def _paragraph(self, record: Record) -> Paragraph:
        parts = {child.tag: child.data for child in record.children}
        controls = iter([child for child in record.children if child.tag == _CONTROL])
        left_out = _inserted(parts.get(_RANGES, b"")) if self._reads_changes else []
        text = _Text(
            parts.get(_TEXT, b""),
            parts.get(_CHARACTER_SHAPES, b""),
            self._document.definitions.raised,
            [place for span in left_out for place in span],
        )
        pieces: list[Piece] = []
        for position, sign, words in text.read():
            is_left_out = any(start <= position < end for start, end in left_out)
            if words and not is_left_out:
                pieces.append(Run(words))
            if sign in _WIDE and sign not in _WITHOUT_RECORD:
                control = next(controls, None)
                if control is not None and not is_left_out:
                    pieces += self._control(control)
        for control in controls:
            pieces += self._control(control)
        pieces += self._loose_lists(record)
        head = record.data
        shape, style, breaks = struct.unpack_from("<HBB", head, 8) if len(head) >= 12 else (-1, -1, 0)
        lines = parts.get(_LINES, b"")
        return Paragraph(
            shape=shape,
            style=style,
            pieces=pieces,
            begins_page=bool(breaks & _PAGE_BREAK),
            tops=[top for _, top, *_ in struct.iter_unpack("<Ii28x", lines[: len(lines) // 36 * 36])],
        )

    def _loose_lists(self, record: Record) -> Iterator[Piece]:
        """Read lists directly below a paragraph: memos, and master pages of old files."""
        has_memo = any(child.tag == _MEMO for child in record.children)
        paragraphs = self._lists(record.children)
        paragraphs += [memo for child in record.children if child.tag == _MEMO for memo in self._lists(child.children)]
        if paragraphs:
            yield Aside(AsideKind.COMMENT if has_memo else AsideKind.MARGIN, paragraphs)

    def _lists(self, records: Sequence[Record]) -> list[Paragraph]:
        """Return the paragraphs of all lists among records.

        The paragraphs of a list follow the record of the list, or are below that record.
        """
        found: list[Paragraph] = []
        is_list = False
        for record in records:
            if record.tag == _LIST:
                is_list = True
                found += [self._paragraph(child) for child in record.children if child.tag == _PARAGRAPH]
            elif record.tag == _PARAGRAPH and is_list:
                found.append(self._paragraph(record))
        return found

    def _control(self, record: Record) -> Iterator[Piece]:
        data = record.data
        name = data[:4][::-1].decode("latin-1")
        if name == "tbl ":
            yield self._grid(record)
        elif name == "gso ":
            yield Box(self._shape(record.children), is_inline=_is_inline(data))
        elif name in _NOTES:
            around, self._note_number = self._note_number, 0
            paragraphs = self._lists(record.children)
            yield Note(_NOTES[name], self._note_number, paragraphs)
            self._note_number = around
        elif name in ("head", "foot"):
            yield Aside(AsideKind.MARGIN, self._lists(record.children))
        elif name == "tcmt":
            yield Aside(AsideKind.COMMENT, self._lists(record.children))
        elif name == "secd":
            yield _section_start(record)
            yield Aside(AsideKind.MARGIN, self._lists(record.children))
        elif name == "cold" and len(data) >= 6:
            yield Columns((_short(data, 4) >> 2) & 0xFF)
        elif name == "nwno" and len(data) >= 10 and not data[4] & 0xF:
            yield NewPageNumber(_short(data, 8))
        elif words := self._words(name, record):
            yield Run(words)

    def _words(self, name: str, record: Record) -> str:
        """Return the text of a control that is part of the line."""
        data = record.data
        if name == "atno" and len(data) >= 16:
            kind, value = data[4] & 0xF, _short(data, 8)
            if kind in _FOOTNOTE_NUMBERS:
                self._note_number = self._note_number or value
            before, after = (data[at : at + 2].decode("utf-16-le", "replace").strip("\0") for at in (12, 14))
            return f"{before}{value}{after}" if kind in _CAPTION_NUMBERS else ""
        if name == "eqed":
            scripts = (child.data for child in record.children if child.tag == _EQUATION)
            return "".join(equation(_counted(script, 4)) for script in scripts)
        if name == "tdut" and len(data) >= 6:
            word = _counted(data, 4)
            return with_reading(word, _counted(data, 6 + 2 * _short(data, 4)))
        if name == "tcps":
            return _counted(data, 4)
        if name == "form":
            return "".join(_form_text(child.data) for child in record.children if child.tag == _FORM)
        return ""

    def _grid(self, record: Record) -> Grid:
        cells: list[GridCell] = []
        caption: list[Paragraph] = []
        is_below, is_caption = True, True
        target = caption
        for child in record.children:
            if child.tag == _TABLE:
                is_caption = False
            elif child.tag == _LIST:
                if is_caption:
                    is_below = len(child.data) < 10 or child.data[8] & 3 in (_BELOW, _RIGHT)
                    target = caption
                else:
                    cell = _cell(child.data)
                    cells.append(cell)
                    target = cell.paragraphs
                target += [self._paragraph(inner) for inner in child.children if inner.tag == _PARAGRAPH]
            elif child.tag == _PARAGRAPH:
                target.append(self._paragraph(child))
        data = record.data
        height = struct.unpack_from("<I", data, 20)[0] if len(data) >= 24 else 0
        return Grid(cells, caption, is_below, _is_inline(data), height)

    def _shape(self, records: Sequence[Record]) -> list[Paragraph]:
        """Return the text in a shape, in the shapes grouped in it, and in captions."""
        found: list[Paragraph] = []
        captions = self._lists(records)
        for record in records:
            if record.tag == _SHAPE:
                found += self._shape(record.children)
            self._document.num_pictures += record.tag == _PICTURE
            if record.tag == _OLE:
                found += self._embedded(record.data)
        return [*found, *captions]

    def _embedded(self, data: bytes) -> list[Paragraph]:
        """Return an embedded chart; any other object is counted."""
        slot = _short(data, 12) if len(data) >= 14 else 0
        chart = self._file.chart(self._storages.get(slot, 0))
        if not chart:
            self._document.num_objects += 1
            return []
        return [Paragraph(-1, -1, [Chart(chart_blocks(parse_xml(chart)))])]


class _Text:
    """The text of a paragraph.

    Args:
        text: the text as UTF-16.
        shapes: places where character shapes begin.
        raised_shapes: shapes that raise their text.
        cuts: more places where a piece ends.
    """

    def __init__(self, text: bytes, shapes: bytes, raised_shapes: Set[int], cuts: Sequence[int]) -> None:
        # One character for each two bytes, because places in the file count UTF-16 units.
        self._units = "".join(map(chr, struct.unpack(f"<{len(text) // 2}H", text[: len(text) // 2 * 2])))
        places = sorted(struct.iter_unpack("<II", shapes[: len(shapes) // 8 * 8]))
        has_raised = any(shape in raised_shapes for _, shape in places)
        self._places = [place for place, _ in places] if has_raised else []
        self._is_raised = [shape in raised_shapes for _, shape in places] if has_raised else []
        self._cuts = sorted({*cuts, *self._places})

    def read(self) -> Iterator[tuple[int, int, str]]:
        """Yield for each piece its place, the control character there (0 for plain text), and its text."""
        position = 0
        for match in _CONTROL_SIGN.finditer(self._units):
            if match.start() < position:
                continue
            yield from self._words(position, match.start())
            sign = ord(match[0])
            if sign == _END:
                return
            yield match.start(), sign, _SIGNS.get(sign, "")
            position = match.start() + (_WIDTH if sign in _WIDE else 1)
        yield from self._words(position, len(self._units))

    def _words(self, start: int, end: int) -> Iterator[tuple[int, int, str]]:
        """Yield the text between two places, cut where raised text begins or ends."""
        first, last = bisect_right(self._cuts, start), bisect_left(self._cuts, end)
        for left, right in pairwise([start, *self._cuts[first:last], end]):
            if left < right:
                words = _decoded(self._units[left:right])
                at = bisect_right(self._places, left) - 1
                yield left, 0, raised(words) if at >= 0 and self._is_raised[at] else words


def _decoded(units: str) -> str:
    """Return text with each surrogate pair joined into its character above U+FFFF."""
    return units.encode("utf-16-le", "surrogatepass").decode("utf-16-le", "replace")


def _inserted(data: bytes) -> list[tuple[int, int]]:
    """Return the spans of a paragraph that a tracked change inserted."""
    ranges = struct.iter_unpack("<III", data[: len(data) // 12 * 12])
    return [(start, end) for start, end, tag in ranges if tag >> 24 == _INSERTED]


def _section_start(record: Record) -> SectionStart:
    data = record.data
    outline = _short(data, 18) if len(data) >= 20 else 0
    first_page = _short(data, 20) if len(data) >= 22 else 0
    page = next((child.data for child in record.children if child.tag == _PAGE), b"")
    if len(page) < 40:
        return SectionStart(outline, first_page, 0)
    width, height, _, _, top, bottom, header, footer, _, attributes = struct.unpack_from("<10I", page)
    return SectionStart(
        outline, first_page, max(0, (width if attributes & 1 else height) - top - bottom - header - footer)
    )


def _cell(data: bytes) -> GridCell:
    if len(data) < 16:
        return GridCell(0, 0, 1, 1, [])
    column, row, column_span, row_span = struct.unpack_from("<4H", data, 8)
    return GridCell(row, column, max(1, row_span), max(1, column_span), [])


def _is_inline(data: bytes) -> bool:
    return len(data) >= 8 and bool(data[4] & 1)


def _form_text(data: bytes) -> str:
    """Return the caption or the value of a form field."""
    kind = data[:4].decode("latin-1")
    words = data[14:].decode("utf-16-le", "replace")
    match = _FORM_VALUE.search(words)
    value = words[match.end() : match.end() + int(match[1])] if match else ""
    if kind in _BUTTONS:
        return form_button(value, is_checked="Value:int:1" in words if _BUTTONS[kind] else None)
    return "" if "PasswordChar:wstring" in words else value


def _counted(data: bytes, position: int) -> str:
    """Return a string that follows its length in characters."""
    if position + 2 > len(data):
        return ""
    length = _short(data, position)
    return data[position + 2 : position + 2 + 2 * length].decode("utf-16-le", "replace").strip("\0")


def _short(data: bytes, position: int) -> int:
    (found,) = struct.unpack_from("<H", data, position)
    return int(found)
