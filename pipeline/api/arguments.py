"""Checks arguments that are no keys of a recipe: names out of a few, and lists.

Used by the other modules of this package, before they do anything that costs time.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from difflib import get_close_matches
from enum import StrEnum
from reprlib import repr as shortened
from types import MappingProxyType
from typing import Any, TypeVar

from pipeline.errors import InputError

Choice = TypeVar("Choice", bound=StrEnum)
_NO_REMEDIES: Mapping[str, str] = MappingProxyType({})


def require_name(given: str, names: Iterable[str], *, argument: str) -> None:
    """Refuse a value that is none of the names.

    Args:
        given: the value.
        names: the names.
        argument: the function and its argument, as the beginning of the message: `clean_text: domain`.

    Raises:
        InputError: the value is none of the names; the message has the nearest one, or all.
    """
    known = list(names)
    if given in known:
        return
    near = get_close_matches(str(given), known, n=1)
    raise InputError(
        f"{argument} is {given!r}.",
        remedy=f"Did you mean '{near[0]}'?" if near else f"Use one of: {', '.join(known)}.",
    )


def choice_of(kind: type[Choice], given: Choice | str, *, argument: str) -> Choice:
    """Return the member of an enum, which may be given by its value.

    Raises:
        InputError: no member has this value.
    """
    require_name(given, kind, argument=argument)
    return kind(given)


def require_type(
    given: object,
    kinds: type | tuple[type, ...],
    *,
    argument: str,
    remedy: str,
    remedies: Mapping[str, str] = _NO_REMEDIES,
) -> None:
    """Refuse a value of another type.

    Args:
        given: the value.
        kinds: the types that it may have.
        argument: the function and its argument, as the beginning of the message.
        remedy: what to give instead.
        remedies: what to do about a value of some other types, by their names.

    Raises:
        InputError: the value has another type.
    """
    if not isinstance(given, kinds):
        name = type(given).__name__
        raise InputError(f"{argument} is of type {name}.", remedy=remedies.get(name, remedy))


def is_single(given: object) -> bool:
    """Return whether an argument is one value, such as a text, and no list of values."""
    return isinstance(given, str | bytes | Mapping) or not isinstance(given, Iterable)


def listed(given: Any) -> list[Any]:  # Any: an item of any type, or a list of them
    """Return the items of an argument that may also be a single item."""
    return [given] if is_single(given) else list(given)


def require_list(given: object, *, argument: str) -> None:
    """Refuse an argument that is one value where a single item would make no sense.

    Raises:
        InputError: the argument is one value.
    """
    if is_single(given):
        raise InputError(f"{argument} is {shortened(given)}.", remedy="Give a list.")
