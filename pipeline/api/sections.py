"""Makes the section of a recipe from keyword arguments, so that a piece has the names and defaults of recipe keys."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from inspect import Parameter, signature
from typing import Any, TypeVar

from pydantic import ValidationError

from pipeline.config.base import RecipeSection
from pipeline.config.load import explained

Section = TypeVar("Section", bound=RecipeSection)


def section_of(
    kind: type[Section],
    values: Mapping[str, Any],
    *,
    function: Callable[..., Any],
    beside: Iterable[str] = (),
) -> Section:  # Any: values of a recipe, a function of this package
    """Return the section with the given keys and defaults for the others.

    Args:
        kind: the section's model.
        values: its keys.
        function: the function that they were given to. Messages name it, and for an unknown key its own arguments too.
        beside: further keys that the function takes.

    Raises:
        RecipeError: a key is unknown, or a value is not allowed; the message names the nearest key, or all.
    """
    try:
        return kind.model_validate(values)
    except ValidationError as error:
        own = [one.name for one in signature(function).parameters.values() if one.kind is Parameter.KEYWORD_ONLY]
        raise explained(error, values, source=function.__name__, section=kind, beside=(*own, *beside)) from error
