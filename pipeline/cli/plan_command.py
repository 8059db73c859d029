"""`pipeline finetune --plan`: prints predicted memory by term, the longest pack that fits, and ways to save memory."""

from __future__ import annotations

import json
import os
from enum import StrEnum
from typing import TYPE_CHECKING

from rich.console import Console
from rich.table import Table

from pipeline.cli.options import RecipeChoice
from pipeline.errors import needing_extra
from pipeline.train.machine.torchrun import launched_process

if TYPE_CHECKING:
    from pipeline.train.memory.plan import TrainingMemoryPlan
    from pipeline.train.memory.process import Division


class PlanFormat(StrEnum):
    """Output format of a plan."""

    TABLE = "table"
    JSON = "json"


def run_plan(
    choice: RecipeChoice,
    *,
    model: str | None,
    memory_gib: float | None,
    processes: int | None,
    format_: PlanFormat,
) -> None:
    """Predict the memory of a training run and print the plan.

    No weights are loaded and nothing is written, except in the model caches: a hub model's config is downloaded, and
    the embedded model is converted on its first use.

    Args:
        choice: the recipe.
        model: base model to use instead of the recipe's.
        memory_gib: memory of the GPU to plan for, or of the host if the recipe's device is `cpu`; None for this
            machine.
        processes: number of processes on one machine; None for the processes that torchrun started, or a single process
            without torchrun. Only the first process prints the plan.
        format_: output format.
    """
    launched = launched_process(os.environ)
    if not launched.is_first:
        return
    recipe = choice.load().finetune
    with needing_extra("train", what="Planning"):
        from pipeline.train.memory.plan import plan_training
    plan = plan_training(
        recipe,
        model=model or recipe.model,
        memory_gib=memory_gib,
        processes=processes or launched.world_size,
        local_processes=processes or launched.local_world_size,
    )
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
    console.print("Dim terms are in memory only at other moments of a step.", style="dim")
    described = plan.activations.described
    console.print(f"{described[0].upper()}{described[1:]}.", highlight=False)
    if plan.division.processes > 1:
        console.print(_division(plan.division), highlight=False)
    console.print(
        f"The pack {_verdict(prediction.peak_bytes <= plan.process_bytes)}: {machine.name} has "
        f"{_gib(machine.memory_bytes)} GiB, but {_gib(machine.reserved_bytes)} are not available for tensors"
        f"{_shared(plan)}. Longest pack with this recipe: {plan.longest_tokens:,} tokens.",
        highlight=False,
    )
    console.print(_host(plan), highlight=False)
    if plan.remedies:
        console.print(_remedy_table(plan))


def _verdict(fits: bool) -> str:
    return "fits" if fits else "[bold red]does not fit[/]"


def _division(division: Division) -> str:
    weights = f"hold 1/{division.shards} of every weight (FSDP2)" if division.shards > 1 else "hold all weights (DDP)"
    packs = f"; {division.slices} share each pack (Ulysses)" if division.slices > 1 else ""
    return f"This is the memory of each of {division.processes} processes; they {weights}{packs}."


def _shared(plan: TrainingMemoryPlan) -> str:
    if plan.machine.device == "cuda" or plan.local_processes == 1:
        return ""
    return f", shared by {plan.local_processes} processes"


def _host(plan: TrainingMemoryPlan) -> str:
    host = plan.host
    pinned = f", {_gib(host.layer_inputs_bytes)} for layer inputs" if host.layer_inputs_bytes else ""
    needs = (
        f"Host memory: {_gib(host.loading_bytes)} GiB to load{pinned}, {_gib(host.export_bytes)} to merge and compare, "
        "not at the same time"
    )
    if plan.host_bytes is None:
        return f"{needs}; the memory of the machine is unknown."
    return f"{needs}; this {_verdict(plan.fits_host)} into {_gib(plan.host_bytes)} GiB."


def _remedy_table(plan: TrainingMemoryPlan) -> Table:
    table = Table(
        "--set",
        "saves GiB",
        "peak GiB",
        "longest pack",
        "effect",
        title="Ways to save memory, each on top of those above",
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
