"""Parts and provisions of legal texts, with inputs of the project's own making."""

from __future__ import annotations

import pytest
from growth import assert_linear
from hypothesis import given
from hypothesis import strategies as st

from pipeline.documents.grammar.legal.reading import read_provisions
from pipeline.documents.marks import Mark, MarkKind
from pipeline.nodes import ROOT, Node, NodeKind


def read(text: str, language: str) -> list[Node]:
    nodes = read_provisions(text=text, language=language)
    for index, node in enumerate(nodes):
        assert 0 <= node.start <= node.body <= node.end <= len(text)
        assert node.parent < index
        if node.parent != ROOT:
            assert nodes[node.parent].start <= node.start
            assert node.end <= nodes[node.parent].end
    return nodes


def provisions(text: str, language: str) -> list[tuple[str, str]]:
    """Label and numbering of every provision."""
    return [(node.label, node.numbering) for node in read(text, language) if node.kind is NodeKind.PROVISION]


def labels(text: str, language: str) -> list[str]:
    return [label for label, _ in provisions(text, language)]


def parts(text: str, language: str) -> list[tuple[str, str]]:
    return [(node.sort, node.label) for node in read(text, language) if node.kind is NodeKind.PART]


def title_of(text: str, language: str, label: str) -> str:
    [title] = [node.value for node in read(text, language) if node.label == label and node.kind is NodeKind.PROVISION]
    return title


def body_of(text: str, language: str, label: str, numbering: str = "") -> str:
    [node] = [
        node
        for node in read(text, language)
        if node.label == label and node.numbering == numbering and node.kind is NodeKind.PROVISION
    ]
    return text[node.body : node.end]


def test_read_provisions_text_without_numbers_gives_nothing() -> None:
    for language in ("en", "ko"):
        assert read("The harbour lay still.\n\nNobody spoke.\n\n항구는 조용했다.\n", language) == []
        assert read("", language) == []


def test_read_provisions_several_numberings_of_one_file_are_kept_apart() -> None:
    text = (
        "HIRE AGREEMENT\n\n1. Hire\n\n1.1 The owner lets the crane.\n\n2. Price\n\n2.1 The price is fixed.\n\n"
        "SCHEDULE 1 – Machines\n\n1. One crane.\n\n2. Two hooks.\n\nSOFTWARE LICENCE\n\n1. Grant\n\n"
        "1.1 The program may be used.\n\n2. End\n\n2.1 The licence ends in May.\n"
    )
    assert parts(text, "en") == [("main", ""), ("schedule", "SCHEDULE 1"), ("document", "SOFTWARE LICENCE")]
    assert provisions(text, "en") == [
        ("Section 1", ""),
        ("Section 1.1", ""),
        ("Section 2", ""),
        ("Section 2.1", ""),
        ("Section 1", "SCHEDULE 1"),
        ("Section 2", "SCHEDULE 1"),
        ("Section 1", "SOFTWARE LICENCE"),
        ("Section 1.1", "SOFTWARE LICENCE"),
        ("Section 2", "SOFTWARE LICENCE"),
        ("Section 2.1", "SOFTWARE LICENCE"),
    ]
    assert body_of(text, "en", "Section 2.1") == "The price is fixed."


def test_read_provisions_list_of_contents_is_no_provision() -> None:
    contents = "CONTENTS\n\n1. Scope\n2. Terms of payment\n3. Notices\n\n"
    text = (
        contents
        + "1. Scope\n\nThe hall is let.\n\n2. Terms of payment\n\nRent is due.\n\n3. Notices\n\nThey are written.\n"
    )
    assert labels(text, "en") == ["Section 1", "Section 2", "Section 3"]
    assert body_of(text, "en", "Section 1") == "The hall is let."
    dotted = (
        "목차\n\n제1조 목적 ........ 1\n제2조 요금 ........ 2\n\n제1조(목적) 목적을 정한다.\n\n"
        "제2조(요금) 요금을 정한다.\n"
    )
    assert labels(dotted, "ko") == ["제1조", "제2조"]


