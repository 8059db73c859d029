"""Takes the task that a module defines: structural, written and evaluation tasks are one in each module of a package.

The package lists and imports its own modules, because `stages.code` follows computed imports only there.
"""

from __future__ import annotations

from types import ModuleType
from typing import Any


def task_of(module: ModuleType) -> Any:  # Any: the package's own kind of task
    """Return the `TASK` of a module.

    Raises:
        ValueError: the name of the task differs from the name of its module; the message gives both.
    """
    name = module.__name__.rpartition(".")[2]
    task = module.TASK
    if task.name != name:
        path = module.__name__.replace(".", "/")
        raise ValueError(f"{path}.py: the name of TASK must be {name!r}, not {task.name!r}")
    return task
