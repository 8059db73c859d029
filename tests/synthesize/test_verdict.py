"""What a verdict, or attempts without a judge, decide about a draft."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st
from judged_drafts import CHECKED, CLOSED, EN, KO, SAMPLES, WHOLE, WITHOUT_1, WITHOUT_2, Sample, attempt

from pipeline.config.judge import JudgeRecipe
from pipeline.records import Checks, Dropped, TaskFamily
from pipeline.synthesize.written.attempts import Condition
from pipeline.synthesize.written.draft import Draft
from pipeline.synthesize.written.verdict import (
    MissingPoint,
    RatedAttempt,
    RatedClaim,
    Verdict,
    counted_support,
    decide,
    decide_without_judge,
)

LIMITS = JudgeRecipe()


def rated(support: float, *, is_quoted: bool = True) -> RatedClaim:
    return RatedClaim("A guest pays.", "A guest pays", "same duty", support, is_quoted)


def verdict(
    *supports: float,
    family: TaskFamily = TaskFamily.LOOK_UP,
    is_unique: bool | None = True,
    num_missing: int = 0,
    attempts: tuple[tuple[Condition, float], ...] = (),
) -> Verdict:
    return Verdict(
        judge="openai:j",
        family=family,
        claims=tuple(rated(support) for support in supports),
        missing=tuple(MissingPoint(f"point {number}", "needed", True) for number in range(num_missing)),
        is_unique=is_unique,
        other_answer="" if is_unique else "20 euros",
        uniqueness_rationale="another year",
        attempts=tuple(RatedAttempt(condition, f"rated {condition.name}", score) for condition, score in attempts),
    )


def reason(found: Checks | Dropped) -> str:
    assert isinstance(found, Dropped), found
    return found.reason


def kept(found: Checks | Dropped) -> Checks:
    assert isinstance(found, Checks), found
    return found


def test_supported_draft_keeps_its_checks_and_gets_those_of_the_judge() -> None:
    checks = kept(decide(verdict(1, 1), EN.one, LIMITS))
    assert checks == replace(CHECKED, judge="openai:j", judged_support=1.0, complete=1.0, answer_unique=True)
    assert (checks.answered_from_document, checks.needs_document, checks.needs_every_hop) == (None, None, None)


@pytest.mark.parametrize(
    ("supports", "found"),
    [
        ((1.0,), ""),
        ((0.5,), "claim_not_supported"),
        ((1, 1, 0), "claim_not_supported"),
        ((1, 0.5), ""),
        ((0.5, 0.5), "claim_not_supported"),
    ],
)
def test_one_claim_without_support_or_a_low_mean_rejects(supports: tuple[float, ...], found: str) -> None:
    decided = decide(verdict(*supports), EN.one, LIMITS)
    assert (decided.reason if isinstance(decided, Dropped) else "") == found


def test_rejection_says_which_claim_and_why() -> None:
    found = decide(replace(verdict(1), claims=(rated(1), replace(rated(0), claim="It is free."))), EN.one, LIMITS)
    assert isinstance(found, Dropped)
    assert "'It is free.': same duty" in found.detail and found.score == 0.5


def test_claim_whose_quote_the_document_lacks_counts_as_supported_in_part() -> None:
    invented = replace(verdict(1), claims=(rated(1, is_quoted=False),))
    found = decide(invented, EN.one, LIMITS)
    assert reason(found) == "claim_not_supported" and isinstance(found, Dropped) and "quote" in found.detail
    assert kept(decide(invented, EN.one, JudgeRecipe(max_support_without_quote=1.0))).judged_support == 1
    assert counted_support(rated(0, is_quoted=False), LIMITS) == 0


def test_answer_may_leave_out_nothing_important_and_a_summary_one_point() -> None:
    assert reason(decide(verdict(1, num_missing=1), EN.one, LIMITS)) == "answer_incomplete"
    summary = verdict(1, 1, 1, family=TaskFamily.SUMMARY, is_unique=None, num_missing=1)
    assert kept(decide(summary, EN.one, LIMITS)).complete == 0.75
    found = decide(verdict(1, family=TaskFamily.SUMMARY, num_missing=2), EN.one, LIMITS)
    assert reason(found) == "summary_incomplete" and isinstance(found, Dropped) and "point 1 (needed)" in found.detail


def test_detail_that_is_left_out_does_not_count() -> None:
    details = replace(verdict(1), missing=(MissingPoint("the boat", "not asked", False),) * 5)
    assert kept(decide(details, EN.one, LIMITS)).complete == 1.0


def test_second_answer_elsewhere_rejects_and_an_open_question_stays_open() -> None:
    found = decide(verdict(1, is_unique=False), EN.one, LIMITS)
    assert reason(found) == "not_unique" and isinstance(found, Dropped) and "20 euros" in found.detail
    assert kept(decide(verdict(1, is_unique=None), EN.one, LIMITS)).answer_unique is None


@pytest.mark.parametrize(
    ("condition", "agreement", "found"),
    [
        (WHOLE, 1, ""),
        (WHOLE, 0.5, ""),
        (WHOLE, 0, "not_answered_from_document"),
        (CLOSED, 1, "answered_without_document"),
        (CLOSED, 0.5, ""),
        (CLOSED, 0, ""),
        (WITHOUT_1, 1, "one_segment_suffices"),
        (WITHOUT_2, 1, "one_segment_suffices"),
        (WITHOUT_2, 0.5, ""),
    ],
)
def test_attempt_rejects_by_its_agreement(condition: Condition, agreement: float, found: str) -> None:
    decided = decide(verdict(1, attempts=((condition, agreement),)), EN.two, LIMITS)
    assert (decided.reason if isinstance(decided, Dropped) else "") == found
    if isinstance(decided, Dropped):
        assert f"rated {condition.name}" in decided.detail and decided.score == agreement


def test_checks_say_what_the_attempts_showed() -> None:
    attempts = ((WHOLE, 1.0), (CLOSED, 0.0), (WITHOUT_1, 0.0), (WITHOUT_2, 0.5))
    checks = kept(decide(verdict(1, attempts=attempts), EN.two, LIMITS))
    assert (checks.answered_from_document, checks.needs_document, checks.needs_every_hop) == (True, True, True)


def test_hop_that_was_not_left_out_leaves_the_check_open() -> None:
    assert kept(decide(verdict(1, attempts=((WITHOUT_1, 0.0),)), EN.two, LIMITS)).needs_every_hop is None


def test_limit_that_rejects_nothing_still_writes_what_was_found() -> None:
    lenient = JudgeRecipe(max_agreement_without_document=1.0, max_agreement_without_segment=1.0)
    attempts = ((CLOSED, 1.0), (WITHOUT_1, 1.0), (WITHOUT_2, 0.0))
    checks = kept(decide(verdict(1, attempts=attempts), EN.two, lenient))
    assert (checks.needs_document, checks.needs_every_hop) == (False, False)
    strict = JudgeRecipe(min_agreement_with_document=0.0)
    assert kept(decide(verdict(1, attempts=((WHOLE, 0.0),)), EN.two, strict)).answered_from_document is False


RATINGS = st.sampled_from([0.0, 0.5, 1.0])
CLAIMS = st.lists(st.builds(rated, RATINGS, is_quoted=st.booleans()), min_size=1, max_size=6)
CONDITIONS = st.dictionaries(st.sampled_from([WHOLE, CLOSED, WITHOUT_1, WITHOUT_2]), RATINGS)
POINTS = st.lists(st.builds(MissingPoint, st.just("p"), st.just("r"), st.booleans()), max_size=3)
SHARES = st.sampled_from([0.0, 0.25, 0.5, 0.75, 1.0])
RECIPES = st.builds(
    JudgeRecipe,
    min_claim_support=SHARES,
    min_mean_support=SHARES,
    max_support_without_quote=SHARES,
    max_missing_parts=st.integers(0, 2),
)
VERDICTS = st.builds(
    lambda claims, points, unique, tried, family: replace(
        verdict(1, is_unique=unique, family=family, attempts=tuple(tried.items())),
        claims=tuple(claims),
        missing=tuple(points),
    ),
    CLAIMS,
    POINTS,
    st.sampled_from([True, False, None]),
    CONDITIONS,
    st.sampled_from([TaskFamily.LOOK_UP, TaskFamily.SUMMARY]),
)
DRAFTS = st.sampled_from([EN.one, EN.two])


@given(VERDICTS, DRAFTS, RECIPES, st.data())
def test_more_support_never_rejects_what_less_support_keeps(
    given_verdict: Verdict, draft: Draft, limits: JudgeRecipe, data: st.DataObject
) -> None:
    better = replace(
        given_verdict,
        claims=tuple(
            replace(
                one,
                support=data.draw(RATINGS.filter(lambda support, least=one.support: support >= least)),
                is_quoted=one.is_quoted or data.draw(st.booleans()),
            )
            for one in given_verdict.claims
        ),
    )
    before, after = decide(given_verdict, draft, limits), decide(better, draft, limits)
    if isinstance(before, Checks):
        assert isinstance(after, Checks)
        for first, second in ((before.judged_support, after.judged_support), (before.complete, after.complete)):
            assert first is not None and second is not None and 0 <= first <= second <= 1


@given(VERDICTS, DRAFTS, RECIPES)
def test_kept_draft_reaches_every_limit_and_unmade_checks_are_none(
    given_verdict: Verdict, draft: Draft, limits: JudgeRecipe
) -> None:
    found = decide(given_verdict, draft, limits)
    agreements = {one.condition: one.agreement for one in given_verdict.attempts}
    if isinstance(found, Dropped):
        assert found.detail and found.reason
        return
    assert found.judged_support is not None and found.judged_support >= limits.min_mean_support
    assert min(counted_support(one, limits) for one in given_verdict.claims) >= limits.min_claim_support
    assert found.answer_unique is given_verdict.is_unique is not False
    assert (found.answered_from_document is None) == (WHOLE not in agreements)
    assert (found.needs_document is None) == (CLOSED not in agreements)
    hops = {WITHOUT_1, WITHOUT_2} <= agreements.keys() and len(draft.segments) == 2
    assert (found.needs_every_hop is None) == (not hops)
    assert found.needs_document is not False and found.needs_every_hop is not False


@given(VERDICTS, RECIPES)
def test_stricter_support_never_keeps_more(given_verdict: Verdict, limits: JudgeRecipe) -> None:
    stricter = limits.model_copy(update={"min_mean_support": 1.0, "min_claim_support": 1.0})
    if isinstance(decide(given_verdict, EN.one, stricter), Checks):
        assert isinstance(decide(given_verdict, EN.one, limits), Checks)


@pytest.mark.parametrize("sample", SAMPLES, ids=["en", "ko"])
def test_without_a_judge_values_of_the_attempts_decide(sample: Sample) -> None:
    language = sample.context.language
    same = attempt(WHOLE, sample.one.answer)
    unknown = attempt(CLOSED, answerable=False)
    checks = kept(
        decide_without_judge([same, unknown], sample.one, family=TaskFamily.LOOK_UP, language=language, limits=LIMITS)
    )
    assert (checks.answered_from_document, checks.needs_document) == (True, True)
    assert (checks.judge, checks.judged_support, checks.answer_unique) == ("", None, None)
    guessed = replace(same, condition=CLOSED)
    found = decide_without_judge([guessed], sample.one, family=TaskFamily.LOOK_UP, language=language, limits=LIMITS)
    assert reason(found) == "answered_without_document"


def test_without_a_judge_another_value_from_the_document_rejects() -> None:
    other = attempt(WHOLE, "A guest pays 15 euros a day.")
    found = decide_without_judge([other], EN.one, family=TaskFamily.LOOK_UP, language="en", limits=LIMITS)
    assert reason(found) == "not_answered_from_document"
    other = attempt(WHOLE, "손님은 하루 15,000원을 냅니다.")
    found = decide_without_judge([other], KO.one, family=TaskFamily.LOOK_UP, language="ko", limits=LIMITS)
    assert reason(found) == "not_answered_from_document"


def test_without_a_judge_an_attempt_in_other_words_leaves_the_check_open() -> None:
    vague = attempt(WHOLE, "A daily fee.")
    checks = kept(decide_without_judge([vague], EN.one, family=TaskFamily.LOOK_UP, language="en", limits=LIMITS))
    assert checks == CHECKED


def test_absent_answer_is_confirmed_by_an_attempt_that_finds_none() -> None:
    absent = replace(EN.one, answer="The rules do not say.")
    for answerable, found in ((False, ""), (True, "not_answered_from_document")):
        tried = attempt(WHOLE, "12 euros", answerable=answerable)
        decided = decide_without_judge([tried], absent, family=TaskFamily.NOT_ANSWERABLE, language="en", limits=LIMITS)
        assert (decided.reason if isinstance(decided, Dropped) else "") == found
