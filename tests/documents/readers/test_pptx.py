"""Text and marks of pptx files."""

from __future__ import annotations

import pytest
from office_files import convert, marked, marks_of
from slide_files import MadeSlide, frame, line, part, pptx, shape

from pipeline.config.build import DocumentPart
from pipeline.documents.grammar.outline import read_outline
from pipeline.documents.readers import reader_of_content, readers
from pipeline.documents.readers.reader import Converted, FileKind, RefusedFileError


def read(*slides: MadeSlide, include: tuple[DocumentPart, ...] = (), **rest: str) -> Converted:
    return convert(pptx(*slides, **rest), *include, reader="pptx")  # type: ignore[arg-type]


def one(*shapes: str, include: tuple[DocumentPart, ...] = ()) -> Converted:
    return read(MadeSlide(shapes), include=include)


def test_slides_are_pages_in_order_with_titles_as_headings() -> None:
    found = read(
        MadeSlide([shape("사업 보고", kind="ctrTitle"), shape("2024년", kind="subTitle", index="7")], layout="title"),
        MadeSlide([shape("1부", kind="title")], layout="secHead"),
        MadeSlide([shape("본문", index="1"), shape("매출", kind="title")]),
        MadeSlide([shape("끝", index="1")]),
    )
    assert found.text == "# 사업 보고\n\n2024년\n\n## 1부\n\n### 매출\n\n- 본문\n\n- 끝\n"
    assert [(mark.value, found.text[mark.start :].split("\n")[0]) for mark in marks_of(found, "page")] == [
        ("1", "# 사업 보고"),
        ("2", "## 1부"),
        ("3", "### 매출"),
        ("4", "- 끝"),
    ]
    assert found.title == "사업 보고"
    outline = read_outline(text=found.text, domain="manual", language="ko", marks=found.marks)
    headings = [(node.value, node.level) for node in outline if node.kind == "heading"]
    assert headings == [("사업 보고", 1), ("1부", 2), ("매출", 3)]


def test_slides_without_a_title_slide_have_headings_of_the_first_level() -> None:
    found = read(*(MadeSlide([shape(name, kind="title"), shape("x", index="1")]) for name in ("A", "B")))
    assert marked(found, "heading") == ["# A", "# B"]


def test_lists_have_levels_and_computed_numbers() -> None:
    number = '<a:buAutoNum type="{}"{}/>'
    found = one(
        shape("Title", kind="title"),
        shape(
            line("first", number.format("arabicPeriod", "")),
            line("deep", number.format("alphaLcParenR", ""), level=1),
            line("deep two", number.format("alphaLcParenR", ""), level=1),
            line("second", number.format("arabicPeriod", "")),
            line("bullet"),
            line("no bullet", "<a:buNone/>"),
            line("third list", number.format("arabicPeriod", ' startAt="5"')),
            line("roman", number.format("romanUcPeriod", "")),
            line("circled", number.format("circleNumDbPlain", "")),
            index="1",
        ),
    )
    assert found.text == (
        "# Title\n\n1. first\n    a) deep\n    b) deep two\n2. second\n- bullet\n\n"
        "no bullet\n\n5. third list\nI. roman\n① circled\n"
    )
    assert [mark.level for mark in marks_of(found, "list_item")] == [1, 2, 2, 1, 1, 1, 1, 1]


def test_text_boxes_have_no_bullets_and_lists_of_two_shapes_stay_apart() -> None:
    bullet = '<a:buChar char="-"/>'
    found = one(shape(line("a", bullet)), shape(line("b", bullet)), shape("plain", "text<a/>".replace("<a/>", "")))
    assert found.text == "- a\n\n- b\n\nplain\n\ntext\n"


def test_line_breaks_fields_and_equations_are_read() -> None:
    broken = "<a:p><a:r><a:t>하나</a:t></a:r><a:br/><a:fld><a:t>둘</a:t></a:fld></a:p>"
    equation = "<a:p><a14:m><m:oMath><m:r><m:t>x+1</m:t></m:r></m:oMath></a14:m></a:p>"
    choice = f"<mc:AlternateContent><mc:Choice>{shape(equation)}</mc:Choice><mc:Fallback>{shape('')}</mc:Fallback>"
    assert one(shape(broken, "x"), choice + "</mc:AlternateContent>").text == "하나\n둘\n\nx\n\n$x+1$\n"


def test_equation_with_a_fallback_in_the_same_paragraph_is_read_once() -> None:
    equation = "<mc:Choice><a14:m><m:oMath><m:r><m:t>x+1</m:t></m:r></m:oMath></a14:m></mc:Choice>"
    fallback = "<mc:Fallback><a:r><a:t>x+1</a:t></a:r></mc:Fallback>"
    inside = f"<a:p><a:r><a:t>If </a:t></a:r><mc:AlternateContent>{equation}{fallback}</mc:AlternateContent></a:p>"
    assert one(shape(inside)).text == "# If $x+1$\n"


