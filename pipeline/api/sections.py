"""Makes the section of a recipe from keyword arguments, so that a piece has the names and defaults of recipe keys."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, TypeVar

from pydantic import ValidationError

from pipeline.config.base import RecipeSection
from pipeline.errors import RecipeError

Section = TypeVar("Section", bound=RecipeSection)


def section_of(kind: type[Section], values: Mapping[str, Any], *, what: str) -> Section:  # Any: values of a recipe
    """Return the section with the given keys and defaults for the others.

    Args:
        kind: the section's model.
        values: its keys.
        what: the function that they were given to, for messages.

    Raises:
        RecipeError: a key is unknown, or a value is not allowed.
    """
    try:
        return kind.model_validate(values)
    except ValidationError as error:
        first = error.errors()[0]
        key = ".".join(str(part) for part in first["loc"])
        known = ", ".join(kind.model_fields)
        said = first["msg"].removeprefix("Value error, ")
        raise RecipeError(f"{what}: {key or 'the settings'}: {said}.", remedy=f"Settings: {known}.") from error
