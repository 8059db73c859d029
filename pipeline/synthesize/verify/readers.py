"""Refuses to ask a teacher in a language whose replies cannot be checked, before a request is sent."""

from __future__ import annotations

from functools import cache
from importlib.util import find_spec

from pipeline.errors import MissingExtraError
from pipeline.languages import language_rules


@cache
def require_reader(language: str) -> None:
    """Check that the package that reads a language's words is installed, if it needs one.

    Raises:
        MissingExtraError: the package is missing. Replies would otherwise be checked in another way than elsewhere.
    """
    rules = language_rules(language)
    needed = rules.statements.package
    if needed and find_spec(needed) is None:
        raise MissingExtraError(
            f"Rows that a chat teacher writes in {rules.name} are checked with {needed}, which is not installed.",
            extra=rules.statements.extra,
        )
