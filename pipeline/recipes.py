"""Recipes with the options of every plug-in. Only this module knows all teachers, methods and tasks.

In: a recipe's file or name. Out: the frozen `Recipe`. Used by the commands and by notebooks. `config` reads and
validates the file but imports no plug-in, so this floor collects the options models and registers them there.
"""

from __future__ import annotations

from collections.abc import Sequence

from pipeline.config import load
from pipeline.config.recipe import Recipe


def collect_plugins() -> None:
    """Register the options models of all plug-ins with `config.plugins`. Repeated calls change nothing."""


def load_recipe(reference: str | None, *, overrides: Sequence[str], fragments: Sequence[str] = ()) -> Recipe:
    """Collect the plug-ins, then read a recipe with `config.load.load_recipe`."""
    collect_plugins()
    return load.load_recipe(reference, overrides=overrides, fragments=fragments)