def test_fallback_is_read_if_the_choice_has_no_text() -> None:
    inside = f"<mc:Choice><p:contentPart/></mc:Choice><mc:Fallback>{shape('손글씨', 'b')}</mc:Fallback>"
    assert one(f"<mc:AlternateContent>{inside}</mc:AlternateContent>").text == "손글씨\n\nb\n"


def test_shapes_out_of_order_are_read_from_top_to_bottom() -> None:
    found = one(
        shape("아래", "2", box=(0, 600, 500, 100)),
        shape("오른쪽", "3", box=(600, 100, 300, 300)),
        shape("왼쪽", "4", box=(0, 100, 300, 300)),
    )
    assert found.text.split() == ["왼쪽", "4", "아래", "2", "오른쪽", "3"]


def test_groups_are_read_as_one() -> None:
    group = f"<p:grpSp><p:grpSpPr/>{shape('a', '1')}<p:grpSp>{shape('b', '2')}</p:grpSp></p:grpSp>"
    assert one(group, shape("c", "3")).text.split() == ["a", "1", "b", "2", "c", "3"]


def cell(text: str, attributes: str = "") -> str:
    return f"<a:tc {attributes}><a:txBody>{line(text) if text else ''}</a:txBody></a:tc>"


@pytest.mark.parametrize(
    ("properties", "header"),
    [('firstRow="1"', "row"), ('firstRow="1" firstCol="1"', "both"), ('firstCol="1"', "column"), ("", "")],
)
def test_tables_have_spans_and_a_header(properties: str, header: str) -> None:
    rows = "".join(
        f"<a:tr>{''.join(cells)}</a:tr>"
        for cells in (
            (cell("구분", 'rowSpan="2"'), cell("매출", 'gridSpan="2"'), cell("", 'hMerge="1"')),
            (cell("", 'vMerge="1"'), cell("1월"), cell("2월")),
            (cell("서울"), cell("1"), cell("2")),
        )
    )
    found = one(frame(f"<a:tbl><a:tblPr {properties}/>{rows}</a:tbl>"))
    assert found.text == "| 구분 | 매출 | 매출 |\n| --- | --- | --- |\n| 구분 | 1월 | 2월 |\n| 서울 | 1 | 2 |\n"
    assert [mark.value for mark in marks_of(found, "table")] == [header]
    places = {mark.value: (mark.row, mark.column, mark.row_span, mark.column_span) for mark in marks_of(found, "cell")}
    assert (places["구분"], places["매출"], places["2월"]) == ((0, 0, 2, 1), (0, 1, 1, 2), (1, 2, 1, 1))


def test_charts_become_tables_and_diagrams_become_lists() -> None:
    points = '<c:{0}Lit><c:pt idx="0"><c:v>{1}</c:v></c:pt><c:pt idx="1"><c:v>{2}</c:v></c:pt></c:{0}Lit>'
    series = f"<c:ser><c:tx><c:v>매출</c:v></c:tx><c:cat>{points.format('str', '1월', '2월')}</c:cat>"
    series += f"<c:val>{points.format('num', 3, 4)}</c:val></c:ser>"
    plot = f"<c:plotArea>{series}</c:plotArea>"
    title = "<c:title><c:tx><c:rich><a:p><a:r><a:t>월별 매출</a:t></a:r></a:p></c:rich></c:tx></c:title>"
    point = '<dgm:pt modelId="{0}" type="node"><dgm:t><a:p><a:r><a:t>{0}</a:t></a:r></a:p></dgm:t></dgm:pt>'
    link = '<dgm:cxn srcId="{}" destId="{}" srcOrd="{}"/>'
    diagram = (
        '<dgm:ptLst><dgm:pt modelId="doc" type="doc"/>'
        + "".join(map(point.format, ("검토", "기획", "시장 조사")))
        + "</dgm:ptLst><dgm:cxnLst>"
        + "".join(
            link.format(*entry)
            for entry in (("doc", "검토", 1), ("doc", "기획", 0), ("기획", "시장 조사", 0), ("시장 조사", "기획", 0))
        )
        + "</dgm:cxnLst>"
    )
    found = convert(
        pptx(
            MadeSlide(
                [frame('<c:chart r:id="c1"/>'), frame('<dgm:relIds r:dm="d1"/>')],
                links=(("c1", "chart", "../charts/c.xml"), ("d1", "diagramData", "../diagrams/data1.xml")),
            ),
            parts={
                "ppt/charts/c.xml": part("c:chartSpace", f"<c:chart>{title}{plot}</c:chart>"),
                "ppt/diagrams/data1.xml": part("dgm:dataModel", diagram),
            },
        ),
        reader="pptx",
    )
    assert found.text == (
        "월별 매출\n\n|  | 매출 |\n| --- | --- |\n| 1월 | 3 |\n| 2월 | 4 |\n\n- 기획\n    - 시장 조사\n- 검토\n"
    )


