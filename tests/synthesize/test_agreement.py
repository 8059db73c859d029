"""Whether an attempt and an answer say the same, by values, names and negations."""

from __future__ import annotations

from dataclasses import replace

import pytest
from judged_drafts import EN, KO, WHOLE, attempt

from pipeline.synthesize.written.agreement import agrees
from pipeline.synthesize.written.draft import Draft

CASES_EN = [
    # question, answer, attempt, agreement
    ("What does a guest pay a day?", "A guest pays 12 euros a day.", "It costs €12 per day.", True),
    ("How long is the term?", "The term is six months.", "It lasts 6 months.", True),
    ("When does the lease begin?", "It begins on 3 May 2021.", "On May 3, 2021.", True),
    ("What is the deposit?", "The deposit is 80 euros.", "The club keeps 90 euros.", False),
    ("How soon is damage reported?", "It is reported within 5 days.", "After 5 days at the earliest.", False),
    ("May guests row alone?", "No, guests may not row alone before 16.", "Guests may row alone before 16.", False),
    ("Who approves the budget?", "The budget is approved by Priya Nair.", "Tom Becker approves the budget.", False),
    ("Who approves the budget?", "The budget is approved by Priya Nair.", "Priya Nair does.", True),
    ("Why is the boat kept inside?", "The wood would rot in the rain.", "Rain would make the wood rot.", None),
    ("What is the fee?", "The fee is 12 euros.", "A small fee.", None),
    ("What does it raise?", "`ValueError`", "It raises a ValueError.", True),
    ("Who settles disputes?", "The Seoul Arbitration Court.", "The Busan High Court does.", None),
    ("What happens after 30 days?", "The club ends the membership.", "The membership ends.", None),
]
CASES_KO = [
    ("손님은 하루에 얼마를 냅니까?", "손님은 하루 12,000원을 냅니다.", "1만 2천원을 냅니다.", True),
    ("계약은 언제 체결되었습니까?", "2023년 3월 2일에 체결되었습니다.", "2023. 3. 2.입니다.", True),
    ("보증금은 얼마입니까?", "보증금은 80,000원입니다.", "보증금은 90,000원입니다.", False),
    ("파손은 언제까지 알려야 합니까?", "5일 이내에 알려야 합니다.", "7일 이내에 알려야 합니다.", False),
    (
        "손님은 몇 권까지 빌릴 수 있습니까?",
        "손님은 3권 이하로 빌릴 수 있습니다.",
        "손님은 3권 이상 빌릴 수 있습니다.",
        False,
    ),
    ("배를 왜 안에 둡니까?", "비를 맞으면 나무가 썩기 때문입니다.", "나무가 썩을 수 있어서입니다.", None),
]


@pytest.mark.parametrize(
    ("language", "question", "answer", "tried", "agreement"),
    [*(("en", *case) for case in CASES_EN), *(("ko", *case) for case in CASES_KO)],
)
def test_agreement_is_that_of_values_names_and_negations(
    language: str, question: str, answer: str, tried: str, agreement: bool | None
) -> None:
    draft = replace(EN.one if language == "en" else KO.one, question=question, answer=answer)
    assert agrees(attempt(WHOLE, tried), draft, language=language) is agreement


@pytest.mark.parametrize(("language", "one"), [("en", EN.one), ("ko", KO.one)])
def test_same_words_agree_and_no_answer_does_not(language: str, one: Draft) -> None:
    assert agrees(attempt(WHOLE, f" {one.answer}\n"), one, language=language) is True
    assert agrees(attempt(WHOLE, one.answer, answerable=False), one, language=language) is False


@pytest.mark.parametrize(
    ("language", "case"), [*(("en", case) for case in CASES_EN), *(("ko", case) for case in CASES_KO)]
)
def test_agreement_is_the_same_either_way(language: str, case: tuple[str, str, str, bool | None]) -> None:
    question, answer, tried, _ = case
    one = replace(EN.one, question=question, answer=answer)
    other = replace(EN.one, question=question, answer=tried)
    assert agrees(attempt(WHOLE, tried), one, language=language) is agrees(
        attempt(WHOLE, answer), other, language=language
    )
