"""Decides about a draft by a judge's verdict or, without a judge, by what its attempts say.

Takes a `Verdict`, which `judging` reads from a reply, or attempts; returns the draft's checks with what was found, or
the first fault. A check that was not made stays None. Ratings are 1, 0.5 or 0.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from statistics import fmean

from pipeline.config.judge import AttemptKind, JudgeRecipe
from pipeline.records import Checks, Dropped, TaskFamily
from pipeline.synthesize.written.agreement import agrees
from pipeline.synthesize.written.attempts import Attempt, Condition
from pipeline.synthesize.written.draft import Draft


@dataclass(frozen=True, slots=True)
class RatedClaim:
    """One statement of an answer, as the judge rated it."""

    claim: str
    quote: str
    """The words of the document that it rests on; perhaps empty."""
    rationale: str
    support: float
    """1 if the document says it, 0.5 if it says it in part, 0 if not."""
    is_quoted: bool
    """Whether the document has the quote, or a claim about what the document lacks needs none."""


@dataclass(frozen=True, slots=True)
class MissingPoint:
    """Something that an answer or a summary leaves out."""

    point: str
    rationale: str
    important: bool


@dataclass(frozen=True, slots=True)
class RatedAttempt:
    """How far an attempt and the answer say the same."""

    condition: Condition
    rationale: str
    agreement: float


@dataclass(frozen=True, slots=True)
class Verdict:
    """What a judge says of a draft."""

    judge: str
    """The name of the judge, such as `openai:Qwen/Qwen3-32B`."""
    family: TaskFamily
    """The family of the draft's task."""
    claims: tuple[RatedClaim, ...]
    """At least one."""
    missing: tuple[MissingPoint, ...]
    is_unique: bool | None
    """False if another place of the document answers the question differently. None if the judge was not asked, saw
    only a part of the document and found no such place, or named words that are in no other place of the document."""
    other_answer: str
    """The words of the other place, as the judge quotes them; empty if it names none."""
    uniqueness_rationale: str
    attempts: tuple[RatedAttempt, ...]


def decide(verdict: Verdict, draft: Draft, limits: JudgeRecipe) -> Checks | Dropped:
    """Return the checks of a draft with those of the verdict, or the first fault.

    The faults are, in this order: `claim_not_supported`, the first doubt about the draft, `summary_incomplete` or
    `answer_incomplete`, `not_unique`, and those of `decide_without_judge`. A doubt is settled if every claim has full
    support, and the document has its quote; what follows from the question needs none.
    """
    supports = [counted_support(rated, limits) for rated in verdict.claims]
    mean = fmean(supports)
    fault = (
        _unsupported(verdict, supports, mean, limits)
        or _still_doubted(verdict, supports, draft)
        or _incomplete(verdict, limits)
        or _other_answer(verdict)
    )
    if fault is not None:
        return fault
    checks = replace(
        draft.checks,
        judge=verdict.judge,
        judged_support=mean,
        complete=_completeness(supports, verdict),
        answer_unique=verdict.is_unique,
    )
    agreements = {rated.condition: rated.agreement for rated in verdict.attempts}
    rationales = {rated.condition: rated.rationale for rated in verdict.attempts}
    return _with_attempts(checks, draft, agreements, rationales, limits)


def decide_without_judge(
    attempts: Sequence[Attempt], draft: Draft, *, family: TaskFamily, language: str, limits: JudgeRecipe
) -> Checks | Dropped:
    """Return the checks of a draft with those that its attempts allow, or the first fault.

    The faults are, in this order: `not_answered_from_document`, `answered_without_document`, `one_segment_suffices`.
    An attempt of which values and names cannot tell whether it agrees decides nothing.
    """
    agreements: dict[Condition, float] = {}
    for attempt in attempts:
        agreed = (
            not attempt.answerable if family is TaskFamily.NOT_ANSWERABLE else agrees(attempt, draft, language=language)
        )
        if agreed is not None:
            agreements[attempt.condition] = float(agreed)
    rationales = {attempt.condition: attempt.answer for attempt in attempts}
    return _with_attempts(draft.checks, draft, agreements, rationales, limits)


