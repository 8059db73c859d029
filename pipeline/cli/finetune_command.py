"""`pipeline finetune`: recipe and options to a training, with a bar and a summary."""

from __future__ import annotations

from collections.abc import Sequence

from rich.console import Console
from rich.progress import TimeRemainingColumn

from pipeline.cli.step_bar import StepBar
from pipeline.config.load import load_recipe
from pipeline.config.start import Start
from pipeline.finetune import finetune
from pipeline.io.files import join
from pipeline.report.training_page import write_training_report
from pipeline.train.metrics import StepMetrics, TrainingPlan, ValidationMetrics
from pipeline.train.record import Outcome, TrainingResult


def run_finetune(
    recipe_reference: str | None,
    *,
    data: str | None,
    model: str | None,
    output: str | None,
    overrides: Sequence[str],
    start: Start,
) -> None:
    """Train, show progress, write the report, print what came out."""
    recipe = load_recipe(recipe_reference, overrides=overrides)
    console = Console()
    with StepBar(console, TimeRemainingColumn()) as bar:
        observer = ConsoleObserver(console, bar)
        result = finetune(
            recipe,
            data=data or join(recipe.output_folder, "build"),
            model=model,
            output=output or join(recipe.output_folder, "model"),
            start=start,
            observer=observer,
        )
        if result.outcome is not Outcome.ALREADY_DONE:
            observer.on_phase("writing the report")
            write_training_report(result.folder)
    _print_summary(console, result)


class ConsoleObserver:
    """A bar over the steps, with loss and speed."""

    def __init__(self, console: Console, bar: StepBar) -> None:
        self._console = console
        self._bar = bar

    def on_phase(self, description: str) -> None:
        """Name what is being done."""
        self._bar.describe(description)

    def on_plan(self, plan: TrainingPlan) -> None:
        """Set the bar's length; say so where it does not start at the beginning."""
        if plan.first_step > 1:
            self._console.print(f"Going on after step {plan.first_step - 1} of {plan.num_steps}.")
        self._bar.plan("training", total=plan.num_steps, completed=plan.first_step - 1)

    def on_step(self, metrics: StepMetrics) -> None:
        """Move the bar."""
        note = f"loss {metrics.loss:.3f} · {metrics.tokens_per_second:.0f} tokens/s · {metrics.peak_memory_gib:.1f} GiB"
        self._bar.move(metrics.step, note=note)

    def on_validation(self, metrics: ValidationMetrics) -> None:
        """Print the loss on the held-out documents."""
        self._console.print(f"validation loss after {metrics.step} steps: {metrics.loss:.4f}", highlight=False)

    def on_checkpoint(self, step: int) -> None:
        """Say how far a crash would set us back."""
        self._bar.describe(f"training (saved at {step})")


def _print_summary(console: Console, result: TrainingResult) -> None:
    record = result.record
    if result.outcome is Outcome.ALREADY_DONE:
        console.print("Nothing to do: this model is trained with this recipe on these rows.")
    console.print(
        f"{record.steps} steps, {record.tokens} tokens, loss {record.first_loss:.3f} → {record.last_loss:.3f}; "
        f"context {record.rope.original_max_tokens} → {record.rope.max_tokens} ({record.rope.method}); "
        "reloaded: logits equal",
        highlight=False,
    )
    console.print(f"model:  {result.folder}", soft_wrap=True, highlight=False)
    console.print(f"report: {join(result.folder, 'report.html')}", soft_wrap=True, highlight=False)
