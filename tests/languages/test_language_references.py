"""Mentions of provisions of each language: their keys, whose they are, and how keys belong together."""

from __future__ import annotations

import pytest

from pipeline.languages import language_rules
from pipeline.languages.reference_rules import Mention, ReferenceRules, Whose


def rules_of(language: str) -> ReferenceRules:
    rules = language_rules(language).legal.references
    assert rules is not None
    return rules


def written(text: str, mention: Mention) -> str:
    """The words, the keys (`..` before the end of a range), whose they are, and marks."""
    keys = " ".join(f"{'..' if number.ends_range else ''}{number.key}" for number in mention.numbers)
    marks = f"{' continues' if mention.continues else ''}{' weak' if mention.is_weak else ''}"
    name = f" {mention.name}" if mention.name else ""
    return f"{text[mention.start : mention.end]} | {keys} | {mention.whose.value}{name}{marks}"


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (
            "제4조의2 제1항 및 제3항",
            ["제4조의2 제1항 | 제4조의2제1항 | here", "제3항 | 제4조의2제3항 | here continues"],
        ),
        ("제3항부터 제5항까지", ["제3항부터 제5항까지 | 제3항 ..제5항 | relative"]),
        ("제3조 가목", ["제3조 가목 | 제3조가목 | here"]),
        ("제6호의 1세대", ["제6호 | 제6호 | relative"]),
        ("같은 조 제2항", ["같은 조 제2항 | 제2항 | unclear"]),
        ("전조 제1항", ["전조 제1항 | 제1항 | unclear"]),
        ("「민법」 제3조", ["「민법」 제3조 | 제3조 | foreign 민법"]),
        ("소득세법 제89조", ["소득세법 제89조 | 제89조 | foreign 소득세법"]),
        ("이 법 제7조", ["제7조 | 제7조 | own"]),
        ("원계약 제2조", ["제2조 | 제2조 | original"]),
        ("부칙 제1조", ["제1조 | 제1조 | named 부칙"]),
        ("별표 1 제3호", ["제3호 | 제3호 | unclear"]),
        ("제2장과 2.1절", ["제2장 | 제2장 | here weak", "2.1절 | 2.1절 | here weak"]),
        (
            "동법 제4조, 같은 조 제2항",
            ["제4조 | 제4조 | foreign", "같은 조 제2항 | 제4조제2항 | foreign continues"],
        ),
    ],
)
def test_korean_mention_has_its_whole_key_and_its_law(text: str, expected: list[str]) -> None:
    assert [written(text, mention) for mention in rules_of("ko").find(text)] == expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("Sections 4.1(a) and (b)", "Sections 4.1(a) and (b) | section4.1(a) section4.1(b) | here"),
        ("§§ 2 and 3", "§§ 2 and 3 | §2 §3 | here"),
        ("clauses 1, 3–5 and 7", "clauses 1, 3–5 and 7 | section1 section3 ..section5 section7 | here"),
        ("Section 4-6", "Section 4-6 | section4 ..section6 | here"),
        (
            "section 2(1)(a), (b) and (2)",
            "section 2(1)(a), (b) and (2) | section2(1)(a) section2(1)(b) section2(2) | here",
        ),
        ("Articles II to IV", "Articles II to IV | article2 ..article4 | here"),
        ("items 3 and 4", "items 3 and 4 | item3 item4 | here"),
        ("paragraph 4", "paragraph 4 | paragraph4 | here"),
        ("paragraph [12]", "paragraph [12] | ¶12 | here"),
        ("in 4.2", "in 4.2 | section4.2 | here weak"),
        ("Section 5 of this Agreement", "Section 5 of this Agreement | section5 | own"),
        ("paragraph (a) of this section", "paragraph (a) of this section | (a) | relative"),
        ("subsection (c)", "subsection (c) | (c) | relative"),
        ("Section 12 of the original Agreement", "Section 12 | section12 | original"),
        ("Section 3 of the Securities Act", "Section 3 | section3 | named Securities Act"),
        ("Section 9 of Schedule 2", "Section 9 | section9 | named Schedule 2"),
        ("Section 2 of the Lease", "Section 2 | section2 | named Lease"),
        ("29 U.S.C. § 621", "§ 621 | §621 | foreign"),
    ],
)
def test_english_mention_has_all_its_keys_and_its_document(text: str, expected: str) -> None:
    assert [written(text, mention) for mention in rules_of("en").find(text)] == [expected]


@pytest.mark.parametrize(
    ("language", "label", "key"),
    [
        ("ko", "제4조 의2 제1항", "제4조의2제1항"),
        ("en", "Section 4.1(a)", "section4.1(a)"),
        ("en", "clause 4.1(a)", "section4.1(a)"),
        ("en", "Article IV", "article4"),
        ("en", "Article XLII(b)", "article42(b)"),
        ("en", "§ 12", "§12"),
        ("en", "paragraph 3", "paragraph3"),
        ("en", "item 4", "item4"),
        ("en", "Part 2", "part2"),
        ("en", "Chapter 3", "chapter3"),
        ("en", "paragraph [12]", "¶12"),
    ],
)
def test_labels_that_mean_the_same_share_a_key(language: str, label: str, key: str) -> None:
    assert rules_of(language).key(label) == key


