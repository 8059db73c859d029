"""Text and marks of xlsx files."""

from __future__ import annotations

import pytest
from office_files import convert, marked, marks_of, zipped
from sheet_files import S, links, part, rows, sheet, with_links, with_parts, xlsx

from pipeline.config.build import DocumentPart
from pipeline.documents.grammar.outline import read_outline
from pipeline.documents.readers import reader_of_content, readers
from pipeline.documents.readers.reader import Converted, FileKind, RefusedFileError
from pipeline.documents.readers.spreadsheets import sheet as sheets

STYLES = """
<numFmts><numFmt numFmtId="164" formatCode="&quot;₩&quot;#,##0"/><numFmt numFmtId="165" formatCode="@&quot; 님&quot;"/>
</numFmts>
<fonts><font/><font><b/></font></fonts>
<cellXfs><xf numFmtId="0" fontId="0"/><xf numFmtId="14" fontId="0"/><xf numFmtId="10" fontId="0"/>
<xf numFmtId="164" fontId="0"/><xf numFmtId="0" fontId="1"/><xf numFmtId="165" fontId="0"/></cellXfs>
"""
DATE, PERCENT, WON, BOLD, POLITE = 1, 2, 3, 4, 5


def read(data: bytes, *include: DocumentPart) -> Converted:
    return convert(data, *include, reader="xlsx")


def read_sheet(*lines: list[object], after: str = "", before: str = "", **styles: int) -> Converted:
    return read(xlsx({"매출": sheet(rows(*lines, styles=styles), before=before, after=after)}, styles=STYLES))


def test_sheets_are_headings_in_order_and_empty_ones_are_left_out() -> None:
    found = read(xlsx({"First": sheet(rows(["a"])), "Empty": sheet(""), "둘째": sheet(rows(["나"]))}))
    assert found.text == "# First\n\na\n\n# 둘째\n\n나\n"
    assert marked(found, "heading") == ["# First", "# 둘째"]
    outline = read_outline(text=found.text, domain="manual", language="ko", marks=found.marks)
    assert [(node.value, node.level) for node in outline if node.kind == "heading"] == [("First", 1), ("둘째", 1)]


def test_numbers_and_dates_are_text_as_a_reader_sees_it() -> None:
    found = read_sheet(
        ["날짜", "비율", "금액", "담당"],
        [45292, 0.1534, 1234567.4, "김철수"],
        A2=DATE,
        B2=PERCENT,
        C2=WON,
        D2=POLITE,
    )
    assert found.text.splitlines()[-1] == "| 2024-01-01 | 15.34% | ₩1,234,567 | 김철수 님 |"


def test_dates_of_1904_count_from_another_day() -> None:
    data = xlsx({"S": sheet(rows([1, "x"], styles={"A1": DATE}))}, styles=STYLES, workbookPr='date1904="1"')
    assert "| 1904-01-02 | x |" in read(data).text


@pytest.mark.parametrize(
    ("attributes", "inside", "expected"),
    [
        ('t="s"', "<v>0</v>", "한글 rich"),
        ('t="str"', "<f>A1</f><v>a_x000D_b</v>", "a b"),
        ('t="b"', "<v>1</v>", "TRUE"),
        ('t="e"', "<v>#REF!</v>", "#REF!"),
        ('t="d"', "<v>2024-03-01T00:00:00</v>", "2024-03-01"),
        ('t="d"', "<v>2024-03-01T09:30:00Z</v>", "2024-03-01 09:30:00"),
        ("", "<f>SUM(B1:B2)</f><v>3</v>", "3"),
        ("", "<f>SUM(B1:B2)</f>", "=SUM(B1:B2)"),
        ("", "<v>not a number</v>", "not a number"),
    ],
)
def test_value_of_each_type_of_cell(attributes: str, inside: str, expected: str) -> None:
    strings = '<si><r><t>한글 </t></r><rPh sb="0" eb="1"><t>reading</t></rPh><r><t>rich</t></r></si>'
    data = f'<row><c {attributes}>{inside}</c><c t="inlineStr"><is><t>x</t></is></c></row>'
    found = read(xlsx({"S": sheet(data)}, sharedStrings=strings))
    assert [mark.value for mark in marks_of(found, "cell")] == [expected, "x"]


