"""HWP 5 files: text, numbers, tables, notes, asides, pages, tracked changes, and files that are refused or damaged."""

from __future__ import annotations

import struct

import pytest
from hangul_files import (
    COMPRESSED,
    DISTRIBUTION,
    PASSWORD,
    SECTION,
    TRACKED,
    bullet,
    character_shape,
    control,
    convert,
    deflated,
    hwp,
    listed,
    marks_of,
    numbering,
    ole,
    paragraph,
    paragraph_shape,
    record,
    section,
    sign,
    style,
    wide,
)

from pipeline.config.build import DocumentPart, TrackedChanges
from pipeline.documents.marks import MarkKind
from pipeline.documents.readers import reader_of_content
from pipeline.documents.readers.hangul.compound import HwpFileError
from pipeline.documents.readers.reader import Converted, FileKind, RefusedFileError


def read(*paragraphs: bytes, definitions: bytes = b"", include: tuple[DocumentPart, ...] = ()) -> Converted:
    first = paragraph(SECTION, shape=99, inside=section(outline=1))
    return convert(hwp(first + b"".join(paragraphs), definitions=definitions), *include, reader="hwp")


def cell(row: int, column: int, text: str, *, rows: int = 1, columns: int = 1) -> bytes:
    place = struct.pack("<4H", column, row, columns, rows) + bytes(15)
    return listed(paragraph(text, level=2), level=2, data=place)


def grid(*cells: bytes, num_rows: int, num_columns: int, caption: bytes = b"", height: int = 1000) -> bytes:
    common = struct.pack("<5I", 1, 0, 0, 40000, height) + bytes(20)
    table = record(77, 2, struct.pack("<IHH", 0, num_rows, num_columns) + bytes(20))
    return control("tbl ", 1, common, caption + table + b"".join(cells))


def test_hwp_paragraphs_text_with_tabs_breaks_and_characters_beyond_the_basic_plane() -> None:
    tab = "\t" + "\0" * 6 + "\t"
    found = read(paragraph(f"첫째 줄\n둘째{tab}줄\x18끝\x1e"), paragraph("𠀀 漢字 English"))
    assert found.text == "첫째 줄\n둘째\t줄-끝\n\n𠀀 漢字 English\n"


def test_hwp_numbers_provisions_are_text_and_lists_have_labels_as_shown() -> None:
    definitions = b"".join(
        [
            numbering(("제^1조", 0), ("^2.", 8), ("^2-^3)", 0)),
            bullet("○"),
            bullet("\uf06c"),
            paragraph_shape(),
            *(paragraph_shape(2, level, 1) for level in range(3)),
            paragraph_shape(3, 0, 1),
            paragraph_shape(3, 0, 2),
        ]
    )
    found = read(
        paragraph("(목적) 이 규정은 목적을 정한다.", shape=1),
        paragraph("(정의) 뜻은 다음과 같다.", shape=1),
        paragraph("갑이란 빌리는 사람이다.", shape=2),
        paragraph("을이란 빌려주는 사람이다.", shape=2),
        paragraph("서면", shape=3),
        paragraph("(해지) 언제든 해지한다.", shape=1),
        paragraph("다시 센다.", shape=2),
        paragraph("동그라미", shape=4),
        paragraph("기호 글꼴", shape=5),
        definitions=definitions,
    )
    assert found.text.split("\n\n")[:2] == ["제1조 (목적) 이 규정은 목적을 정한다.", "제2조 (정의) 뜻은 다음과 같다."]
    assert "    가. 갑이란 빌리는 사람이다.\n    나. 을이란 빌려주는 사람이다.\n        나-1) 서면\n" in found.text
    assert "제3조 (해지) 언제든 해지한다.\n\n    가. 다시 센다.\n○ 동그라미\n- 기호 글꼴\n" in found.text
    assert [mark.value for mark in marks_of(found, MarkKind.LIST_ITEM)] == ["가", "나", "나-1", "가", "○", ""]


