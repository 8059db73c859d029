"""Says in plain sentences what a training has been shown to teach, on how many held-out rows, and what is not known.

Takes a `TrainingRecord`. Used by the command, the report page and the model card. Only a difference whose interval
leaves out zero is called a gain or a loss; any other may be chance. This module does not import torch.
"""

from __future__ import annotations

from collections.abc import Iterator

from pipeline.report.page import format_plural
from pipeline.train.run.changes import Measure, MeasuredChange
from pipeline.train.run.record import TrainingRecord

_METRICS = {"held_out_loss": "held-out loss", "answers.f1": "F1 of answers"}
_TOKENS = {"sft": "answer token", "corpus": "token"}


def verdict(record: TrainingRecord) -> tuple[str, ...]:
    """Return the sentences: what is exported, held-out loss and answers in each stage, what is not known."""
    return (exported_sentence(record), *_learnt(record), *_unknown(record))


def _learnt(record: TrainingRecord) -> Iterator[str]:
    """Yield what changed in each stage; the stage is named if the training has several."""
    for stage in record.stages:
        changes = _changes_in(record, stage.name)
        named = f"Stage {stage.name}: " if len(record.stages) > 1 else ""
        if Measure.LOSS in changes:
            yield named + loss_sentence(changes[Measure.LOSS])
        if Measure.F1 in changes:
            yield named + _answers_sentence(record, changes[Measure.F1])


def exported_sentence(record: TrainingRecord) -> str:
    """Return which step's weights the model has, and why."""
    best = record.best
    early = " Training stopped early, because nothing better came." if best.stopped_early else ""
    if best.value is None:
        return f"The model is that of the last step, {best.step:,}.{early}"
    value = f"{_METRICS[best.metric]} {best.value:.3f}"
    chosen = f"best of {best.measured:,} measured steps" if best.measured > 1 else "the only measured step"
    return f"The model is that of step {best.step:,} of {record.steps:,} ({chosen}: {value}).{early}"


def main_loss_change(record: TrainingRecord) -> MeasuredChange | None:
    """Return the change of held-out loss in the stage that trained on most tokens; None if none was measured."""
    stages = sorted(record.stages, key=lambda stage: stage.trained_tokens, reverse=True)
    measured = (_changes_in(record, stage.name).get(Measure.LOSS) for stage in stages)
    return next((change for change in measured if change), None)


def _changes_in(record: TrainingRecord, stage: str) -> dict[Measure, MeasuredChange]:
    """Return the changes in a stage by measure; for the loss, on rows if the stage has them."""
    found: dict[Measure, MeasuredChange] = {}
    for change in record.changes:
        if change.stage == stage:
            found.setdefault(change.measure, change)
    return found


def loss_sentence(change: MeasuredChange) -> str:
    """Return what happened to the held-out loss; `fell` and `rose` only if the interval leaves out zero."""
    tokens = format_plural(change.count, _TOKENS[change.data])
    rests_on = f"{tokens} of {format_plural(change.documents, 'document')}"
    return f"{loss_headline(change)} ({_interval(change, '{:+.3f}')}; {rests_on})."


def loss_headline(change: MeasuredChange) -> str:
    """Return the same without its interval and without a full stop."""
    ends = f"from {change.before:.3f} to {change.after:.3f}"
    if change.is_clear:
        return f"Held-out loss {'fell' if change.difference < 0 else 'rose'} {ends}"
    return f"Held-out loss went {ends}, which may be chance"


def _answers_sentence(record: TrainingRecord, change: MeasuredChange) -> str:
    exact = next(c for c in record.changes if c.stage == change.stage and c.measure is Measure.EXACT)
    right = [f"{round(share * change.count)} of {change.count}" for share in (exact.before, exact.after)]
    f1 = f"F1 {change.before:.2f} → {change.after:.2f} ({_interval(change, '{:+.2f}')})"
    ends = f"{f1}, exactly right {right[0]} → {right[1]}"
    rests_on = f"{format_plural(change.count, 'question')} about {format_plural(change.documents, 'document')}"
    what = "Its own answers to held-out questions"
    if change.is_clear:
        return f"{what} got {'better' if change.difference > 0 else 'worse'}: {ends}; {rests_on}."
    return f"{what} may be as before: {ends}; {rests_on}, too few to tell."


def _interval(change: MeasuredChange, form: str) -> str:
    difference = form.format(change.difference)
    if change.low is None or change.high is None:
        return f"{difference}, no interval"
    return f"{difference} [{form.format(change.low)}, {form.format(change.high)}]"


def _unknown(record: TrainingRecord) -> Iterator[str]:
    changes = [change for stage in record.stages for change in _changes_in(record, stage.name).values()]
    if not changes:
        yield (
            "Nothing was measured on held-out rows before and after, so it is not known what the model has learnt. "
            "Build with export.validation_share above 0."
        )
    elif not any(change.is_clear for change in changes):
        yield (
            "So it is not known whether the model has learnt what the rows teach: train on more rows, or hold out more "
            "documents (export.validation_share)."
        )
    elif record.best.measured > 1:
        yield (
            "The exported step was chosen on these held-out rows, so its own figures there are a little better than on "
            "new rows."
        )
    yield "Not measured here: other tasks and longer documents. pipeline evaluate compares the model with its base."