@pytest.mark.parametrize(
    ("text", "label", "title"),
    [
        ("ARTICLE 4\nSECURITY DEPOSIT\n\nIt is kept.\n", "Article 4", "SECURITY DEPOSIT"),
        ("ARTICLE II—RIGHTS OF THE OWNER AND\nRESERVATION OF TITLE\n\nThey stay.\n", "Article II",
         "RIGHTS OF THE OWNER AND RESERVATION OF TITLE"),
        ("4.1 Base Rent and\nManner of Payment. Tenant shall pay it.\n", "Section 4.1",
            "Base Rent and Manner of Payment"),
        ("Section 7.2 Hours\n\nThe gate opens at six.\n", "Section 7.2", "Hours"),
        ("## 3. Fees\n\nFees are due.\n", "Section 3", "Fees"),
        ("§ 12. Short title.—This Act is short.\n", "§ 12", "Short title"),
    ],
)  # fmt: skip
def test_read_provisions_english_headings_are_joined_and_end(text: str, label: str, title: str) -> None:
    assert title_of(text, "en", label) == title


@pytest.mark.parametrize(
    ("text", "label", "title"),
    [
        ("제4조의2 (간호과의 수업연한 및 \n\n학위에 관한 특례) ① 4년으로 한다.\n\n② 학칙으로 정한다.\n", "제4조의2",
         "간호과의 수업연한 및 학위에 관한 특례"),
        ("제 1 장   총   칙\n\n제 1 조 (목 적)\n요금을 정한다.\n", "제1조", "목적"),
        ("제 1 장   총   칙\n\n제 1 조 (목 적)\n요금을 정한다.\n", "제1장", "총칙"),
        ("제3장 요금\n\n제7조【요금】 요금은 정한다.\n", "제7조", "요금"),
        ("제3장 요금\n\n제7조【요금】 요금은 정한다.\n", "제3장", "요금"),
    ],
)  # fmt: skip
def test_read_provisions_korean_headings(text: str, label: str, title: str) -> None:
    assert title_of(text, "ko", label) == title


def test_read_provisions_korean_articles_count_on_across_chapters_and_hold_items() -> None:
    text = (
        "제1장 총칙\n\n제1조(정의) 용어는 다음 각 호와 같다.\n1. 배란 물에 뜨는 것이다.\n가. 돛배\n나. 거룻배\n"
        "2. 항구란 배를 대는 곳이다.\n\n"
        "제2장 요금\n\n제2조(요금) ① 요금은 정한다.\n② 요금은 다음과 같다.\n1. 돛배: 천원\n2. 거룻배: 이천원\n\n"
        "제2조의2(면제) 면제한다.\n"
    )
    assert labels(text, "ko") == [
        "제1장",
        "제1조",
        "제1조 제1호",
        "제1조 제1호 가목",
        "제1조 제1호 나목",
        "제1조 제2호",
        "제2장",
        "제2조",
        "제2조 제1항",
        "제2조 제2항",
        "제2조 제2항 제1호",
        "제2조 제2항 제2호",
        "제2조의2",
    ]
    assert body_of(text, "ko", "제1조 제1호").startswith("배란 물에 뜨는 것이다.")


def test_read_provisions_korean_supplements_tables_and_forms_are_parts() -> None:
    text = (
        "제1조(목적) 목적을 정한다.\n\n부      칙 <법률 제10호, 2011. 3. 2.>\n\n"
        "제1조(시행일) 이 법은 4월부터 시행한다.\n\n"
        "부칙\n\n①(시행일) 이 법은 공포한 날부터 시행한다.\n②(경과조치) 종전의 예에 따른다.\n\n"
        "[별표 1] 과태료의 부과기준(제1조 관련)\n\n1. 일반기준\n\n[별지 제2호서식] 신청서\n\n이름\n"
    )
    assert parts(text, "ko") == [
        ("main", ""),
        ("supplement", "부칙 <법률 제10호, 2011. 3. 2.>"),
        ("supplement", "부칙"),
        ("schedule", "별표 1"),
        ("schedule", "별지 제2호서식"),
    ]
    assert ("제1항", "부칙") in provisions(text, "ko")
    assert ("제1조", "부칙 <법률 제10호, 2011. 3. 2.>") in provisions(text, "ko")
    assert body_of(text, "ko", "제1조") == "목적을 정한다."


