"""Recipes with the options of every plug-in. Only this module knows all teachers, methods and tasks.

In: a recipe's file or name. Out: the frozen `Recipe`. Used by the commands and by notebooks. `config` reads and
validates the file but imports no plug-in, so this module collects the options models and registers them there.
"""

from __future__ import annotations

from collections.abc import Sequence

from pipeline.config import load
from pipeline.config.base import RecipeSection
from pipeline.config.build import STRUCTURAL_TASK
from pipeline.config.plugins import Family, register
from pipeline.config.recipe import Recipe
from pipeline.config.rope import ROPE_METHODS


def collect_plugins() -> None:
    """Register the options models of all plug-ins with `config.plugins`. Repeated calls change nothing."""
    # Imported here, so that importing `pipeline` loads no plug-in.
    from pipeline.synthesize.tasks import task_names
    from pipeline.synthesize.teachers import teacher_plugins
    from pipeline.train.rope.methods import method_class, method_names

    teachers = {kind: plugin.options for kind, plugin in teacher_plugins().items()}
    register("teacher", Family(teachers, default="transformers"))
    register(ROPE_METHODS, Family({name: method_class(name) for name in method_names()}, default="yarn"))
    # A structural task has no options, so its name is enough and its module is not imported.
    register(STRUCTURAL_TASK, Family(dict.fromkeys(task_names(), RecipeSection)))


def load_recipe(reference: str | None, *, overrides: Sequence[str], fragments: Sequence[str] = ()) -> Recipe:
    """Collect the plug-ins, then read a recipe with `config.load.load_recipe`."""
    collect_plugins()
    return load.load_recipe(reference, overrides=overrides, fragments=fragments)
