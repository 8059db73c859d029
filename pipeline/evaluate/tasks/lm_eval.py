"""Any task of EleutherAI's lm-evaluation-harness by name, such as a short-context benchmark beside the long ones.

The package `lm_eval` is not part of an extra: it is used if it is installed. It gets the loaded model and its
tokenizer, and makes its own prompts, so `lengths` does not matter. Most of its tasks download a data set; a folder
with tasks of your own (`folder`) needs no network. See github.com/EleutherAI/lm-evaluation-harness.
"""

from __future__ import annotations

import difflib
from collections.abc import Mapping, Sequence
from copy import deepcopy
from importlib import import_module
from importlib.metadata import PackageNotFoundError, version
from importlib.util import find_spec
from pathlib import Path
from typing import Annotated, Any, Literal

from pydantic import Field, NonNegativeInt, PositiveInt

from pipeline.config.evaluate import EvaluationTaskOptions
from pipeline.errors import InputError, MissingExtraError, RunError
from pipeline.evaluate.subjects.subject import Subject
from pipeline.evaluate.task import ForwardCell, ForwardPlan, ForwardTask, Planning
from pipeline.identity import fingerprint
from pipeline.scoring.intervals import Interval, wilson_interval
from pipeline.tokens.tokenizer import load_tokenizer

Measured = Sequence[tuple[ForwardCell, Mapping[str, Any], float]]
TaskName = Annotated[str, Field(pattern=r"^[^/\\]+$")]

_PACKAGE = "lm_eval"
_Z_95 = 1.959963984540054
_SHARES = ("acc", "acc_norm", "exact_match")
"""Measures that are shares of right answers, unless a task defines them in another way."""


class LmEvalOptions(EvaluationTaskOptions):
    """Options of the task `lm_eval`."""

    task: Literal["lm_eval"] = "lm_eval"
    names: tuple[TaskName, ...] = ()
    """Names of tasks or groups, as in `lm-eval ls tasks`; at least one."""
    folder: str = ""
    """A folder with YAML files of your own tasks, besides those of the package."""
    limit: NonNegativeInt = 0
    """Number of questions of each task; 0 for all."""
    num_fewshot: NonNegativeInt | None = None
    """Number of examples before each question; null for the task's own number."""
    apply_chat_template: bool = False
    """Whether questions are rendered with the model's chat template."""
    batch_size: PositiveInt = 1
    """Number of sequences in a forward pass."""


def _plan(planning: Planning) -> ForwardPlan:
    options: LmEvalOptions = planning.options
    manager = _checked(options)
    subjects = {subject.name: subject for subject in planning.subjects}
    content = fingerprint(
        {
            "options": options.model_dump(mode="json", exclude={"names", "lengths"}),
            "version": _version(),
            "files": _files(options.folder),
        }
    )
    cells = tuple(
        ForwardCell(subject, 0, name, fingerprint([name, content])) for subject in subjects for name in options.names
    )

    def measure(model: Any, cell: ForwardCell) -> Mapping[str, Any]:
        return _measure(model, subjects[cell.subject], cell.variant, options, manager)

    return ForwardPlan(cells, measure, section_of)


def _checked(options: LmEvalOptions) -> Any:  # Any: an lm_eval.tasks.TaskManager, without types
    """Refuse what cannot be run, before a model is loaded; return lm_eval's index of tasks, which takes seconds."""
    if not options.names:
        raise InputError(
            "The evaluation task lm_eval has no names.",
            remedy="Name tasks of lm-evaluation-harness in evaluate.tasks.lm_eval.names, such as [hellaswag].",
        )
    if find_spec(_PACKAGE) is None:
        raise MissingExtraError(
            "The evaluation task lm_eval needs the package lm_eval.", remedy="Install it with: pip install lm_eval"
        )
    if options.folder and not Path(options.folder).is_dir():
        raise InputError(
            f"evaluate.tasks.lm_eval.folder '{options.folder}' is not a folder.",
            remedy="Give the folder with the YAML files of your tasks.",
        )
    manager = import_module(f"{_PACKAGE}.tasks").TaskManager(include_path=options.folder or None)
    known = manager.all_tasks
    unknown = [name for name in options.names if name not in known]
    if unknown:
        near = ", ".join(difflib.get_close_matches(unknown[0], known, n=3))
        raise InputError(
            f"lm_eval {_version()} has no task '{unknown[0]}'.",
            remedy=f"Did you mean {near}?" if near else "List its tasks with: lm-eval ls tasks",
        )
    return manager


