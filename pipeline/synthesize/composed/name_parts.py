"""Splits names of options, functions, terms and people into a beginning and an end.

Each function returns two parts that together are the name, or None for a name of one part. Used with
`absence.recombined`.
"""

from __future__ import annotations

import re

_OPTION = re.compile(r"(?P<begin>--?(?!no-)(?:[a-z][a-z0-9]*-)+)(?P<end>[a-z][a-z0-9]*)")
_CONSTANT = re.compile(r"(?P<begin>(?:[A-Z][A-Z0-9]*_)+)(?P<end>[A-Z][A-Z0-9]*)")
_SNAKE = re.compile(r"(?P<begin>_?(?:[a-z][a-z0-9]*_)+)(?P<end>[a-z][a-z0-9]*)")
_CAMEL = re.compile(r"(?P<begin>[a-z]{2,}\d*(?:[A-Z][a-z0-9]+)*)(?P<end>[A-Z][a-z0-9]+)")
_PERSON = re.compile(r"(?P<begin>[A-Z][\w'’.-]+) (?P<end>[A-Z][\w'’-]+)")


def option_parts(name: str) -> tuple[str, str] | None:
    """Split an option or setting: `--max-` and `size`, `MAX_` and `SIZE`, `max_` and `size`."""
    return _split(_OPTION, name) or _split(_CONSTANT, name) or _split(_SNAKE, name)


def function_parts(name: str) -> tuple[str, str] | None:
    """Split a function's simple name: `get_` and `user`, `get` and `User`."""
    return _split(_SNAKE, name) or _split(_CAMEL, name)


def person_parts(name: str) -> tuple[str, str] | None:
    """Split a name written with a space: `Ada ` and `Lind`."""
    return _split(_PERSON, name, joint=" ")


def _split(pattern: re.Pattern[str], name: str, *, joint: str = "") -> tuple[str, str] | None:
    match = pattern.fullmatch(name)
    return (match["begin"] + joint, match["end"]) if match else None
