"""Claims side by side: right on judgments whose claims are known, refused if a part is doubled or masked."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from structural_documents import findings, refused, slots_of

from pipeline.languages import language_rules
from pipeline.languages.claim_rules import Side
from pipeline.records import TaskFamily
from pipeline.synthesize.structural.facts import Findings
from pipeline.synthesize.tasks.claims import CLAIMS_OPENINGS, CLAIMS_TABLE

THINGS = ("roof", "cellar", "pump", "gate", "kiln", "fence", "lift", "well")
KOREAN_THINGS = ("지붕", "지하실", "배수", "대문", "가마", "담장", "승강기", "우물")


def korean_claim(number: int, amount: int) -> str:
    thing = KOREAN_THINGS[number % len(KOREAN_THINGS)]
    return f"{number + 1}) 2023. 5. {number + 1}. {thing} 공사비 {amount:,}원을 지급하여야 한다. 그 밖의 다툼은 없다."


def english_claim(number: int, amount: int) -> str:
    thing = THINGS[number % len(THINGS)]
    return f"[{number + 7}] The work on the {thing} cost EUR {amount:,} and nobody paid for it. {LONG}"


LONG = "The witnesses described the weather of that week at great length and without any doubt. " * 3


def korean_judgment(claiming: Sequence[str], opposing: Sequence[str]) -> str:
    return (
        "한결지방법원\n판결\n\n주문\n\n1. 원고의 청구를 기각한다.\n\n이유\n\n"
        "1. 기초사실\n\n가. 원고는 건물을 소유한다.\n\n"
        "2. 당사자들의 주장\n\n가. 원고의 주장\n"
        + "\n".join(claiming)
        + "\n\n나. 피고의 주장\n"
        + "\n".join(opposing)
        + "\n\n3. 판단\n\n가. 지붕\n1) 지붕 공사는 끝나지 아니하였다.\n\n4. 결론\n\n원고의 청구는 이유 없다.\n"
    )


def english_judgment(claiming: Sequence[str], opposing: Sequence[str]) -> str:
    return (
        "HIGH COURT OF TARN\n\nCase No. 12\n\nJUDGMENT\n\nIntroduction\n\n[1] This is a case about a house.\n\n"
        "The plaintiff's claims\n\n"
        + "\n\n".join(claiming)
        + "\n\nThe defendant's case\n\n"
        + "\n\n".join(opposing)
        + "\n\nReasoning\n\n[30] The house was never finished.\n\nORDER\n\n1. The claim is dismissed.\n"
    )


def claims(text: str, language: str) -> Findings:
    return findings(text, "claims", domain="legal", language=language)


AMOUNTS = st.lists(st.integers(1_000, 9_000_000), min_size=1, max_size=4)


@settings(max_examples=20, deadline=None)
@given(claiming=AMOUNTS, opposing=AMOUNTS)
def test_claims_short_parts_become_a_table(claiming: list[int], opposing: list[int]) -> None:
    sides = [[korean_claim(at, amount) for at, amount in enumerate(side)] for side in (claiming, opposing)]
    (fact,) = claims(korean_judgment(*sides), "ko").facts
    assert fact.form is CLAIMS_TABLE and fact.form.family is TaskFamily.COMPARISON
    assert fact.answer.splitlines() == [
        "| 당사자 | 주장 |",
        "| --- | --- |",
        f"| 원고 | {' '.join(sides[0])} |",
        f"| 피고 | {' '.join(sides[1])} |",
    ]
    assert slots_of(fact) == {"one": "원고의 주장", "other": "피고의 주장"}
    assert len(fact.spans) == len(claiming) + len(opposing)


@settings(max_examples=20, deadline=None)
@given(claiming=AMOUNTS.filter(lambda amounts: len(amounts) > 1), opposing=AMOUNTS.filter(lambda some: len(some) > 1))
def test_claims_long_parts_become_lists_of_first_sentences(claiming: list[int], opposing: list[int]) -> None:
    sides = [[english_claim(at, amount) for at, amount in enumerate(side)] for side in (claiming, opposing)]
    (fact,) = claims(english_judgment(*sides), "en").facts
    first = [[f"- {re.sub(r'^.*?[]] ', '', claim).split(' The witnesses')[0]}" for claim in side] for side in sides]
    assert fact.form is CLAIMS_OPENINGS
    assert fact.answer.splitlines() == ["Plaintiff:", *first[0], "Defendant:", *first[1]]


@settings(max_examples=10, deadline=None)
@given(amounts=st.lists(st.integers(1_000, 9_000_000), min_size=12, max_size=12))
def test_claims_first_sentence_goes_on_over_a_korean_date(amounts: list[int]) -> None:
    side = [korean_claim(at, amount) for at, amount in enumerate(amounts)]
    (fact,) = claims(korean_judgment(side, side), "ko").facts
    listed = [line for line in fact.answer.splitlines() if line.startswith("- ")]
    assert len(listed) == 24
    assert all(line.endswith("원을 지급하여야 한다.") for line in listed)


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        (lambda text: text.replace("3. 판단", "다. 원고의 주장\n\n다시 말한다.\n\n3. 판단"), "several_parts"),
        (lambda text: text.replace("지급하여야", "[PHONE-1]에 지급하여야"), "masked"),
        (lambda text: text.replace("그 밖의 다툼은 없다.", "| 표 | 값 |\n| 가 | 나 |", 1), "damaged_text"),
    ],
)
def test_claims_with_an_uncertain_part_are_refused(change: Callable[[str], str], reason: str) -> None:
    text = change(korean_judgment([korean_claim(0, 5000), korean_claim(1, 7000)], [korean_claim(0, 9000)]))
    found = claims(text, "ko")
    assert not found.facts
    assert reason in {why for why, _ in refused(found)}


def test_claims_of_one_side_only_are_not_asked() -> None:
    text = korean_judgment([korean_claim(0, 5000)], [korean_claim(1, 7000)]).replace(
        "나. 피고의 주장", "나. 그 밖의 사정"
    )
    assert not claims(text, "ko").facts


@pytest.mark.parametrize(
    ("heading", "language", "expected"),
    [
        ("The plaintiff's claims", "en", (Side.CLAIMING, "Plaintiff")),
        ("B. Submissions of the Respondent", "en", (Side.OPPOSING, "Respondent")),
        ("The Defendant’s defence and counterclaim", "en", (Side.OPPOSING, "Defendant")),
        ("The court's view of the plaintiff's claims", "en", None),
        ("The plaintiff's house", "en", None),
        ("가. 원고의 주장", "ko", (Side.CLAIMING, "원고")),
        ("【처분청 의견】", "ko", (Side.OPPOSING, "처분청")),
        ("(2) 청구인 주장 요지", "ko", (Side.CLAIMING, "청구인")),
        ("라. 피고의 상계 주장", "ko", None),
        ("피고의 주장에 대한 판단", "ko", None),
    ],
)
def test_claims_heading_is_read_only_if_it_says_nothing_else(
    heading: str, language: str, expected: tuple[Side, str] | None
) -> None:
    rules = language_rules(language).legal.claims
    assert rules is not None
    found = rules.read_heading(heading)
    assert (found and (found.side, found.party)) == expected
