"""The chain of checks against replies: good paraphrases pass, spoiled replies do not."""

import pytest
from verification_cases import GOOD, GOOD_SUMMARIES, SPOILED, SPOILED_SUMMARIES, Case, SummaryCase
from verification_judging import judged, judged_summary

from pipeline.records import Checks, Dropped


@pytest.mark.parametrize("case", GOOD, ids=lambda case: case.question)
def test_good_reply_passes_and_its_uniqueness_stays_unknown(case: Case) -> None:
    checks = judged(case)
    assert isinstance(checks, Checks), checks
    assert checks.answer_unique is None
    assert checks.numbers_supported and checks.language_match


@pytest.mark.parametrize(("kind", "case"), SPOILED, ids=lambda item: item if isinstance(item, str) else item.answer)
def test_spoiled_reply_is_rejected(kind: str, case: Case) -> None:
    found = judged(case)
    assert isinstance(found, Dropped), kind
    assert found.detail


@pytest.mark.parametrize("case", GOOD_SUMMARIES, ids=lambda case: case.heading)
def test_good_summary_passes(case: SummaryCase) -> None:
    checks = judged_summary(case)
    assert isinstance(checks, Checks), checks
    assert (checks.question_grounded, checks.answer_unique) == (None, None)


@pytest.mark.parametrize(
    ("kind", "case"), SPOILED_SUMMARIES, ids=lambda item: item if isinstance(item, str) else item.heading
)
def test_spoiled_summary_is_rejected(kind: str, case: SummaryCase) -> None:
    assert isinstance(judged_summary(case), Dropped), kind
