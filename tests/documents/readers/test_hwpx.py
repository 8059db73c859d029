"""HWPX files: text, numbers, tables, notes, asides, pages, tracked changes, and files that are refused or damaged."""

from __future__ import annotations

import pytest
from hangul_files import (
    SECTION_XML,
    convert,
    hwpx,
    marks_of,
    numbering_xml,
    p,
    shape_xml,
    style_xml,
    sublist,
)

from pipeline.config.build import DocumentPart, TrackedChanges
from pipeline.documents.marks import MarkKind
from pipeline.documents.readers import reader_of_content
from pipeline.documents.readers.hangul.second_readings import disagreements
from pipeline.documents.readers.reader import Converted, FileKind, RefusedFileError
from pipeline.documents.readers.zip_parts import OfficeFileError

CHART = "http://schemas.openxmlformats.org/drawingml/2006/chart"


def read(*paragraphs: str, header: str = "", include: tuple[DocumentPart, ...] = (), **parts: str) -> Converted:
    first = p(shape=99, inside=SECTION_XML)
    return convert(hwpx(first + "".join(paragraphs), header=header, **parts), *include, reader="hwpx")


def tc(row: int, column: int, text: str, *, rows: int = 1, columns: int = 1) -> str:
    return (
        f'<hp:tc>{sublist(p(text))}<hp:cellAddr colAddr="{column}" rowAddr="{row}"/>'
        f'<hp:cellSpan colSpan="{columns}" rowSpan="{rows}"/></hp:tc>'
    )


def table(*cells: str, inside: str = "") -> str:
    size = '<hp:sz height="1000"/><hp:pos treatAsChar="1"/>'
    return f"<hp:tbl>{size}{inside}{''.join(f'<hp:tr>{cell}</hp:tr>' for cell in cells)}</hp:tbl>"


def test_hwpx_text_with_signs_links_and_entities() -> None:
    words = "<hp:t>첫째<hp:tab/>칸<hp:lineBreak/>둘째<hp:nbSpace/>줄<hp:hyphen/>끝 &amp; &lt;A&gt;</hp:t>"
    found = read(p(inside=words), p("English 漢字"))
    assert found.text == "첫째\t칸\n둘째 줄-끝 & <A>\n\nEnglish 漢字\n"


def test_hwpx_numbers_headings_and_styles() -> None:
    header = numbering_xml(1, ("^1.", "DIGIT"), ("^2.", "HANGUL_SYLLABLE")) + numbering_xml(2, ("제^1조", "DIGIT"))
    header += shape_xml(0) + shape_xml(1, "OUTLINE", 0) + shape_xml(2, "OUTLINE", 1) + shape_xml(3, "NUMBER", 0, 2)
    header += shape_xml(4, "BULLET", 0, 1) + '<hh:bullet id="1" char="▶"/>'
    header += style_xml(0, "바탕글") + style_xml(1, "문서 제목") + style_xml(2, "중제목") + style_xml(3, "표 제목")
    found = read(
        p("업무 규정", style=1),
        p("개요", shape=1),
        p("배경", shape=2),
        p("(목적) 이 규정은 정한다.", shape=3),
        p("(정의) 뜻을 정한다.", shape=3),
        p("가리키는 글", shape=4),
        p("가운데 제목", style=2),
        p("표의 제목", style=3),
        header=header,
    )
    assert found.text == (
        "# 업무 규정\n\n## 1. 개요\n\n### 가. 배경\n\n제1조 (목적) 이 규정은 정한다.\n\n제2조 (정의) 뜻을 정한다.\n\n"
        "▶ 가리키는 글\n\n### 가운데 제목\n\n표의 제목\n"
    )
    assert found.title == "업무 규정"


