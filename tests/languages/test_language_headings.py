"""Headings that each language reads from one line, and what both share about captions and prose."""

from __future__ import annotations

import re

import pytest

from pipeline.languages import language_rules
from pipeline.languages.heading_rules import (
    Heading,
    HeadingReader,
    LineContext,
    Rank,
    captioned,
    clip,
    ends_sentence,
    has_predicate,
    is_prose,
)


def read(readers: tuple[HeadingReader, ...], line: str) -> Heading | None:
    context = LineContext(line=line, after_blank=True, before_blank=True, next_text="")
    return next((found for reader in readers if (found := reader(context)) is not None), None)


@pytest.mark.parametrize(
    ("line", "expected"),
    [
        ("제4조(보증금) 임차인은 낸다", Heading(Rank.CLAUSE, "제4조 (보증금)", "제조", 4)),
        ("제4조의2 (차임)", Heading(Rank.CLAUSE, "제4조의2 (차임)", "제조", 4)),
        ("제 4 조 【목적】", Heading(Rank.CLAUSE, "제4조 【목적】", "제조", 4)),
        ("제4조 ①갑은", Heading(Rank.CLAUSE, "제4조", "제조", 4)),
        ("제4조 삭제", Heading(Rank.CLAUSE, "제4조", "제조", 4)),
        ("제12조", Heading(Rank.CLAUSE, "제12조", "제조", 12)),
        ("제4조 및 제5조", None),
        ("제4조 제1항에 따라", None),
        ("제1편 총칙", Heading(Rank.BOOK, "제1편 총칙", "편", -1)),
        ("제2장 임대", Heading(Rank.CHAPTER, "제2장 임대", "장", -1)),
        ("제3절 차임", Heading(Rank.DIVISION, "제3절 차임", "절", -1)),
        ("제4관 보칙", Heading(Rank.SUBDIVISION, "제4관 보칙", "관", -1)),
        ("제2장에서 정한 바에 따라 이를 지급하여야 한다", None),
        ("제2장 " + "가" * 56, Heading(Rank.CHAPTER, "제2장 " + "가" * 56, "장", -1)),
        ("제2장 " + "가" * 57, None),
        ("별표 1", Heading(Rank.PART, "별표 1", "part", -1)),
        ("부 칙 <제100호>", Heading(Rank.PART, "부 칙 <제100호>", "part", -1)),
        ("[별지 제1호]", Heading(Rank.PART, "[별지 제1호]", "part", -1)),
        ("제2차 변경계약", Heading(Rank.PART, "제2차 변경계약", "part", -1)),
        ("특약합의서", Heading(Rank.PART, "특약합의서", "part", -1)),
        ("별표 1 " + "가" * 75, Heading(Rank.PART, "별표 1 " + "가" * 75, "part", -1)),
        ("별표 1 " + "가" * 76, None),
        ("주 문", Heading(Rank.CHAPTER, "주문", "caps", -1)),
        ("【이 유】", Heading(Rank.CHAPTER, "이유", "caps", -1)),
        ("이유를 본다", None),
    ],
)
def test_korean_line_of_a_legal_text_is_a_heading(line: str, expected: Heading | None) -> None:
    assert read(language_rules("ko").headings.in_legal, line) == expected


@pytest.mark.parametrize(
    ("line", "expected"),
    [
        ("SCHEDULE A", Heading(Rank.PART, "SCHEDULE A", "part", -1)),
        ("Schedule 2: Prices", Heading(Rank.PART, "Schedule 2: Prices", "part", -1)),
        ("Schedule B shall apply.", None),
        ("Exhibit A-1 Floor plan", Heading(Rank.PART, "Exhibit A-1 Floor plan", "part", -1)),
        ("FIRST AMENDMENT TO LEASE", Heading(Rank.PART, "FIRST AMENDMENT TO LEASE", "part", -1)),
        ("Second Amendment to the Lease", Heading(Rank.PART, "Second Amendment to the Lease", "part", -1)),
        ("ADDENDUM", Heading(Rank.PART, "ADDENDUM", "part", -1)),
        ("ADDENDUM:", None),
        ("ARTICLE IV", Heading(Rank.CHAPTER, "ARTICLE IV", "article", -1)),
        ("Article 4. Definitions", Heading(Rank.CHAPTER, "Article 4. Definitions", "article", -1)),
        ("Article 4 is deleted.", None),
        ("Part II General", Heading(Rank.BOOK, "Part II General", "part", -1)),
        ("TITLE 3", Heading(Rank.BOOK, "TITLE 3", "title", -1)),
        ("CHAPTER 3: Rules", Heading(Rank.BOOK, "CHAPTER 3: Rules", "chapter", -1)),
        ("Subpart B—Notices", Heading(Rank.CHAPTER, "Subpart B—Notices", "subpart", -1)),
        ("Section 7. Term", Heading(Rank.CLAUSE, "Section 7. Term", "section", -1)),
        ("§ 1002.3 Notices", Heading(Rank.CLAUSE, "§ 1002.3 Notices", "section", -1)),
        ("Section 4.1 Rent", Heading(22, "Section 4.1 Rent", "section", -1)),  # type: ignore[arg-type]
        ("Section 4.1.2.3 Rent", Heading(24, "Section 4.1.2.3 Rent", "section", -1)),  # type: ignore[arg-type]
        ("Clause 9", Heading(Rank.CLAUSE, "Clause 9", "section", -1)),
        ("SECTION 3 shall survive", None),
        (
            "Section 12. Notices. All notices are in writing.",
            Heading(Rank.CLAUSE, "Section 12. Notices", "section", -1),
        ),
    ],
)
def test_english_line_of_a_legal_text_is_a_heading(line: str, expected: Heading | None) -> None:
    assert read(language_rules("en").headings.in_legal, line) == expected