def test_read_provisions_amending_bill_ends_at_instructions_and_comparison() -> None:
    text = (
        "나루법 일부개정법률안\n\n제안이유\n\n제5조를 고치려는 것임.\n\n법률 제     호\n\n나루법 일부개정법률안\n\n"
        "나루법 일부를 다음과 같이 개정한다.\n\n제5조의2를 다음과 같이 신설한다.\n\n"
        "제5조의2(정박) 배는 밤에 정박한다.\n\n"
        "제9조 중 “3일”을 “5일”로 한다.\n\n제12조(요금) 요금은 없다.\n\n부    칙\n\n이 법은 공포한 날부터 시행한다.\n\n"
        "신ㆍ구조문대비표\n\n현  행\n\n개정안\n\n제9조(신고) 3일\n\n제9조(신고) 5일\n"
    )
    assert labels(text, "ko") == ["제5조의2", "제12조"]
    assert body_of(text, "ko", "제5조의2", "나루법 일부개정법률안") == "배는 밤에 정박한다."
    assert [sort for sort, _ in parts(text, "ko")] == ["main", "report", "amendment", "supplement", "comparison"]


def test_read_provisions_judgment_has_its_parts() -> None:
    korean = (
        "서울한결지방법원\n\n판 결\n\n주    문\n\n1. 피고는 원고에게 1,000원을 지급하라.\n"
        "2. 소송비용은 피고가 부담한다.\n\n"
        "청 구 취 지\n\n주문과 같다.\n\n이    유\n\n1. 기초사실\n\n가. 원고는 농부이다.\n\n나. 피고는 상인이다.\n\n"
        "2. 결론\n"
    )
    assert [name for _, name in parts(korean, "ko")] == ["", "주문", "청구취지", "이유"]
    assert ("제1의 가항", "이유") in provisions(korean, "ko")
    digest = "【판시사항】\n\n배의 소유자\n\n【판결요지】\n\n배는 산 사람의 것이다.\n\n【참조조문】\n\n민법 제188조\n"
    assert [name for _, name in parts(digest, "ko")] == ["", "판시사항", "판결요지", "참조조문"]
    english = (
        "HELD\n\n[1] The claim fails.\n\nBACKGROUND\n\n[2] A barge sank.\n\nORDER\n\n1. The claim is dismissed.\n\n"
        "2. No costs.\n"
    )
    assert [name for _, name in parts(english, "en")] == ["", "HELD", "BACKGROUND", "ORDER"]
    assert provisions(english, "en") == [
        ("paragraph [1]", ""),
        ("paragraph [2]", ""),
        ("Section 1", "ORDER"),
        ("Section 2", "ORDER"),
    ]


def test_read_provisions_dated_entries_of_a_digest_are_parts() -> None:
    entries = [f"[20{n}-05-30] {n}번 배를 판 경우의 세금은?\n\n세금은 {n}원이다.\n\n---\n\n" for n in (11, 12, 13)]
    text = "해석 모음\n\n" + "".join(entries)
    nodes = [node for node in read(text, "ko") if node.sort == "entry"]
    assert [(node.label, node.value) for node in nodes] == [
        (f"20{n}-05-30", f"{n}번 배를 판 경우의 세금은?") for n in (11, 12, 13)
    ]
    laws = "".join(f"## 나루법 §{n}의2 정박 {n}\n\n배는 {n}일 정박한다.\n\n" for n in (3, 4, 5))
    assert [label for sort, label in parts(laws, "ko") if sort == "entry"] == [f"나루법 §{n}의2" for n in (3, 4, 5)]


def test_read_provisions_items_count_one_by_one_or_are_none() -> None:
    text = "1. Work\n\n1.1 The builder shall:\n\n(a) dig;\n\n(i) first;\n\n(ii) second;\n\n(b) build.\n\n1.2 Rest.\n"
    assert labels(text, "en") == [
        "Section 1",
        "Section 1.1",
        "Section 1.1(a)",
        "Section 1.1(a)(i)",
        "Section 1.1(a)(ii)",
        "Section 1.1(b)",
        "Section 1.2",
    ]
    jumping = text.replace("(b) build", "(d) build")
    assert "Section 1.1(a)" not in labels(jumping, "en")


