"""Which programming language a file is in: by its name, and by its lines where the name says nothing.

In: a path and the file's text. Out: languages in the order in which they are worth a try. Used by `outline`.
Cost: the first 20,000 characters.
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
    """Languages to try; where the name does not name them, only one that reads the file whole is believed."""

    languages: tuple[ProgrammingLanguage, ...]
    is_named: bool


def candidate_languages(path: str, code: str) -> Candidates:
    """Languages of a file."""
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
    """Language families whose code a file of this name may hold."""
    name = path.lower()
    return frozenset(
        language.family
        for language in programming_languages()
        if name.endswith((*language.suffixes, *language.unread_suffixes))
    )
