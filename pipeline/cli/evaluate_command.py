"""`pipeline evaluate`: runs, plans or compares evaluations, and prints progress and the headline."""

from __future__ import annotations

import json
import time
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from rich.console import Console
from rich.padding import Padding
from rich.table import Table
from rich.text import Text

from pipeline.cli.duration import duration
from pipeline.cli.events import EvaluationEvents, ProgressFormat, write_event
from pipeline.cli.options import RecipeChoice
from pipeline.cli.plan_command import PlanFormat
from pipeline.cli.run_folders import build_folder, evaluation_folder, model_folder
from pipeline.cli.step_bar import StepBar
from pipeline.config.recipe import Recipe
from pipeline.config.start import Start
from pipeline.evaluate.asking import Step
from pipeline.evaluate.planning import EvaluationPlan
from pipeline.evaluate.results.headline import grouped_findings
from pipeline.evaluate.run import EvaluationObserver, EvaluationRequest, EvaluationResult, evaluate, make_plan


def request_of(
    recipe: Recipe, *, models: Sequence[str], data: str | None, tasks: Sequence[str], lengths: Sequence[int]
) -> EvaluationRequest:
    """Return the request of a command; without a model, the one that `finetune` wrote for the recipe."""
    return EvaluationRequest(
        models=tuple(models) or (model_folder(recipe, None),),
        data=build_folder(recipe, data),
        tasks=tuple(tasks),
        lengths=tuple(lengths),
    )


def run_evaluation(
    choice: RecipeChoice,
    *,
    models: Sequence[str],
    data: str | None,
    tasks: Sequence[str],
    lengths: Sequence[int],
    output: str | None,
    start: Start,
    format_: ProgressFormat,
) -> None:
    """Evaluate the models, show progress and print the headline.

    Raises:
        InputError: a task is unknown. For other errors, see `evaluate.run.evaluate`.
    """
    recipe = choice.load()

    def measure(observer: EvaluationObserver) -> EvaluationResult:
        return evaluate(
            recipe,
            request_of(recipe, models=models, data=data, tasks=tasks, lengths=lengths),
            output=evaluation_folder(recipe, output),
            start=start,
            observer=observer,
        )

    if format_ is ProgressFormat.EVENTS:
        result = measure(EvaluationEvents())
        headline = str(result.evaluation["headline"])
        write_event("finished", {"headline": headline, "record": result.record, "report": result.report})
        return
    console = Console()
    with StepBar(console) as bar:
        result = measure(EvaluationProgress(bar))
    if result.num_steps == 0:
        for line in _left_out(result.evaluation["tasks"]):
            console.print(line, highlight=False, markup=False)
    elif result.num_measured == 0:
        console.print(f"Nothing to do: every prompt was answered before ({result.num_steps} in total).")
    for title, sentences in grouped_findings(result.evaluation).items():
        console.print(f"{title}:", highlight=False, markup=False)
        for sentence in sentences:
            console.print(Padding(Text(sentence), (0, 0, 0, 2)))
    console.print(f"record: {result.record}", soft_wrap=True, highlight=False)
    console.print(f"report: {result.report}", soft_wrap=True, highlight=False)


def _left_out(tasks: Mapping[str, Any]) -> Iterator[str]:  # Any: JSON values
    """Yield why there was nothing to ask, for each task."""
    for section in tasks.values():
        counts = [f"{count:,} {reason.replace('_', ' ')}" for reason, count in section["skipped"].items()]
        reasons = [*section["notes"], *([f"Left out: {', '.join(counts)}."] if counts else [])]
        yield f"{section['title']}: nothing was asked. {' '.join(reasons)}".rstrip()


