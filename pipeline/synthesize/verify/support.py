"""Measures how many words of an answer or a question its sources have.

Synonyms count as missing, so a threshold must be low; the values and names of an answer are checked one by one
elsewhere. A word also counts as found inside a compound, and by its first letters: payment supports pays.
"""

from __future__ import annotations

from collections.abc import Iterable

from pipeline.languages import language_rules
from pipeline.languages.quantities import QuantityKind
from pipeline.records import Dropped
from pipeline.synthesize.verify.claim import Claim
from pipeline.synthesize.verify.foreign import shared_script
from pipeline.synthesize.verify.reading import Statement, compiled_ignoring_case, same_value
from pipeline.synthesize.verify.supposed import follows_from_limits, is_supposed

_PREFIX_CHARS = 5
_MIN_PREFIX_CHARS = 4
_MIN_NEW_WORDS = 4
_CONFIRMED_SHARE = 0.6
"""The part of the threshold that is left for the reasons of a no that the evidence's own negation carries."""


def support_of(stated: Statement, sources: Iterable[Statement]) -> float:
    """Return the share of a text's words and values that its sources have; 1 for a text without any."""
    words = {word.stem for word in stated.words}
    values = sum(not value.is_list_mark for value in stated.values)
    if not words and not values:
        return 1.0
    known = KnownWords(sources)
    found = sum(known.has(word) for word in words)
    return (found + values) / (len(words) + values)


def foreign_support(stated: Statement, sources: Iterable[Statement], claim: Claim) -> float | None:
    """Return the share of a text's identifiers and values that sources in another script have; None without any.

    The values count as found, because each is checked elsewhere. What the question has as well shows nothing.
    """
    asked = claim.asked.stems
    words = shared_script(stated, claim.language) - asked
    num_values = sum(
        not value.is_list_mark and not any(same_value(value, other) for other in claim.asked.values)
        for value in stated.values
        if value.quantity.kind is not QuantityKind.MARK
    )
    if not words and not num_values:
        return None
    known = KnownWords(sources)
    return (sum(known.has(word) for word in words) + num_values) / (len(words) + num_values)


def unsupported(claim: Claim, *, least: float, least_new: float) -> Dropped | float | None:
    """Return the support of an answer, or a fault if it is too low.

    If the evidence is in another script, it is that of the identifiers and values; None if the answer has none.

    Args:
        claim: the answer and its sources.
        least: smallest share of all words and values that may be in the evidence, its lines, headings or the question.
        least_new: smallest share of the words that are not in the question; tested for at least four such words.
    """
    sources = (claim.evidence, claim.around)
    if claim.is_foreign:
        share = foreign_support(claim.stated, sources, claim)
        if share is not None and share < least:
            detail = f"{share:.2f} of the answer's identifiers are in the evidence, less than {least}."
            return Dropped("answer_not_supported", detail, share)
        return share
    support = support_of(claim.stated, (*sources, claim.asked, claim.before))
    if any(is_supposed(value, claim) and follows_from_limits(value, claim) for value in claim.asked.values):
        return support  # the answer was recomputed, and compares in words of its own
    if support < (least * _CONFIRMED_SHARE if _is_confirmed_no(claim) else least):
        return Dropped(
            "answer_not_supported", f"{support:.2f} of the answer is in the evidence, less than {least}.", support
        )
    asked, known = KnownWords((claim.asked,)), KnownWords(sources)
    new = {word.stem for word in claim.stated.words if not asked.has(word.stem)}
    share = sum(known.has(word) for word in new) / max(1, len(new))
    if len(new) >= _MIN_NEW_WORDS and share < least_new:
        return Dropped(
            "answer_not_supported",
            f"{share:.2f} of the answer's words that the question lacks are in the evidence, less than {least_new}.",
            share,
        )
    return support


def _is_confirmed_no(claim: Claim) -> bool:
    """Return whether the answer says no, and the evidence denies a word of the question: you will not be charged."""
    rules = language_rules(claim.language)
    says_no = compiled_ignoring_case(rules.cues.says_no).match(claim.stated.text) is not None
    return says_no and any(
        clause.is_negated and not clause.is_unclear and clause.denied & claim.asked.stems
        for clause in claim.evidence.clauses
    )


def grounding_of(question: Statement, document: str, around: Statement) -> float:
    """Return the share of a question's words and values that the document or the headings above the evidence have.

    The values count as found, because each is checked elsewhere.
    """
    words = {word.stem for word in question.words}
    num_values = len(question.values)
    if not words and not num_values:
        return 1.0
    known = KnownWords((around,), text=document)
    return (sum(known.has(word) for word in words) + num_values) / (len(words) + num_values)


class KnownWords:
    """The words of some sources, by stem, by first letters and as text."""

    def __init__(self, sources: Iterable[Statement], *, text: str = "") -> None:
        held = tuple(sources)
        self._stems = frozenset(word.stem for source in held for word in source.words)
        self._prefixes = frozenset(stem[:_PREFIX_CHARS] for stem in self._stems if len(stem) >= _MIN_PREFIX_CHARS)
        self._text = "".join("\n".join([*(source.text for source in held), text]).lower().split())

    def has(self, word: str) -> bool:
        """Return whether the sources have a word."""
        return word in self._stems or word[:_PREFIX_CHARS] in self._prefixes or (len(word) > 1 and word in self._text)
