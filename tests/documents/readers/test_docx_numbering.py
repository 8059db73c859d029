"""Labels of numbered paragraphs in docx files, as Word shows them."""

from __future__ import annotations

import pytest
from office_files import convert, docx, marks_of, paragraph

from pipeline.documents.grammar.outline import read_outline
from pipeline.documents.readers.number_formats import format_of_sample, numbered


def level(index: int, text: str, number_format: str = "decimal", more: str = "") -> str:
    return (
        f'<w:lvl w:ilvl="{index}"><w:start w:val="1"/><w:numFmt w:val="{number_format}"/>'
        f'<w:lvlText w:val="{text}"/>{more}</w:lvl>'
    )


def numbering(*abstracts: str, nums: dict[str, str] | None = None) -> str:
    made = "".join(
        f'<w:abstractNum w:abstractNumId="{index}">{inside}</w:abstractNum>' for index, inside in enumerate(abstracts)
    )
    for name, inside in (nums or {"1": '<w:abstractNumId w:val="0"/>'}).items():
        made += f'<w:num w:numId="{name}">{inside}</w:num>'
    return made


def item(text: str, level: int = 0, num: str = "1", style: str = "", mark: str = "") -> str:
    properties = f'<w:numPr><w:ilvl w:val="{level}"/><w:numId w:val="{num}"/></w:numPr><w:rPr>{mark}</w:rPr>'
    return paragraph(text, style=style, properties=properties)


def lines_of(data: bytes) -> list[str]:
    return [line.strip() for line in convert(data, reader="docx").text.splitlines() if line.strip()]


def test_clauses_have_the_labels_of_their_list() -> None:
    made = numbering(
        level(0, "제%1조")
        + level(1, "%2", "decimalEnclosedCircle")
        + level(2, "%3.", "ganada")
        + level(3, "(%4)", "chosung")
    )
    body = item("목적") + item("임대인은 인도한다.", 1) + item("차임", 1) + item("월세", 2) + item("관리비", 2)
    body += item("현금", 3) + item("기간") + item("2년", 1)
    data = docx(body, numbering=made)
    assert lines_of(data) == [
        "제1조 목적",
        "① 임대인은 인도한다.",
        "② 차임",
        "가. 월세",
        "나. 관리비",
        "(ㄱ) 현금",
        "제2조 기간",
        "① 2년",
    ]
    found = convert(data, reader="docx")
    assert [(mark.level, mark.value) for mark in marks_of(found, "list_item")][3:6] == [(3, "가"), (3, "나"), (4, "ㄱ")]
    outline = read_outline(text=found.text, domain="legal", language="ko", marks=found.marks)
    provisions = [node for node in outline if node.kind == "provision"]
    assert len(provisions) >= 2, "a person sees two articles"


def test_headings_carry_their_numbers() -> None:
    styles = "".join(
        f'<w:style w:type="paragraph" w:styleId="h{n}"><w:name w:val="heading {n}"/>'
        f'<w:pPr><w:numPr><w:numId w:val="1"/></w:numPr></w:pPr></w:style>'
        for n in (1, 2)
    )
    made = numbering(
        level(0, "%1.", "upperRoman", '<w:pStyle w:val="h1"/>')
        + level(1, "%1.%2", more='<w:pStyle w:val="h2"/><w:isLgl/>')
    )
    body = paragraph("Scope", style="h1") + paragraph("Terms", style="h2") + paragraph("Use", style="h1")
    body += paragraph("Rent", style="h2") + paragraph("None", style="h2", properties=NO_NUMBER)
    assert lines_of(docx(body, styles=styles, numbering=made)) == [
        "# I. Scope",
        "## 1.1 Terms",
        "# II. Use",
        "## 2.1 Rent",
        "## None",
    ]


NO_NUMBER = '<w:numPr><w:numId w:val="0"/></w:numPr>'


def test_lists_restart_and_go_on_as_their_definitions_say() -> None:
    made = numbering(
        level(0, "%1.") + level(1, "%2)", "lowerLetter", '<w:lvlRestart w:val="0"/>'),
        nums={
            "1": '<w:abstractNumId w:val="0"/>',
            "2": '<w:abstractNumId w:val="0"/><w:lvlOverride w:ilvl="0"><w:startOverride w:val="5"/></w:lvlOverride>',
            "3": '<w:abstractNumId w:val="0"/>',
        },
    )
    body = item("a") + item("b", 1) + item("c") + item("d", 1) + item("e", num="2") + item("f", num="2")
    body += item("g", num="3")
    assert lines_of(docx(body, numbering=made)) == ["1. a", "a) b", "2. c", "b) d", "5. e", "6. f", "7. g"]


