"""The domain of a document whose recipe does not name one.

In: the normalised text, whether its format is code, and whether it was read as a list of turns. Out: the name of a
domain. Used by the ingest stage. Reads the first 200,000 characters, and only the first 40,000 to find turns. The
evidence, in this order: the format for code, turns for dialogue (`grammar.turns`), clause headings and legal words for
legal texts; anything else is a manual.
"""

from __future__ import annotations

import re

from pipeline.documents.grammar.turns.reading import holds_dialogue
from pipeline.languages import any_of

_LOOKED_AT_CHARS = 200_000
_LOOKED_AT_FOR_TURNS_CHARS = 40_000
_MIN_CLAUSE_HEADINGS = 5
_MIN_LEGAL_WORDS_PER_1000 = 6.0

_CLAUSE = re.compile(
    rf"^[ \t]*(?:§ ?\d+|\[\d{{1,3}}\] [A-Z]|{any_of(lambda rules: rules.domains.clause_heading)})", re.MULTILINE
)
_LEGAL_WORDS = re.compile(rf"§ ?\d|{any_of(lambda rules: rules.domains.legal_words)}", re.IGNORECASE)
_WORD = re.compile(r"\w+")
_PROCEDURE_WORDS = re.compile(any_of(lambda rules: rules.domains.procedure_words), re.IGNORECASE)


def detect_domain(*, text: str, is_code: bool, is_conversation: bool) -> str:
    """Return the domain of a document."""
    if is_code:
        return "code"
    if is_conversation:
        return "dialogue"
    sample = text[:_LOOKED_AT_CHARS]
    if holds_dialogue(text[:_LOOKED_AT_FOR_TURNS_CHARS]):
        return "dialogue"
    return "legal" if _is_legal(sample) else "manual"


def _is_legal(text: str) -> bool:
    num_words = max(1, sum(1 for _ in _WORD.finditer(text)))
    legal = 1000 * sum(1 for _ in _LEGAL_WORDS.finditer(text)) / num_words
    procedure = 1000 * sum(1 for _ in _PROCEDURE_WORDS.finditer(text)) / num_words
    clauses = sum(1 for _ in _CLAUSE.finditer(text))
    has_grammar = clauses >= _MIN_CLAUSE_HEADINGS and legal >= procedure / 2
    return has_grammar or (legal >= _MIN_LEGAL_WORDS_PER_1000 and legal >= 1.5 * procedure)
