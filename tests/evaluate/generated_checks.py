"""Asks the tasks that need no build, and checks what holds for every one of their prompts."""

from __future__ import annotations

from pipeline.evaluate.meter import Meter
from pipeline.evaluate.prompt import Prompt
from pipeline.evaluate.task import AnswerTask, Asked, Asking
from pipeline.evaluate.tasks import evaluation_tasks

METER = Meter("embedded:smollm2-135m-instruct")
GENERATED = (
    "coreference",
    "cwe",
    "fwe",
    "graph_walks",
    "lines",
    "niah_multikey",
    "niah_multiquery",
    "niah_multivalue",
    "niah_single",
    "passkey",
    "vt",
)


def task_of(name: str) -> AnswerTask:
    task = evaluation_tasks()[name]
    assert isinstance(task, AnswerTask)
    return task


def asked_of(name: str, *lengths: int, seed: int = 3, **options: object) -> Asked:
    task = task_of(name)
    return task.ask(Asking(task.options(**options), lengths, METER, None, seed))


def text_of(prompt: Prompt) -> str:
    return "\n\n".join(message.content for message in prompt.messages)


def score_of(name: str, prompt: Prompt, answer: str) -> float:
    task = task_of(name)
    scores = task.score(prompt, answer)
    assert set(scores) == set(task.all_measures())
    value = scores[task.measure]
    assert value is not None and 0.0 <= value <= 1.0
    return value
