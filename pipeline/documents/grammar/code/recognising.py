"""The programming language of a file, by its name; by its lines if the name has no suffix or the file begins with `#!`.

In: a path and the file's text. Out: languages in the order in which to try them. Used by `outline`. Cost: reads the
first 20,000 characters.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from pipeline.documents.grammar.code.grammars import programming_languages
from pipeline.documents.grammar.code.language import ProgrammingLanguage

_LOOKED_AT_CHARS = 20_000
_MIN_HINTS = 3
_MAX_GUESSES = 2
_SUFFIX = re.compile(r"\.\w{1,8}$")


@dataclass(frozen=True, slots=True)
class Candidates:
    """Languages to try. If the name does not identify one, only a language that parses the whole file is accepted."""

    languages: tuple[ProgrammingLanguage, ...]
    is_named: bool


def candidate_languages(path: str, code: str) -> Candidates:
    """Return the languages that a file may be in."""
    name = path.lower()
    named = tuple(language for language in programming_languages() if name.endswith(language.suffixes))
    if named:
        return Candidates(named, is_named=True)
    if _SUFFIX.search(path) and not code.startswith("#!"):
        return Candidates((), is_named=False)
    head = code[:_LOOKED_AT_CHARS]
    found = [(sum(1 for _ in language.hint.finditer(head)), language) for language in programming_languages()]
    likely = sorted((entry for entry in found if entry[0] >= _MIN_HINTS), key=lambda entry: (-entry[0], entry[1].order))
    return Candidates(tuple(language for _, language in likely[:_MAX_GUESSES]), is_named=False)


def families_of(path: str) -> frozenset[str]:
    """Return the language families whose code a file of this name may contain."""
    name = path.lower()
    return frozenset(
        language.family
        for language in programming_languages()
        if name.endswith((*language.suffixes, *language.unread_suffixes))
    )