def run_evaluation_plan(
    choice: RecipeChoice,
    *,
    models: Sequence[str],
    data: str | None,
    tasks: Sequence[str],
    lengths: Sequence[int],
    format_: PlanFormat,
) -> None:
    """Print the prompts, tokens and time of an evaluation. Nothing is written; no weights are read.

    Raises:
        InputError: as for `evaluate.run.evaluate`.
    """
    recipe = choice.load()
    request = request_of(recipe, models=models, data=data, tasks=tasks, lengths=lengths)
    stderr = Console(stderr=True)
    plan = make_plan(recipe, request, on_phase=lambda phase: stderr.print(phase, highlight=False))
    rows = list(_plan_rows(plan, recipe))
    if format_ is PlanFormat.JSON:
        print(json.dumps({"subjects": rows, "notes": list(plan.notes)}, ensure_ascii=False, indent=2))
        return
    console = Console()
    table = Table("model", "task", "prompts", "prompt tokens", "answer tokens at most", "about")
    for row in rows:
        for task in row["tasks"]:
            numbers = (f"{task[name]:,}" for name in ("prompts", "prompt_tokens", "answer_tokens"))
            table.add_row(row["subject"], task["task"], *numbers, duration(task["seconds"]))
    console.print(table)
    for note in [*plan.notes, *(note for planned in plan.answers for note in planned.asked.notes)]:
        console.print(note, highlight=False)


_LEAST_SHARE = 0.02
"""The share of all tokens that must be measured before the time left is told: the first answer ends a whole batch."""


class EvaluationProgress:
    """Shows a progress bar for the prompts and cells, with the time left, by tokens."""

    def __init__(self, bar: StepBar) -> None:
        self._bar = bar
        self._num_steps = self._num_tokens = 0
        self._done_steps = self._done_tokens = 0
        self._skipped_tokens = 0
        self._started = time.monotonic()

    def on_phase(self, description: str) -> None:
        """Show the current phase."""
        self._bar.describe(description)

    def on_plan(self, num_steps: int, num_tokens: int) -> None:
        """Set the bar's length."""
        self._num_steps, self._num_tokens = num_steps, num_tokens
        self._started = time.monotonic()
        self._bar.plan("measuring", total=num_steps, completed=0)

    def on_more(self, num_steps: int, num_tokens: int) -> None:
        """Make the bar longer."""
        self._num_steps += num_steps
        self._num_tokens += num_tokens
        self._bar.plan("measuring", total=self._num_steps, completed=self._done_steps)

    def on_step(self, step: Step) -> None:
        """Move the bar."""
        self._done_steps += 1
        self._done_tokens += step.num_tokens
        if not step.measured_now:
            self._skipped_tokens += step.num_tokens
        how = self._time_left() if step.measured_now else "measured before"
        self._bar.move(self._done_steps, note=f"{step.subject} {step.task} {step.length} tokens{how and f' · {how}'}")

    def _time_left(self) -> str:
        own = self._done_tokens - self._skipped_tokens
        if own < self._num_tokens * _LEAST_SHARE:
            return ""
        left = (self._num_tokens - self._done_tokens) * (time.monotonic() - self._started) / own
        return f"about {duration(max(0.0, left))} left"


def _plan_rows(plan: EvaluationPlan, recipe: Recipe) -> Any:  # Any: JSON objects
    """Yield what is planned for each subject."""
    for subject in plan.subjects:
        speed = None
        if subject.has_weights:
            from pipeline.evaluate.cost import measure_speed

            speed = measure_speed(subject.reference, dtype=recipe.evaluate.dtype, device=recipe.evaluate.device)
        tasks = []
        for planned in (planned for planned in plan.answers if planned.subject.name == subject.name):
            prompts = planned.asked.prompts
            tasks.append(
                {
                    "task": planned.task.name,
                    "prompts": len(prompts),
                    "prompt_tokens": sum(prompt.num_tokens for prompt in prompts),
                    "answer_tokens": sum(prompt.max_answer_tokens for prompt in prompts),
                    "seconds": round(speed.seconds(prompts), 1) if speed else None,
                }
            )
        for forward in plan.forwards:
            cells = [cell for cell in forward.plan.cells if cell.subject == subject.name]
            lengths = [(forward.plan.tokens_of(cell), cell.length) for cell in cells]
            seconds = round(sum(speed.pass_seconds(*one) for one in lengths), 1) if speed else None
            tasks.append(
                {
                    "task": forward.task.name,
                    "prompts": len(cells),
                    "prompt_tokens": sum(tokens for tokens, _ in lengths),
                    "answer_tokens": 0,
                    "seconds": seconds,
                }
            )
        yield {"subject": subject.name, "reference": subject.reference, "role": subject.role.value, "tasks": tasks}
