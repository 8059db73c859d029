"""What a segment may hold: texts that tell something, and blocks that are never shown; joining of units."""

from dataclasses import replace
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st
from synthesis_documents import context_of

from pipeline.synthesize.segmenting.bare import (
    is_contents,
    is_contents_title,
    is_licence_notice,
    is_to_be_signed,
    plain_title,
)
from pipeline.synthesize.segmenting.telling import is_telling
from pipeline.synthesize.segmenting.units import Unit, filled_segments
from pipeline.synthesize.segments import document_segments, text_pieces


@pytest.mark.parametrize(
    ("sentence", "language"),
    [
        ("The Board shall repair the roof within 45 days.", "en"),
        ("Press the red button until the light of the pump turns green", "en"),
        ("Use `--force` to overwrite the file that is there.", "en"),
        ("갑은 하자 통지를 받은 날부터 부품을 교체한다.", "ko"),
        ("육아휴직에 따른 추가 재정소요가 예상됨.", "ko"),
        ("설정을 바꾼 뒤에는 서버를 다시 시작해야 합니다", "ko"),
    ],
)
def test_is_telling_accepts_sentences_and_long_phrases(sentence, language):
    assert is_telling(sentence, language)


@pytest.mark.parametrize(
    ("line", "language"),
    [
        ("SUPPLY AGREEMENT", "en"),
        ("Payment and Delivery Terms", "en"),
        ("12 | bar | 4.5 | x |", "en"),
        ("Richard Cordray, Director, Bureau", "en"),
        ("https://example.org/2019/11/21/leasing", "en"),
        ("물품공급계약서", "ko"),
        ("발의연월일 : 2010. 11. 12.", "ko"),
        ("대표이사 도재경", "ko"),
        ("정의화․이명수․김을동", "ko"),
    ],
)
def test_is_telling_refuses_titles_names_and_rows(line, language):
    assert not is_telling(line, language)


TITLES = frozenset(
    map(plain_title, ["§ 1004.1 Authority, purpose, and scope.", "2. Payment", "제1장 총칙", "제2장 대금"])
)


@pytest.mark.parametrize(
    "block",
    [
        "Terms and conditions .... 2\nPayment of the rent ..... 3",
        "1. Authority, purpose, and scope\n2. Payment\n3. Authority, purpose, and scope",
        "제1장 총칙\n제2장 대금\n제1장 총칙",
        "제1장 총칙 ······· 1\n제9장 보칙 ······· 12",
        "- [Install](#install)\n- [Use](#use)\n- [Remove](remove.html)",
        "Introduction\t3\nSafety\t5\nRepairs\t9",
    ],
)
def test_is_contents_finds_lists_of_titles_page_numbers_and_links(block):
    assert is_contents(block.split("\n"), TITLES)


@pytest.mark.parametrize(
    "block",
    [
        "The tenant pays the rent …\nThe owner repairs the roof.\nBoth sign the lease.",
        "- Close the valve.\n- Open the drain.\n- Wait for ten minutes.",
        "2. Payment\nThe buyer pays within 30 days after the invoice.",
        "See [the guide](guide.html) for the steps.\nThen start.\nStop again.",
        "연금보증의 보증기준에 해당되는 주택을 담보로 하는 등기에 대…",
    ],
)
def test_is_contents_leaves_text_alone(block):
    assert not is_contents(block.split("\n"), TITLES)


def test_is_contents_title_knows_the_words_of_each_language():
    assert all(map(is_contents_title, ["CONTENTS", "## Table of Contents", "목 차", "차례", "[목차]"]))
    assert not any(map(is_contents_title, ["Content of the notice", "차례대로 설치하기", ""]))


@pytest.mark.parametrize(
    "block",
    [
        "# Copyright (c) 2024 The Shop\n# All rights reserved.",
        "# SPDX-License-Identifier: Apache-2.0",
        "Permission is hereby granted, free of charge, to any person who obtains a copy.",
        "저작권 (c) 2023 새봄소프트. 이 프로그램의 저작권은 새봄소프트에 있습니다.",
    ],
)
def test_is_licence_notice_finds_notices(block):
    assert is_licence_notice(block)


def test_is_licence_notice_leaves_advice_about_licences_alone():
    advice = (
        "- Build the package in a clean room and test that it installs, and that it can be removed and purged again.\n"
    )
    assert not is_licence_notice(f"{advice}- Look for files with “All rights reserved” headers.")


def test_is_to_be_signed_finds_lines_for_signatures_in_each_language():
    assert is_to_be_signed(["By: ____________", "Name: Owain Tudor", "Title: Treasurer"])
    assert is_to_be_signed(["2022년 5월 9일  갑 류경임 (인)"])
    assert is_to_be_signed(["대표자: 남궁현 (인)", "주 소 : 천안시 서북구"])
    assert not is_to_be_signed(["The parties sign the lease.", "Each keeps a copy of it."])


