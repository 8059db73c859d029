"""Programming languages, one per module. A new module that defines `LANGUAGE` is found automatically."""

from __future__ import annotations

from functools import cache
from importlib import import_module
from pkgutil import iter_modules

from pipeline.documents.grammar.code.language import ProgrammingLanguage


@cache
def programming_languages() -> tuple[ProgrammingLanguage, ...]:
    """Return all languages, in the order in which they are tried."""
    modules = sorted(module.name for module in iter_modules(__path__))
    found = [import_module(f"{__name__}.{name}").LANGUAGE for name in modules]
    return tuple(sorted(found, key=lambda language: (language.order, language.name)))
