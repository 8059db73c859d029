"""Contains the grammars of each domain, apart from headings: one file per domain, named after the domain.

A module in this folder that defines `GRAMMARS` is found automatically. In a domain without a module, only headings and
tables are read.
"""

from __future__ import annotations

import pkgutil
from functools import cache
from importlib import import_module

from pipeline.documents.grammar.source import Grammar, tables_of


@cache
def grammars_of(domain: str) -> tuple[Grammar, ...]:
    """Return the grammars of a domain, in the order in which they run."""
    if domain not in {module.name for module in pkgutil.iter_modules(__path__)}:
        return (tables_of,)
    found: tuple[Grammar, ...] = import_module(f"{__name__}.{domain}").GRAMMARS
    return found
