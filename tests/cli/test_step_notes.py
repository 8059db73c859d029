"""What stands beside the bars of finetune and evaluate, and the lines above them."""

from __future__ import annotations

import io
import re

import pytest
from rich.console import Console

from pipeline.cli import evaluate_command, finetune_command
from pipeline.cli.duration import duration
from pipeline.cli.step_bar import StepBar
from pipeline.evaluate.asking import Step
from pipeline.train.run.metrics import (
    AnsweredQuestion,
    AnswersMetrics,
    DocumentLoss,
    ProbeMetrics,
    StagePlan,
    StepMetrics,
    TrainingPlan,
    ValidationMetrics,
)

NOTE = "loss 1.235 over 80 of 600 tokens · 410 tokens/s · 2.3 GiB · 9 s left"
STAGES = tuple(StagePlan(name, 5, 640, 7, 2) for name in ("short", "long"))
LOSSES = (DocumentLoss("a", 20.0, 30), DocumentLoss("b", 29.4, 20))
ANSWERS = AnswersMetrics(
    step=4,
    stage="short",
    questions=3,
    documents=2,
    f1=0.5,
    f1_low=0.1,
    f1_high=0.9,
    exact=1 / 3,
    exact_low=0.0,
    exact_high=0.8,
    seconds=1.0,
    answers=(
        AnsweredQuestion(
            "r1", 0, "a", "How much is the rent?", "1,450 dollars a month", "1,450 dollars", 0.8, False, False
        ),
        AnsweredQuestion("r1", 1, "a", "월세는?", "65만 원", "", 0.0, False, False),
        AnsweredQuestion("r2", 0, "b", "When?", "May", "May", 1.0, True, False),
    ),
)


def shown(bar: StepBar) -> tuple[str, float | None, float, str]:
    (task,) = bar._progress.tasks
    return task.description, task.total, task.completed, str(task.fields["note"])


@pytest.mark.parametrize(("num_stages", "of"), [(1, ""), (2, " (short, sft)")])
def test_training_shows_its_steps_and_prints_what_it_measured(num_stages: int, of: str) -> None:
    out = io.StringIO()
    console = Console(file=out, width=200, force_terminal=False)
    bar = StepBar(console)
    observer = finetune_command.TrainingProgress(console, bar)
    assert shown(bar) == ("starting", None, 0, "")
    observer.on_phase("reading the data")
    assert shown(bar)[0] == "reading the data"
    observer.on_plan(plan(num_stages, first_step=4))
    assert shown(bar) == ("training", 10, 3, "")
    observer.on_stage(STAGES[0])
    observer.on_step(StepMetrics(4, "short", 1.23456, 2e-4, 0.5, 600, 80, 1.5, 409.6, 2.345))
    assert shown(bar) == ("training", 10, 4, NOTE)
    observer.on_validation(ValidationMetrics(4, "short", "sft", 0.98765, 50, 1.0, LOSSES))
    observer.on_answers(ANSWERS)
    observer.on_probe(ProbeMetrics(4, "short", 512, 0.5, 3, 2, 0.1, 1.0))
    observer.on_checkpoint(4)
    assert shown(bar)[0] == "training (saved at 4)"
    expected = [
        "reading the data",
        "Resuming after step 3 of 10.",
        *(["stage short: 5 steps over 7 packs of up to 640 tokens"] if num_stages > 1 else []),
        f"4/10 {NOTE}",
        f"held-out loss after 4 steps{of}: 0.9877 (50 answer tokens of 2 documents)",
        f"answers after 4 steps{of[:7] and ' (short)'}: F1 0.50 [0.10, 0.90], exactly right 1 of 3 (2 documents)",
        "  How much is the rent? – answered: 1,450 dollars – right: 1,450 dollars a month",
        "  월세는? – answered: nothing – right: 65만 원",
        "passkey after 4 steps, 512 tokens, depth 0.5: 2 of 3 found",
        "training (saved at 4)",
    ]
    assert out.getvalue().splitlines() == expected


def test_training_from_the_beginning_says_nothing_of_going_on() -> None:
    out = io.StringIO()
    console = Console(file=out, width=200, force_terminal=False)
    bar = StepBar(console)
    finetune_command.TrainingProgress(console, bar).on_plan(plan(1, first_step=1))
    assert shown(bar) == ("training", 10, 0, "")
    assert out.getvalue() == ""


def plan(num_stages: int, *, first_step: int) -> TrainingPlan:
    return TrainingPlan(num_steps=10, first_step=first_step, stages=STAGES[:num_stages])


def test_evaluation_shows_each_step_the_time_left_and_whether_it_was_measured_now() -> None:
    bar = StepBar(Console(file=io.StringIO(), width=200))
    observer = evaluate_command.EvaluationProgress(bar)
    observer.on_plan(3, 5120)
    assert shown(bar) == ("measuring", 3, 0, "")
    observer.on_step(Step("base", "passkey", 512, 500, measured_now=False))
    assert shown(bar) == ("measuring", 3, 1, "base passkey 512 tokens · measured before")
    observer.on_step(Step("base", "rows", 2048, 2000, measured_now=True))
    description, total, done, note = shown(bar)
    assert (description, total, done) == ("measuring", 3, 2)
    assert re.fullmatch(r"base rows 2048 tokens · about \d+ s left", note)
    observer.on_more(2, 100)
    assert shown(bar)[1] == 5


@pytest.mark.parametrize(
    ("seconds", "words"), [(None, "unknown"), (0.4, "0 s"), (59, "59 s"), (150, "2 min"), (5400, "1.5 h")]
)
def test_duration_is_said_in_the_nearest_unit(seconds: float | None, words: str) -> None:
    assert duration(seconds) == words
