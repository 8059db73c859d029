"""Text and marks of OpenDocument spreadsheets."""

from __future__ import annotations

import pytest
from office_files import convert, marked, marks_of, odf, odf_part

from pipeline.config.build import DocumentPart
from pipeline.documents.readers import reader_of_content, readers
from pipeline.documents.readers.reader import Converted, FileKind, RefusedFileError


def table(rows: str, *, name: str = "시트", style: str = "") -> str:
    return f'<table:table table:name="{name}" table:style-name="{style}">{rows}</table:table>'


def row(*cells: str, attributes: str = "") -> str:
    return f"<table:table-row {attributes}>{''.join(cells)}</table:table-row>"


def cell(text: str = "", attributes: str = "", inside: str = "") -> str:
    shown = f"<text:p>{text}</text:p>" if text else ""
    return f"<table:table-cell {attributes}>{inside}{shown}</table:table-cell>"


def read(body: str, *include: DocumentPart, automatic: str = "") -> Converted:
    return convert(odf(body, kind="spreadsheet", automatic=automatic), *include, reader="ods")


def test_cells_hold_their_text_as_shown() -> None:
    found = read(
        table(
            row(cell("월"), cell("매출"))
            + row(cell("1월"), cell("₩1,000", 'office:value-type="currency" office:value="1000"'))
            + row(cell("2<text:s text:c='2'/>월"), cell("", 'office:value="2.50"'))
        )
    )
    assert found.text == "# 시트\n\n| 월 | 매출 |\n| --- | --- |\n| 1월 | ₩1,000 |\n| 2 월 | 2.5 |\n"
    assert [mark.value for mark in marks_of(found, "table")] == ["row"]


def test_repeated_and_covered_cells_keep_their_places() -> None:
    found = read(
        table(
            row(cell("a", 'table:number-columns-spanned="2"'), "<table:covered-table-cell/>", cell("b"))
            + row(cell("x", 'table:number-columns-repeated="3"'), attributes='table:number-rows-repeated="2"')
            + row(cell("", 'table:number-columns-repeated="16384"'), attributes='table:number-rows-repeated="1048000"')
        )
    )
    assert found.text.splitlines()[2:] == ["| a | a | b |", "| --- | --- | --- |", "| x | x | x |", "| x | x | x |"]


def test_repeated_text_beyond_the_limit_is_refused() -> None:
    repeats = 'table:number-columns-repeated="16000"', 'table:number-rows-repeated="1000000"'
    with pytest.raises(RefusedFileError) as refused:
        read(table(row(cell("x", repeats[0]), attributes=repeats[1])))
    assert refused.value.reason == "too_large"


def test_hidden_rows_columns_and_sheets_are_left_out_unless_included() -> None:
    hidden = (
        '<style:style style:name="h" style:family="table"><style:table-properties table:display="false"/></style:style>'
    )
    columns = '<table:table-column/><table:table-column table:visibility="collapse"/>'
    body = table(
        columns + row(cell("보임"), cell("숨은열")) + row(cell("숨은행"), attributes='table:visibility="filter"')
    )
    body += table(row(cell("비밀")), name="둘째", style="h")
    assert read(body, automatic=hidden).text == "# 시트\n\n보임\n"
    whole = read(body, DocumentPart.HIDDEN, automatic=hidden)
    assert [word in whole.text for word in ("숨은열", "숨은행", "비밀")] == [True] * 3
    assert marked(whole, "hidden") == ["# 둘째\n\n비밀"]


def test_comments_and_shapes_are_kept_apart_from_cells() -> None:
    note = "<office:annotation><dc:creator>Kim</dc:creator><text:p>check</text:p></office:annotation>"
    box = "<draw:frame><draw:text-box><text:p>box text</text:p></draw:text-box></draw:frame>"
    body = table(f"<table:shapes>{box}</table:shapes>" + row(cell("값", inside=note), cell("1")))
    assert read(body).text == "# 시트\n\n| 값 | 1 |\n| --- | --- |\n\nbox text\n"
    assert marked(read(body, DocumentPart.COMMENTS), "hidden") == ["A1 (Kim): check"]


def test_charts_follow_the_cells_with_their_titles() -> None:
    inner = "<office:body><office:chart><chart:chart><chart:title><text:p>Sales</text:p></chart:title>"
    inner += f"{table(row(cell(), cell('A')) + row(cell('1월'), cell('3')))}</chart:chart></office:chart></office:body>"
    frame = '<draw:frame><draw:object xlink:href="./Object 1"/></draw:frame>'
    body = table(f"<table:shapes>{frame}</table:shapes>{row(cell('x'))}")
    parts = {"Object 1__content": odf_part("office:document-content", inner)}
    found = convert(odf(body, kind="spreadsheet", **parts), reader="ods")
    assert found.text == "# 시트\n\nx\n\nSales\n\n|  | A |\n| --- | --- |\n| 1월 | 3 |\n"


def test_flat_file_is_read_and_recognised() -> None:
    inside = f"<office:body><office:spreadsheet>{table(row(cell('flat')))}</office:spreadsheet></office:body>"
    flat = odf_part("office:document", inside).replace(
        "<office:document ", '<office:document office:mimetype="application/vnd.oasis.opendocument.spreadsheet" ', 1
    )
    assert convert(flat.encode(), reader="ods").text == "# 시트\n\nflat\n"
    assert reader_of_content(flat.encode(), FileKind(None)) is readers()["ods"]
    packed = b"PK\x03\x04" + bytes(26) + b"mimetypeapplication/vnd.oasis.opendocument.spreadsheetPK\x03\x04"
    assert reader_of_content(packed, FileKind(None)) is readers()["ods"]


def test_encrypted_file_is_refused() -> None:
    data = odf(table(row(cell("a"))), kind="spreadsheet", **{"META-INF__manifest": "<m><encryption-data/></m>"})
    with pytest.raises(RefusedFileError) as refused:
        convert(data, reader="ods")
    assert refused.value.reason == "encrypted"


def test_damage_raises_an_error() -> None:
    for data in (b"PK\x03\x04", b"<office:document", odf("", kind="spreadsheet")[:200]):
        with pytest.raises(Exception, match=r".+"):
            convert(data, reader="ods")
