"""Versions of generated contracts, whose differences are known by construction, and a second computation of them."""

from __future__ import annotations

import re

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from joined_rows import asked_across, joined_row, plain_document, table_rows

from pipeline.records import Candidate, Context, JoiningKind, Rejection

# Each clause: its title, and a text with one value that may differ between versions.
CLAUSES = {
    "en": (
        ("Supply", "The Seller shall deliver {} pumps to the Buyer.", ("40", "45", "60")),
        (
            "Price",
            "The price of the pumps is USD {}. The Buyer shall pay it by bank transfer.",
            ("4,800", "5,250", "9,100"),
        ),
        ("Warranty", "The Seller warrants each pump for {} months.", ("12", "24", "36")),
        ("Inspection", "The Buyer shall inspect the pumps within {} days after delivery.", ("5", "10", "14")),
        ("Governing Law", "This contract is governed by the law of {}.", ("Denmark", "Norway", "Portugal")),
        ("Term", "This contract ends on {}.", ("3 May 2024", "9 June 2025", "1 July 2026")),
    ),
    "ko": (
        ("목적물", "갑은 을에게 펌프 {}대를 공급한다.", ("40", "45", "60")),
        (
            "대금",
            "을은 갑에게 매월 대금 {}원을 지급한다. 대금은 계좌로 송금한다.",
            ("1,200,000", "1,350,000", "2,000,000"),
        ),
        ("하자", "갑은 물품을 인도한 날부터 {}개월 동안 하자를 책임진다.", ("12", "24", "36")),
        ("검수", "을은 물품을 받은 날부터 {}일 이내에 검수하여야 한다.", ("5", "10", "14")),
        ("관할", "이 계약에 관한 분쟁은 {}지방법원을 관할 법원으로 한다.", ("수원", "대전", "부산")),
        ("만료", "이 계약은 {}에 끝난다.", ("2024년 5월 3일", "2025년 6월 9일", "2026년 7월 1일")),
    ),
}
ADDED = {
    "en": ("Secrecy", "Each party keeps the plans of the other party secret."),
    "ko": ("비밀유지", "갑과 을은 상대방의 도면을 제3자에게 알려서는 아니 된다."),
}


def contract(language: str, values: list[int], added_at: int | None) -> str:
    clauses = [
        (title, text.format(options[value]))
        for (title, text, options), value in zip(CLAUSES[language], values, strict=True)
    ]
    if added_at is not None:
        clauses.insert(added_at, ADDED[language])
    heading = "SUPPLY CONTRACT" if language == "en" else "물품 공급 계약서"
    label = "{number}. {title}" if language == "en" else "제{number}조 ({title})"
    pieces = [
        f"{label.format(number=number, title=title)}\n\n{text}" for number, (title, text) in enumerate(clauses, 1)
    ]
    return "\n\n".join([heading, *pieces]) + "\n"


def ask(
    language: str, first: str, second: str, titles: tuple[str, str] = ("Draft of Bergen", "Draft of Oslo")
) -> tuple[list[Candidate], list[Rejection], Context]:
    documents = [
        plain_document(text, title=title, language=language)
        for text, title in zip((first, second), titles, strict=True)
    ]
    row = joined_row(documents, JoiningKind.VERSIONS)
    candidates, rejections = asked_across(row, "version_change")
    return candidates, rejections, row


VALUES = st.lists(st.integers(0, 2), min_size=6, max_size=6)


