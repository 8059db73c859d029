"""Teachers: models that write questions, answers and summaries. Each kind is one file, which this module finds.

A kind is a module of this package that holds `TEACHER`, a `TeacherPlugin`. Importing such a module does not load the
packages that its model needs.
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
    """Return every kind of teacher by its name, in the order of module names."""
    modules = [import_module(f"{__name__}.{module.name}") for module in pkgutil.iter_modules(__path__)]
    plugins: list[TeacherPlugin[Any]] = [module.TEACHER for module in modules if hasattr(module, "TEACHER")]
    by_kind = {plugin.kind: plugin for plugin in plugins}
    assert len(by_kind) == len(plugins), "two teachers have the same kind"
    return by_kind


def is_server(teacher: str) -> bool:
    """Return whether a teacher of this name is a server, or was one when its answers were recorded."""
    plugin = teacher_plugins().get(teacher.partition(":")[0])
    return plugin is not None and plugin.is_server
