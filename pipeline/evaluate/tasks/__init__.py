"""The evaluation tasks: each module of this package defines one task as `TASK`, an `EvaluationTask`.

A task makes prompts and scores answers. To add a task, add a module. Recipes name tasks in `evaluate.tasks`. A module
is imported when its task or options are first used, because many of them need the grammars of documents; none of them
imports torch.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from functools import cache
from importlib import import_module
from pkgutil import iter_modules
from typing import TYPE_CHECKING

from pipeline.plugin_modules import task_of

if TYPE_CHECKING:
    from pipeline.config.evaluate import EvaluationTaskOptions
    from pipeline.evaluate.task import EvaluationTask


@cache
def evaluation_task_names() -> tuple[str, ...]:
    """Return the names of all tasks, sorted."""
    return tuple(sorted(module.name for module in iter_modules(__path__)))


@cache
def evaluation_task(name: str) -> EvaluationTask:
    """Return one task.

    Raises:
        ValueError: the name of the task differs from the name of its module; the message gives both.
    """
    task: EvaluationTask = task_of(import_module(f"{__name__}.{name}"))
    return task


def evaluation_tasks() -> Mapping[str, EvaluationTask]:
    """Return all tasks by name, sorted; every module is imported. For errors, see `evaluation_task`."""
    return {name: evaluation_task(name) for name in evaluation_task_names()}


class TaskOptions(Mapping[str, "type[EvaluationTaskOptions]"]):
    """The options models of all tasks by name. Looking one up imports its task only."""

    def __getitem__(self, name: str) -> type[EvaluationTaskOptions]:
        if name not in self:
            raise KeyError(name)
        return evaluation_task(name).options

    def __contains__(self, name: object) -> bool:
        return name in evaluation_task_names()

    def __iter__(self) -> Iterator[str]:
        return iter(evaluation_task_names())

    def __len__(self) -> int:
        return len(evaluation_task_names())
