"""An evaluation task is added by one file: a toy task in a copy of the package is planned by name, and scored."""

from __future__ import annotations

import json
from pathlib import Path

from package_copy import copy_package, run_with_copy
from small_student import small_tokenizer

MODULE = '''
"""The task `echo`: repeats a word."""

from typing import Literal

from pipeline.config.evaluate import EvaluationTaskOptions
from pipeline.evaluate.prompt import Prompt, Scores
from pipeline.evaluate.task import AnswerTask, Asked, Asking
from pipeline.records import Message


class EchoOptions(EvaluationTaskOptions):
    """Options of the echo."""

    task: Literal["echo"] = "echo"
    word: str = "maple"
    """The word."""


def ask(asking: Asking) -> Asked:
    messages = (Message("user", f"Repeat: {asking.options.word}"),)
    size = asking.meter.count_prompt(messages)
    prompts = (
        Prompt(
            item="echo", messages=messages, gold=(asking.options.word,), length=length, num_tokens=size, cluster="echo"
        )
        for length in asking.lengths
    )
    return Asked(tuple(prompts))


def score(prompt: Prompt, answer: str) -> Scores:
    return {"found": float(prompt.gold[0] in answer)}


TASK = AnswerTask(
    name="echo",
    title="Echo",
    about="Repeats a word.",
    options=EchoOptions,
    ask=ask,
    score=score,
    measure="found",
    needs_build=False,
)
'''
RECIPE = """
name: toy
inputs: [{path: lease.txt}]
evaluate: {lengths: [512], tasks: {echo: {word: walnut}}, server: {tokenizer: tokenizer}}
"""


def test_one_file_adds_an_evaluation_task_that_a_recipe_names(tmp_path: Path) -> None:
    package = copy_package(tmp_path)
    (package / "evaluate" / "tasks" / "echo.py").write_text(MODULE, encoding="utf-8")
    small_tokenizer().save_pretrained(tmp_path / "tokenizer")
    (tmp_path / "toy.yaml").write_text(RECIPE, encoding="utf-8")
    planned = run_with_copy(
        tmp_path, "-m", "pipeline", "evaluate", "toy.yaml", "--model", "http://127.0.0.1:1/v1#m", "--plan", "--json"
    )
    assert planned.returncode == 0, planned.stderr
    (subject,) = json.loads(planned.stdout)["subjects"]
    (task,) = subject["tasks"]
    assert (task["task"], task["prompts"], task["seconds"]) == ("echo", 1, None) and task["prompt_tokens"] > 4
    wrong = run_with_copy(tmp_path, "-m", "pipeline", "evaluate", "toy.yaml", "--set", "evaluate.tasks.echo.size=1")
    assert wrong.returncode == 2 and "evaluate.tasks.echo.size" in wrong.stderr + wrong.stdout
    listed = run_with_copy(tmp_path, "-m", "pipeline", "evaluate", "toy.yaml", "--task", "ecko")
    assert listed.returncode == 2 and "echo" in listed.stderr + listed.stdout