def test_hwp_outline_headings_with_numbers_and_low_levels_as_items() -> None:
    definitions = numbering(("^1.", 2), ("^2.", 8), ("^3)", 0), ("(^4)", 0))
    definitions += b"".join(paragraph_shape(1, level) for level in range(4)) + paragraph_shape()
    definitions += style("바탕글") + style("개요 2") + style("소제목") + style("제목")
    found = read(
        paragraph("임대차 안내", shape=4, style=3),
        paragraph("개요", shape=0),
        paragraph("배경", shape=1),
        paragraph("세부 항목", shape=3),
        paragraph("이름뿐인 개요", shape=4, style=1),
        paragraph("작은 제목", shape=4, style=2),
        paragraph("결론은 다음과 같다. " * 20, shape=0),
        definitions=definitions,
    )
    headings = [(mark.level, mark.value) for mark in marks_of(found, MarkKind.HEADING)]
    assert headings == [
        (1, "임대차 안내"),
        (2, "I. 개요"),
        (3, "가. 배경"),
        (3, "이름뿐인 개요"),
        (4, "작은 제목"),
    ]
    assert found.title == "임대차 안내"
    assert "\n(1) 세부 항목\n" in found.text
    assert "\nII. 결론은 다음과 같다." in found.text


def test_hwp_chapter_in_outline_is_a_heading_and_article_is_text() -> None:
    definitions = numbering(("제^1장", 0), ("제^2조", 0)) + paragraph_shape(1, 0) + paragraph_shape(1, 1)
    found = read(paragraph("총칙", shape=0), paragraph("(목적) 정한다.", shape=1), definitions=definitions)
    assert found.text == "# 제1장 총칙\n\n제1조 (목적) 정한다.\n"


def test_hwp_table_with_spans_and_caption_keeps_places() -> None:
    caption = listed(paragraph(f"표 {sign(18, 'atno')} 값", level=2, inside=control(
        "atno", 3, struct.pack("<IHHHH", 4, 7, 0, 0, 0))), level=2, data=struct.pack("<II", 3, 0))  # fmt: skip
    cells = [
        cell(0, 0, "구분", rows=2),
        cell(0, 1, "합계 | 금액", columns=2),
        cell(1, 1, "1월"),
        cell(1, 2, "2월"),
        cell(2, 0, "서울"),
        cell(2, 2, "20"),
    ]
    table = grid(*cells, num_rows=3, num_columns=3, caption=caption)
    found = read(paragraph(f"앞{sign(11, 'tbl ')}뒤", inside=table))
    assert found.text == (
        "앞\n\n| 구분 | 합계 \\| 금액 | 합계 \\| 금액 |\n| --- | --- | --- |\n| 구분 | 1월 | 2월 |\n"
        "| 서울 |  | 20 |\n\n표 7 값\n\n뒤\n"
    )
    places = [
        (mark.value, mark.row, mark.column, mark.row_span, mark.column_span) for mark in marks_of(found, MarkKind.CELL)
    ]
    assert places[:2] == [("구분", 0, 0, 2, 1), ("합계 | 금액", 0, 1, 1, 2)]
    assert places[-1] == ("20", 2, 2, 1, 1)


def test_hwp_table_that_claims_huge_spans_keeps_its_text() -> None:
    cells = [cell(0, 0, "가", rows=65535, columns=65535), cell(60000, 3, "나"), cell(0, 0, "다")]
    found = read(paragraph(sign(11, "tbl "), inside=grid(*cells, num_rows=65535, num_columns=65535)))
    assert [word for word in "가나다" if word not in found.text] == []


