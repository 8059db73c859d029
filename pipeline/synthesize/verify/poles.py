"""Finds a word of the answer that says the opposite of what the evidence has in its place: after for before.

Both texts are read for the scales of their languages, such as time or order, so that a Korean answer can be compared
with English code. Two kinds of words are told apart. A word that points from something (`before the frost`, `larger
than cap`) is compared with a word of the evidence that points from the same thing: what stands next to both is a word,
or an identifier. `A before B` and `B after A`, which say the same, therefore do not meet. Any other word (`the first
point`) is compared if its clause shares most words with that of the evidence, or the word beside it.

The check abstains if either text has both words of the scale, or the question has one that the answer takes up, and
if a negation stands in one of the two clauses. Numbers are left to `value_check`.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

from pipeline.languages import language_rules
from pipeline.languages.quantities import QuantityKind
from pipeline.languages.statement_rules import Poles
from pipeline.records import Dropped
from pipeline.synthesize.sentences import piece_at, sentence_spans
from pipeline.synthesize.verify.claim import Claim
from pipeline.synthesize.verify.common_items import are_alike
from pipeline.synthesize.verify.reading import Clause, Statement, compiled_ignoring_case, plain_mark

_MAX_POINTING_CHARS = 24
"""How far what a word points from may be from it."""
_ENDS_CLAUSE = re.compile(r"\s(?P<words>[a-z]+\s[a-z]+)(?=[.,;:]|$)", re.IGNORECASE)
_CODE_SIGNS = re.compile(r"[!=<>]=|\w\(|[{}\[\]=]|:\n")
_MIN_SHARED_STEMS = 2
_MIN_SHARED_SHARE = 0.5


@dataclass(frozen=True, slots=True)
class _Pole:
    """A word at one end of a scale."""

    written: str
    is_one: bool
    beside: str
    """The word or identifier that it points from, or that stands behind it; empty for a number and if there is none."""
    clause: Clause

    @property
    def rest(self) -> frozenset[str]:
        """The stems of its clause apart from its own."""
        return frozenset(stem for stem in self.clause.stems if not stem.startswith(self.written.lower()[:3]))


def opposite_word(claim: Claim) -> Dropped | None:
    """Return a fault if a word of the answer says the opposite of the evidence's word in its place; None if not."""
    source = claim.evidence_language
    own, known = (language_rules(language).statements.poles for language in (claim.language, source))
    for scale in own.keys() & known.keys():
        stated = list(_poles(claim.stated, own[scale], claim.language))
        proved = list(_poles(claim.evidence, known[scale], source))
        asked = {pole.is_one for pole in _poles(claim.asked, own[scale], claim.language)}
        find = _pointing_elsewhere if own[scale].points else _replaced
        fault = find(stated, proved, asked, claim) if stated and proved else None
        if fault is not None:
            return fault
    return None


def _pointing_elsewhere(stated: list[_Pole], proved: list[_Pole], asked: set[bool], claim: Claim) -> Dropped | None:
    """Return a fault if a word points from the same thing to the other side than in the evidence; None if not."""
    for pole in stated:
        if not pole.beside:
            continue
        same_thing = [other for other in proved if other.beside and are_alike(pole.beside, other.beside)]
        said = {other.is_one for other in stated if are_alike(pole.beside, other.beside or " ")}
        if len(said) > 1 or not same_thing or any(other.is_one == pole.is_one for other in same_thing):
            continue
        if pole.is_one in asked or _have_negation(pole, same_thing[0], claim):
            continue
        return _opposite(pole, same_thing[0])
    return None


def _replaced(stated: list[_Pole], proved: list[_Pole], asked: set[bool], claim: Claim) -> Dropped | None:
    """Return a fault if the answer has only one end of a scale, and the evidence only the other; None if not."""
    if not claim.asked.words:
        return None  # a summary may speak of another place of its section
    said, known = {pole.is_one for pole in stated}, {pole.is_one for pole in proved}
    if len(said) != 1 or len(known) != 1 or said == known or said & asked:
        return None
    for pole in stated:
        for other in proved:
            alone = claim.is_foreign and len(stated) == len(proved) == 1 and _are_sentences(claim)
            if (alone or _is_same_place(pole, other)) and not _have_negation(pole, other, claim):
                return _opposite(pole, other)
    return None


def _are_sentences(claim: Claim) -> bool:
    """Return whether the answer and its evidence are one sentence of prose each."""
    texts = (claim.stated.text, claim.evidence.text)
    is_code = _CODE_SIGNS.search(claim.evidence.text) is not None
    return not is_code and all(len(sentence_spans(text, start=0, end=len(text))) == 1 for text in texts)


def _is_same_place(pole: _Pole, other: _Pole) -> bool:
    shared = pole.rest & other.rest
    if pole.beside and other.beside and are_alike(pole.beside, other.beside):
        return bool(shared)
    least = min(_MIN_SHARED_STEMS, max(1, len(pole.rest)))
    return len(shared) >= max(least, _MIN_SHARED_SHARE * len(pole.rest))


def _have_negation(pole: _Pole, other: _Pole, claim: Claim) -> bool:
    clauses = (pole.clause, other.clause)
    return any(clause.is_negated or clause.is_unclear or clause.denied for clause in clauses)


def _opposite(pole: _Pole, other: _Pole) -> Dropped:
    return Dropped("bound_differs", f"The answer says '{pole.written}', the evidence '{other.written}'.")


def _poles(statement: Statement, poles: Poles, language: str) -> Iterator[_Pole]:
    follows = language_rules(language).statements.poles_follow
    for pattern, is_one in ((poles.one, True), (poles.other, False)):
        for match in compiled_ignoring_case(pattern).finditer(statement.text):
            start, end = match.span()
            clause = piece_at(statement.clauses, start)
            if clause is None:
                continue
            is_behind = not (poles.points and follows)
            beside = _beside(statement, start, end, is_behind=is_behind)
            yield _Pole(match.group().strip(), is_one, beside, clause)


def _plain_words(text: str) -> str:
    """Return the two words without content behind a pole that end its clause, or '': `that date`."""
    match = _ENDS_CLAUSE.match(text)
    return match["words"].lower() if match else ""


def _beside(statement: Statement, start: int, end: int, *, is_behind: bool) -> str:
    """Return the word or identifier next to a place, if it is near and no number is between."""
    items = [(word.start, word.end, word.stem) for word in statement.words]
    for value in statement.values:
        is_mark = value.quantity.kind is QuantityKind.MARK
        if is_mark:
            items = [item for item in items if not value.start <= item[0] < value.end]
        if not value.is_list_mark:
            items.append((value.start, value.end, plain_mark(value.quantity.label) if is_mark else ""))
    if is_behind:
        near = [item for item in items if end <= item[0] <= end + _MAX_POINTING_CHARS]
        plain = _plain_words(statement.text[end : min(near)[0] if near else end + _MAX_POINTING_CHARS])
        return plain or (min(near)[2] if near else "")
    near = [item for item in items if item[1] <= start and start <= item[1] + _MAX_POINTING_CHARS]
    return max(near, key=lambda item: item[1])[2] if near else ""
