"""Checks the section of a recipe that a transform is given, when the transform is constructed.

Without the check, a mapping or a whole recipe would fail only on the workers, document by document. Used by the
constructors of transforms.
"""

from __future__ import annotations

import reprlib
from collections.abc import Mapping
from typing import TypeVar

from pipeline.config.base import RecipeSection
from pipeline.errors import InputError

Section = TypeVar("Section", bound=RecipeSection)


def check_section(given: object, kind: type[Section], *, transform: str, key: str) -> Section:
    """Return the section, or one with the defaults if None is given.

    Args:
        given: what was given as the section.
        kind: the section's model.
        transform: the name of the transform.
        key: where the section is in a recipe, such as `synthesize.structural`.

    Raises:
        InputError: it is something else, such as a mapping or the whole recipe.
    """
    if given is None:
        return kind()
    if isinstance(given, kind):
        return given
    shown = f"the mapping {reprlib.repr(dict(given))}" if isinstance(given, Mapping) else type(given).__name__
    first, *inner = key.split(".")
    changes = "{…}"
    for name in reversed(inner):
        changes = f'{{"{name}": {changes}}}'
    raise InputError(
        f"{transform} takes the section `{key}` of a recipe, and was given {shown}.",
        remedy=f"Give `pipeline.load_recipe({first}={changes}).{key}`, where … are the settings to change.",
    )
