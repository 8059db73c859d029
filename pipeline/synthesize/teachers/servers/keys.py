"""Read the key of a server from the environment, and refuse it in a recipe, because the manifest repeats the recipe."""

from __future__ import annotations

import os

from pipeline.config.build import TeacherOptions
from pipeline.errors import InputError, RecipeError

_SHORTEST_KEY_CHARS = 8
"""Shortest key that is searched for in options; a shorter one may be part of a model's name by chance."""


def read_key(variable: str) -> str:
    """Return the key in an environment variable; empty if it is not set.

    Raises:
        InputError: the key has characters that no HTTP header can carry.
    """
    key = os.environ.get(variable, "").strip()
    if not (key.isascii() and key.isprintable()):
        raise InputError(
            f"The key in the environment variable {variable} has characters that no HTTP header can carry.",
            remedy="Set it again, without line breaks and quotes.",
        )
    return key


def refuse_key_in(options: TeacherOptions, variable: str) -> None:
    """Refuse options that hold the key of an environment variable.

    Raises:
        RecipeError: an option holds the key; the message names the option, without its value.
    """
    key = os.environ.get(variable, "").strip()
    if len(key) < _SHORTEST_KEY_CHARS:
        return
    for name, value in options:
        if isinstance(value, str) and key in value:
            raise RecipeError(
                f"synthesize.teacher.{name} holds the key of the environment variable {variable}.",
                remedy="Remove it; the key is read from the environment.",
            )
