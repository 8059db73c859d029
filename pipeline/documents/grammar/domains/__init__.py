"""Which grammars read the documents of a domain, besides its headings: one file a domain, named like it.

A module here with `GRAMMARS` is found without being listed. In a domain without one, only tables are read.
"""

from __future__ import annotations

import pkgutil
from functools import cache
from importlib import import_module

from pipeline.documents.grammar.source import Grammar, tables_of


@cache
def grammars_of(domain: str) -> tuple[Grammar, ...]:
    """The grammars of a domain, in the order in which they read."""
    if domain not in {module.name for module in pkgutil.iter_modules(__path__)}:
        return (tables_of,)
    found: tuple[Grammar, ...] = import_module(f"{__name__}.{domain}").GRAMMARS
    return found