def test_hwp_notes_are_kept_apart_with_the_numbers_shown() -> None:
    def note(name: str, number: int, text: str) -> bytes:
        shown = control("atno", 3, struct.pack("<IHHHH", 1, number, 0, 0, ord(")")))
        inner = paragraph(sign(18, "atno") + " " + text, level=2, inside=shown)
        return control(name, 1, bytes(8), listed(inner, level=2))

    found = read(
        paragraph(f"본문{sign(17, 'fn  ')}이다.", inside=note("fn  ", 1, "각주 하나.")),
        paragraph(f"다음{sign(17, 'en  ')}", inside=note("en  ", 1, "미주 하나.")),
        paragraph(f"새 쪽{sign(17, 'fn  ')}", inside=note("fn  ", 1, "다른 각주.")),
    )
    assert found.text == (
        "본문[^1]이다.\n\n다음[^미주1]\n\n새 쪽[^1-2]\n\n"
        "[^1]: 각주 하나.\n\n[^미주1]: 미주 하나.\n\n[^1-2]: 다른 각주.\n"
    )
    assert [mark.value for mark in marks_of(found, MarkKind.FOOTNOTE)] == ["1", "미주1", "1-2"]


def test_hwp_headers_and_comments_are_read_by_option() -> None:
    header = control("head", 1, bytes(8), listed(paragraph("대외비", level=2), level=2))
    comment = control("tcmt", 1, b"", listed(paragraph("고쳐야 함", level=2), level=2))
    body = [
        paragraph(sign(16, "head") + "본문", inside=header),
        paragraph(sign(16, "head") + "둘째", inside=header),
        paragraph("셋째" + sign(15, "tcmt"), inside=comment),
    ]
    assert read(*body).text == "본문\n\n둘째\n\n셋째\n"
    assert read(*body, include=(DocumentPart.HEADERS,)).text == "대외비\n\n본문\n\n둘째\n\n셋째\n"
    found = read(*body, include=(DocumentPart.COMMENTS,))
    assert found.text == "본문\n\n둘째\n\n셋째\n\n고쳐야 함\n"
    (hidden,) = marks_of(found, MarkKind.HIDDEN)
    assert found.text[hidden.start : hidden.end] == "고쳐야 함"


def test_hwp_memo_list_and_master_page_are_read_by_option() -> None:
    memo = record(93, 1, bytes(8)) + listed(paragraph("메모 내용", level=1), level=1)
    masters = listed(paragraph("바탕쪽 글", level=2), level=2)
    first = paragraph(SECTION, inside=section(masters=masters))
    data = hwp(first + paragraph("본문", inside=memo))
    assert convert(data, reader="hwp").text == "본문\n"
    found = convert(data, DocumentPart.COMMENTS, DocumentPart.HEADERS, reader="hwp")
    assert found.text == "바탕쪽 글\n\n본문\n\n메모 내용\n"


def test_hwp_box_equation_form_reading_and_exponent_stand_in_the_line() -> None:
    shape = record(76, 2, b"") + listed(paragraph("상자 글", level=3), level=3)
    box = control("gso ", 1, struct.pack("<5I", 1, 0, 0, 0, 0), shape)
    formula = control("eqed", 1, bytes(40), record(88, 2, bytes(4) + wide("x`= {a} over {b}")))
    ruby = control("tdut", 1, wide("漢字") + wide("한자") + bytes(20))
    words = "ButtonSet:set:40:Caption:wstring:4:동의&함 Value:int:1 "
    form = control(
        "form", 1, bytes(40), record(91, 2, b"tbc+tbc+" + struct.pack("<IH", 0, 0) + words.encode("utf-16-le"))
    )
    found = read(
        paragraph(f"앞 {sign(11, 'gso ')} 뒤", inside=box),
        paragraph(f"식 {sign(11, 'eqed')}", inside=formula),
        paragraph(sign(23, "tdut"), inside=ruby),
        paragraph(sign(11, "form"), inside=form),
        paragraph("10㎡는 10m2이다", shapes=((0, 0), (8, 1), (9, 0))),
        definitions=character_shape() + character_shape(is_raised=True),
    )
    assert found.text.split("\n\n") == [
        "앞 상자 글 뒤",
        "식 $x = {a} over {b}$",
        "漢字(한자)",
        "☑ 동의함",
        "10㎡는 10m^2이다\n",
    ]


