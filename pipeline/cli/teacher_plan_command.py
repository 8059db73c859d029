"""`pipeline build-sft --plan`: prints what a build asks of its teachers, in what time and at what cost."""

from __future__ import annotations

import json
from collections.abc import Sequence

from rich.console import Console
from rich.table import Table

from pipeline.build import plan_sft
from pipeline.cli.build_command import BuildProgress, with_options
from pipeline.cli.options import RecipeChoice
from pipeline.cli.plan_command import PlanFormat
from pipeline.cli.run_folders import build_folder
from pipeline.config.start import Start
from pipeline.stages.teacher_plan import RoundPlan, TeacherPlan


def run_teacher_plan(
    choice: RecipeChoice,
    *,
    inputs: Sequence[str],
    output: str | None,
    limit: int | None,
    start: Start,
    beam_options: Sequence[str],
    format_: PlanFormat,
) -> None:
    """Prepare the documents up to the corpus, without a teacher, and print what its teachers will be asked.

    Progress goes to stderr, so that stdout holds the plan alone.
    """
    recipe = with_options(choice.load(), inputs=inputs, limit=limit)
    with BuildProgress(Console(stderr=True)) as observer:
        plan = plan_sft(
            recipe, output=build_folder(recipe, output), start=start, beam_options=beam_options, observer=observer
        )
    if format_ is PlanFormat.JSON:
        print(json.dumps(plan.as_json(), ensure_ascii=False, indent=2))
    else:
        _print_plan(Console(), plan)


def _print_plan(console: Console, plan: TeacherPlan) -> None:
    if not plan.rounds:
        console.print("The recipe asks no teacher about these documents.")
        return
    title = f"Teacher requests about {plan.num_documents:,} documents ({plan.num_tokens:,} tokens)"
    table = Table(
        "round",
        "teacher",
        "requests",
        "prompt tokens",
        "cached",
        "answer tokens",
        "hours",
        "cost",
        title=title,
        title_justify="left",
    )
    for column in table.columns[2:]:
        column.justify = "right"
    for one in plan.rounds:
        table.add_row(one.round, one.teacher, *_numbers(one), _hours(one.hours), _cost(one))
    table.add_section()
    sums = [sum(values) for values in zip(*(_counts(one) for one in plan.rounds), strict=True)]
    table.add_row("all", "", *(f"{number:,}" for number in sums), _hours(plan.hours), _costs(plan, 1.0))
    console.print(table)
    for line in _notes(plan):
        console.print(line, soft_wrap=True, highlight=False)


def _notes(plan: TeacherPlan) -> list[str]:
    notes = []
    if plan.num_answered:
        left = f"{plan.num_answered:,} requests are answered already; {plan.left:,} are left"
        hours = "" if plan.hours is None else f", {_hours(plan.hours * plan.left_share)} h"
        costs = "" if plan.costs is None else f", {_costs(plan, plan.left_share)}"
        notes.append(f"{left}{hours}{costs}.")
    measured, assumed = plan.measured, plan.assumed
    if any(one.round != "atoms" for one in plan.rounds):
        kept = measured.share_kept
        share = f"{kept:.0%} measured" if kept is not None else f"{assumed.share_kept:.0%} assumed"
        notes.append(f"Later rounds depend on the share of replies that pass the checks: {share}.")
    if (scale := measured.scale) is None:
        notes.append(
            "Lengths of answers are assumed, and prompts are counted with the student's tokenizer. After a part of the "
            "build (--max-requests 200), --plan uses what was measured."
        )
    else:
        notes.append(
            f"Tokens are scaled by what earlier runs measured: prompts × {scale.prompt:.2f}, from the cache × "
            f"{scale.cached:.2f}, answers × {scale.answer:.2f}."
        )
    if plan.hours is None:
        notes.append("No rate is known: set tokens_per_second of the teacher, or measure it with a part of the build.")
    elif measured.tokens_per_second is not None:
        workers = "1 worker process" if plan.num_workers == 1 else f"{plan.num_workers} worker processes"
        notes.append(f"Hours are for {workers} at {measured.tokens_per_second:,.0f} tokens a second each, as measured.")
    if plan.costs is None:
        notes.append("No cost is known: set price_per_million_prompt_tokens and …_answer_tokens of the teacher.")
    return notes


def _counts(one: RoundPlan) -> tuple[int, int, int, int]:
    return one.requests, one.prompt_tokens, one.cached_tokens, one.answer_tokens


def _numbers(one: RoundPlan) -> list[str]:
    return [f"{number:,}" for number in _counts(one)]


def _hours(hours: float | None) -> str:
    return "?" if hours is None else f"{hours:,.1f}" if hours >= 0.1 else f"{hours:.2g}"


def _cost(one: RoundPlan) -> str:
    return "?" if one.cost is None else f"{one.cost:,.2f} {one.currency}"


def _costs(plan: TeacherPlan, share: float) -> str:
    if plan.costs is None:
        return "?"
    return " + ".join(f"{amount * share:,.2f} {currency}" for currency, amount in plan.costs.items())
