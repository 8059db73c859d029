"""The tasks of a chat teacher: each module of this package defines one task as `TASK`, a `WrittenTask`.

A task plans the requests about a document and reads the replies. Its wordings are in
`languages/LANGUAGE/written/TASK.yaml`. To add a task, add a module and its wordings. Recipes need only the names of the
tasks, which are read from the folder; the modules are imported on first use.
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from importlib import import_module
from pkgutil import iter_modules
from typing import TYPE_CHECKING

from pipeline.plugin_modules import task_of

if TYPE_CHECKING:
    from pipeline.synthesize.written.task import WrittenTask


@cache
def written_task_names() -> tuple[str, ...]:
    """Return the names of all tasks, sorted."""
    return tuple(sorted(module.name for module in iter_modules(__path__)))


@cache
def written_tasks() -> Mapping[str, WrittenTask]:
    """Return all tasks by name, sorted.

    Raises:
        ValueError: the name of a task differs from the name of its module; the message gives both.
    """
    return {name: task_of(import_module(f"{__name__}.{name}")) for name in written_task_names()}