def test_document_segments_of_a_korean_contract_leave_out_contents_and_signatures():
    terms = "을은 갑에게 매월 말일까지 대금을 지급한다. 을은 지급이 늦으면 연 6퍼센트의 이자를 더하여 지급한다."
    contents = "목 차\n\n제1조 대금 ······ 1\n제2조 하자 ······ 2"
    text = f"물품공급계약서\n\n{contents}\n\n{terms}\n\n갑: 주식회사 서진테크 대표이사 도재경 (인)\n"
    context = context_of(text, language="ko")
    assert [text[s.start : s.end] for s in document_segments(context, max_chars=400)] == [terms]


def test_document_segments_leave_out_a_title_that_is_as_long_as_a_sentence():
    told = "대통령령이 정하는 기준을 충족하는 학과의 수업연한은 4년으로 한다. 학사학위는 학칙에 따라 수여한다."
    title = "하도급거래 공정화에 관한 법률 일부개정법률안\n\n(유선호의원 대표발의 )\n\n발의연월일 : 2010.  11.  15."
    text = f"{title}\n\n{told}"
    spans = document_segments(context_of(text, language="ko"), max_chars=400)
    assert [text[s.start : s.end] for s in spans] == [told]


def test_document_segments_of_code_show_a_module_text_below_its_licence():
    told = '"""Reads the tariff that is in force since February, and adds the tax of the year to each price of it."""'
    text = f"# SPDX-License-Identifier: MIT\n{told}\n\nimport os\n\n\ndef total(price):\n    return price * 1.2\n"
    context = replace(context_of(text, domain="code"), title="tariff.py")
    segments = [text[s.start : s.end] for s in document_segments(context, max_chars=400)]
    assert segments == [told]


@st.composite
def unit_lists(draw):
    units, position, run, group = [], 0, 0, 0
    for _ in range(draw(st.integers(0, 25))):
        run += draw(st.sampled_from([0, 0, 0, 1]))
        group += draw(st.sampled_from([0, 0, 1]))
        length = draw(st.integers(1, 120))
        is_heading = draw(st.sampled_from([False, False, True]))
        told = 0 if is_heading else draw(st.integers(0, length))
        units.append(
            Unit(
                position,
                position + length,
                run,
                group,
                1 + group % 3,
                told,
                is_heading or draw(st.booleans()),
                is_heading,
            )
        )
        position += length + draw(st.integers(0, 3))
    return units


def filled(units, max_chars, *, min_told=0):
    return filled_segments(
        units, max_chars=max_chars, filled_chars=max_chars // 2, min_told=min_told, min_told_share=0.0
    )


@given(unit_lists(), st.integers(1, 300))
def test_filled_segments_fit_ascend_and_cut_no_unit(units, max_chars):
    segments = filled(units, max_chars)
    starts, ends = {unit.start for unit in units}, {unit.end for unit in units}
    assert all(s.start in starts and s.end in ends and s.end - s.start <= max_chars for s in segments)
    assert all(one.end <= other.start for one, other in pairwise(segments))


@given(unit_lists(), st.integers(1, 300))
def test_filled_segments_go_over_no_gap_and_hold_every_unit_with_text_that_fits(units, max_chars):
    segments = filled(units, max_chars)
    for segment in segments:
        assert len({unit.run for unit in units if segment.start <= unit.start < segment.end}) == 1
    for unit in units:
        if not unit.is_heading and unit.end - unit.start <= max_chars:
            assert any(s.start <= unit.start and unit.end <= s.end for s in segments)


def test_filled_segments_keep_a_heading_with_its_text_and_drop_one_without():
    heading = Unit(0, 10, 0, 0, 1, 0, is_bound=True, is_heading=True)
    text = Unit(12, 60, 0, 0, 1, 48)
    last = Unit(62, 70, 0, 1, 1, 0, is_bound=True, is_heading=True)
    assert [(s.start, s.end) for s in filled([heading, text, last], 100)] == [(0, 60)]
    assert filled([heading, last], 100) == []


def test_filled_segments_leave_out_what_tells_too_little():
    assert filled([Unit(0, 50, 0, 0, 1, 19)], 100, min_told=20) == []
    assert len(filled([Unit(0, 50, 0, 0, 1, 20)], 100, min_told=20)) == 1


@given(st.text(alphabet="Aab .\n갑다.", max_size=300), st.integers(1, 120))
def test_text_pieces_ascend_and_fit(text, max_chars):
    pieces = text_pieces(text, max_chars=max_chars)
    assert all(0 <= p.start < p.end <= len(text) and p.end - p.start <= max_chars for p in pieces)
    assert all(one.end <= other.start for one, other in pairwise(pieces))