def test_title_above_and_note_below_a_table_are_text() -> None:
    found = read_sheet(
        ["월별 매출 현황"],
        ["월", "매출"],
        ["1월", 100],
        ["2월", 200],
        ["※ 잠정 수치임"],
        after='<mergeCells><mergeCell ref="A1:B1"/></mergeCells>',
    )
    assert found.text == (
        "# 매출\n\n월별 매출 현황\n\n| 월 | 매출 |\n| --- | --- |\n| 1월 | 100 |\n| 2월 | 200 |\n\n※ 잠정 수치임\n"
    )
    assert [mark.value for mark in marks_of(found, "table")] == ["row"]


def test_empty_rows_separate_tables() -> None:
    found = read_sheet(["a", "b"], ["c", "d"], [], ["e", "f"], ["g", "h"])
    assert marked(found, "table") == ["| a | b |\n| --- | --- |\n| c | d |", "| e | f |\n| --- | --- |\n| g | h |"]


def test_values_after_an_empty_row_go_on_with_the_table() -> None:
    found = read_sheet(["시설", "면적"], ["수영장", 3800], [], ["축구장", 7200])
    assert marked(found, "table") == ["| 시설 | 면적 |\n| --- | --- |\n| 수영장 | 3800 |\n| 축구장 | 7200 |"]


def test_tables_side_by_side_are_read_one_after_the_other() -> None:
    found = read_sheet(
        ["Name", "Age", None, "City", "Size"],
        ["Kim", 3, None, "Seoul", 9],
        ["Lee", 4, None, "Busan", 3],
    )
    assert [text.splitlines()[0] for text in marked(found, "table")] == ["| Name | Age |", "| City | Size |"]


def test_tables_touching_side_by_side_are_told_apart_by_the_file_or_by_names_of_columns() -> None:
    defined = read(
        with_links(
            xlsx(
                {"S": sheet(rows(["Id", "Price", None, "Id", "Price"], [1, 2, None, 3, 4], [5, 6, None, 7, 8]))},
                tables__t1=part("table", "", 'ref="D1:E3"'),
            ),
            ("t", "table", "../tables/t1.xml"),
        )
    )
    lower = read_sheet(["a", "b"], [1, 2], [3, 4, None, "c", "d"], [5, 6, None, 7, 8])
    assert [text.splitlines()[0] for text in marked(defined, "table")] == ["| Id | Price |"] * 2
    assert [text.splitlines()[0] for text in marked(lower, "table")] == ["| a | b |", "| c | d |"]


def test_titles_above_tables_side_by_side_go_with_their_tables() -> None:
    lines: list[list[object]] = [
        ["매출", None, None, "인원", None],
        [],
        ["지역", "금액", None, "팀", "명"],
        ["서울", 10, None, "영업", 3],
        ["부산", 20, None, "지원", 4],
    ]
    text = read_sheet(*lines).text
    places = [text.index(word) for word in ("매출\n", "지역", "부산", "인원\n", "팀", "지원")]
    assert places == sorted(places)
    table = read_sheet(["월", None, None, "금액"], [], *lines[2:]).text
    assert "월\n" in table
    assert "금액\n" in table
    first_row = read_sheet(lines[0], [], ["서울", 10, "x", "영업", 3], ["부산", 20, "y", "지원", 4]).text
    assert "| 매출 |" in first_row


def test_lines_below_a_label_are_apart_from_the_table_beside_them() -> None:
    found = read_sheet(
        ["Bill to:", None, None, "Invoice no.", "A-17"],
        ["Harbour Tools", None, None, "Date", "3 May"],
        ["12 Quay Street", None, None, "Due", "2 June"],
        ["Bristol"],
    )
    assert found.text.startswith("# 매출\n\nBill to:\nHarbour Tools\n12 Quay Street\nBristol\n\n| Invoice no. | A-17 |")


@pytest.mark.parametrize(
    "labels", [("Name:", "Day:", "Place:"), ("Design", "Build", "Test"), ("Plan:", "Design", "Build:"), ("Phase 1:",)]
)
def test_labels_of_rows_stay_with_their_values_across_an_empty_column(labels: tuple[str, ...]) -> None:
    found = read_sheet(*([label, None, "Kim", "3 May"] for label in labels))
    assert len(marked(found, "table")) == 1
    assert all(f"| {label} | Kim | 3 May |" in found.text for label in labels)