def test_first_line_in_the_largest_letters_is_the_title_of_a_slide_without_one() -> None:
    assert marked(one(shape(line("추진 배경", size=3200)), shape(line("본문 글", size=1800))), "heading") == [
        "# 추진 배경"
    ]
    assert marked(one(shape(line("본문 글", size=1800)), shape(line("강조", size=3200))), "heading") == []
    assert marked(one(shape(line("두 줄", size=3200), line("입니다", size=3200))), "heading") == []
    assert marked(one(shape("혼자 있는 줄")), "heading") == ["# 혼자 있는 줄"]


def test_notes_comments_footers_and_hidden_slides_are_read_by_request() -> None:
    notes = shape("1", kind="sldNum") + shape("발표자 메모", kind="body", index="1")
    data = pptx(
        MadeSlide(
            [
                shape("제목", kind="title"),
                shape("2024-01-01", kind="dt", index="10"),
                shape("대외비", kind="ftr", index="11"),
                shape("7", kind="sldNum", index="12"),
            ],
            links=(("n", "notesSlide", "../notesSlides/n.xml"), ("c", "comments", "../comments/c.xml")),
        ),
        MadeSlide([shape("숨긴 제목", kind="title")], is_hidden=True),
        authors='<p:cmAuthor id="3" name="김 과장"/>',
        parts={
            "ppt/notesSlides/n.xml": part("p:notes", f"<p:cSld><p:spTree>{notes}</p:spTree></p:cSld>"),
            "ppt/comments/c.xml": part(
                "p:cmLst",
                '<p:cm authorId="3"><p:text>확인 필요</p:text></p:cm>'
                f'<p188:cm authorId="9"><p188:txBody>{line("new style")}</p188:txBody><p188:replyLst>'
                f'<p188:reply authorId="3"><p188:txBody>{line("reply")}</p188:txBody></p188:reply></p188:replyLst>'
                "</p188:cm>",
            ),
        },
    )
    plain = convert(data, reader="pptx")
    assert plain.text == "# 제목\n"
    assert plain.warnings == ("hidden slides left out: 1",)
    assert "2024-01-01\n\n대외비\n" in convert(data, DocumentPart.HEADERS, reader="pptx").text
    assert marked(convert(data, DocumentPart.NOTES, reader="pptx"), "hidden") == ["발표자 메모"]
    said = marked(convert(data, DocumentPart.COMMENTS, reader="pptx"), "hidden")
    assert said == ["김 과장: 확인 필요", "new style", "김 과장: reply"]
    hidden = convert(data, DocumentPart.HIDDEN, reader="pptx")
    assert marked(hidden, "hidden") == ["# 숨긴 제목"]
    assert [mark.value for mark in marks_of(hidden, "page")] == ["1", "2"]


def test_deck_whose_slides_are_all_hidden_is_refused_with_the_remedy() -> None:
    slides = [MadeSlide([shape("숨긴 제목", kind="title")], is_hidden=True)] * 2
    with pytest.raises(RefusedFileError) as caught:
        read(*slides)
    assert caught.value.reason == "empty"
    assert "2 of 2 are hidden; to read them, add hidden to the recipe's ingest.include." in caught.value.message
    assert read(*slides, include=(DocumentPart.HIDDEN,)).text.count("숨긴 제목") == 2
    with pytest.raises(RefusedFileError, match=r"^The slides hold no text\.$"):
        read(MadeSlide([], is_hidden=True), include=(DocumentPart.HIDDEN,))


def test_missing_slides_and_layouts_cost_only_themselves() -> None:
    data = pptx(MadeSlide([shape("a", "1")]), MadeSlide([shape("b", "2")]))
    assert convert(data, reader="pptx").text == "a\n\n1\n\nb\n\n2\n"
    lost = MadeSlide([frame('<c:chart r:id="gone"/>'), shape("c", "3")], links=(("gone", "chart", "../charts/x.xml"),))
    assert read(lost).text == "c\n\n3\n"


@pytest.mark.parametrize(("entries", "reason"), [((), "empty"), ((("i", "image", "../media/i.png"),), "scanned")])
def test_slides_without_text_are_refused(entries: tuple[tuple[str, str, str], ...], reason: str) -> None:
    with pytest.raises(RefusedFileError) as refused:
        read(MadeSlide([shape("")], links=entries))
    assert refused.value.reason == reason


@pytest.mark.parametrize(
    "damaged", [b"PK\x03\x04", pptx(MadeSlide([shape("a")]))[:300], pptx(MadeSlide(["<p:grpSp>" * 100_000]))]
)
def test_damage_raises_an_error(damaged: bytes) -> None:
    with pytest.raises(Exception, match=r".+"):
        convert(damaged, reader="pptx")


def test_presentation_is_recognised_by_content() -> None:
    assert reader_of_content(pptx(MadeSlide([shape("a")])), FileKind(None)) is readers()["pptx"]
