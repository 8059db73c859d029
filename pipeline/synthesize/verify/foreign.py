"""Reads evidence that is written in another script than the answer, such as English code behind a Korean answer.

The answer cannot share words with such evidence. What both can have is identifiers, other words of the evidence's
script and values, so only these are compared; what has none of them is not checked, and the row says so. The evidence
is read with the rules of its own language, so that its negations and bounds are seen. Words are compared as written,
because two languages do not have the same stems. Time is linear in the length of the text.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import replace
from functools import cache

from pipeline.languages import all_rules, language_rules
from pipeline.synthesize.verify.reading import Clause, Statement, compiled_ignoring_case, read_statement
from pipeline.synthesize.words import is_in_language


def is_foreign(source: str, language: str) -> bool:
    """Return whether a text is not written in a language, so that an answer in it has other words."""
    return bool(source.strip()) and not is_in_language(source, language)


def read_source(text: str, language: str) -> Statement:
    """Return evidence as a statement, read with the rules of the language in whose script it is written.

    Args:
        text: the evidence.
        language: the language of the answer.
    """
    own = language_of(text, language)
    statement = read_statement(text, own)
    return statement if own == language else _as_written(statement)


def shared_script(statement: Statement, language: str) -> frozenset[str]:
    """Return the stems of the words of a statement that evidence in another script can have: `retry`, in Korean."""
    letters = _own_letters(language)
    return frozenset(word.stem for word in statement.words if not letters.search(statement.text[word.start : word.end]))


def language_of(text: str, language: str) -> str:
    """Return the language by whose rules evidence is read: that of the answer, or one of the evidence's script."""
    if not is_foreign(text, language):
        return language
    return next((name for name, _ in all_rules() if is_in_language(text, name)), language)


def _as_written(statement: Statement) -> Statement:
    """Return a statement whose stems are the words as written, in lower case."""
    written = {word.stem: statement.text[word.start : word.end].lower() for word in statement.words}
    words = tuple(replace(w, stem=statement.text[w.start : w.end].lower()) for w in statement.words)
    clauses = tuple(_clause_as_written(clause, written) for clause in statement.clauses)
    return replace(statement, words=words, clauses=clauses)


def _clause_as_written(clause: Clause, written: Mapping[str, str]) -> Clause:
    def renamed(stems: Iterable[str]) -> frozenset[str]:
        return frozenset(written.get(stem, stem) for stem in stems)

    return replace(
        clause,
        stems=renamed(clause.stems),
        denied=renamed(clause.denied),
        condition=renamed(clause.condition),
        excepted=renamed(clause.excepted),
    )


@cache
def _own_letters(language: str) -> re.Pattern[str]:
    return compiled_ignoring_case(f"[{language_rules(language).detection.letters}]")
