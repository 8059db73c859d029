"""Grammars of a domain, besides its headings: one file per domain, with the domain's name.

A module here that defines `GRAMMARS` is found automatically. A domain without a module has its tables read, and nothing
else.
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
