"""The structural tasks: each module of this package defines one task as `TASK`, a `StructuralTask`.

A task reads a document (`Reading`) and returns facts to ask about and structures that it refuses to ask about
(`Findings`). To add a task, add a module. Recipes need only the names of the tasks, which are read from the folder; the
modules are imported on first use.
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from importlib import import_module
from pkgutil import iter_modules
from typing import TYPE_CHECKING

from pipeline.plugin_modules import task_of

if TYPE_CHECKING:
    from pipeline.synthesize.structural.task import Form, StructuralTask


@cache
def task_names() -> tuple[str, ...]:
    """Return the names of all tasks, sorted."""
    return tuple(sorted(module.name for module in iter_modules(__path__)))


@cache
def structural_tasks() -> tuple[StructuralTask, ...]:
    """Return all tasks, sorted by `order`.

    Raises:
        ValueError: the name of a task differs from the name of its module; the message gives both.
    """
    found: list[StructuralTask] = [task_of(import_module(f"{__name__}.{name}")) for name in task_names()]
    return tuple(sorted(found, key=lambda task: (task.order, task.name)))


@cache
def forms_by_name() -> Mapping[str, Form]:
    """Return the forms of all tasks, by name."""
    return {form.name: form for task in structural_tasks() for form in task.forms}
