"""`pipeline finetune --plan`: predicted memory by term, the longest pack that fits, and what to change, in order."""

from __future__ import annotations

import json
from collections.abc import Sequence
from enum import StrEnum

from rich.console import Console
from rich.table import Table

from pipeline.config.load import load_recipe
from pipeline.errors import MissingExtraError
from pipeline.train.plan import TrainingMemoryPlan


class PlanFormat(StrEnum):
    """How a plan is shown."""

    TABLE = "table"
    JSON = "json"


def run_plan(
    recipe_reference: str | None,
    *,
    model: str | None,
    memory_gib: float | None,
    fragments: Sequence[str],
    overrides: Sequence[str],
    format_: PlanFormat,
) -> None:
    """Predict and print; nothing is loaded, trained or written."""
    recipe = load_recipe(recipe_reference, fragments=fragments, overrides=overrides).finetune
    try:
        from pipeline.train.plan import plan_training
    except ImportError as error:
        raise MissingExtraError(
            f"Planning needs the package '{error.name}', which is not installed.", extra="train"
        ) from error
    plan = plan_training(recipe, model=model or recipe.model, memory_gib=memory_gib)
    if format_ is PlanFormat.JSON:
        print(json.dumps(plan.as_json(), ensure_ascii=False, indent=2))
    else:
        _print_tables(Console(), plan)


def _print_tables(console: Console, plan: TrainingMemoryPlan) -> None:
    prediction, machine = plan.prediction, plan.machine
    table = Table("term", "GiB", title=f"A pack of {prediction.num_tokens:,} tokens", title_justify="left")
    table.columns[1].justify = "right"
    peak = prediction.peak_moment
    for term in prediction.terms:
        at_peak = peak in term.moments
        table.add_row(term.name, _gib(term.num_bytes), style=None if at_peak else "dim")
    table.add_section()
    table.add_row(f"peak: {peak.value}", _gib(prediction.peak_bytes), style="bold")
    console.print(table)
    console.print("Dim terms are there at other moments of a step.", style="dim")
    verdict = "fits" if plan.fits else "[bold red]does not fit[/]"
    console.print(
        f"It {verdict}: {machine.name} has {_gib(machine.memory_bytes)} GiB, of which "
        f"{_gib(machine.reserved_bytes)} are not for tensors. "
        f"Longest pack as the recipe is: {plan.longest_tokens:,} tokens.",
        highlight=False,
    )
    if plan.remedies:
        console.print(_remedy_table(plan))


def _remedy_table(plan: TrainingMemoryPlan) -> Table:
    table = Table(
        "--set",
        "saves GiB",
        "peak GiB",
        "longest pack",
        "effect",
        title="Remedies, one on top of the other",
        title_justify="left",
    )
    for column in table.columns[1:4]:
        column.justify = "right"
    table.columns[0].no_wrap = True
    for remedy in plan.remedies:
        table.add_row(
            remedy.setting,
            _gib(remedy.saves_bytes),
            _gib(remedy.peak_bytes),
            f"{remedy.longest_tokens:,}",
            remedy.effect,
        )
    return table


def _gib(num_bytes: int) -> str:
    return f"{num_bytes / 2**30:.2f}"