def test_hwp_chart_becomes_a_table_and_other_objects_are_stated() -> None:
    name = "http://schemas.openxmlformats.org/drawingml/2006/chart"
    points = '<c:ser><c:tx><c:v>매출</c:v></c:tx><c:cat><c:pt idx="0"><c:v>1월</c:v></c:pt></c:cat>'
    points += '<c:val><c:pt idx="0"><c:v>30</c:v></c:pt></c:val></c:ser>'
    chart = ole({"OOXMLChartContents": f'<c:chartSpace xmlns:c="{name}">{points}</c:chartSpace>'.encode()})

    def embedded(slot: int) -> bytes:
        shape = record(76, 2, b"") + record(84, 3, bytes(12) + struct.pack("<H", slot))
        return control("gso ", 1, bytes(40), shape)

    storages = record(18, 0, struct.pack("<HH", 2, 1)) + record(18, 0, struct.pack("<HH", 2, 2))
    body = paragraph(SECTION + "그림", inside=section())
    body += paragraph(sign(11, "gso "), inside=embedded(1)) + paragraph(sign(11, "gso "), inside=embedded(2))
    others = {"BinData/BIN0001.OLE": deflated(bytes(4) + chart), "BinData/BIN0002.OLE": deflated(b"other")}
    found = convert(hwp(body, definitions=storages, others=others), reader="hwp")
    assert found.text == "그림\n\n|  | 매출 |\n| --- | --- |\n| 1월 | 30 |\n"
    assert "1 embedded objects are not read." in found.warnings


def test_hwp_with_an_object_alone_says_that_it_is_not_read() -> None:
    shape = record(76, 2, b"") + record(84, 3, bytes(12) + struct.pack("<H", 1))
    body = paragraph(SECTION, inside=section())
    body += paragraph(sign(11, "gso "), inside=control("gso ", 1, bytes(40), shape))
    with pytest.raises(RefusedFileError, match="1 embedded objects") as refused:
        convert(hwp(body), reader="hwp")
    assert refused.value.reason == "no_text"


def test_hwp_pages_begin_where_lines_go_up_and_at_breaks() -> None:
    body = paragraph(SECTION + "하나", inside=section(first_page=5), tops=(0, 1600))
    body += paragraph("둘", tops=(60000, 1600)) + paragraph("셋", tops=(3200,))
    body += paragraph("넷", tops=(0,), breaks=4) + paragraph("다섯", tops=(1600,))
    found = convert(hwp(body), reader="hwp")
    pages = [(mark.value, found.text[mark.start :].split("\n")[0]) for mark in marks_of(found, MarkKind.PAGE)]
    assert pages == [("5", "하나"), ("6", "셋"), ("7", "넷")]


@pytest.mark.parametrize("columns", [1, 2])
def test_hwp_pages_are_unknown_in_columns_and_where_a_table_goes_over_the_page(columns: int) -> None:
    height = 1000 if columns == 2 else 90000
    body = paragraph(SECTION + "하나", inside=section(columns=columns))
    body += paragraph(
        sign(11, "tbl "), tops=(1600,), inside=grid(cell(0, 0, "칸"), num_rows=1, num_columns=1, height=height)
    )
    body += paragraph("둘", tops=(0,))
    assert marks_of(convert(hwp(body), reader="hwp"), MarkKind.PAGE) == []


