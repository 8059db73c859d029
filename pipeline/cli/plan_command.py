"""`pipeline finetune --plan`: prints steps, tokens, left-out rows and time by stage, then memory and ways to save it.

The memory is predicted from the model's config alone. Steps and rows need a build: the one that the training would use,
if it is there, or the one that `--data` names. The time is measured, not guessed: a few layers of the model, with
random weights, run forward and backward for a few seconds, as in `evaluate --plan`. That says nothing of another
machine, so with `--memory-gib`, or with several processes, no time is told.
"""

from __future__ import annotations

import json
import os
import tempfile
from collections.abc import Iterator
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING

from rich.console import Console
from rich.table import Table

from pipeline.cli.duration import duration
from pipeline.cli.options import RecipeChoice
from pipeline.cli.run_folders import build_folder
from pipeline.config.recipe import Recipe
from pipeline.errors import needing_extra
from pipeline.io.files import exists
from pipeline.io.layout import BuildFolder
from pipeline.report.page import format_plural
from pipeline.train.machine.torchrun import launched_process

if TYPE_CHECKING:
    from pipeline.train.data.stage_work import DataWork, StageWork
    from pipeline.train.loop.work_plan import WorkPlan
    from pipeline.train.memory.plan import TrainingMemoryPlan
    from pipeline.train.memory.process import Division


class PlanFormat(StrEnum):
    """Output format of a plan."""

    TABLE = "table"
    JSON = "json"


def run_plan(
    choice: RecipeChoice,
    *,
    data: str | None,
    model: str | None,
    memory_gib: float | None,
    processes: int | None,
    format_: PlanFormat,
) -> None:
    """Plan a training run and print the plan.

    No weights are loaded and nothing is written, except in the model caches: a hub model's config is downloaded, and
    the embedded model is converted on its first use.

    Args:
        choice: the recipe.
        data: the build folder; None for the one in the recipe's output folder, if it is there.
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
    recipe = choice.load()
    base_model = model or recipe.finetune.model
    with needing_extra("train", what="Planning"):
        from pipeline.train.memory.plan import plan_training
    plan = plan_training(
        recipe.finetune,
        model=base_model,
        memory_gib=memory_gib,
        processes=processes or launched.world_size,
        local_processes=processes or launched.local_world_size,
    )
    is_here = memory_gib is None and plan.division.processes == 1
    build = build_folder(recipe, data)
    work = None
    if data is not None or exists(BuildFolder(build).sft):
        not_timed = "" if is_here else "The time is measured only for one process on this machine."
        work = _work(recipe, data=build, base_model=base_model, not_timed=not_timed)
    if format_ is PlanFormat.JSON:
        values = plan.as_json() | {"work": work and work.as_json()}
        print(json.dumps(values, ensure_ascii=False, indent=2))
        return
    console = Console()
    if work is None:
        console.print(
            f"There is no build in {build}, so the steps are not known. Name one with --data.", soft_wrap=True
        )
    else:
        _print_work(console, work)
    _print_memory(console, plan)


def _work(recipe: Recipe, *, data: str, base_model: str, not_timed: str) -> WorkPlan:
    from pipeline.train.loop.work_plan import plan_work

    stderr = Console(stderr=True)
    with tempfile.TemporaryDirectory(prefix="plan-") as folder:
        return plan_work(
            recipe,
            data=data,
            base_model=base_model,
            folder=Path(folder),
            not_timed=not_timed,
            on_phase=lambda phase: stderr.print(phase, highlight=False),
        )


def _print_work(console: Console, work: WorkPlan) -> None:
    table = Table(
        "stage",
        "steps",
        "warm-up",
        "packs",
        "tokens",
        "in the loss",
        "questions",
        "time of steps",
        title=f"Training on {work.data}",
        title_justify="left",
    )
    for column in table.columns[1:]:
        column.justify = "right"
    for stage in work.stages:
        share = stage.trained / max(1, stage.tokens)
        numbers = (f"{number:,}" for number in (stage.steps, stage.warmup_steps, stage.packs, stage.tokens))
        trained = f"{stage.trained:,} ({share:.1%})"
        table.add_row(stage.name, *numbers, trained, str(stage.questions), duration(work.seconds_of(stage)))
    console.print(table)
    for stage in work.stages:
        for kind in stage.kinds:
            console.print(" ".join(_kind_sentences(stage, kind)), soft_wrap=True, highlight=False)
    console.print(_time_sentence(work), soft_wrap=True, highlight=False)
    console.print()


_NOUNS = {"sft": ("row", "row", "rows"), "corpus": ("document", "piece of a document", "pieces of documents")}
"""By kind of data: what it consists of, and what packs hold, one and several."""


def _kind_sentences(stage: StageWork, kind: DataWork) -> Iterator[str]:
    counts = kind.counts
    whole, part, parts = _NOUNS[kind.data.value]
    read, packs = format_plural(counts.read, whole), format_plural(kind.packs, "pack")
    yield f"{stage.name}: {counts.used:,} of {read} in {packs}."
    reasons = []
    if counts.too_long:
        reasons.append(f"{counts.too_long:,} longer than {stage.max_tokens:,} tokens")
    if counts.without_answer:
        reasons.append(f"{counts.without_answer:,} without an answer")
    if counts.other_language:
        reasons.append(f"{counts.other_language:,} in another language")
    if reasons:
        yield f"Left out: {', '.join(reasons)}."
    if kind.rows_not_drawn:
        unread = f"{kind.rows_not_drawn:,} {parts} are" if kind.rows_not_drawn > 1 else f"1 {part} is"
        yield f"The stage ends before {unread} read."
    if kind.passes > kind.read_packs:
        yield f"Packs are read {kind.passes / kind.read_packs:.1f} times."
    validation = format_plural(kind.validation_packs, "pack")
    yield f"Validation: {validation} with {kind.validation_trained:,} tokens in the loss."


def _time_sentence(work: WorkPlan) -> str:
    if work.speed is None:
        return work.not_timed
    longer = "" if work.speed.per_token_pair else " What longer rows cost more for each token was not measured."
    return (
        f"About {duration(work.seconds)} of steps, as measured now on {work.speed.layers} layers with random weights "
        f"and rows of up to {work.speed.timed_tokens:,} tokens ({format_plural(work.threads or 0, 'CPU thread')}). "
        f"Validation, answers, checkpoints and the export come on top.{longer}"
    )


def _print_memory(console: Console, plan: TrainingMemoryPlan) -> None:
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
