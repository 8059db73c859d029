"""Drafts about a short document in two languages, with attempts at their questions and a judge's replies to them."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass, replace

from synthesis_documents import context_of

from pipeline.config.judge import AttemptKind
from pipeline.records import Checks, Context
from pipeline.synthesize.sentences import Span
from pipeline.synthesize.written.attempts import Attempt, Condition
from pipeline.synthesize.written.draft import Draft

RULES_EN = """# Rules of the boat club

## 1. Boats

A member may take out two boats a week. The club lends life jackets for 3 euros a day.

## 2. Guests

A guest pays 12 euros a day and may take out one boat. Guests under 16 row with a member.

## 3. Damage

Whoever damages a boat reports it within 5 days. The club may keep the deposit of 80 euros.
"""
RULES_KO = """# 조정 클럽 규칙

## 제1조 배

회원은 한 주에 배를 두 척까지 탈 수 있다. 클럽은 구명조끼를 하루 3,000원에 빌려준다.

## 제2조 손님

손님은 하루 12,000원을 내고 배를 한 척 탈 수 있다. 16세 미만인 손님은 회원과 함께 탄다.

## 제3조 파손

배를 파손한 사람은 5일 이내에 알린다. 클럽은 보증금 80,000원을 돌려주지 아니할 수 있다.
"""
CHECKED = Checks(True, 0.9, True, 0.8, True, None)
WHOLE = Condition(AttemptKind.WHOLE_DOCUMENT)
CLOSED = Condition(AttemptKind.CLOSED_BOOK)
WITHOUT_1 = Condition(AttemptKind.WITHOUT_SEGMENT, left_out=1)
WITHOUT_2 = Condition(AttemptKind.WITHOUT_SEGMENT, left_out=2)


@dataclass(frozen=True, slots=True)
class Sample:
    """A document with a question about one place, and one about two places."""

    context: Context
    one: Draft
    two: Draft
    other_place: str
    """A sentence that is no evidence of either."""


def span_of(text: str, words: str) -> Span:
    start = text.index(words)
    return Span(start=start, end=start + len(words))


def draft(context: Context, question: str, answer: str, evidence: Sequence[str], segments: Sequence[str]) -> Draft:
    return Draft(
        task="qa",
        question=question,
        answer=answer,
        evidence=tuple(span_of(context.text, words) for words in evidence),
        segments=tuple(span_of(context.text, words) for words in segments),
        checks=CHECKED,
        prompt_version="written-0",
    )


def _sample(text: str, language: str, words: list[str]) -> Sample:
    headings = [line for line in text.splitlines() if line.startswith("#")]
    context = context_of(text, language=language, titles=headings)
    sections = tuple(
        replace(section, level=section.title.count("#"), title=section.title.lstrip("# "))
        for section in context.sections
    )
    context = replace(context, title=headings[0].lstrip("# "), sections=sections)
    question, answer, quote, question_2, answer_2, quote_2, other = words
    one = draft(context, question, answer, [quote], [quote])
    return Sample(context, one, draft(context, question_2, answer_2, [quote, quote_2], [quote, quote_2]), other)


EN = _sample(
    RULES_EN,
    "en",
    [
        "What does a guest pay a day?",
        "A guest pays 12 euros a day.",
        "A guest pays 12 euros a day and may take out one boat.",
        "What does a guest who damages a boat pay for a day, and how soon must the guest report it?",
        "The guest pays 12 euros for the day and reports the damage within 5 days.",
        "Whoever damages a boat reports it within 5 days.",
        "The club lends life jackets for 3 euros a day.",
    ],
)
KO = _sample(
    RULES_KO,
    "ko",
    [
        "손님은 하루에 얼마를 냅니까?",
        "손님은 하루 12,000원을 냅니다.",
        "손님은 하루 12,000원을 내고 배를 한 척 탈 수 있다.",
        "배를 파손한 손님은 하루에 얼마를 내며, 파손을 언제까지 알려야 합니까?",
        "손님은 하루 12,000원을 내고 파손을 5일 이내에 알려야 합니다.",
        "배를 파손한 사람은 5일 이내에 알린다.",
        "클럽은 구명조끼를 하루 3,000원에 빌려준다.",
    ],
)
SAMPLES = (EN, KO)


def attempt(condition: Condition, answer: str = "", *, answerable: bool = True) -> Attempt:
    return Attempt(condition, answer, answerable)


def claim(text: str, quote: str, support: float = 1) -> dict[str, object]:
    return {"claim": text, "quote": quote, "rationale": "compared", "support": support}


def missing(point: str, *, important: bool) -> dict[str, object]:
    return {"point": point, "rationale": "left out", "important": important}


def verdict_reply(
    claims: Sequence[dict[str, object]],
    *,
    left_out: Sequence[dict[str, object]] = (),
    other_answer: str = "",
    agreements: Sequence[float] = (),
) -> str:
    """A judge's reply about a question; with ratings of the attempts if there are any."""
    reply: dict[str, object] = {
        "claims": list(claims),
        "missing": list(left_out),
        "uniqueness": {"rationale": "looked through it", "other_answer": other_answer},
    }
    if agreements:
        reply["attempts"] = [
            {"attempt": letter, "rationale": f"rated {letter}", "agreement": agreement}
            for letter, agreement in zip("ABCD", agreements, strict=False)
        ]
    return json.dumps(reply, ensure_ascii=False)