def test_read_provisions_number_that_ends_a_wrapped_sentence_is_no_provision() -> None:
    text = (
        "Section 1. Use\n\nUse in production needs a separate licence as set forth in\nSection 2.\n\n"
        "Section 2. Fees\n\nNone.\n"
    )
    assert labels(text, "en") == ["Section 1", "Section 2"]
    assert body_of(text, "en", "Section 1").endswith("as set forth in\nSection 2.")


def test_read_provisions_list_that_stands_in_two_places_is_no_list_of_contents() -> None:
    items = "\n\n 1. a copy of the terms,\n\n 2. a notice of the limits,\n\n 3. a list of tools,\n\n"
    text = (
        f"5.1 Copies\n\nA copy is accompanied by:{items}5.2 Forks\n\nA fork is accompanied by:{items}5.3 Rest\n\n"
        f"None.\n"
    )
    assert labels(text, "en") == ["Section 5.1", "Section 5.2", "Section 5.3"]
    assert body_of(text, "en", "Section 5.1").endswith("a list of tools,")


def test_read_provisions_round_numbers_hold_what_they_count() -> None:
    text = "2.0 GRANT\n\n2.1 You may use it.\n\n3.0 WARRANTY\n\n3.1 There is none.\n"
    assert labels(text, "en") == ["Section 2.0", "Section 2.1", "Section 3.0", "Section 3.1"]
    assert body_of(text, "en", "Section 2.1") == "You may use it."


def test_read_provisions_one_heading_called_order_makes_no_judgment() -> None:
    text = "1. Scope\n\nThe tool is lent.\n\nOrder\n\nOrders are written.\n\n2. Price\n\nIt is low.\n"
    assert parts(text, "en") == [("main", "")]


def test_read_provisions_marked_heading_ends_the_provision_above() -> None:
    text = "1. Scope\n\nThe hall is let.\n\nGeneral remarks\n\nThe hall is old.\n\n2. Price\n\nIt is low.\n"
    start = text.index("General")
    mark = Mark(kind=MarkKind.HEADING, start=start, end=start + 15, level=2, value="General remarks")
    nodes = read_provisions(text=text, language="en", marks=[mark])
    [scope] = [node for node in nodes if node.label == "Section 1"]
    assert text[scope.body : scope.end] == "The hall is let."


