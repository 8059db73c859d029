"""Numbers and parts of provisions of each language: labels, names in parts, heads, items and parts."""

from __future__ import annotations

import pytest

from pipeline.languages import language_rules
from pipeline.languages.legal_rules import LegalRules
from pipeline.languages.provision_rules import Numerals, PartSort, ProvisionRules, Role


def legal(language: str) -> LegalRules:
    return language_rules(language).legal


def rules_of(language: str) -> ProvisionRules:
    rules = legal(language).provisions
    assert rules is not None
    return rules


@pytest.mark.parametrize(
    ("language", "noun", "number", "above", "label"),
    [
        ("ko", "조", "4", "", "제4조"),
        ("ko", "조", "4의2", "", "제4조의2"),
        ("ko", "조", "4_2", "", "제4조의2"),
        ("ko", "항", "③", "제4조", "제4조 제3항"),
        ("ko", "호", "2", "제4조 제3항", "제4조 제3항 제2호"),
        ("ko", "호", "2의3", "제4조", "제4조 제2호의3"),
        ("ko", "목", "가", "제4조 제2호", "제4조 제2호 가목"),
        ("ko", "하위 항", "2", "제3항", "제3의 2항"),
        ("ko", "하위 항", "2", "제3조", "제3조 2목"),
        ("en", "Section", "4.1", "Article 4", "Section 4.1"),
        ("en", "item", "a", "Section 4.1", "Section 4.1(a)"),
        ("en", "item", "a", "", "item a"),
        ("en", "paragraph in brackets", "12", "", "paragraph [12]"),
        ("en", "§", "1002.3", "", "§ 1002.3"),
    ],
)
def test_label_of_a_provision_names_it_inside_the_one_around_it(
    language: str, noun: str, number: str, above: str, label: str
) -> None:
    assert rules_of(language).label(noun, number, above) == label


@pytest.mark.parametrize(
    ("language", "label", "sort", "name", "named"),
    [
        ("ko", "제2조", PartSort.SUPPLEMENT, "부칙", "부칙 제2조"),
        ("en", "Section 4", PartSort.SCHEDULE, "Schedule 2", "item 4 of Schedule 2"),
        ("en", "Section 4.1", PartSort.SCHEDULE, "Schedule 2", "Section 4.1 of Schedule 2"),
        ("en", "Section 4(a)", PartSort.JUDGMENT, "Order", "item 4(a) of the Order"),
        ("en", "Section 4", PartSort.AMENDMENT, "First Amendment", "paragraph 4 of the First Amendment"),
        ("en", "Section 4.1", PartSort.AMENDMENT, "First Amendment", "Section 4.1 of the First Amendment"),
        ("en", "Section 4", PartSort.DOCUMENT, "Supply Agreement", "Section 4 of the Supply Agreement"),
        ("en", "Section 4", PartSort.DOCUMENT, "MIT", "Section 4 of MIT"),
    ],
)
def test_label_of_a_provision_is_named_with_its_part(
    language: str, label: str, sort: str, name: str, named: str
) -> None:
    assert rules_of(language).in_part(label, sort, name) == named


def test_part_without_numbers_is_called_by_its_name() -> None:
    english, korean = rules_of("en").whole, rules_of("ko").whole
    assert (english(PartSort.JUDGMENT, "Held"), english(PartSort.SCHEDULE, "Annex A")) == ("the part “Held”", "Annex A")
    assert (korean(PartSort.JUDGMENT, "이유"), korean(PartSort.SUPPLEMENT, "부칙")) == ("“이유” 부분", "부칙")


def head(language: str, line: str) -> tuple[str, Role, int, str, str] | None:
    for family in rules_of(language).heads:
        if match := family.pattern.match(line):
            groups = match.groupdict()
            return family.noun, family.role, family.rank, groups["num"], (groups.get("title") or "")
    return None


@pytest.mark.parametrize(
    ("language", "line", "expected"),
    [
        ("ko", "제1편 총칙", ("편", Role.CONTAINER, 1, "1", "")),
        ("ko", "제2장", ("장", Role.CONTAINER, 2, "2", "")),
        ("ko", "제3절 차임", ("절", Role.CONTAINER, 3, "3", "")),
        ("ko", "제4관의2 보칙", ("관", Role.CONTAINER, 4, "4", "")),
        ("ko", "제5조(목적) 이 법은", ("조", Role.ARTICLE, 0, "5", "목적")),
        ("ko", "제5조 임차인은", ("조", Role.ARTICLE, 0, "5", "")),
        ("ko", "제5조①", ("조", Role.ARTICLE, 0, "5", "")),
        ("ko", "제5조와 같이", None),
        ("en", "PART II", ("Part", Role.CONTAINER, 1, "II", "")),
        ("en", "Chapter 3: Rules", ("Chapter", Role.CONTAINER, 2, "3", "")),
        ("en", "Subpart B—Notices", ("Subpart", Role.CONTAINER, 3, "B", "")),
        ("en", "ARTICLE IV Rent", ("Article", Role.ARTICLE, 0, "IV", "")),
        ("en", "Sec. 4.1 Rent", ("Section", Role.SECTION, 0, "4.1", "")),
        ("en", "CLAUSE 9", ("Clause", Role.SECTION, 0, "9", "")),
        ("en", "§ 1002.3a Notices", ("§", Role.SIGN, 0, "1002.3a", "")),
        ("en", "Section 4(a) Rent", None),
        ("en", "Part of it", None),
    ],
)
def test_line_begins_with_the_number_of_a_provision(
    language: str, line: str, expected: tuple[str, Role, int, str, str] | None
) -> None:
    assert head(language, line) == expected