@pytest.mark.parametrize(
    "lines",
    [
        (["항목", None, "2023", "2024"], ["매출", None, 10, 20], ["비용", None, 5, 6]),
        (["항목", "2023", None, "2024", "2025"], ["매출", 10, None, 20, 30], ["비용", 5, None, 6, 7]),
    ],
)
def test_empty_columns_inside_a_table_are_only_space(lines: tuple[list[object], ...]) -> None:
    found = read_sheet(*lines)
    (table,) = marked(found, "table")
    assert table.splitlines()[0] == "| " + " | ".join(str(name) for name in lines[0] if name) + " |"
    assert len(marks_of(found, "cell")) == sum(value is not None for line in lines for value in line)


def test_merged_cells_are_spans_and_what_they_hide_is_not_read() -> None:
    found = read_sheet(
        ["구분", "상반기", "hidden", "비고"],
        [None, "1월", "2월", None],
        ["매출", 1, 2, "x"],
        after='<mergeCells><mergeCell ref="B1:C1"/><mergeCell ref="A1:A2"/><mergeCell ref="D1:D2"/></mergeCells>',
    )
    places = {mark.value: (mark.row, mark.column, mark.row_span, mark.column_span) for mark in marks_of(found, "cell")}
    assert places["구분"] == (0, 0, 2, 1)
    assert places["상반기"] == (0, 1, 1, 2)
    assert places["비고"] == (0, 3, 2, 1)
    assert places["2월"] == (1, 2, 1, 1)
    assert "hidden" not in found.text


def test_merge_over_a_whole_sheet_costs_nothing() -> None:
    found = read_sheet(["a", "b"], ["c"], after='<mergeCells><mergeCell ref="A1:XFD1048576"/></mergeCells>')
    assert found.text == "# 매출\n\na\n"


def test_header_is_known_by_bold_letters_by_a_filter_and_by_a_defined_table() -> None:
    plain = (["ㄱ", "ㄴ"], ["ㄷ", "ㄹ"], ["ㅁ", "ㅂ"])
    assert [mark.value for mark in marks_of(read_sheet(*plain), "table")] == [""]
    assert [mark.value for mark in marks_of(read_sheet(*plain, A1=BOLD, B1=BOLD), "table")] == ["row"]
    filtered = read_sheet(*plain, after='<autoFilter ref="A1:B3"/>')
    assert [mark.value for mark in marks_of(filtered, "table")] == ["row"]
    data = xlsx(
        {"S": sheet(rows(*plain))},
        tables__t1=part("table", "", 'ref="A1:B3"'),
    )
    defined = read(with_links(data, ("t", "table", "../tables/t1.xml")))
    assert [mark.value for mark in marks_of(defined, "table")] == ["row"]


def test_hidden_rows_columns_and_sheets_are_left_out_unless_included() -> None:
    data = '<row r="1"><c r="A1" t="str"><v>보임</v></c><c r="B1" t="str"><v>숨은열</v></c><c r="C1"><v>1</v></c></row>'
    data += '<row r="2" hidden="1"><c r="A2" t="str"><v>숨은행</v></c></row>'
    workbook = xlsx(
        {
            "공개": sheet(data, before='<cols><col min="2" max="2" hidden="1"/></cols>'),
            "비밀": sheet(rows(["비밀 값"])),
        },
        states={"비밀": "veryHidden"},
    )
    found = read(workbook)
    assert found.text == "# 공개\n\n| 보임 | 1 |\n| --- | --- |\n"
    assert found.warnings == ("cells in hidden rows and columns left out: 2", "hidden sheet left out")
    whole = read(workbook, DocumentPart.HIDDEN)
    assert [word in whole.text for word in ("숨은열", "숨은행", "비밀 값")] == [True] * 3
    assert marked(whole, "hidden") == ["# 비밀\n\n비밀 값"]
    assert not whole.warnings


