"""Teachers are models that write questions, answers and summaries. Each kind of teacher is a module of this package.

The module holds `TEACHER`, a `TeacherPlugin`. Importing the module does not load the packages that its model needs.
"""

from __future__ import annotations

import pkgutil
from collections.abc import Mapping
from functools import cache
from importlib import import_module
from typing import Any

from pipeline.synthesize.teachers.plugin import TeacherPlugin


@cache
def teacher_plugins() -> Mapping[str, TeacherPlugin[Any]]:  # Any: each with the options of its own kind
    """Return the plug-ins of all kinds of teachers by kind, in the order of module names."""
    modules = [import_module(f"{__name__}.{module.name}") for module in pkgutil.iter_modules(__path__)]
    plugins: list[TeacherPlugin[Any]] = [module.TEACHER for module in modules if hasattr(module, "TEACHER")]
    by_kind = {plugin.kind: plugin for plugin in plugins}
    assert len(by_kind) == len(plugins), "two teachers have the same kind"
    return by_kind


def is_server(teacher: str) -> bool:
    """Return whether a name, such as `openai:Qwen/Qwen3-32B`, is that of a server's teacher.

    The `replay` teacher has the name of the teacher that it replays.
    """
    plugin = teacher_plugins().get(teacher.partition(":")[0])
    return plugin is not None and plugin.is_server