@pytest.mark.parametrize(
    ("language", "key", "outer", "others", "answer"),
    [
        ("ko", "제2조제1항제3호가목", "제2조제1항제3호", (), "제2조 제1항 제3호 가목"),
        ("ko", "제2조제1항제3호의2", "제2조제1항", (), "제2조 제1항 제3호의2"),
        ("ko", "제2조제1항", "제2조", (), "제2조 제1항"),
        ("ko", "제2조", "", (), "제2조"),
        ("ko", "제2장", "", ("2장",), "제2장"),
        ("en", "section4.1(a)", "section4.1", ("§4.1(a)", "paragraph4.1(a)"), "Section 4.1(a)"),
        ("en", "section4.1", "", ("§4.1", "paragraph4.1"), "Section 4.1"),
        ("en", "section4a", "section4", ("§4a", "paragraph4a"), "Section 4a"),
        ("en", "§12(b)(2)", "§12(b)", ("section12(b)(2)", "paragraph12(b)(2)"), "§ 12(b)(2)"),
        ("en", "article4", "", (), "Article 4"),
        ("en", "paragraph3", "", ("¶3", "section3", "§3"), "paragraph 3"),
        ("en", "item4", "", ("section4", "§4", "paragraph4"), "item 4"),
        ("en", "(a)", "", (), "(a)"),
    ],
)
def test_key_names_its_outer_provision_its_other_readings_and_its_answer(
    language: str, key: str, outer: str, others: tuple[str, ...], answer: str
) -> None:
    rules = rules_of(language)
    assert (rules.outer(key), rules.others(key), rules.written(key)) == (outer, others, answer)


def test_name_of_another_document_is_told_from_one_of_this_kind() -> None:
    english, korean = rules_of("en"), rules_of("ko")
    assert [name for name in ("Securities Act", "the Lease", "", "Agreement") if english.is_other(name)] == [
        "Securities Act"
    ]
    assert [name for name in ("민법", "임대차계약", "", "부칙") if korean.is_other(name)] == ["민법"]
    assert english.own_part == {"paragraph", "item"}
    assert korean.own_part == frozenset()


def test_number_of_a_mention_begins_behind_the_name_of_its_law() -> None:
    text = "갑은 「민법」 제3조를 따른다."
    (mention,) = rules_of("ko").find(text)
    assert (mention.start, mention.start_of_number) == (text.index("「"), text.index("제3조"))
    assert mention.whose is Whose.FOREIGN


@pytest.mark.parametrize("joint", [" to ", " through ", "–", " – ", "—", "~"])
def test_english_range_is_one_by_every_word_and_sign_for_it(joint: str) -> None:
    for noun, keys in (("Sections", "section"), ("§§", "§"), ("paragraphs", "paragraph"), ("Articles", "article")):
        text = f"{noun} 3{joint}7, 9 and 11"
        (mention,) = rules_of("en").find(text)
        assert written(text, mention) == f"{text} | {keys}3 ..{keys}7 {keys}9 {keys}11 | here"
    for lettered in (f"Section 4.1(a){joint}(c)", f"clauses 4.1(a){joint}4.1(c)"):
        (mention,) = rules_of("en").find(lettered)
        assert [(number.key, number.ends_range) for number in mention.numbers] == [
            ("section4.1(a)", False),
            ("section4.1(c)", True),
        ]


@pytest.mark.parametrize(
    ("same", "first", "name"),
    [
        ("같은 법", "「소득세법」 제89조", "소득세법"),
        ("같은법", "「소득세법」 제89조", "소득세법"),
        ("동법", "소득세법 제89조", "소득세법"),
        ("같은 법률", "「소비자 보호에 관한 법률」 제2조", "소비자 보호에 관한 법률"),
        ("같은 영", "「소득세법 시행령」 제5조", "소득세법 시행령"),
        ("동 규칙", "「주차장 규칙」 제5조", "주차장 규칙"),
        ("같은 조례", "「서울시 주차장 조례」 제5조", "서울시 주차장 조례"),
        ("같은 법", "「민법」 제3조를 적용하고, 「상법」 제5조", "상법"),
        ("같은 법", "「민법」(이하 “모법”이라 한다) 제3조", "민법"),
    ],
)
def test_korean_provision_of_the_same_law_bears_the_name_of_the_law_cited_last(
    same: str, first: str, name: str
) -> None:
    for between in ("에 따른 날과 ", "에 따른다. 이 경우 ", "를 적용한다.\n"):
        text = f"{first}{between}{same} 제95조 제2항을 따른다."
        *_, mention = rules_of("ko").find(text)
        assert (mention.whose, mention.name) == (Whose.FOREIGN, name), text
        assert [number.key for number in mention.numbers] == ["제95조제2항"]
