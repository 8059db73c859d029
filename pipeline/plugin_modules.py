"""Loads the tasks that a package has, one in each of its modules: structural, written and evaluation tasks.

A recipe needs names only, so names are read from the folder and modules are imported when they are asked for.
"""

from __future__ import annotations

from collections.abc import Iterable
from importlib import import_module
from pkgutil import iter_modules
from typing import Any


def module_names(paths: Iterable[str]) -> tuple[str, ...]:
    """Return the names of the modules in a package's folders, sorted."""
    return tuple(sorted(module.name for module in iter_modules(paths)))


def load_task(package: str, name: str) -> Any:  # Any: the package's own kind of task
    """Return the `TASK` of a module.

    Raises:
        ValueError: the name of the task differs from the name of its module; the message gives both.
    """
    task = import_module(f"{package}.{name}").TASK
    if task.name != name:
        path = package.replace(".", "/")
        raise ValueError(f"{path}/{name}.py: the name of TASK must be {name!r}, not {task.name!r}")
    return task