@pytest.mark.parametrize(
    ("language", "line", "expected"),
    [
        ("ko", "① 임차인은", ("항", Numerals.CIRCLED, 1)),
        ("ko", "2. 임차인은", ("호", Numerals.DIGITS, 2)),
        ("ko", "가. 임차인은", ("목", Numerals.SYLLABLES, 2)),
        ("ko", "2.5 배", None),
        ("en", "(a) the rent", ("item", Numerals.LETTERS, 2)),
        ("en", "b. the rent", ("item", Numerals.LETTERS, 2)),
        ("en", "(12) the rent", ("item", Numerals.DIGITS, 2)),
        ("en", "(ii) the rent", ("item", Numerals.ROMAN, 2)),
        ("en", "(B) the rent", ("item", Numerals.CAPITALS, 2)),
        ("en", "(a)the rent", None),
    ],
)
def test_line_begins_with_an_item(language: str, line: str, expected: tuple[str, Numerals, int] | None) -> None:
    found = [
        (family.noun, family.numerals, family.least)
        for family in rules_of(language).items
        if family.pattern.match(line)
    ]
    assert found == ([expected] if expected else [])


@pytest.mark.parametrize(
    ("language", "line", "sort", "name"),
    [
        ("ko", "부칙", PartSort.SUPPLEMENT, "부칙"),
        ("ko", "부칙<제100호>", PartSort.SUPPLEMENT, "부칙<제100호>"),
        ("ko", "신·구조문대비표", PartSort.COMPARISON, "신·구조문대비표"),
        ("ko", "법률제100호", PartSort.AMENDMENT, "법률제100호"),
        ("ko", "제안이유및주요내용", PartSort.REPORT, "제안이유및주요내용"),
        ("ko", "【주문】", PartSort.JUDGMENT, "주문"),
        ("ko", "이유", PartSort.JUDGMENT, "이유"),
        ("ko", "변경합의서", PartSort.AMENDMENT, "변경합의서"),
        ("ko", "[별표1]", PartSort.SCHEDULE, "별표1"),
        ("ko", "특약사항", PartSort.SCHEDULE, "특약사항"),
        ("en", "SCHEDULE A", PartSort.SCHEDULE, "SCHEDULE A"),
        ("en", "Annex IV: Prices", PartSort.SCHEDULE, "Annex IV"),
        ("en", "SCHEDULE II", PartSort.SCHEDULE, "SCHEDULE II"),
        ("en", "Schedule A-1 Prices", PartSort.SCHEDULE, "Schedule A-1"),
        ("en", "Exhibit 2B", PartSort.SCHEDULE, "Exhibit 2B"),
        ("en", "First Amendment to the Lease", PartSort.AMENDMENT, "First Amendment to the Lease"),
        ("en", "SIDE LETTER", PartSort.AMENDMENT, "SIDE LETTER"),
        ("en", "Held:", PartSort.JUDGMENT, "Held"),
        ("en", "II. Discussion", PartSort.JUDGMENT, "Discussion"),
    ],
)
def test_line_opens_a_part(language: str, line: str, sort: PartSort, name: str) -> None:
    found = [(one.sort, match["name"]) for one in rules_of(language).parts if (match := one.pattern.fullmatch(line))]
    assert found[0] == (sort, name)


@pytest.mark.parametrize(
    ("language", "lines", "others"),
    [
        ("ko", ["임대차 계약서", "이용약관", "정보통신 법률", "표준 정관"], ["계약서.", "계약"]),
        (
            "en",
            ["LEASE AGREEMENT", "Software License Agreement", "Terms of Use", "Privacy Policy"],
            ["the lease", "Rent"],
        ),
    ],
)
def test_line_that_names_a_document(language: str, lines: list[str], others: list[str]) -> None:
    pattern = rules_of(language).document_title
    assert pattern is not None
    assert [line for line in [*lines, *others] if pattern.fullmatch(line)] == lines


@pytest.mark.parametrize(
    ("language", "label", "noun"),
    [
        ("ko", "제4조", "조항"),
        ("ko", "3절", "절"),
        ("en", "Section 4", "section"),
        ("en", "§ 4", "section"),
        ("en", "Article 2", "article"),
    ],
)
def test_provision_of_which_only_the_heading_is_known_has_a_noun(language: str, label: str, noun: str) -> None:
    assert legal(language).provision_noun(label) == noun


def test_plain_numbers_contents_and_repealed_provisions() -> None:
    english, korean = rules_of("en"), rules_of("ko")
    assert (english.decimals, korean.decimals) == ("Section", "")
    assert (english.plain, korean.plain) == ("", "항")
    assert korean.syllables == "가나다라마바사아자차카타파하"
    assert english.contents is not None and korean.contents is not None
    assert english.contents.fullmatch("Table of Contents") and korean.contents.fullmatch("목 차")
    assert english.usual_noun is not None
    assert english.usual_noun.findall("see clause 4 and Sections 5") == ["clause", "Section"]