def test_skipped_level_counts_and_unshown_paragraphs_do_not() -> None:
    made = numbering(level(0, "%1.") + level(1, "%1.%2.") + level(2, "%1.%2.%3."))
    gone = (
        '<w:p><w:pPr><w:numPr><w:ilvl w:val="0"/><w:numId w:val="1"/></w:numPr><w:rPr><w:vanish/></w:rPr></w:pPr></w:p>'
    )
    body = item("a") + item("b", 2) + item("c", 1) + gone + item("d")
    assert lines_of(docx(body, numbering=made)) == ["1. a", "1.1.1. b", "1.2. c", "2. d"]


def test_bullets_have_no_label_and_a_level_without_a_sign_is_text() -> None:
    made = numbering(level(0, "\uf0b7", "bullet") + level(1, "", "none"))
    found = convert(docx(item("one") + item("deep", 1), numbering=made), reader="docx")
    assert found.text == "- one\n\ndeep\n"
    assert [mark.value for mark in marks_of(found, "list_item")] == [""]


def test_list_of_a_list_style_and_custom_padding_are_followed() -> None:
    styles = '<w:style w:type="numbering" w:styleId="L"><w:name w:val="L"/>'
    styles += '<w:pPr><w:numPr><w:numId w:val="2"/></w:numPr></w:pPr></w:style>'
    padded = '<w:lvl w:ilvl="0"><w:start w:val="9"/><mc:AlternateContent><mc:Choice Requires="w14">'
    padded += '<w:numFmt w:val="custom" w:format="001, 002, 003, ..."/></mc:Choice><mc:Fallback>'
    padded += '<w:numFmt w:val="decimal"/></mc:Fallback></mc:AlternateContent><w:lvlText w:val="No. %1"/></w:lvl>'
    made = numbering(
        '<w:numStyleLink w:val="L"/>',
        padded,
        nums={"1": '<w:abstractNumId w:val="0"/>', "2": '<w:abstractNumId w:val="1"/>'},
    )
    assert lines_of(docx(item("a") + item("b"), styles=styles, numbering=made)) == ["No. 009 a", "No. 010 b"]


def test_damaged_definitions_leave_the_text() -> None:
    made = numbering(level(0, "%1."), nums={"1": '<w:abstractNumId w:val="7"/>', "x": ""})
    assert lines_of(docx(item("a") + item("b", 40) + item("c", num="none"), numbering=made)) == ["a", "b", "c"]


@pytest.mark.parametrize(
    ("name", "number", "text"),
    [
        ("ganada", 3, "다"),
        ("chosung", 14, "ㅎ"),
        ("decimalEnclosedCircle", 21, "㉑"),
        ("decimalEnclosedCircle", 51, "51"),
        ("upperRoman", 1994, "MCMXCIV"),
        ("lowerLetter", 27, "aa"),
        ("koreanCounting", 21, "이십일"),
        ("koreanCounting", 110, "백십"),
        ("koreanDigital", 21, "이일"),
        ("koreanLegal", 12, "열둘"),
        ("japaneseCounting", 10, "十"),
        ("ideographTraditional", 2, "乙"),
        ("ordinal", 22, "22nd"),
        ("ordinalText", 21, "Twenty-first"),
        ("cardinalText", 40, "Forty"),
        ("decimalZero", 7, "07"),
        ("numberInDash", 7, "- 7 -"),
        ("decimalFullWidth", 10, "１０"),
        ("unknown", 4, "4"),
        ("upperRoman", 0, "0"),
        ("none", 4, ""),
    ],
)
def test_numbered_writes_numbers_as_they_are_shown(name: str, number: int, text: str) -> None:
    assert numbered(number, name) == text


def test_format_of_sample_finds_formats_by_their_first_numbers() -> None:
    assert [format_of_sample(text) for text in ("가, 나, 다, ...", "①, ②, ③, ...", "A", "", "?")] == [
        "ganada",
        "decimalEnclosedCircle",
        "upperLetter",
        "none",
        "decimal",
    ]
