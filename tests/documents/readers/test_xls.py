"""Text and marks of xls files, written record by record ([MS-XLS])."""

from __future__ import annotations

import struct

import pytest
from office_files import convert, marked, marks_of
from sheet_files import biff, biff_text, rows, sheet, xlsx

from pipeline.config.build import DocumentPart
from pipeline.documents.readers import reader_of_content, readers
from pipeline.documents.readers.reader import Converted, FileKind, RefusedFileError
from pipeline.documents.readers.zip_parts import OLE_MAGIC

_BOF, _EOF, _BOUNDSHEET, _FORMAT, _FONT, _XF = 0x809, 0x0A, 0x85, 0x41E, 0x31, 0xE0
_LABEL, _NUMBER, _BOOLEAN_OR_ERROR, _ROW, _COLUMNS, _MERGED, _PASSWORD = 0x204, 0x203, 0x205, 0x208, 0x7D, 0xE5, 0x2F
_VERSION = struct.pack("<H", 0x600)


def font(*, is_bold: bool) -> bytes:
    head = struct.pack("<HHHHHBBBB", 200, 1 if is_bold else 0, 0x7FFF, 700 if is_bold else 400, 0, 0, 0, 0, 0)
    return head + b"\x05\x00Arial"


def style(*, number_format: int = 0, font_index: int = 0) -> bytes:
    return struct.pack("<HHHBBBBIIH", font_index, number_format, 0, 0x20, 0, 0, 0, 0, 0, 0x20C0)


STYLES = [
    (_FONT, font(is_bold=False)),
    (_FONT, font(is_bold=True)),
    (_FORMAT, struct.pack("<H", 164) + biff_text('"₩"#,##0')),
    (_XF, style()),
    (_XF, style(number_format=14)),
    (_XF, style(number_format=164)),
    (_XF, style(font_index=1)),
]
PLAIN, DATE, WON, BOLD = 0, 1, 2, 3


def label(row: int, column: int, text: str, style: int = PLAIN) -> tuple[int, bytes]:
    return _LABEL, struct.pack("<HHH", row, column, style) + biff_text(text)


def number(row: int, column: int, value: float, style: int = PLAIN) -> tuple[int, bytes]:
    return _NUMBER, struct.pack("<HHHd", row, column, style, value)


def xls(
    *cells: tuple[int, bytes], name: str = "시트", visibility: int = 0, extra: tuple[tuple[int, bytes], ...] = ()
) -> bytes:
    """Return a workbook of one sheet."""
    sheet = biff([(_BOF, _VERSION + struct.pack("<HHHII", 0x10, 0, 0, 0, 0)), *cells, (_EOF, b"")])
    shown = struct.pack("<BB", visibility, 0) + struct.pack("<BB", len(name), 1) + name.encode("utf-16-le")

    def globals_part(start: int) -> bytes:
        head = [(_BOF, _VERSION + struct.pack("<HHHII", 0x05, 0, 0, 0, 0)), *extra, *STYLES]
        return biff([*head, (_BOUNDSHEET, struct.pack("<I", start) + shown), (_EOF, b"")])

    return globals_part(len(globals_part(0))) + sheet


def read(data: bytes, *include: DocumentPart) -> Converted:
    return convert(data, *include, reader="xls")


def test_texts_numbers_and_dates_are_shown_in_their_formats() -> None:
    found = read(
        xls(
            label(0, 0, "항목", BOLD),
            label(0, 1, "값", BOLD),
            label(1, 0, "날짜"),
            number(1, 1, 45292, DATE),
            label(2, 0, "금액"),
            number(2, 1, 1234567, WON),
            label(3, 0, "오류"),
            (_BOOLEAN_OR_ERROR, struct.pack("<HHHBB", 3, 1, 0, 0x2A, 1)),
            label(4, 0, "참"),
            (_BOOLEAN_OR_ERROR, struct.pack("<HHHBB", 4, 1, 0, 1, 0)),
        )
    )
    assert found.text == (
        "# 시트\n\n| 항목 | 값 |\n| --- | --- |\n| 날짜 | 2024-01-01 |\n| 금액 | ₩1,234,567 |\n| 오류 | #N/A |\n"
        "| 참 | TRUE |\n"
    )
    assert [mark.value for mark in marks_of(found, "table")] == ["row"]


def test_merged_cells_are_spans() -> None:
    merged = (_MERGED, struct.pack("<HHHHH", 1, 0, 0, 1, 2))
    found = read(xls(label(0, 0, "a"), label(0, 1, "b"), label(1, 0, "c"), label(1, 1, "d"), label(1, 2, "e"), merged))
    assert [(mark.value, mark.column_span) for mark in marks_of(found, "cell")][:2] == [("a", 1), ("b", 2)]


def test_hidden_rows_columns_and_sheets_are_left_out_unless_included() -> None:
    hidden_row = (_ROW, struct.pack("<HHHHHHI", 1, 0, 2, 255, 0, 0, 0x120))
    hidden_column = (_COLUMNS, struct.pack("<HHHHHH", 1, 1, 2000, 0, 1, 0))
    cells = (hidden_column, hidden_row, label(0, 0, "보임"), label(0, 1, "숨은열"), label(1, 0, "숨은행"))
    assert read(xls(*cells)).text == "# 시트\n\n보임\n"
    assert "숨은행" in read(xls(*cells), DocumentPart.HIDDEN).text
    secret = xls(label(0, 0, "x"), visibility=1)
    assert read(secret).warnings == ("hidden sheet left out",)
    assert marked(read(secret, DocumentPart.HIDDEN), "hidden") == ["# 시트\n\nx"]


def test_encrypted_workbook_is_refused() -> None:
    with pytest.raises(RefusedFileError) as refused:
        read(xls(label(0, 0, "x"), extra=((_PASSWORD, struct.pack("<HHH", 0, 1, 2)),)))
    assert refused.value.reason == "encrypted"


@pytest.mark.parametrize("data", [OLE_MAGIC + bytes(600), xls(label(0, 0, "x"))[:60], b"\0" * 99])
def test_damage_raises_an_error(data: bytes) -> None:
    with pytest.raises(Exception, match=r".+"):
        read(data)


def test_workbook_is_recognised_by_content() -> None:
    entry = "Workbook".encode("utf-16-le").ljust(64, b"\0") + (18).to_bytes(2, "little")
    head = OLE_MAGIC + bytes(1000) + entry
    assert reader_of_content(head, FileKind(None)) is readers()["xls"]
    page = reader_of_content(b"<table><tr><td>1</td></tr></table>", FileKind(readers()["xls"]))
    assert page is not None
    assert page.name != "xls"


def test_workbook_that_xlrd_cannot_read_is_read_without_formats() -> None:
    lines = rows(["항목", "값"], ["수", 2.5], ["참", "<v>1</v>"])
    found = read(xlsx({"시트": sheet(lines)}))
    assert found.text == "# 시트\n\n| 항목 | 값 |\n| --- | --- |\n| 수 | 2.5 |\n| 참 | 1 |\n"
    assert found.warnings == ("number formats and notes are not read (XLRDError in xlrd)",)