def test_comments_are_read_by_request_and_threads_replace_their_notes() -> None:
    thread = "http://schemas.microsoft.com/office/spreadsheetml/2018/threadedcomments"
    data = xlsx(
        {"S": sheet(rows(["값", "b"]))},
        comments1=part(
            "comments",
            "<authors><author>김 과장</author></authors><commentList>"
            '<comment ref="A1" authorId="0"><text><r><t>김 과장:</t></r><r><t>\n확인 필요</t></r></text></comment>'
            '<comment ref="B1" authorId="0"><text><t>[Threaded comment] old</t></text></comment></commentList>',
        ),
        threadedComments__t1=(
            f'<ThreadedComments xmlns="{thread}"><threadedComment ref="B1" personId="p" dT="2024-03-01T09:30:15.20">'
            "<text>Why?</text></threadedComment></ThreadedComments>"
        ),
        persons__person=f'<personList xmlns="{thread}"><person id="p" displayName="Jane"/></personList>',
    )
    data = with_links(
        data, ("c", "comments", "../comments1.xml"), ("t", "threadedComment", "../threadedComments/t1.xml")
    )
    assert "확인" not in read(data).text
    found = read(data, DocumentPart.COMMENTS)
    assert marked(found, "hidden") == ["A1 (김 과장): 확인 필요", "B1 (Jane, 2024-03-01 09:30): Why?"]


def test_headers_on_paper_are_read_by_request_without_codes_and_page_numbers() -> None:
    after = (
        '<headerFooter differentFirst="1"><oddHeader>&amp;L&amp;"Arial,Bold"&amp;12대외비&amp;C&amp;KFF0000R&amp;&amp;D'
        "&amp;R&amp;A</oddHeader><oddFooter>&amp;CPage &amp;P / &amp;N</oddFooter>"
        "<firstHeader>&amp;C표지</firstHeader><firstFooter>&amp;R&amp;D</firstFooter></headerFooter>"
    )
    data = xlsx({"S": sheet(rows(["a"]), after=after), "Empty": sheet("", after=after)})
    assert read(data).text == "# S\n\na\n"
    assert read(data, DocumentPart.HEADERS).text == "# S\n\n표지\n\n대외비\nR&D\nS\n\na\n"


def test_text_boxes_and_charts_follow_the_tables() -> None:
    box = "<xdr:sp><xdr:txBody><a:p><a:r><a:t>상자 글</a:t></a:r></a:p></xdr:txBody></xdr:sp>"
    chart = '<xdr:graphicFrame><a:graphicData><c:chart r:id="c1"/></a:graphicData></xdr:graphicFrame>'
    old = "<mc:AlternateContent><mc:Choice>{}</mc:Choice><mc:Fallback><xdr:sp><xdr:txBody><a:p><a:r><a:t>not available"
    old += "</a:t></a:r></a:p></xdr:txBody></xdr:sp></mc:Fallback></mc:AlternateContent>"
    at = "<xdr:twoCellAnchor><xdr:from><xdr:col>0</xdr:col><xdr:row>{}</xdr:row></xdr:from>{}</xdr:twoCellAnchor>"
    series = (
        "<c:ser><c:tx><c:strRef><c:strCache><c:pt idx='0'><c:v>매출</c:v></c:pt></c:strCache></c:strRef></c:tx>"
        "<c:cat><c:strLit><c:pt idx='0'><c:v>1월</c:v></c:pt></c:strLit></c:cat>"
        "<c:val><c:numLit><c:pt idx='0'><c:v>7</c:v></c:pt></c:numLit></c:val></c:ser>"
    )
    data = xlsx(
        {"S": sheet(rows(["a"]))},
        drawings__d1=part("xdr:wsDr", at.format(9, old.format(chart)) + at.format(2, box)),
        charts__c1=part(
            "c:chartSpace", f"<c:chart><c:plotArea><c:barChart>{series}</c:barChart></c:plotArea></c:chart>"
        ),
    )
    data = with_parts(data, {"xl/drawings/_rels/d1.xml.rels": links(("c1", "chart", "../charts/c1.xml"))})
    found = read(with_links(data, ("d", "drawing", "../drawings/d1.xml")))
    assert found.text == "# S\n\na\n\n상자 글\n\n|  | 매출 |\n| --- | --- |\n| 1월 | 7 |\n"


