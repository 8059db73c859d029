"""Renders the report page for a training run: one HTML file made from `training.json` and `logs/metrics.jsonl`.

Used at the end of `pipeline finetune` and by `pipeline inspect`. This module does not import torch.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

from markupsafe import Markup

from pipeline.errors import InputError
from pipeline.io import files
from pipeline.report.charts import Axis, Marker, Scale, Series, curve, line_chart
from pipeline.report.page import (
    REPORT_FILE,
    format_count,
    format_number,
    format_plural,
    format_seconds,
    format_share,
    format_tick,
    format_tokens,
    render_page,
)
from pipeline.report.verdict import loss_headline, main_loss_change, verdict
from pipeline.train.rope.scaling import UNSCALED
from pipeline.train.run.metrics import (
    LOG_FOLDER,
    AnsweredQuestion,
    AnswersMetrics,
    RunMetrics,
    StepMetrics,
    ValidationMetrics,
    read_metrics,
)
from pipeline.train.run.record import RopeSetBy, TrainingRecord, read_record

_MAX_POINTS = 400
"""Maximum number of points in a curve. At the page's width, more points could not be distinguished."""


@dataclass(frozen=True, slots=True)
class Chart:
    """A chart with its heading."""

    title: str
    markup: Markup


def write_training_report(model_folder: str) -> str:
    """Write `report.html` in a finished model folder, and return the page's path.

    Raises:
        InputError: the folder has no `training.json`.
        DamagedFileError: `training.json` or the log is damaged.
    """
    record = read_record(model_folder)
    if record is None:
        raise InputError(
            f"{model_folder} holds no finished training run.", remedy="Run the same finetune command again; it resumes."
        )
    metrics = read_metrics(Path(model_folder) / LOG_FOLDER)
    page = files.join(model_folder, REPORT_FILE)
    files.write_text(page, render_training_report(record=record, metrics=metrics))
    return page


def render_training_report(*, record: TrainingRecord, metrics: RunMetrics) -> str:
    """Return the HTML page for a training run.

    Args:
        record: the content of `training.json`.
        metrics: the content of the log; empty if the log was deleted.
    """
    steps, validations = metrics.steps, metrics.validations
    return render_page(
        "training.html",
        record=record,
        headline=headline(record),
        verdict=verdict(record),
        answers_chart=_answers_chart(record),
        answered=_answered([one for one in metrics.answers if one.step <= record.best.step]),
        figures=_figures(record),
        loss_chart=_loss_chart(record, steps, validations) if steps else None,
        passkeys=_passkeys(record),
        has_validations=bool(validations),
        small_charts=_small_charts(steps) if steps else [],
        divisor_chart=_divisor_chart(record) if record.rope.method != UNSCALED else None,
        reload_holds=record.reload.max_abs_logit_difference <= record.reload.tolerance,
    )


def headline(record: TrainingRecord) -> str:
    """Describe the training run in two sentences. The second tells how the loss changed in the stage with most tokens.

    This is the loss on held-out data if that was measured before and after the stage, otherwise the training loss.
    """
    rope = record.rope
    instead = f" in place of its own scaling ({rope.replaced})" if rope.replaced else ""
    trained = f"trained for {format_plural(record.steps, 'step')} on {record.tokens:,} tokens"
    training = (
        f"{record.base_model} was extended from {rope.base_max_tokens:,} to {rope.max_tokens:,} tokens "
        f"with {rope.method}{instead} and {trained}."
        if rope.set_by is RopeSetBy.RECIPE
        else f"{record.base_model} was {trained}."
    )
    if change := main_loss_change(record):
        stage = f" in stage {change.stage}" if len(record.stages) > 1 else ""
        return f"{training} {loss_headline(change)}{stage}."
    # Stages differ in lengths and data, so losses can only be compared within one stage.
    last_stage = record.stages[-1]
    return (
        f"{training} Held-out loss was not measured before and after; training loss went from "
        f"{last_stage.first_loss:.3f} in the first step to {last_stage.last_loss:.3f} in the last."
    )