def counted_support(rated: RatedClaim, limits: JudgeRecipe) -> float:
    """Return the support with which a claim counts: a limited one if the document does not have the judge's quote."""
    return rated.support if rated.is_quoted else min(rated.support, limits.max_support_without_quote)


def _unsupported(verdict: Verdict, supports: Sequence[float], mean: float, limits: JudgeRecipe) -> Dropped | None:
    least = min(supports)
    rated = verdict.claims[supports.index(least)]
    quoted = "" if rated.is_quoted else " The document does not have the judge's quote."
    said = f"'{rated.claim}': {rated.rationale}{quoted}"
    if least < limits.min_claim_support:
        return Dropped("claim_not_supported", f"{said} (support {least:g})", mean)
    if mean < limits.min_mean_support:
        detail = f"The claims have a mean support of {mean:.2f}, less than {limits.min_mean_support}. {said}"
        return Dropped("claim_not_supported", detail, mean)
    return None


def _still_doubted(verdict: Verdict, supports: Sequence[float], draft: Draft) -> Dropped | None:
    is_computed = [rated.support == 1 and not rated.quote for rated in verdict.claims]
    if not draft.doubts or all(one or support == 1 for one, support in zip(is_computed, supports, strict=True)):
        return None
    doubt = draft.doubts[0]
    rated = verdict.claims[supports.index(min(supports))]
    detail = f"{doubt.detail} The judge did not settle it: '{rated.claim}': {rated.rationale}"
    return Dropped(doubt.reason, detail, doubt.score)


def _incomplete(verdict: Verdict, limits: JudgeRecipe) -> Dropped | None:
    important = [missing for missing in verdict.missing if missing.important]
    is_summary = verdict.family is TaskFamily.SUMMARY
    most = limits.max_missing_points if is_summary else limits.max_missing_parts
    if len(important) <= most:
        return None
    reason = "summary_incomplete" if is_summary else "answer_incomplete"
    points = "; ".join(f"{missing.point} ({missing.rationale})" for missing in important)
    return Dropped(reason, f"It leaves out: {points}", float(len(important)))


def _other_answer(verdict: Verdict) -> Dropped | None:
    if verdict.is_unique is not False:
        return None
    detail = f"Another place answers differently: '{verdict.other_answer}' {verdict.uniqueness_rationale}"
    return Dropped("not_unique", detail)


def _completeness(supports: Sequence[float], verdict: Verdict) -> float:
    """Return the share of what there was to say that is said: supported claims, of these and what is missing."""
    said = sum(supports)
    missing = sum(one.important for one in verdict.missing)
    return said / (said + missing) if said else 0.0


def _with_attempts(
    checks: Checks,
    draft: Draft,
    agreements: Mapping[Condition, float],
    rationales: Mapping[Condition, str],
    limits: JudgeRecipe,
) -> Checks | Dropped:
    """Return checks with those that the attempts decide, or the first fault."""
    answered = agreements.get(Condition(AttemptKind.WHOLE_DOCUMENT))
    closed = agreements.get(Condition(AttemptKind.CLOSED_BOOK))
    without = {
        condition: agreement
        for condition, agreement in sorted(agreements.items())
        if condition.kind is AttemptKind.WITHOUT_SEGMENT
    }
    if answered is not None and answered < limits.min_agreement_with_document:
        detail = f"A second answer from the document disagrees: {rationales[Condition(AttemptKind.WHOLE_DOCUMENT)]}"
        return Dropped("not_answered_from_document", detail, answered)
    if closed is not None and closed > limits.max_agreement_without_document:
        detail = f"An answer without the document agrees: {rationales[Condition(AttemptKind.CLOSED_BOOK)]}"
        return Dropped("answered_without_document", detail, closed)
    for condition, agreement in without.items():
        if agreement > limits.max_agreement_without_segment:
            detail = f"An answer without segment {condition.left_out} agrees: {rationales[condition]}"
            return Dropped("one_segment_suffices", detail, agreement)
    has_every_hop = len(draft.segments) > 1 and len(without) == len(draft.segments)
    return replace(
        checks,
        answered_from_document=None if answered is None else answered > 0,
        needs_document=None if closed is None else closed < 1,
        needs_every_hop=all(agreement < 1 for agreement in without.values()) if has_every_hop else None,
    )