@pytest.mark.parametrize(
    ("start", "unit"),
    [
        ("제1조(", "가"),
        ("1.1 ", "A"),
        *[("", unit) for unit in ("(a) ", "제1조 ", "Section 1.1, ", " ", "부 ", "[1] ", "SCHEDULE ")],
    ],
)
@pytest.mark.parametrize("language", ["en", "ko"])
def test_read_provisions_long_lines_cost_linear_time(start: str, unit: str, language: str) -> None:
    def text_of(num_chars: int) -> str:
        line = start + unit * (num_chars // len(unit))
        return f"1. Scope\n\n{line}\n\n2. Rest\n\n{line}"

    assert_linear(lambda text: read_provisions(text=text, language=language), text_of, size=4_000)


_LINES = [
    "제1조 (목적) 정한다.", "① 하나", "② 둘", "1. 호", "가. 목", "부칙", "[별표 1]", "이 유",
        "제2장 요금", "", "4.1 Rent. It is due.",
    "ARTICLE 4", "SECTION 5", "(a) one", "(b) two", "SCHEDULE A", "ORDER", "[1] One.", "1. One",
        "2. Two.", "SIDE LETTER",
]  # fmt: skip


@given(st.lists(st.sampled_from(_LINES), max_size=40))
def test_read_provisions_shuffled_lines_nest_inside_the_text(lines: list[str]) -> None:
    for language in ("en", "ko"):
        read("\n".join(lines), language)


@pytest.mark.parametrize(
    "line", ["제1조\n", "Contents\n1. A\n", "(a) x\n", "## 나루법 §3 제목\n\nx\n\n", "SCHEDULE A\n\n", "부칙\n\n① 가\n"]
)
@pytest.mark.parametrize("language", ["en", "ko"])
def test_read_provisions_many_lines_of_one_kind_cost_linear_time(line: str, language: str) -> None:
    assert_linear(
        lambda text: read_provisions(text=text, language=language),
        lambda count: f"1. Scope\n\n제1조(목적) 나루\n\n{line * count}",
        size=500,
    )


SECTIONS = "1. Fares\n\nEach guest pays two coins.\n\n2. Oars\n\nThe oars stay in the boat at night.\n"


@pytest.mark.parametrize(
    ("language", "behind"),
    [
        ("en", "Copyright © 1999-2012 Ferry Works. All rights reserved.\nWeb site: http://ferry.example/"),
        ("en", "Copyright (c) 2004 Ferry Works"),
        ("en", "© 2004 Ferry Works"),
        ("en", "This license is copyright © 2006 Bo Lind. All rights reserved."),
        ("en", "END OF TERMS AND CONDITIONS\n\nThe keeper is Bo."),
        ("en", "Last updated: 2 May 2020\n\nThe keeper is Bo."),
        ("en", "Keeper: ____________\n\nDate: ____________"),
        ("en", "For and on behalf of Ferry Works\n\nBo Lind"),
        ("ko", "저작권 ⓒ 2020 나루. 모든 권리를 보유한다."),
    ],
)
def test_read_provisions_copyright_lines_and_signatures_behind_the_last_section_are_in_none(
    language: str, behind: str
) -> None:
    text = SECTIONS if language == "en" else "제1조 (요금) 손님은 두 냥을 낸다.\n\n제2조 (노) 노는 밤에 배에 둔다.\n"
    label = "Section 2" if language == "en" else "제2조"
    whole = body_of(text, language, label).strip()
    assert whole and body_of(f"{text}\n{behind}\n", language, label).strip() == whole


def test_read_provisions_copyright_line_that_a_section_announces_stays_in_it() -> None:
    text = f"{SECTIONS}\n3. Notice\n\nCopies bear this line:\n\nCopyright (c) 2004 Ferry Works\n"
    assert "Ferry Works" in body_of(text, "en", "Section 3")


@pytest.mark.parametrize(
    "links",
    [
        "1. http://ferry.example/rules/\n2. gopher://ferry.example/1/rules/\n",
        "1. <https://ferry.example/rules/>\n2. keeper@ferry.example\n3. www.ferry.example\n",
    ],
)
def test_read_provisions_numbered_links_are_no_provisions(links: str) -> None:
    assert labels(f"FERRY RULES\n\nThe ferry crosses by day [1].\n\nReferences\n\n{links}", "en") == []
    assert labels(f"{SECTIONS}\n{links}", "en") == ["Section 1", "Section 2"]


@pytest.mark.parametrize(
    ("language", "heading", "entries"),
    [
        ("en", "References", "1. Bo Lind, Ferries of the North, 2004.\n2. Ada Marsh, Oars, 2007.\n"),
        ("en", "## Bibliography", "1. Bo Lind, Ferries of the North, 2004.\n2. Ada Marsh, Oars, 2007.\n"),
        ("ko", "참고문헌", "1. 김나루, 나룻배의 역사, 2004.\n2. 이사공, 노 젓는 법, 2007.\n"),
    ],
)
def test_read_provisions_list_of_references_at_the_end_holds_no_provisions(
    language: str, heading: str, entries: str
) -> None:
    said = "The ferry crosses by day. " * 20 if language == "en" else "나룻배는 낮에 건넌다. " * 30
    assert labels(f"{said}\n\n{heading}\n\n{entries}", language) == []


def test_read_provisions_contents_that_end_with_references_do_not_hide_the_sections() -> None:
    body = SECTIONS.replace("night.", f"night. {'The keeper rings the bell. ' * 20}")
    assert labels(f"References\n\n{body}", "en") == ["Section 1", "Section 2"]