def test_hwpx_table_with_spans_nested_table_and_caption() -> None:
    caption = f'<hp:caption side="TOP">{sublist(p("표 설명"))}</hp:caption>'
    inner = table(tc(0, 0, "속"), tc(0, 1, "안"))
    cells = tc(0, 0, "구분", rows=2) + tc(0, 1, "값", columns=2) + tc(1, 1, "하나")
    nested = (
        f'<hp:tc>{sublist(p("겉", inside=inner))}<hp:cellAddr colAddr="2" rowAddr="1"/>'
        '<hp:cellSpan colSpan="1" rowSpan="1"/></hp:tc>'
    )
    found = read(p("앞", inside=table(cells, nested, inside=caption)))
    assert found.text == "앞\n\n표 설명\n\n| 구분 | 값 | 값 |\n| --- | --- | --- |\n| 구분 | 하나 | 겉 속 안 |\n"
    assert [(m.value, m.row_span, m.column_span) for m in marks_of(found, MarkKind.CELL)][:2] == [
        ("구분", 2, 1),
        ("값", 1, 2),
    ]


def test_hwpx_notes_comments_and_headers() -> None:
    number = '<hp:ctrl><hp:autoNum num="3" numType="FOOTNOTE"/></hp:ctrl><hp:t> 각주 글.</hp:t>'
    note = f"<hp:ctrl><hp:footNote>{sublist(p(inside=number))}</hp:footNote></hp:ctrl><hp:t>이다.</hp:t>"
    header = f"<hp:ctrl><hp:header>{sublist(p('머리말'))}</hp:header></hp:ctrl>"
    hidden = f"<hp:ctrl><hp:hiddenComment>{sublist(p('숨은 설명'))}</hp:hiddenComment></hp:ctrl>"
    memo = f'<hp:ctrl><hp:fieldBegin type="MEMO">{sublist(p("메모"))}</hp:fieldBegin></hp:ctrl>'
    body = [p("본문", inside=note), p("둘째", inside=header + hidden + memo)]
    master = (
        '<masterPage xmlns:hp="http://www.hancom.co.kr/hwpml/2011/paragraph">' + sublist(p("바탕쪽")) + "</masterPage>"
    )
    assert read(*body, Contents__masterpage0=master).text == "본문[^3]이다.\n\n둘째\n\n[^3]: 각주 글.\n"
    found = read(*body, Contents__masterpage0=master, include=(DocumentPart.HEADERS, DocumentPart.COMMENTS))
    assert found.text == ("바탕쪽\n\n본문[^3]이다.\n\n머리말\n\n둘째\n\n숨은 설명\n\n메모\n\n[^3]: 각주 글.\n")
    assert len(marks_of(found, MarkKind.HIDDEN)) == 2


def test_hwpx_shapes_equation_forms_and_chart() -> None:
    box = f"<hp:rect><hp:pos treatAsChar='0'/><hp:drawText>{sublist(p('상자 글'))}</hp:drawText></hp:rect>"
    group = f"<hp:container><hp:ellipse><hp:drawText>{sublist(p('묶인 글'))}</hp:drawText></hp:ellipse></hp:container>"
    points = '<c:ser><c:tx><c:v>매출</c:v></c:tx><c:cat><c:pt idx="0"><c:v>1월</c:v></c:pt></c:cat>'
    points += '<c:val><c:pt idx="0"><c:v>30</c:v></c:pt></c:val></c:ser>'
    chart = '<hp:switch><hp:case><hp:chart chartIDRef="Chart/chart1.xml"/></hp:case>'
    chart += "<hp:default><hp:ole/></hp:default></hp:switch>"
    found = read(
        p("앞", inside=box + group + "<hp:t> 뒤</hp:t>"),
        p("식 ", inside="<hp:equation><hp:script>x^2 over y</hp:script></hp:equation>"),
        p(inside='<hp:checkBtn caption="동의" value="CHECKED"/><hp:comboBox selectedValue=" 서울"/>'),
        p(inside="<hp:dutmal><hp:mainText>漢字</hp:mainText><hp:subText>한자</hp:subText></hp:dutmal>"),
        p("그림", inside=chart),
        Chart__chart1=f'<c:chartSpace xmlns:c="{CHART}">{points}</c:chartSpace>',
    )
    assert found.text == (
        "앞 뒤\n\n상자 글\n\n묶인 글\n\n식 $x^2 over y$\n\n☑ 동의 서울\n\n漢字(한자)\n\n그림\n\n"
        "|  | 매출 |\n| --- | --- |\n| 1월 | 30 |\n"
    )