def _version() -> str:
    try:
        return version(_PACKAGE)
    except PackageNotFoundError:  # found beside the installed packages
        return ""


def _files(folder: str) -> list[list[str]]:
    """Return the names and contents of the files of a user's tasks, so that a changed task is measured again."""
    if not folder:
        return []
    paths = sorted(path for path in Path(folder).rglob("*") if path.is_file() and "__pycache__" not in path.parts)
    return [[path.relative_to(folder).as_posix(), path.read_bytes().hex()] for path in paths]


def _measure(model: Any, subject: Subject, name: str, options: LmEvalOptions, manager: Any) -> dict[str, Any]:
    wrapped = import_module(f"{_PACKAGE}.models.huggingface").HFLM(
        pretrained=model,
        # lm_eval changes settings of the tokenizer that it is given.
        tokenizer=deepcopy(load_tokenizer(subject.meter.reference)),
        batch_size=options.batch_size,
    )
    try:
        found = import_module(_PACKAGE).simple_evaluate(
            model=wrapped,
            tasks=[name],
            num_fewshot=options.num_fewshot,
            limit=options.limit or None,
            apply_chat_template=options.apply_chat_template,
            task_manager=manager,
            log_samples=False,
        )
    except (RuntimeError, MemoryError):
        raise
    except Exception as error:  # a foreign package, and code of a user's task
        raise RunError(
            f"lm_eval task '{name}' cannot be measured: {type(error).__name__}: {error}",
            remedy="Check that its data set can be reached, or leave it out of evaluate.tasks.lm_eval.names.",
        ) from error
    return {
        "results": {task: _numbers(values) for task, values in found["results"].items()},
        "num_samples": {task: counts["effective"] for task, counts in found["n-samples"].items()},
        "versions": dict(found["versions"]),
    }


def _numbers(values: Mapping[str, Any]) -> dict[str, float]:
    """Return the numbers among a task's results, such as `acc,none` and `acc_stderr,none`."""
    return {
        name: float(value)
        for name, value in values.items()
        if isinstance(value, (int, float)) and not isinstance(value, bool) and "," in name
    }


def section_of(measured: Measured) -> dict[str, Any]:
    """Return the section of `evaluation.json`."""
    return {
        "version": _version(),
        "results": [
            {"subject": cell.subject, "name": cell.variant, **row}
            for cell, values, _ in measured
            for row in _rows(values)
        ],
        "cells": [{"subject": cell.subject, "name": cell.variant, "seconds": seconds} for cell, _, seconds in measured],
    }


def _rows(values: Mapping[str, Any]) -> list[dict[str, Any]]:
    """Return one row for each task and measure, with a 95% interval where one is known."""
    rows = []
    for task, numbers in values["results"].items():
        for key, value in numbers.items():
            measure, _, filtered = key.partition(",")
            if measure.endswith("_stderr"):
                continue
            num_samples = values["num_samples"].get(task)
            interval = _interval(measure, value, num_samples, numbers.get(f"{measure}_stderr,{filtered}"))
            rows.append(
                {
                    "task": task,
                    "measure": measure,
                    "filter": filtered,
                    "value": round(value, 5),
                    "low": None if interval is None else round(interval.low, 5),
                    "high": None if interval is None else round(interval.high, 5),
                    "n": num_samples,
                }
            )
    return rows


def _interval(measure: str, value: float, num_samples: int | None, error: float | None) -> Interval | None:
    """Return Wilson's interval for a share of right answers, or else 1.96 of lm_eval's standard errors to each side."""
    if measure in _SHARES and num_samples:
        hits = round(value * num_samples)
        if abs(value * num_samples - hits) < 1e-6:
            return wilson_interval(hits, num_samples)
    return None if error is None else Interval(value - _Z_95 * error, value + _Z_95 * error)


TASK = ForwardTask(
    name="lm_eval",
    title="lm-evaluation-harness",
    about="Tasks of EleutherAI's lm-evaluation-harness, run and scored by it.",
    options=LmEvalOptions,
    plan=_plan,
    needs_build=False,
)