@settings(max_examples=30, deadline=None)
@given(language=st.sampled_from(["en", "ko"]), first=VALUES, second=VALUES, added_at=st.none() | st.integers(0, 6))
def test_version_change_of_generated_contracts_gives_the_changes_made(
    language: str, first: list[int], second: list[int], added_at: int | None
) -> None:
    changed = {index for index in range(6) if first[index] != second[index]}
    candidates, rejections, row = ask(language, contract(language, first, None), contract(language, second, added_at))
    by_form: dict[str, list[Candidate]] = {}
    for candidate in candidates:
        by_form.setdefault(candidate.form, []).append(candidate)
        assert all(row.text[item.start : item.end] == item.quote for item in candidate.evidence)
    if not changed and added_at is None:
        assert [rejection.reason for rejection in rejections] == ["no_difference"]
        return
    for candidate in by_form.get("version_change.table", []):
        found = {
            next(
                title
                for title in (*(clause[0] for clause in CLAUSES[language]), ADDED[language][0])
                if title.casefold() in cells[0].casefold()
            ): cells[1:]
            for cells in table_rows(candidate.answer)[1:]
        }
        assert set(found) == {CLAUSES[language][index][0] for index in changed} | (
            {ADDED[language][0]} if added_at is not None else set()
        )
        for index in changed:
            title, _, options = CLAUSES[language][index]
            assert options[first[index]] in found[title][0]
            assert options[second[index]] in found[title][1]
    num_whole = len(by_form.get("version_change.table", [])) + len(by_form.get("version_change.list", []))
    assert num_whole == 1 or len(changed) == 1 or (not changed and added_at is not None)
    for candidate in by_form.get("version_change.list", []):
        titles = [*(clause[0] for clause in CLAUSES[language]), ADDED[language][0]]
        told = {title for line in candidate.answer.split("\n") for title in titles if title in line}
        expected = {CLAUSES[language][index][0] for index in changed} | {ADDED[language][0]} - {
            ADDED[language][0] if added_at is None else ""
        }
        assert told == expected
        assert len(candidate.answer.split("\n")) == len(expected)
    for candidate in by_form.get("version_change.clause", []):
        (index,) = [
            at for at, clause in enumerate(CLAUSES[language]) if clause[0].casefold() in candidate.question.casefold()
        ]
        assert candidate.answer.startswith(("Yes", "예")) == (index in changed)
    for candidate in by_form.get("version_change.value", []):
        (index,) = [
            at for at, clause in enumerate(CLAUSES[language]) if clause[0].casefold() in candidate.question.casefold()
        ]
        lines = candidate.answer.split("\n")
        assert CLAUSES[language][index][2][first[index]] in lines[0]
        assert CLAUSES[language][index][2][second[index]] in lines[1]
    only_in = by_form.get("version_change.only_in", [])
    assert len(only_in) <= (added_at is not None)
    assert all(ADDED[language][0] in candidate.answer for candidate in only_in)
    assert all(candidate.family == "comparison" for candidate in candidates)


@settings(max_examples=20, deadline=None)
@given(first=VALUES, second=VALUES)
def test_version_change_table_agrees_with_a_second_computation(first: list[int], second: list[int]) -> None:
    """The second computation cuts the raw text at numbered lines and compares sets of sentences."""

    def cut(text: str) -> dict[str, list[str]]:
        pieces = re.split(r"(?m)^\d+\. (.+)$", text)[1:]
        return {
            title: re.split(r"(?<=\.)\s+", body.strip()) for title, body in zip(pieces[::2], pieces[1::2], strict=True)
        }

    texts = contract("en", first, None), contract("en", second, None)
    ours, theirs = cut(texts[0]), cut(texts[1])
    expected = [
        [
            " ".join(s for s in ours[title] if s not in theirs[title]),
            " ".join(s for s in theirs[title] if s not in ours[title]),
        ]
        for title in ours
        if ours[title] != theirs[title]
    ]
    tables = [one for one in ask("en", *texts)[0] if one.form == "version_change.table"]
    assert len(tables) <= 1
    assert all([cells[1:] for cells in table_rows(table.answer)[1:]] == expected for table in tables)


@pytest.mark.parametrize(
    ("second", "reason", "doubtful"),
    [
        ("1. Supply\n\nThe Seller shall deliver 40 pumps.\n", "few_pairs", ""),
        (contract("en", [0] * 6, None).replace("3. Warranty", "3. Guarantee"), "uncertain_pairs", "Warranty"),
        (contract("en", [0] * 6, None).replace("40 pumps", "40 pumps to [PHONE-1]"), "masked_personal_data", "Supply"),
    ],
)
def test_version_change_of_uncertain_provisions_is_asked_of_the_others_one_by_one(
    second: str, reason: str, doubtful: str
) -> None:
    candidates, rejections, _ = ask("en", contract("en", [0, 1, 0, 0, 0, 0], None), second)
    assert [rejection.reason for rejection in rejections] == [reason]
    assert bool(candidates) == bool(doubtful)
    assert all(one.form in ("version_change.clause", "version_change.value") for one in candidates)
    assert not any(doubtful in one.question for one in candidates)


