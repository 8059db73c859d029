"""Families of turn formats, one per module. A new module that defines `FAMILY` is found automatically."""

from __future__ import annotations

import pkgutil
from functools import cache
from importlib import import_module

from pipeline.documents.grammar.turns.family import TurnFamily


@cache
def turn_families() -> tuple[TurnFamily, ...]:
    """Return all families, the most specific first."""
    names = sorted(module.name for module in pkgutil.iter_modules(__path__))
    found: list[TurnFamily] = [import_module(f"{__name__}.{name}").FAMILY for name in names]
    return tuple(sorted(found, key=lambda family: (family.order, family.name)))
