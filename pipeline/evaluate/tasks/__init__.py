"""The evaluation tasks: each module of this package defines one task as `TASK`, an `EvaluationTask`.

A task makes prompts and scores answers. To add a task, add a module. Recipes name tasks in `evaluate.tasks`; the
modules are imported on first use, and none of them imports torch.
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from importlib import import_module
from pkgutil import iter_modules
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pipeline.evaluate.task import EvaluationTask


@cache
def evaluation_task_names() -> tuple[str, ...]:
    """Return the names of all tasks, sorted."""
    return tuple(sorted(module.name for module in iter_modules(__path__)))


@cache
def evaluation_tasks() -> Mapping[str, EvaluationTask]:
    """Return all tasks by name, sorted.

    Raises:
        ValueError: the name of a task differs from the name of its module; the message gives both.
    """
    tasks: dict[str, EvaluationTask] = {}
    for name in evaluation_task_names():
        task = import_module(f"{__name__}.{name}").TASK
        if task.name != name:
            raise ValueError(f"pipeline/evaluate/tasks/{name}.py: the name of TASK must be {name!r}, not {task.name!r}")
        tasks[name] = task
    return tasks
