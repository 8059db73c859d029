"""Says what changed on held-out data between a stage's first measurement and its last, with intervals.

Takes the metrics of a run. Returns a `MeasuredChange` for the loss and for the answers of each stage. Both models are
measured on the same rows, so differences are paired: their intervals are over documents and usually much narrower than
those of the two measurements. Pure. Does not import torch.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from enum import StrEnum

from pipeline.scoring.estimates import MIN_DOCUMENTS, difference_estimate
from pipeline.scoring.intervals import weighted_interval
from pipeline.train.run.metrics import AnsweredQuestion, AnswersMetrics, RunMetrics, ValidationMetrics


class Measure(StrEnum):
    """What was measured before and after a stage."""

    LOSS = "loss"
    """Mean cross-entropy per trained token of held-out packs, in nats."""
    F1 = "f1"
    """Mean F1 of the model's own answers to held-out questions."""
    EXACT = "exact"
    """Share of these answers that equal the gold answer."""


@dataclass(frozen=True, slots=True)
class MeasuredChange:
    """One measure before a stage's first step and after its last, on the same held-out rows."""

    measure: Measure
    stage: str
    data: str
    """`sft` or `corpus`."""
    first_step: int
    last_step: int
    """Steps done at the two measurements."""
    before: float
    after: float
    difference: float
    """`after` − `before`."""
    low: float | None
    high: float | None
    """95% interval of the difference; None with a single document."""
    count: int
    """Number of trained tokens, or of answers."""
    documents: int
    """Number of documents that they belong to."""

    @property
    def is_clear(self) -> bool:
        """Whether the interval leaves out 0 and there are enough documents (`scoring.estimates.MIN_DOCUMENTS`)."""
        if self.low is None or self.high is None or self.documents < MIN_DOCUMENTS:
            return False
        return self.low > 0 or self.high < 0


def measured_changes(metrics: RunMetrics, *, seed: int, exported_step: int) -> tuple[MeasuredChange, ...]:
    """Return the changes of all stages, in order: first of the loss by kind of data, then of the answers.

    Args:
        metrics: the metrics of the run.
        seed: the run's seed, for the intervals.
        exported_step: the step whose weights are exported. Measurements after it do not count.
    """
    stages = dict.fromkeys(step.stage for step in metrics.steps)
    return tuple(
        change
        for stage in stages
        for change in (
            *_loss_changes([v for v in metrics.validations if v.stage == stage and v.step <= exported_step], seed),
            *_answer_changes([a for a in metrics.answers if a.stage == stage and a.step <= exported_step], seed),
        )
    )


def _loss_changes(validations: Sequence[ValidationMetrics], seed: int) -> Iterator[MeasuredChange]:
    for data in sorted({validation.data for validation in validations}, reverse=True):
        measured = [validation for validation in validations if validation.data == data]
        before, after = measured[0], measured[-1]
        scored, scored_again = ([(loss.document, loss.tokens) for loss in one.documents] for one in (before, after))
        # A resumed run may have been given other held-out packs.
        if not scored or before.step == after.step or scored != scored_again:
            continue
        differences = [b.loss - a.loss for a, b in zip(before.documents, after.documents, strict=True)]
        tokens = [loss.tokens for loss in before.documents]
        interval = weighted_interval(differences, tokens, seed=seed) if len(tokens) > 1 else None
        yield MeasuredChange(
            measure=Measure.LOSS,
            stage=before.stage,
            data=data,
            first_step=before.step,
            last_step=after.step,
            before=before.loss,
            after=after.loss,
            difference=after.loss - before.loss,
            low=interval.low if interval else None,
            high=interval.high if interval else None,
            count=sum(tokens),
            documents=len(tokens),
        )


def _answer_changes(answers: Sequence[AnswersMetrics], seed: int) -> Iterator[MeasuredChange]:
    if not answers or answers[0].step == answers[-1].step:
        return
    before, after = answers[0], answers[-1]
    if [(a.row, a.turn) for a in before.answers] != [(a.row, a.turn) for a in after.answers]:
        return
    for measure, first, last in ((Measure.F1, before.f1, after.f1), (Measure.EXACT, before.exact, after.exact)):
        differences = [
            (b.document, _score(b, measure) - _score(a, measure))
            for a, b in zip(before.answers, after.answers, strict=True)
        ]
        estimate = difference_estimate(differences, seed=seed)
        is_known = estimate.documents > 1
        yield MeasuredChange(
            measure=measure,
            stage=before.stage,
            data="sft",
            first_step=before.step,
            last_step=after.step,
            before=first,
            after=last,
            difference=last - first,
            low=estimate.low if is_known else None,
            high=estimate.high if is_known else None,
            count=len(differences),
            documents=estimate.documents,
        )


def _score(answered: AnsweredQuestion, measure: Measure) -> float:
    return answered.f1 if measure is Measure.F1 else float(answered.is_exact)
