"""Registers all plug-ins that recipes can name: teachers, RoPE methods, structural, written and
evaluation tasks.

`config` validates recipes but imports no plug-in. `pipeline/__init__.py` gives `collect_plugins` to
`plugin_collectors`, and `config` has it called once per process, when a recipe first needs an options model.
"""

from __future__ import annotations

from pipeline.config.base import RecipeSection
from pipeline.config.plugins import EVALUATION_TASK, STRUCTURAL_TASK, WRITTEN_TASK, Family, register
from pipeline.config.rope import ROPE_METHODS


def collect_plugins() -> None:
    """Register the options models of all plug-ins with `config.plugins`. Repeated calls change nothing."""
    # Imported here so that importing `pipeline` loads no plug-in.
    from pipeline.evaluate.tasks import TaskOptions
    from pipeline.synthesize.tasks import task_names
    from pipeline.synthesize.teachers import teacher_plugins
    from pipeline.synthesize.written_tasks import written_task_names
    from pipeline.train.rope.methods import method_class, method_names

    teachers = {kind: plugin.options for kind, plugin in teacher_plugins().items()}
    register("teacher", Family(teachers, default="transformers"))
    register(ROPE_METHODS, Family({name: method_class(name) for name in method_names()}, default="yarn"))
    # Structural and written tasks have no options, so their names are enough and their modules are not imported.
    register(STRUCTURAL_TASK, Family(dict.fromkeys(task_names(), RecipeSection)))
    register(WRITTEN_TASK, Family(dict.fromkeys(written_task_names(), RecipeSection)))
    register(EVALUATION_TASK, Family(TaskOptions()))
