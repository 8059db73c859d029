"""Detects the domain of a document when the recipe does not name a domain.

Takes the normalised text, whether the format is source code, and whether the text was read from a list of turns.
Returns the name of a domain. The checks run in this order: the format decides for code and conversations; turns that
`grammar.turns` finds in the first 40,000 characters make a dialogue; enough clause headings or legal words in the first
200,000 characters, compared with words of procedures, make a legal text; anything else is a manual. Used by
`clean.document`.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from functools import cache

import numpy as np
import numpy.typing as npt

from pipeline.documents.grammar.turns.reading import holds_dialogue
from pipeline.languages import all_rules, any_of, compiled

_LOOKED_AT_CHARS = 200_000
_LOOKED_AT_FOR_TURNS_CHARS = 40_000
_MIN_CLAUSE_HEADINGS = 5
_MIN_LEGAL_WORDS_PER_1000 = 6.0

_CLAUSE = re.compile(
    rf"^[ \t]*(?:§ ?\d+|\[\d{{1,3}}\] [A-Z]|{any_of(lambda rules: rules.domains.clause_heading)})", re.MULTILINE
)
"""The start of a clause: `§ 12`, `[14] The`, or a clause heading of one of the languages, such as `제3조`."""
_SECTION_SIGN = re.compile(r"§ ?\d")
_LEGAL_WORDS = [_SECTION_SIGN, *(compiled(rules.domains.legal_words) for _, rules in all_rules())]
"""One pattern for each language, matched with text in lower case. All in one, with `re.IGNORECASE`, take five times as
long."""
_WORD = re.compile(r"\w+")
_PROCEDURE_WORDS = [compiled(rules.domains.procedure_words) for _, rules in all_rules()]


def detect_domain(*, text: str, is_code: bool, is_conversation: bool) -> str:
    """Return the domain of a document: `code`, `dialogue`, `legal` or `manual`."""
    if is_code:
        return "code"
    if is_conversation:
        return "dialogue"
    sample = text[:_LOOKED_AT_CHARS]
    if holds_dialogue(text[:_LOOKED_AT_FOR_TURNS_CHARS]):
        return "dialogue"
    return "legal" if _is_legal(sample) else "manual"


def _is_legal(text: str) -> bool:
    lowered = text.lower()
    total = max(1, num_words(text))
    legal = 1000 * _num_matches(_LEGAL_WORDS, lowered) / total
    is_worded = legal >= _MIN_LEGAL_WORDS_PER_1000
    has_clauses = _num_matches([_CLAUSE], text) >= _MIN_CLAUSE_HEADINGS
    if not is_worded and not has_clauses:  # the rest takes a quarter of the time, and most texts end here
        return False
    procedure = 1000 * _num_matches(_PROCEDURE_WORDS, lowered) / total
    return (is_worded and legal >= 1.5 * procedure) or (has_clauses and legal >= procedure / 2)


def num_words(text: str) -> int:
    """Return the number of words, which are runs of the characters that `\\w` matches; five times as fast as `re`."""
    units = np.frombuffer(text.encode("utf-16-le", "surrogatepass"), dtype=np.uint16)
    if not len(units) or ((units & 0xF800) == 0xD800).any():  # a character of two units has no place in the table
        return len(_WORD.findall(text))
    inside = _word_characters()[units]
    return int(inside[0]) + int(np.count_nonzero(inside[1:] & ~inside[:-1]))


@cache
def _word_characters() -> npt.NDArray[np.bool_]:
    """Return, for each character of one UTF-16 unit, whether `\\w` matches it."""
    return np.array([chr(code).isalnum() or code == ord("_") for code in range(1 << 16)])


def _num_matches(patterns: Sequence[re.Pattern[str]], text: str) -> int:
    return sum(1 for pattern in patterns for _ in pattern.finditer(text))
