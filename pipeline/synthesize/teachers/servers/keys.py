"""Reads a server's API key from the environment, and refuses a recipe that contains it.

The manifest repeats the recipe, so a key in the recipe would be stored in the build folder. Used by the `openai`
teacher.
"""

from __future__ import annotations

import os

from pipeline.config.build import TeacherOptions
from pipeline.errors import InputError, RecipeError

_SHORTEST_KEY_CHARS = 8
"""Minimum length of a key that is searched for in options. A shorter key may be part of a model name by chance."""


def read_key(variable: str) -> str:
    """Return the key in an environment variable, or an empty string if the variable is not set.

    Raises:
        InputError: the key has characters that no HTTP header can carry.
    """
    key = os.environ.get(variable, "").strip()
    if not (key.isascii() and key.isprintable()):
        raise InputError(
            f"The key in the environment variable {variable} has characters that no HTTP header can carry.",
            remedy="Set it again, with ASCII letters, digits and signs only and without line breaks.",
        )
    return key


def refuse_key_in(options: TeacherOptions, variable: str) -> None:
    """Refuse options that contain the key in an environment variable, unless the key has fewer than eight characters.

    Raises:
        RecipeError: an option contains the key. The message names the option but does not show its value.
    """
    key = os.environ.get(variable, "").strip()
    if len(key) < _SHORTEST_KEY_CHARS:
        return
    for name, value in options:
        if isinstance(value, str) and key in value:
            raise RecipeError(
                f"synthesize.teacher.{name} contains the key from the environment variable {variable}.",
                remedy="Remove the key from the recipe; it is read from the environment.",
            )