def test_hwpx_tracked_changes_may_go_on_over_paragraphs() -> None:
    first = "<hp:t>그대로 <hp:deleteBegin/>지운<hp:deleteEnd/><hp:insertBegin/>새</hp:t>"
    second = "<hp:t>글<hp:insertEnd/> 끝</hp:t>"
    data = hwpx(p(inside=SECTION_XML + first) + p(inside=second))
    final = convert(data, reader="hwpx")
    assert final.text == "그대로 새\n\n글 끝\n"
    assert [final.text[m.start : m.end] for m in marks_of(final, MarkKind.INSERTED)] == ["새", "글"]
    assert convert(data, reader="hwpx", changes=TrackedChanges.ORIGINAL).text == "그대로 지운\n\n 끝\n".replace(
        " 끝", "끝"
    )


def test_hwpx_pages_sections_and_sections_in_order() -> None:
    sections = [p(f"{number}쪽", inside=SECTION_XML) + p("이어서", top=1600) for number in range(1, 12)]
    found = convert(hwpx(*sections), reader="hwpx")
    assert [mark.value for mark in marks_of(found, MarkKind.PAGE)] == [str(number) for number in range(1, 12)]
    assert found.text.startswith("1쪽\n\n이어서\n\n2쪽")
    assert found.text.endswith("11쪽\n\n이어서\n")


def test_hwpx_both_parsers_agree_on_plain_text() -> None:
    found = read(p("평범한 문단 하나"), p("Another plain paragraph"))
    assert found.warnings == ()


def test_hwpx_disagreement_states_both_shares_and_names_the_parser() -> None:
    data = hwpx(p("하나 둘 셋 넷", inside=SECTION_XML))
    said = disagreements("하나 둘 다섯", data, "hwpx", is_distribution=False)
    assert said == tuple(
        f"Tokens that only {name} finds: 50.0%; that only this reader finds: 33.3%." for name in ("unhwp", "dochan")
    )
    assert disagreements("하나 둘 셋 넷", data, "hwpx", is_distribution=False) == ()


@pytest.mark.parametrize(
    ("data", "reason"),
    [
        (hwpx(p("글"), **{"META-INF__manifest": "<m><e><encryption-data xmlns='urn:o'/></e></m>"}), "encrypted"),
        (hwpx(p(inside=SECTION_XML)), "empty"),
        (hwpx(p(inside=SECTION_XML + "<hp:pic/>")), "scanned"),
    ],
)
def test_hwpx_refuses_with_a_reason(data: bytes, reason: str) -> None:
    with pytest.raises(RefusedFileError) as caught:
        convert(data, reader="hwpx")
    assert caught.value.reason == reason


def test_hwpx_hostile_files_are_errors() -> None:
    whole = hwpx(p("본문 글", inside=SECTION_XML) * 50)
    laughs = '<!DOCTYPE s [<!ENTITY a "ha"><!ENTITY b "&a;&a;">]>'
    entity = hwpx(Contents__section0=f"{laughs}<s xmlns:hp='u'><hp:p><hp:run><hp:t>&b;</hp:t></hp:run></hp:p></s>")
    deep = hwpx(Contents__section0="<s>" + "<p>" * 100_000 + "</p>" * 100_000 + "</s>")
    bomb = hwpx(Contents__section0="<s>" + " " * (100 * 2**20) + "</s>")
    for data in (whole[: len(whole) // 2], whole[:100], b"PK\x03\x04", deep, bomb, hwpx(), entity):
        with pytest.raises(Exception) as caught:  # any error is a dead letter
            convert(data, reader="hwpx")
        assert not isinstance(caught.value, AssertionError)
    with pytest.raises(OfficeFileError):
        convert(bomb, reader="hwpx")


def test_hwpx_is_recognised_by_content() -> None:
    found = reader_of_content(hwpx(p("글")), FileKind(None))
    assert found is not None
    assert found.name == "hwpx"