def thinned(steps: Sequence[StepMetrics], value: Callable[[StepMetrics], float]) -> list[tuple[float, float]]:
    """Return at most `_MAX_POINTS` points (last step, mean value), each for a range of consecutive steps."""
    width = -(-len(steps) // _MAX_POINTS)
    chunks = [steps[start : start + width] for start in range(0, len(steps), width)]
    return [(chunk[-1].step, sum(value(step) for step in chunk) / len(chunk)) for chunk in chunks]


def _figures(record: TrainingRecord) -> list[tuple[str, str]]:
    figures = [
        ("Context", f"{format_tokens(record.rope.base_max_tokens)} → {format_tokens(record.rope.max_tokens)}"),
        ("Steps", format_count(record.steps)),
        ("Tokens", format_count(record.tokens)),
        ("In the loss", format_count(record.trained_tokens)),
        ("Time in steps", format_seconds(record.seconds)),
        ("Tokens per second", format_count(record.tokens / record.seconds if record.seconds else 0)),
        ("Trained parameters", format_share(record.trainable_parameters / record.parameters)),
    ]
    memory = record.memory
    figures.append(("Peak memory", f"{memory.measured_gib:.1f} GiB, predicted {memory.predicted_gib:.1f}"))
    return figures


def _loss_chart(
    record: TrainingRecord, steps: Sequence[StepMetrics], validations: Sequence[ValidationMetrics]
) -> Markup:
    training = Series(
        label="training", style="base", points=tuple(curve(*point) for point in thinned(steps, lambda s: s.loss))
    )
    # One curve per stage and kind of data: losses of packs of different lengths cannot be compared.
    by_kind: dict[tuple[str, str], list[ValidationMetrics]] = {}
    for validation in validations:
        by_kind.setdefault((validation.stage, validation.data), []).append(validation)
    held_out = [
        Series(label=f"held out, {stage}, {data}", style="tuned", points=tuple(curve(v.step, v.loss) for v in points))
        for (stage, data), points in by_kind.items()
    ]
    ends = (steps[0].loss, steps[-1].loss)
    starts = {stage.name: next(s.step for s in steps if s.stage == stage.name) for stage in record.stages}
    return line_chart(
        [training, *held_out],
        x_axis=_step_axis(),
        y_axis=Axis("Loss per trained token, nats", Scale.LINEAR, format_tick, ()),
        markers=[Marker(starts[name] - 1, name) for name in starts] if len(starts) > 1 else (),
        title="Loss by step",
        description=f"Training loss from {ends[0]:.3f} to {ends[1]:.3f} over {format_plural(len(steps), 'step')}.",
    )


@dataclass(frozen=True, slots=True)
class AnsweredTwice:
    """A held-out question with the model's answers before and after the last stage."""

    before: AnsweredQuestion
    after: AnsweredQuestion


def _answers_chart(record: TrainingRecord) -> Markup | None:
    """Return the F1 of the model's answers by step, with a curve for each stage; None if nothing was asked twice."""
    by_stage = {stage.name: [p for p in record.answers if p.stage == stage.name] for stage in record.stages}
    if not any(len(points) > 1 for points in by_stage.values()):
        return None
    series = [
        Series(name, "tuned", tuple(curve(point.step, point.f1) for point in points))
        for name, points in by_stage.items()
        if points
    ]
    ends = (record.answers[0].f1, record.answers[-1].f1)
    return line_chart(
        series,
        x_axis=_step_axis(),
        y_axis=Axis("F1 of the answers", Scale.LINEAR, format_tick, ()),
        markers=(),
        title="F1 of the model's answers by step",
        description=f"From {ends[0]:.2f} to {ends[1]:.2f}.",
    )


def _answered(answers: Sequence[AnswersMetrics]) -> list[AnsweredTwice]:
    """Return the questions of the last stage with the first and the last of the given answers to each."""
    if not answers:
        return []
    stage = answers[-1].stage
    first = next(one for one in answers if one.stage == stage)
    last_of = {(answer.row, answer.turn): answer for answer in answers[-1].answers}
    pairs = ((answer, last_of.get((answer.row, answer.turn))) for answer in first.answers)
    return [AnsweredTwice(before, after) for before, after in pairs if after is not None]


def _passkeys(record: TrainingRecord) -> list[tuple[int, int, int, int]]:
    """Return (step, length, number found, number tried), summed over all depths."""
    counts: dict[tuple[int, int], tuple[int, int]] = {}
    for probe in record.probes:
        hits, samples = counts.get((probe.step, probe.length), (0, 0))
        counts[probe.step, probe.length] = (hits + probe.hits, samples + probe.samples)
    return [(*key, *value) for key, value in counts.items()]


def _small_charts(steps: Sequence[StepMetrics]) -> list[Chart]:
    wanted: tuple[tuple[str, str, Callable[[StepMetrics], float]], ...] = (
        ("Learning rate", "Learning rate", lambda step: step.learning_rate),
        ("Gradient norm", "Norm before clipping", lambda step: step.grad_norm),
        ("Tokens per second", "Tokens per second", lambda step: step.tokens_per_second),
        ("Memory", "Peak memory, GiB", lambda step: step.peak_memory_gib),
    )
    charts = []
    for title, axis, value in wanted:
        points = tuple(curve(*point) for point in thinned(steps, value))
        description = f"From {format_number(points[0].y)} to {format_number(points[-1].y)}."
        markup = line_chart(
            [Series(label=title, style="tuned", points=points)],
            x_axis=_step_axis(),
            y_axis=Axis(axis, Scale.LINEAR, format_tick, ()),
            markers=(),
            title=f"{title} by step",
            description=description,
        )
        charts.append(Chart(title=title, markup=markup))
    return charts


def _divisor_chart(record: TrainingRecord) -> Markup:
    divisors = record.rope.divisors
    return line_chart(
        [Series("divisor", "tuned", tuple(curve(index, value) for index, value in enumerate(divisors)))],
        x_axis=Axis("Rotary frequency, fastest first", Scale.LINEAR, format_tick, ()),
        y_axis=Axis("Divided by", Scale.LINEAR, format_tick, ()),
        markers=(),
        title="Divisor of each rotary frequency",
        description=f"From {format_number(divisors[0])} to {format_number(divisors[-1])}.",
    )


def _step_axis() -> Axis:
    return Axis("Step", Scale.LINEAR, format_tick, ())