def test_a_drawing_follows_the_table_above_it_or_beside_it() -> None:
    at = (
        "<xdr:twoCellAnchor><xdr:from><xdr:col>{}</xdr:col><xdr:row>{}</xdr:row></xdr:from><xdr:sp><xdr:txBody>"
        "<a:p><a:r><a:t>{}</a:t></a:r></a:p></xdr:txBody></xdr:sp></xdr:twoCellAnchor>"
    )
    anchors = [(0, 20, "last"), (5, 1, "beside"), (0, 4, "between"), (0, 0, "first")]
    lines = [[], ["a", "b"], ["c", "d"], [], [], [], [None, "e", "f"], [None, "g", "h"]]
    data = xlsx(
        {"S": sheet(rows(*lines), before='<cols><col min="4" max="4" hidden="1"/></cols>')},
        drawings__d1=part("xdr:wsDr", "".join(at.format(*anchor) for anchor in anchors)),
    )
    found = read(with_links(data, ("d", "drawing", "../drawings/d1.xml")))
    words = [word for word in found.text.replace("|", " ").split() if word.isalpha()]
    assert words == ["S", "first", "a", "b", "c", "d", "beside", "between", "e", "f", "g", "h", "last"]


def test_far_apart_cells_make_no_huge_table() -> None:
    diagonal = "".join(
        f'<row r="{number}"><c r="A{number}" t="str"><v>x{number}</v></c>'
        f'<c r="{name}{number}"><v>{number}</v></c></row>'
        for number, name in enumerate((sheets.reference_of((0, place))[:-1] for place in range(1, 1500)), start=1)
    )
    found = read(xlsx({"S": sheet(diagonal)}))
    assert "x1499 | 1499" in found.text
    assert len(found.text) < 60_000


def test_too_many_cells_are_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sheets, "MAX_CELLS", 3)
    with pytest.raises(RefusedFileError) as refused:
        read(xlsx({"S": sheet(rows(["a", "b"], ["c", "d"]))}))
    assert refused.value.reason == "too_large"


def test_workbook_without_text_is_refused() -> None:
    with pytest.raises(RefusedFileError) as refused:
        read(xlsx({"S": sheet("")}))
    assert refused.value.reason == "empty"


def test_encrypted_workbook_is_refused() -> None:
    entry = "EncryptedPackage".encode("utf-16-le").ljust(64, b"\0") + (34).to_bytes(2, "little")
    with pytest.raises(RefusedFileError) as refused:
        read(b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(1000) + entry)
    assert refused.value.reason == "encrypted"


def test_strict_variant_of_the_format_is_read() -> None:
    strict = "http://purl.oclc.org/ooxml/spreadsheetml/main"
    data = xlsx({"S": sheet(rows(["엄격", 1])).replace(S, strict)})
    assert "| 엄격 | 1 |" in read(data).text


@pytest.mark.parametrize(
    "damaged",
    [
        b"PK\x03\x04 truncated",
        xlsx({"S": sheet(rows(["a", "b"]))})[:400],
        xlsx({"S": "<worksheet><sheetData>" + "<row>" * 100_000}),
        xlsx({"S": '<!DOCTYPE a [<!ENTITY b "cc"><!ENTITY d "&b;&b;&b;">]><worksheet>&d;'}),
    ],
)
def test_damage_raises_an_error(damaged: bytes) -> None:
    with pytest.raises(Exception, match=r".+"):
        read(damaged)


def test_entities_are_not_resolved() -> None:
    inside = f'<!DOCTYPE worksheet [<!ENTITY e "secret">]><worksheet xmlns="{S}"><sheetData>'
    inside += '<row><c t="str"><v>&e;</v></c><c t="str"><v>shown</v></c></row></sheetData></worksheet>'
    assert read(xlsx({"S": inside})).text == "# S\n\nshown\n"


def test_workbook_is_recognised_by_content() -> None:
    assert reader_of_content(xlsx({"S": sheet(rows(["a"]))}), FileKind(None)) is readers()["xlsx"]


def test_workbook_behind_a_large_picture_is_recognised_by_the_types_of_its_parts() -> None:
    types = '<Types><Override ContentType="application/vnd.openxmlformats-officedocument.{}.sheet.main+xml"/></Types>'
    for kind in ("spreadsheetml", "presentationml"):
        head = zipped({"[Content_Types].xml": types.format(kind), "docProps/thumbnail.jpeg": bytes(99)})
        expected = {"spreadsheetml": "xlsx", "presentationml": "pptx"}[kind]
        assert reader_of_content(head, FileKind(readers()[expected])) is readers()[expected]


def test_names_of_parts_differ_in_case_and_slashes() -> None:
    data = xlsx({"S": sheet(rows(["찾음"]))}).replace(b"xl/worksheets/s1.xml", b"xl\\Worksheets\\S1.xml")
    assert read(data).text == "# S\n\n찾음\n"
