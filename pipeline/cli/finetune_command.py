"""`pipeline finetune`: trains a model from a recipe and options, and prints its progress and a summary."""

from __future__ import annotations

import os
from collections import deque
from dataclasses import asdict
from statistics import fmean
from textwrap import shorten
from typing import Any

from rich.console import Console

from pipeline.cli.duration import duration
from pipeline.cli.events import ProgressFormat, TrainingEvents, write_event
from pipeline.cli.options import RecipeChoice
from pipeline.cli.run_folders import build_folder, model_folder
from pipeline.cli.step_bar import StepBar
from pipeline.config.recipe import Recipe
from pipeline.config.start import Start
from pipeline.finetune import finetune
from pipeline.io.files import exists, join
from pipeline.report.page import REPORT_FILE, format_plural
from pipeline.report.training_page import write_training_report
from pipeline.report.verdict import verdict
from pipeline.train.machine.torchrun import launched_process
from pipeline.train.run.metrics import (
    AnswersMetrics,
    ProbeMetrics,
    SilentObserver,
    StagePlan,
    StepMetrics,
    TrainingObserver,
    TrainingPlan,
    ValidationMetrics,
)
from pipeline.train.run.record import Outcome, TrainingResult


def run_finetune(
    choice: RecipeChoice,
    *,
    data: str | None,
    model: str | None,
    output: str | None,
    start: Start,
    format_: ProgressFormat,
) -> None:
    """Train, show progress, write the report and print a summary. Only the first process prints and reports."""
    recipe = choice.load()
    is_first = launched_process(os.environ).is_first

    def train(observer: TrainingObserver) -> TrainingResult:
        return train_and_report(recipe, data=data, model=model, output=output, start=start, observer=observer)

    if format_ is ProgressFormat.EVENTS:
        result = train(TrainingEvents() if is_first else SilentObserver())
        if is_first:
            write_event("finished", _summary_values(result))
        return
    console = Console(quiet=not is_first)
    with StepBar(console) as bar:
        result = train(TrainingProgress(console, bar))
    _print_summary(console, result)


def train_and_report(
    recipe: Recipe, *, data: str | None, model: str | None, output: str | None, start: Start, observer: TrainingObserver
) -> TrainingResult:
    """Train, and write the report page in the first process. By default, the folders are those of the recipe.

    Raises:
        PipelineError: as for `finetune.finetune`.
    """
    result = finetune(
        recipe,
        data=build_folder(recipe, data),
        model=model,
        output=model_folder(recipe, output),
        start=start,
        observer=observer,
    )
    is_missing = not exists(join(result.folder, REPORT_FILE))
    if launched_process(os.environ).is_first and (is_missing or result.outcome is not Outcome.ALREADY_DONE):
        observer.on_phase("writing the report")
        write_training_report(result.folder)
    return result


def _summary_values(result: TrainingResult) -> dict[str, Any]:
    record = result.record
    return {
        "folder": result.folder,
        "outcome": result.outcome.value,
        "steps": record.steps,
        "best": asdict(record.best),
        "verdict": list(verdict(record)),
        "report": join(result.folder, REPORT_FILE),
    }


_TOKENS = {"sft": "answer token", "corpus": "token"}
_SHOWN_ANSWERS = 2
_SHOWN_CHARS = 90
_STEPS_TIMED = 20


def shortened(text: str) -> str:
    """Return the end of a question, or an answer, in one short line."""
    return shorten(text, _SHOWN_CHARS, placeholder=" …")


