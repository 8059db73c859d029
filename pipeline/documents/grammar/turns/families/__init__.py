"""Families of turn formats, one a file. A new module here with a `FAMILY` is found without being listed."""

from __future__ import annotations

import pkgutil
from functools import cache
from importlib import import_module

from pipeline.documents.grammar.turns.family import TurnFamily


@cache
def turn_families() -> tuple[TurnFamily, ...]:
    """All families, the most special first."""
    names = sorted(module.name for module in pkgutil.iter_modules(__path__))
    found: list[TurnFamily] = [import_module(f"{__name__}.{name}").FAMILY for name in names]
    return tuple(sorted(found, key=lambda family: (family.order, family.name)))