def test_hwp_tracked_changes_final_and_original() -> None:
    final = paragraph(SECTION + "새 글", inside=section())
    at = len(SECTION)
    inserted = struct.pack("<III", at, at + 2, 0x10 << 24 | 1)
    deleted = struct.pack("<III", at + 2, at + 5, 0x11 << 24 | 2)
    tracked = paragraph(SECTION + "새 헌 것글", inside=section(), ranges=inserted + deleted)
    data = hwp(final, flags=COMPRESSED | TRACKED, others={"ViewText/Section0": deflated(tracked)})
    assert convert(data, reader="hwp").text == "새 글\n"
    assert convert(data, reader="hwp", changes=TrackedChanges.ORIGINAL).text == "헌 것글\n"


def test_hwp_distribution_copy_is_decrypted() -> None:
    from dochan.hwp.distdoc import _random_array
    from dochan.utils.aes import aes_cbc_encrypt_no_pad

    key = bytes(range(16))
    mask = _random_array(5)
    # The first four bytes are the seed itself; the key begins at its last four bits plus four.
    scrambled = bytearray(mask)
    scrambled[9 : 9 + 16] = bytes(left ^ right for left, right in zip(mask[9:25], key, strict=True))
    scrambled[:4] = struct.pack("<I", 5)
    packed = deflated(paragraph(SECTION + "배포용 문서의 본문", inside=section()))
    packed += bytes(-len(packed) % 16)
    blocks = (packed[place : place + 16] for place in range(0, len(packed), 16))
    stream = record(28, 0, bytes(scrambled)) + b"".join(
        aes_cbc_encrypt_no_pad(key, bytes(16), block) for block in blocks
    )
    notice = paragraph(SECTION + "상위 버전의 배포용 문서입니다.", inside=section())
    data = hwp(notice, flags=COMPRESSED | DISTRIBUTION, others={"ViewText/Section0": stream})
    found = convert(data, reader="hwp")
    assert found.text == "배포용 문서의 본문\n"
    assert found.warnings == ()


def test_hwp_automatic_numbers_are_confirmed_by_the_second_reading() -> None:
    definitions = numbering(("제^1조", 0)) + paragraph_shape(2, 0, 1) + paragraph_shape()
    found = read(paragraph("(목적) 정한다.", shape=0), definitions=definitions)
    assert found.text == "제1조 (목적) 정한다.\n"
    assert found.warnings == ()


@pytest.mark.parametrize(
    ("data", "reason"),
    [
        (hwp(paragraph("글"), flags=COMPRESSED | PASSWORD), "encrypted"),
        (hwp(paragraph("글"), flags=COMPRESSED | 1 << 4), "encrypted"),
        (b"HWP Document File V3.00 \x1a\x01\x02\x03\x04\x05" + bytes(100), "legacy_format"),
        (hwp(paragraph(SECTION, inside=section())), "empty"),
        (
            hwp(paragraph(sign(11, "gso "), inside=control("gso ", 1, bytes(40), record(76, 2) + record(85, 3)))),
            "scanned",
        ),
    ],
)
def test_hwp_refuses_with_a_reason(data: bytes, reason: str) -> None:
    with pytest.raises(RefusedFileError) as caught:
        convert(data, reader="hwp")
    assert caught.value.reason == reason


def test_hwp_damage_raises_and_never_hangs() -> None:
    whole = hwp(paragraph(SECTION + "본문 글", inside=section()) * 50)
    outcomes = []
    for size in range(0, len(whole), 97):
        try:
            outcomes.append(convert(whole[:size], reader="hwp").text != "")
        except Exception as error:  # noqa: BLE001  # any error is a dead letter
            outcomes.append(not isinstance(error, AssertionError))
    assert len(outcomes) > 20
    assert all(outcomes)


def test_hwp_stream_that_inflates_too_far_is_an_error() -> None:
    packer = deflated(bytes(160 * 2**20))
    with pytest.raises(HwpFileError, match="inflates to more than"):
        convert(hwp(others={"BodyText/Section0": packer}), reader="hwp")


def test_hwp_is_recognised_by_content() -> None:
    found = reader_of_content(hwp(paragraph("글")), FileKind(None))
    assert found is not None
    assert found.name == "hwp"
