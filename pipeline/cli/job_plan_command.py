"""`pipeline build-sft --plan -- --runner=…`: prints the jobs of a build on a runner with workers elsewhere."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import asdict

from rich.console import Console
from rich.table import Table

from pipeline.cli.build_command import with_options
from pipeline.cli.options import RecipeChoice
from pipeline.cli.plan_command import PlanFormat
from pipeline.cli.run_folders import build_folder
from pipeline.errors import InputError
from pipeline.report.page import format_plural
from pipeline.stages.estimates import FILES_OF_AN_INPUT
from pipeline.stages.job_options import RunnerKind, runner_kind
from pipeline.stages.job_plans import JobPlan, plan_jobs
from pipeline.stages.reachable import Obstacle, Reach, obstacles_of, reach_of
from pipeline.stages.runner import check_beam_options, pipeline_options


def has_workers_elsewhere(beam_options: Sequence[str]) -> bool:
    """Return whether the runner's workers are not started by this command on this machine.

    Raises:
        InputError: an option is unknown to Beam, or its value cannot be read.
    """
    check_beam_options(beam_options)
    return runner_kind(pipeline_options(beam_options)) is not RunnerKind.LOCAL


def run_job_plan(
    choice: RecipeChoice,
    *,
    inputs: Sequence[str],
    output: str | None,
    limit: int | None,
    beam_options: Sequence[str],
    format_: PlanFormat,
) -> None:
    """Translate the jobs of all stages without a network, and print what they need; nothing runs and nothing is sent.

    Raises:
        InputError: something would stop the build; the plan and what is wrong are printed.
    """
    recipe = with_options(choice.load(), inputs=inputs, limit=limit)
    folder = build_folder(recipe, output)
    jobs = plan_jobs(recipe, output=folder, beam_options=beam_options)
    options = pipeline_options(beam_options)
    reach = reach_of(recipe, output=folder, options=options, jobs=jobs)
    obstacles = obstacles_of(reach, options=options, jobs=jobs)
    if format_ is PlanFormat.JSON:
        values = {
            "jobs": [job.as_json() for job in jobs],
            "reach": [asdict(one) for one in reach],
            "problems": [asdict(one) for one in obstacles],
        }
        print(json.dumps(values, ensure_ascii=False, indent=2))
    else:
        _print_jobs(Console(), jobs)
        _print_reach(Console(), reach)
        _print_obstacles(Console(stderr=True), obstacles)
    if obstacles:
        raise InputError(
            f"{format_plural(len(obstacles), 'problem')} would stop this build.",
            remedy="Solve what is named above; the same command then shows the plan again.",
        )


def _print_jobs(console: Console, jobs: Sequence[JobPlan]) -> None:
    console.print("The jobs of this build, one after the other. Beam translated them; nothing was sent.")
    for job in jobs:
        console.print()
        steps, shards = format_plural(len(job.steps), "step"), format_plural(job.num_shards, "shard")
        console.print(f"[bold]{job.stage}[/]: {steps}, about {shards}", highlight=False)
        named = ", ".join(_short_name(step.name) for step in job.steps)
        table = Table.grid(padding=(0, 2))
        table.add_row("", "steps", named)
        for step in job.steps:
            hints = " ".join(f"{name}={value}" for name, value in step.hints.items())
            if hints:
                table.add_row("", "resource hints", f"{_short_name(step.name)}: {hints}")
        threads = "" if job.num_threads is None else f", {format_plural(job.num_threads, 'thread')} a process"
        table.add_row("", "machine type", (job.machine_type or "chosen by the runner") + threads)
        table.add_row("", "image" if job.images else "workers", ", ".join(job.images) or job.workers)
        console.print(table, highlight=False)
    console.print()
    console.print(
        f"The inputs are listed when the build starts; here, {FILES_OF_AN_INPUT} files in each are assumed, and the "
        "later stages are planned from these. `--plan` without a runner tells what the teachers are asked.",
        soft_wrap=True,
    )


def _short_name(name: str) -> str:
    """Return a step's name without the transform that is the whole stage."""
    return name.partition("/")[2] or name


def _print_reach(console: Console, reach: Sequence[Reach]) -> None:
    table = Table("job", "named by", "address", "place", title="Workers must reach", title_justify="left")
    for column in table.columns:
        column.overflow = "fold"
    for one in reach:
        table.add_row(one.job, one.what, one.address, f"{one.place}; {one.note}" if one.note else one.place.value)
    console.print()
    console.print(table)


def _print_obstacles(console: Console, obstacles: Sequence[Obstacle]) -> None:
    for one in obstacles:
        console.print("[bold red]problem:[/] ", end="")
        console.print(f"{one.problem} {one.remedy}", markup=False, highlight=False, soft_wrap=True)
