"""`pipeline evaluate`: runs an evaluation from a recipe and options, and prints its progress and the headline."""

from __future__ import annotations

from collections.abc import Sequence

from rich.console import Console

from pipeline.cli.options import RecipeChoice
from pipeline.cli.step_bar import StepBar
from pipeline.config.start import Start
from pipeline.errors import InputError
from pipeline.evaluate.cells import Cell, EvaluationTask
from pipeline.evaluate.run import EvaluationRequest, evaluate
from pipeline.io.files import join


def run_evaluation(
    choice: RecipeChoice,
    *,
    model: str | None,
    data: str | None,
    tasks: Sequence[str],
    lengths: Sequence[int],
    output: str | None,
    start: Start,
) -> None:
    """Evaluate the models, show progress and print the headline.

    Raises:
        InputError: a task is unknown. For other errors, see `evaluate.run.evaluate`.
    """
    recipe = choice.load()
    console = Console()
    with StepBar(console) as bar:
        observer = EvaluationProgress(bar)
        result = evaluate(
            recipe,
            EvaluationRequest(
                model=model or join(recipe.output_folder, "model"),
                data=data or join(recipe.output_folder, "build"),
                tasks=[_task(name) for name in tasks] or list(EvaluationTask),
                lengths=list(lengths) or None,
            ),
            output=output or join(recipe.output_folder, "evaluation"),
            start=start,
            observer=observer,
        )
    if result.num_measured == 0:
        console.print(f"Nothing to do: every cell was measured before ({result.num_cells} in total).")
    console.print(str(result.evaluation["headline"]), highlight=False, markup=False)
    console.print(f"record: {result.record}", soft_wrap=True, highlight=False)
    console.print(f"report: {result.report}", soft_wrap=True, highlight=False)


class EvaluationProgress:
    """Shows a progress bar for the cells."""

    def __init__(self, bar: StepBar) -> None:
        self._bar = bar
        self._num_done = 0

    def on_phase(self, description: str) -> None:
        """Show the current phase."""
        self._bar.describe(description)

    def on_plan(self, num_cells: int) -> None:
        """Set the bar's length."""
        self._bar.plan("measuring", total=num_cells, completed=0)

    def on_cell(self, cell: Cell, seconds: float, measured_now: bool) -> None:
        """Move the bar."""
        how = f"{seconds:.1f} s" if measured_now else "measured before"
        self._num_done += 1
        self._bar.move(self._num_done, note=f"{cell.role.value} {cell.task.value} {cell.length} tokens · {how}")


def _task(name: str) -> EvaluationTask:
    try:
        return EvaluationTask(name)
    except ValueError as error:
        raise InputError(
            f"Unknown evaluation task '{name}'.", remedy=f"Choose from: {', '.join(EvaluationTask)}."
        ) from error
