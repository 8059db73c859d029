"""Programming languages, one per module. A new module that defines `LANGUAGE` is found automatically."""

from __future__ import annotations

from functools import cache
from importlib import import_module
from pkgutil import iter_modules

import tree_sitter

from pipeline.documents.grammar.code.language import ProgrammingLanguage


@cache
def programming_languages() -> tuple[ProgrammingLanguage, ...]:
    """Return all languages, in the order in which they are tried."""
    modules = sorted(module.name for module in iter_modules(__path__))
    found = [import_module(f"{__name__}.{name}").LANGUAGE for name in modules]
    return tuple(sorted(found, key=lambda language: (language.order, language.name)))


def grammar_of(language: ProgrammingLanguage) -> tree_sitter.Language:
    """Return the grammar of a language, loaded once per process."""
    return _grammar(language.grammar, language.grammar_function)


def query_of(language: ProgrammingLanguage) -> tree_sitter.Query:
    """Return the query of a language, compiled once per process."""
    return _query(language.grammar, language.grammar_function, language.query)


@cache
def _grammar(package: str, function: str) -> tree_sitter.Language:
    return tree_sitter.Language(getattr(import_module(package), function)())


@cache
def _query(package: str, function: str, query: str) -> tree_sitter.Query:
    return tree_sitter.Query(_grammar(package, function), query)
