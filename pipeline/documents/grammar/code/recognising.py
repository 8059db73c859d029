"""Finds the programming languages that a file may be written in.

Takes the file's path and text; returns languages in the order in which to try them. Used by `outline`. The suffix of
the file name decides. If no language has the suffix, the lines of the file decide, but only if the name has no suffix
or the file begins with `#!`. Cost: at most the first 20,000 characters are searched, once per language.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from pipeline.documents.grammar.code.grammars import programming_languages
from pipeline.documents.grammar.code.language import ProgrammingLanguage

_SEARCHED_CHARS = 20_000
_MIN_HINTS = 3
_MAX_GUESSES = 2
_SUFFIX = re.compile(r"\.\w{1,8}$")


@dataclass(frozen=True, slots=True)
class Candidates:
    """The languages to try for a file.

    If `is_named` is False, they are guesses, and only a language that can parse the whole file is accepted.
    """

    languages: tuple[ProgrammingLanguage, ...]
    is_named: bool


def candidate_languages(path: str, code: str) -> Candidates:
    """Return the languages that a file may be written in; none for prose, configuration and unsupported languages."""
    name = path.lower()
    named = tuple(language for language in programming_languages() if name.endswith(language.suffixes))
    if named:
        return Candidates(named, is_named=True)
    if _SUFFIX.search(path) and not code.startswith("#!"):
        return Candidates((), is_named=False)
    head = code[:_SEARCHED_CHARS]
    found = [(sum(1 for _ in language.hint.finditer(head)), language) for language in programming_languages()]
    likely = sorted((entry for entry in found if entry[0] >= _MIN_HINTS), key=lambda entry: (-entry[0], entry[1].order))
    return Candidates(tuple(language for _, language in likely[:_MAX_GUESSES]), is_named=False)


def families_of(path: str) -> frozenset[str]:
    """Return the language families whose code a file with this name may contain."""
    name = path.lower()
    return frozenset(
        language.family
        for language in programming_languages()
        if name.endswith((*language.suffixes, *language.unread_suffixes))
    )
