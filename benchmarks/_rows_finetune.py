"""Trainings of the benchmark of rows, as a user runs them: `pipeline finetune`, with its output in a file.

Takes a build; returns the record of the training, its model folder and its log. While it trains, the model answers
held-out questions a few times, and the checkpoint with the best answers becomes the model. A finished training is only
read. Used by `rows`.

Cost: each measurement reads as many held-out rows as it asks questions, about 57,000 tokens in a full run, and
generates the answers. It computes no gradients, so it takes a quarter to a third of the time of a training on as many
tokens; the table has the minutes of both.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from contextlib import redirect_stdout
from dataclasses import dataclass
from pathlib import Path

from benchmarks._results import table_row
from benchmarks._rows_training import Built, Plan, RowKind
from pipeline.cli.events import ProgressFormat
from pipeline.cli.finetune_command import run_finetune
from pipeline.cli.options import RecipeChoice
from pipeline.config.best import BestMetric
from pipeline.config.start import Start
from pipeline.io.models import EMBEDDED_MODEL
from pipeline.train.run.metrics import LOG_FOLDER, AnswersMetrics, read_metrics
from pipeline.train.run.record import TrainingRecord, read_record

_QUOTED_LINES = 12
_NEVER = 10_000
"""Steps; more than any training here has."""


@dataclass(frozen=True, slots=True)
class Trained:
    """A finished training."""

    record: TrainingRecord
    model: Path
    """The model folder."""
    log: Path
    """What the command printed."""
    answers: Sequence[AnswersMetrics]
    """In the order of the steps."""

    @property
    def asked_rows(self) -> frozenset[str]:
        """The ids of the rows whose questions it answered."""
        return frozenset(answer.row for metrics in self.answers for answer in metrics.answers)


def train(built: Built, work: Path, kind: RowKind, plan: Plan, *, seed: int) -> Trained:
    """Train the embedded model on the rows of a build.

    Leaves in `work`: the recipe `recipe-KIND.yaml`, the folder `model-KIND`, and the output of the command in
    `model-KIND.log`, to which a resumed training appends.
    """
    model, log = work / f"model-{kind.value}", work / f"model-{kind.value}.log"
    if read_record(str(model)) is None:
        recipe = work / f"recipe-{kind.value}.yaml"
        recipe.write_text(json.dumps(_recipe(plan, seed=seed), indent=2), encoding="utf-8")
        with log.open("a", encoding="utf-8", buffering=1) as file, redirect_stdout(file):
            run_finetune(
                RecipeChoice(str(recipe), fragments=(), overrides=()),
                data=str(built.folder),
                model=None,
                output=str(model),
                start=Start.RESUME,
                format_=ProgressFormat.TEXT,
            )
    record = read_record(str(model))
    assert record is not None, "a finished training leaves its record"
    return Trained(record, model, log, read_metrics(model / LOG_FOLDER).answers)


def _recipe(plan: Plan, *, seed: int) -> dict[str, object]:
    return {
        "name": "rows",
        "seed": seed,
        "inputs": [{"path": "bundled:"}],
        "finetune": {
            "model": EMBEDDED_MODEL,
            "rope": {"method": "none"},
            "max_tokens": plan.max_tokens,
            "packs_per_step": plan.packs_per_step,
            # Otherwise a training on single look-ups, which have few answer tokens, would have an eighth of the steps.
            "min_step_tokens": 0,
            "stages": [{"name": "rows", "tokens": plan.tokens}],
            "optimizer": {"learning_rate": plan.learning_rate, "warmup_steps": plan.warmup_steps},
            "validate_every_steps": _NEVER,
            "max_validation_packs": plan.validation_packs,
            "min_validation_packs": min(4, plan.validation_packs),
            "save_every_steps": _NEVER,
            "answers": {
                "turns": plan.answered_turns,
                "max_prompt_tokens": plan.answered_turns * plan.max_tokens,
                "every_steps": plan.answers_every_steps,
            },
            "best": {"metric": BestMetric.ANSWERS_F1.value},
            "probe": {"every_steps": None},
            "report_to": "none",
            "device": "cpu",
            "tuning": {"method": plan.method.value},
        },
    }


def training_lines(trained: Mapping[RowKind, Trained]) -> Iterator[str]:
    """Yield the table of the trainings."""
    yield (
        "| training | steps | tokens | loss tokens | loss ÷ tokens | threads | minutes of steps | minutes of answers | "
        "validation loss | exported step |"
    )
    yield "| --- | ---: | ---: | ---: | ---: | ---: | ---: | ---: | --- | ---: |"
    for kind, one in trained.items():
        record = one.record
        yield table_row(
            kind.value,
            [
                str(record.steps),
                f"{record.tokens:,}",
                f"{record.trained_tokens:,}",
                f"{record.trained_tokens / record.tokens:.2%}",
                str(record.threads),
                f"{record.seconds / 60:.1f}",
                f"{sum(metrics.seconds for metrics in one.answers) / 60:.1f}",
                " → ".join(f"{point.loss:.3f}" for point in record.held_out),
                str(record.best.step),
            ],
        )


def measured_lines(trained: Mapping[RowKind, Trained]) -> Iterator[str]:
    """Yield the table of the answers during the trainings, by step."""
    yield "| answers during training | step | questions | documents | F1 | exact match | cut | minutes | |"
    yield "| --- | ---: | ---: | ---: | --- | --- | ---: | ---: | --- |"
    for kind, one in trained.items():
        for metrics in one.answers:
            yield table_row(
                kind.value,
                [
                    str(metrics.step),
                    str(metrics.questions),
                    str(metrics.documents),
                    f"{metrics.f1:.3f} [{metrics.f1_low:.3f}, {metrics.f1_high:.3f}]",
                    f"{metrics.exact:.3f} [{metrics.exact_low:.3f}, {metrics.exact_high:.3f}]",
                    str(sum(answer.is_cut for answer in metrics.answers)),
                    f"{metrics.seconds / 60:.1f}",
                    "exported" if metrics.step == one.record.best.step else "",
                ],
            )


def log_lines(trained: Mapping[RowKind, Trained]) -> Iterator[str]:
    """Yield the beginning and the end of each log; the folder of the run is called DIR in them."""
    for number, (kind, one) in enumerate(trained.items()):
        if number:
            yield ""
        lines = one.log.read_text(encoding="utf-8").replace(str(one.log.parent), "DIR").splitlines()
        left_out = len(lines) - 2 * _QUOTED_LINES
        yield f"The log of the training on {kind.value}, {len(lines):,} lines:"
        yield ""
        yield "```text"
        if left_out > 1:
            lines[_QUOTED_LINES:-_QUOTED_LINES] = [f"[{left_out:,} lines]"]
        yield from lines
        yield "```"
