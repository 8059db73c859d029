"""`pipeline.load_recipe`: a recipe from a file or by name, with changes."""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from typing import Any

from pipeline.api.arguments import listed
from pipeline.config import load
from pipeline.config.recipe import Recipe

_INPUTS = "inputs"


def load_recipe(
    name_or_path: str | os.PathLike[str] | None = None,
    *,
    fragments: str | os.PathLike[str] | Sequence[str | os.PathLike[str]] = (),
    **overrides: Any,  # Any: values of a recipe
) -> Recipe:
    """Return a recipe: the settings of a build, a training and an evaluation.

    Args:
        name_or_path: a YAML file or the name of a recipe that ships with the project; by default `quickstart`.
        fragments: one or more YAML files with some keys of a recipe, such as the `rope.yaml` of a search.
        overrides: values by key. A mapping is merged into a section; other values replace what the recipe has. Inner
            keys can also be written as one path: `**{"finetune.max_steps": 10}`. `inputs` may be a path or paths.

    Raises:
        InputError: the file or name does not exist.
        RecipeError: a key is unknown, or a value is not allowed; the message names valid keys.

    Example:
        >>> import pipeline
        >>> recipe = pipeline.load_recipe(inputs=["contracts/"], clean={"min_chars": 100}, **{"pack.buckets": [8192]})
        >>> recipe.name, recipe.inputs[0].path, recipe.clean.min_chars, recipe.pack.buckets
        ('quickstart', 'contracts/', 100, (8192,))
    """
    keys = {key: _plain(value) for key, value in overrides.items()}
    if _INPUTS in keys:
        given = keys[_INPUTS]
        paths = given if isinstance(given, list) else [given]
        keys[_INPUTS] = [{"path": one} if isinstance(one, str) else one for one in paths]
    reference = os.fspath(name_or_path) if name_or_path is not None else None
    return load.load_recipe(reference, fragments=[os.fspath(path) for path in listed(fragments)], changes=keys)


def recipe_of(recipe: Recipe | str | os.PathLike[str] | None) -> Recipe:
    """Return a recipe that was given itself, by its file, by its name, or not at all."""
    return recipe if isinstance(recipe, Recipe) else load_recipe(recipe)


def _plain(value: Any) -> Any:
    """Return a value as YAML would have it: paths as texts, tuples as lists."""
    if isinstance(value, os.PathLike):
        return os.fspath(value)
    if isinstance(value, Mapping):
        return {key: _plain(inner) for key, inner in value.items()}
    if isinstance(value, list | tuple):
        return [_plain(inner) for inner in value]
    return value
