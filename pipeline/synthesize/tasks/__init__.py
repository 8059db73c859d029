"""The structural tasks, one module each; a new one is a new module with a `TASK`, a `StructuralTask`.

Recipes need the names alone, so they are read from the folder; the tasks are imported when they are first asked for.
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from importlib import import_module
from pkgutil import iter_modules
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pipeline.synthesize.structural.task import Form, StructuralTask


@cache
def task_names() -> tuple[str, ...]:
    """The names of all tasks, sorted."""
    return tuple(sorted(module.name for module in iter_modules(__path__)))


@cache
def structural_tasks() -> tuple[StructuralTask, ...]:
    """All tasks in their order.

    Raises:
        ValueError: a task has another name than its file; says which.
    """
    found: list[StructuralTask] = []
    for name in task_names():
        task = import_module(f"{__name__}.{name}").TASK
        if task.name != name:
            raise ValueError(
                f"pipeline/synthesize/tasks/{name}.py: the name of TASK must be {name!r}, not {task.name!r}"
            )
        found.append(task)
    return tuple(sorted(found, key=lambda task: (task.order, task.name)))


@cache
def forms_by_name() -> Mapping[str, Form]:
    """All forms of all tasks."""
    return {form.name: form for task in structural_tasks() for form in task.forms}