class TrainingProgress:
    """Shows a progress bar for the steps, or a line for each, with loss, tokens, speed, memory and time left."""

    def __init__(self, console: Console, bar: StepBar) -> None:
        self._console = console
        self._bar = bar
        self._num_stages = 1
        self._num_steps = 0
        self._seconds: deque[float] = deque(maxlen=_STEPS_TIMED)

    def on_phase(self, description: str) -> None:
        """Show the current phase."""
        self._bar.describe(description)

    def on_plan(self, plan: TrainingPlan) -> None:
        """Set the bar's length, and print where a resumed run continues."""
        self._num_stages, self._num_steps = len(plan.stages), plan.num_steps
        if plan.first_step > 1:
            self._console.print(f"Resuming after step {plan.first_step - 1} of {plan.num_steps}.")
        self._bar.plan("training", total=plan.num_steps, completed=plan.first_step - 1)

    def on_step(self, metrics: StepMetrics) -> None:
        """Move the bar."""
        self._seconds.append(metrics.seconds)
        left = duration(fmean(self._seconds) * (self._num_steps - metrics.step))
        note = (
            f"loss {metrics.loss:.3f} over {metrics.trained_tokens:,} of {metrics.tokens:,} tokens · "
            f"{metrics.tokens_per_second:,.0f} tokens/s · {metrics.peak_memory_gib:.1f} GiB"
        )
        self._bar.move(metrics.step, note=f"{note} · {left} left")

    def on_validation(self, metrics: ValidationMetrics) -> None:
        """Print the loss on held-out packs."""
        source = f" ({metrics.stage}, {metrics.data})" if self._num_stages > 1 else ""
        tokens = format_plural(metrics.trained_tokens, _TOKENS[metrics.data])
        documents = format_plural(len(metrics.documents), "document")
        self._bar.print(
            f"held-out loss after {format_plural(metrics.step, 'step')}{source}: {metrics.loss:.4f} "
            f"({tokens} of {documents})"
        )

    def on_answers(self, metrics: AnswersMetrics) -> None:
        """Print how well the model answered, and two of its answers."""
        source = f" ({metrics.stage})" if self._num_stages > 1 else ""
        right = sum(answer.is_exact for answer in metrics.answers)
        self._bar.print(
            f"answers after {format_plural(metrics.step, 'step')}{source}: F1 {metrics.f1:.2f} "
            f"[{metrics.f1_low:.2f}, {metrics.f1_high:.2f}], exactly right {right} of {metrics.questions} "
            f"({format_plural(metrics.documents, 'document')})"
        )
        for answer in metrics.answers[:_SHOWN_ANSWERS]:
            said, gold = (shortened(text) or "nothing" for text in (answer.answer, answer.gold))
            self._bar.print(f"  {shortened(answer.question)} – answered: {said} – right: {gold}")

    def on_probe(self, metrics: ProbeMetrics) -> None:
        """Print how many keys were found."""
        self._console.print(
            f"passkey after {format_plural(metrics.step, 'step')}, {metrics.length} tokens, depth {metrics.depth:g}: "
            f"{metrics.hits} of {metrics.samples} found",
            highlight=False,
        )

    def on_stage(self, stage: StagePlan) -> None:
        """Print the stage's name and size if the run has several stages."""
        if self._num_stages > 1:
            steps, packs = format_plural(stage.num_steps, "step"), format_plural(stage.num_packs, "pack")
            self._console.print(
                f"stage {stage.name}: {steps} over {packs} of up to {stage.max_tokens} tokens", highlight=False
            )

    def on_checkpoint(self, step: int) -> None:
        """Show the step from which an interrupted run would resume."""
        self._bar.describe(f"training (saved at {step})")


def _print_summary(console: Console, result: TrainingResult) -> None:
    record = result.record
    if result.outcome is Outcome.ALREADY_DONE:
        console.print("Nothing to do: this model is already trained with this recipe on these rows.")
    for stage in record.stages:
        name = f"{stage.name}: " if len(record.stages) > 1 else ""
        console.print(
            f"{name}{format_plural(stage.steps, 'step')} on {stage.tokens:,} tokens; the loss counts "
            f"{stage.trained_tokens:,} of them",
            highlight=False,
        )
    console.print(
        f"context {record.rope.base_max_tokens} → {record.rope.max_tokens} ({record.rope.method}); "
        "reloaded: logits equal",
        highlight=False,
    )
    memory = record.memory
    console.print(
        f"peak memory: {memory.measured_gib:.2f} GiB measured, {memory.predicted_gib:.2f} GiB predicted for packs of "
        f"{memory.pack_tokens} tokens",
        highlight=False,
    )
    for sentence in verdict(record):
        console.print(sentence, soft_wrap=True, highlight=False, markup=False)
    console.print(f"model:  {result.folder}", soft_wrap=True, highlight=False)
    console.print(f"report: {join(result.folder, REPORT_FILE)}", soft_wrap=True, highlight=False)
