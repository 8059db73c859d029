"""How many good and spoiled answers of each kind the chain tells apart, not below the rates that were measured."""

from collections import Counter
from functools import cache

import claim_cases_en
import claim_cases_ko
import pytest
from synthesis_documents import context_of

from pipeline.config.written_checks import WrittenChecksRecipe
from pipeline.records import Checks
from pipeline.synthesize.evidence import locate_quotes
from pipeline.synthesize.sentences import Span
from pipeline.synthesize.verify.chain import check_chat_answer

CASES = {"en": claim_cases_en, "ko": claim_cases_ko}
LIMITS = WrittenChecksRecipe()


def passes(language: str, name: str, question: str, answer: str, quote: str) -> bool:
    text, _, domain = CASES[language].DOCUMENTS[name]
    context = context_of(text, language=language, domain=domain)
    evidence = locate_quotes((quote,), text=text, near=Span(start=0, end=len(text)))
    assert not isinstance(evidence, str), evidence
    checked = check_chat_answer(
        question=question,
        answer=answer,
        evidence=evidence,
        segment=Span(start=max(0, evidence[0].start - 200), end=min(len(text), evidence[-1].end + 200)),
        context=context,
        limits=LIMITS,
    )
    return isinstance(checked, Checks)


@cache
def counts(language: str) -> tuple[Counter[str], Counter[str]]:
    """Return how many answers of each kind pass, and how many there are."""
    passed: Counter[str] = Counter()
    asked: Counter[str] = Counter()
    for name, question, quote, good, spoiled in CASES[language].CASES:
        for kind, answer in (*(("good", answer) for answer in good), *spoiled):
            asked[kind] += 1
            passed[kind] += passes(language, name, question, answer, quote)
    return passed, asked


@pytest.mark.parametrize("language", sorted(CASES))
def test_good_answers_pass_at_the_measured_rate(language: str) -> None:
    passed, asked = counts(language)
    assert asked["good"] > 100
    assert passed["good"] / asked["good"] >= 0.93


@pytest.mark.parametrize(
    ("kind", "least"),
    [("swapped_names", 0.87), ("swapped_values", 0.92), ("bound", 1.0), ("negation", 0.79), ("wrong_name", 0.83)],
)
@pytest.mark.parametrize("language", sorted(CASES))
def test_spoiled_answers_are_caught_at_the_measured_rate(language: str, kind: str, least: float) -> None:
    passed, asked = counts(language)
    assert asked[kind] >= 6
    assert 1 - passed[kind] / asked[kind] >= least