def test_parts_are_headings_in_korean_dialogue_too() -> None:
    assert read(language_rules("ko").headings.in_dialogue, "부칙") == Heading(Rank.PART, "부칙", "part", -1)
    assert read(language_rules("ko").headings.in_dialogue, "제4조(목적)") is None


def test_ranks_stand_in_order_of_what_holds_what() -> None:
    assert [(rank.name, int(rank)) for rank in Rank] == [
        *(("PART", 10), ("BOOK", 12), ("CHAPTER", 13), ("DIVISION", 14), ("SUBDIVISION", 15)),
        *(("CAPTION", 17), ("CLAUSE", 20), ("NUMBERED_2", 22), ("LETTERED", 26)),
    ]


@pytest.mark.parametrize(
    ("language", "chapters", "agendas"),
    [
        ("ko", ["제3장 설치", "부록 A", "제1부"], ["안건 2", "제3호 안건", "S#12", "장면 4", "의안 제3", "[안건"]),
        (
            "en",
            ["Chapter 3 Setup", "Appendix B", "Part IV"],
            ["ITEM 3", "AGENDA ITEM 4", "Agenda item 2", "Item 4:", "SCENE 1", "Act II"],
        ),
    ],
)
def test_chapters_of_manuals_and_items_of_an_agenda(language: str, chapters: list[str], agendas: list[str]) -> None:
    rules = language_rules(language).headings
    assert [line for line in [*chapters, *agendas] if re.match(rules.chapter, line)] == chapters
    assert [line for line in [*chapters, *agendas] if re.match(rules.agenda, line)] == agendas


def test_line_that_opens_a_scene_is_in_capitals() -> None:
    lines = ["INT. KITCHEN - DAY", "EXT. YARD", "INT./EXT. CAR", "Int. Kitchen", "INT. A"]
    scenes = [line for line in lines if re.match(language_rules("en").headings.scene_line, line)]
    assert scenes == lines[:3]


@pytest.mark.parametrize("end", [*list(".?!:;,。…-·"), ".”", ".) ", '."', ".]"])
def test_line_that_ends_like_prose(end: str) -> None:
    assert ends_sentence(f"A{end}")


@pytest.mark.parametrize("end", ["", ")", '"', "1"])
def test_line_that_does_not_end_like_prose(end: str) -> None:
    assert not ends_sentence(f"A{end}")


@pytest.mark.parametrize(
    ("text", "closes"),
    [
        ("지급한다", True),
        ("지급합니다", True),
        ("할 수 있다", True),
        ("확인하세요", True),
        ("지급", False),
        ("pays", False),
    ],
)
def test_predicate_closes_a_korean_sentence(text: str, closes: bool) -> None:
    assert has_predicate(text) is closes


@pytest.mark.parametrize(
    ("rest", "expected"),
    [
        (" shall apply.", True),
        (" Prices", False),
        (": prices", False),
        ("— prices", False),
        ("", False),
        (" " + "A" * 60 + ".", True),
        (" " + "A" * 59 + ".", False),
        (" 지급한다.", True),
    ],
)
def test_rest_of_a_heading_line_reads_as_prose(rest: str, expected: bool) -> None:
    assert is_prose(rest) is expected


@pytest.mark.parametrize(
    ("line", "number_end", "caption_words", "expected"),
    [
        ("Section 7", 9, 14, "Section 7"),
        ("Section 7. Term", 9, 14, "Section 7. Term"),
        ("Section 7 shall", 9, 14, ""),
        ("Section 12. Notices. All notices are in writing.", 10, 14, "Section 12. Notices"),
        (
            "Section 12. All notices under this lease are in writing.",
            10,
            14,
            "Section 12. All notices under this lease are in writing",
        ),
        ("Section 12. All notices under this lease are in writing.", 10, 5, ""),
        (
            "Section 3. One two three four five. It then goes on to say more.",
            9,
            5,
            "Section 3. One two three four five",
        ),
        ("Section 3. One two three four five six. It then goes on to say more.", 9, 5, ""),
        ("Section 3. Paid in 2024. It then goes on to say more than this.", 9, 5, ""),
        ("Section 3. Term: one. It then goes on to say more than this.", 9, 5, ""),
        ("Section 3. " + "Wo " * 11 + "Wo", 9, 5, "Section 3. " + "Wo " * 11 + "Wo"),
        ("Section 3. " + "Wo " * 12 + "Wo", 9, 5, ""),
        ("Section 3. " + "W" * 80, 9, 5, "Section 3. " + "W" * 80),
        ("Section 3. " + "W" * 81, 9, 5, ""),
    ],
)
def test_caption_is_what_stands_before_the_text(line: str, number_end: int, caption_words: int, expected: str) -> None:
    assert captioned(line, number_end, caption_words=caption_words) == expected


def test_title_is_one_line_of_120_characters_at_most() -> None:
    assert clip(" a\n  b ") == "a b"
    assert clip("x" * 130) == "x" * 120