@settings(max_examples=20, deadline=None)
@given(
    language=st.sampled_from(["en", "ko"]), first=st.integers(1, 90), second=st.integers(1, 90), in_main=st.booleans()
)
def test_version_change_in_an_annex_is_told_apart_from_the_main_part(
    language: str, first: int, second: int, in_main: bool
) -> None:
    annex = {
        "en": "Annex 1 Packing\n\n1. A crate holds {} pumps.\n\n2. Crates are sealed.\n\n3. Crates come back.\n",
        "ko": "별표 1 (포장)\n1. 상자 하나에 펌프 {}대를 담는다.\n2. 상자는 봉인한다.\n3. 상자는 반납한다.\n",
    }[language]
    main = [contract(language, [number, *[0] * 5], None) for number in (0, int(in_main))]
    texts = [f"{own}\n{annex.format(count)}" for own, count in zip(main, (first, second), strict=True)]
    candidates, _, _ = ask(language, *texts)
    tables = [one for one in candidates if one.form == "version_change.table"]
    told = [cells[0] for table in tables for cells in table_rows(table.answer)[1:]]
    titles = {"en": ("Annex 1", "Supply"), "ko": ("별표", "목적물")}[language]
    expected = [titles[1]] * in_main + [titles[0]] * (first != second)
    assert bool(expected) == any(
        one.form in ("version_change.list", "version_change.value") or one.answer.startswith(("Yes", "예", "|"))
        for one in candidates
    )
    assert not tables or all(title in cell for title, cell in zip(expected, told, strict=True))


def test_version_change_asks_of_no_provision_that_is_only_reserved() -> None:
    texts = [contract("en", [0, value, 0, 0, 0, 0], None) + "\n7. Spare\n\n[Reserved]\n" for value in (0, 1)]
    candidates, _, _ = ask("en", *texts)
    assert candidates
    assert not any("Reserved" in one.answer for one in candidates)


def test_version_change_of_documents_with_one_title_names_them_by_number() -> None:
    texts = contract("en", [0] * 6, None), contract("en", [0, 1, 0, 1, 0, 0], None)
    candidates, _, _ = ask("en", *texts, titles=("Contract", "Contract"))
    assert candidates
    assert all("ocument 1" in one.question and "document 2" in one.question.lower() for one in candidates)


def test_version_change_is_asked_of_versions_only() -> None:
    texts = contract("en", [0] * 6, None), contract("en", [0, 1, 0, 1, 0, 0], None)
    documents = [plain_document(text, title=text[-60:-40], language="en") for text in texts]
    assert asked_across(joined_row(documents, JoiningKind.NEAREST), "version_change") == ([], [])


def test_version_change_ignores_the_numbers_of_provisions_inside_but_not_a_value_at_the_start() -> None:
    first = contract("en", [0, 1, 0, 0, 0, 0], None)
    numbered = first.replace("The Seller warrants", "3.1 The Seller warrants").replace(
        "The price", "2.5 percent is due. The price"
    )
    candidates, _, _ = ask("en", numbered, numbered.replace("3.1 The", "3.2 The").replace("2.5 percent", "2.6 percent"))
    (asked,) = [one for one in candidates if one.answer.startswith("Yes") or one.form == "version_change.value"]
    assert "2.5 percent" in asked.answer
    assert "2.6 percent" in asked.answer
    assert "warrants" not in asked.answer


@pytest.mark.parametrize("bullet", ["•", "-", "."])
def test_version_change_list_with_bullets_is_not_quoted_on_one_line(bullet: str) -> None:
    first = contract("en", [0] * 6, None)
    plain = "The Buyer may not:\n\n{0}rent the pumps for {1} days;\n\n{0}paint the pumps; or\n\n{0}sell the pumps.\n"
    for mark, is_quoted in ((f"{bullet} ", False), ("", True)):
        texts = [first + f"\n7. Use\n\n{plain.format(mark, days)}" for days in (5, 9)]
        candidates, rejections, _ = ask("en", *texts)
        answers = [one.answer for one in candidates if "rent the pumps" in one.answer]
        assert bool(answers) is is_quoted
        assert ("list_in_cell" in {one.reason for one in rejections}) is not is_quoted
