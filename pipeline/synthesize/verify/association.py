"""Finds values and names that an answer exchanged: each must stand with the same words as in the evidence.

For two values or names that the answer and the evidence both have, the words around them are compared. The two are
exchanged if each one's words in the answer are, by a margin, rather those of the other in the evidence.
"""

from __future__ import annotations

import re
from bisect import bisect_left, bisect_right
from collections.abc import Mapping, Sequence, Set
from dataclasses import dataclass
from functools import cache
from itertools import combinations, islice

from pipeline.languages import language_rules
from pipeline.languages.quantities import QuantityKind
from pipeline.languages.statement_rules import Word
from pipeline.records import Dropped
from pipeline.synthesize.sentences import Span
from pipeline.synthesize.verify.claim import Claim
from pipeline.synthesize.verify.reading import StatedValue, Statement, clause_spans, compiled_ignoring_case, same_value

_MARGIN = 1.2
"""How much better the exchanged words must fit, for values and names."""
_WORD_MARGIN = 2.0
"""The same for other words, which a paraphrase moves more freely."""
_NOT_COMPARED = frozenset({QuantityKind.PLACE, QuantityKind.MARK})
"""Kinds of values that stand with the same words anywhere, such as an identifier in an explanation of code."""
_LEAST_GAIN = 0.1
_NEIGHBOUR_WEIGHT = 0.25
_OPPOSITE_WEIGHT = 0.5
"""The weight of a word that stands on the other side of the target."""


@dataclass(frozen=True, slots=True)
class _Parts:
    """The clauses of the answer and of the evidence, cut also at joints."""

    stated: Sequence[Span]
    evidence: Sequence[Span]


@dataclass(frozen=True, slots=True)
class _Target:
    """A value or a name, with all its places in the answer and in the evidence."""

    written: str
    group: str
    stems: frozenset[str]
    stated: tuple[Span, ...]
    known: tuple[Span, ...]
    unit: str = ""
    """The unit of a number; numbers of two different units cannot be exchanged."""


def exchanged_pair(claim: Claim) -> Dropped | None:
    """Return a fault if two values or two names of the answer are exchanged; None if none are."""
    rules = language_rules(claim.language).statements
    in_order = compiled_ignoring_case(rules.in_order)
    if in_order.search(claim.stated.text) or in_order.search(claim.evidence.text):
        return None
    parts = _Parts(chunk_spans(claim.stated, claim.language), chunk_spans(claim.evidence, claim.language))
    for one, other in combinations(_targets(claim), 2):
        if one.group != other.group or (one.unit and other.unit and one.unit != other.unit):
            continue
        margin = _WORD_MARGIN if one.group == "word" else _MARGIN
        if _are_exchanged(one, other, claim, parts, margin):
            return Dropped("values_exchanged", f"'{one.written}' and '{other.written}' stand with each other's words.")
    return None


def value_of_other(claim: Claim) -> Dropped | None:
    """Return a fault if the only value of an answer belongs to something else in the evidence; None if not.

    The evidence must have another value of the same kind in another clause. The answer must have all words
    that only that clause has, and none that only the value's own clause has.
    """
    values = [v for v in claim.stated.values if not v.is_list_mark and v.quantity.kind is not QuantityKind.PLACE]
    if len(values) != 1 or compiled_ignoring_case(language_rules(claim.language).statements.in_order).search(
        claim.evidence.text
    ):
        return None
    value = values[0]
    chunks = chunk_spans(claim.evidence, claim.language)
    same = [o for o in claim.evidence.values if same_value(value, o)]
    own = _stems_beside(same, claim.evidence, chunks)
    last = language_rules(claim.language).statements.verb_is_last
    rivals = [
        other
        for other in claim.evidence.values
        if value.quantity.unit
        and other.quantity.kind is value.quantity.kind
        and other.quantity.unit == value.quantity.unit
        and not other.is_list_mark
        and not same_value(value, other)
    ]
    for rival in rivals:
        theirs = _stems_beside([rival], claim.evidence, chunks)
        if last:  # what stands behind the last value may belong to all
            theirs -= {word.stem for word in claim.evidence.words if word.start >= rival.end}
        words = claim.stated.stems
        if own and theirs - own and words >= theirs - own and not words & (own - theirs):
            written = claim.stated.text[value.start : value.end].strip()
            return Dropped("values_exchanged", f"In the evidence '{written}' is not of '{min(theirs - own)}'.")
    return None


def _stems_beside(values: Sequence[StatedValue], statement: Statement, chunks: Sequence[Span]) -> frozenset[str]:
    """Return the stems of the clauses that have one of some values."""
    inside = [c for c in chunks if any(c.start <= value.start < c.end for value in values)]
    return frozenset(w.stem for w in statement.words if any(c.start <= w.start < c.end for c in inside))


def _targets(claim: Claim) -> list[_Target]:
    found: list[_Target] = []
    seen: list[object] = []
    for value in claim.stated.values:
        if value.is_list_mark or value.quantity.kind in _NOT_COMPARED or value.quantity in seen:
            continue
        seen.append(value.quantity)
        known = [o for o in claim.evidence.values if same_value(value, o) and not o.is_list_mark]
        stated = [o for o in claim.stated.values if o.quantity == value.quantity]
        if known:
            group = value.quantity.kind.value
            written = claim.stated.text[value.start : value.end].strip()
            found.append(_Target(written, group, frozenset(), _spans(stated), _spans(known), value.quantity.unit))
    found += _rates(claim)
    roles = compiled_ignoring_case(language_rules(claim.language).statements.roles)
    names = {
        word.stem
        for word in claim.stated.words
        if word.is_name or roles.fullmatch(claim.stated.text[word.start : word.end])
    }
    for phrase in sorted({tuple(word.stem for word in run) for run in _runs(claim.stated, names)}):
        stated_runs, known_runs = _places_of(phrase, claim.stated), _places_of(phrase, claim.evidence)
        if known_runs:
            found.append(_Target(" ".join(phrase), "name", frozenset(phrase), stated_runs, known_runs))
    for word in claim.stated.words:
        if word.stem in names or word.is_verb:
            continue
        stated_words = [other for other in claim.stated.words if other.stem == word.stem]
        known_words = [other for other in claim.evidence.words if other.stem == word.stem]
        if len(stated_words) == len(known_words) == 1:
            found.append(_Target(word.stem, "word", frozenset({word.stem}), _spans(stated_words), _spans(known_words)))
    return found


def _rates(claim: Claim) -> list[_Target]:
    """Return how often something is, as values that may be exchanged: every month, every quarter."""
    found = []
    for name, pattern in language_rules(claim.language).statements.rates.items():
        stated, known = (
            tuple(Span(start=m.start(), end=m.end()) for m in compiled_ignoring_case(pattern).finditer(source.text))
            for source in (claim.stated, claim.evidence)
        )
        if stated and known:
            found.append(_Target(name, "rate", frozenset(), stated, known))
    return found


def _runs(statement: Statement, names: Set[str]) -> list[list[Word]]:
    """Return the names of a text; words that follow each other after one space are one name: High Court."""
    runs: list[list[Word]] = []
    for word in statement.words:
        if word.stem not in names:
            continue
        if runs and statement.text[runs[-1][-1].end : word.start] == " ":
            runs[-1].append(word)
        else:
            runs.append([word])
    return runs


def _places_of(phrase: tuple[str, ...], statement: Statement) -> tuple[Span, ...]:
    """Return where words follow each other in a text."""
    words = statement.words
    return tuple(
        Span(start=words[i].start, end=words[i + len(phrase) - 1].end)
        for i in range(len(words) - len(phrase) + 1)
        if tuple(word.stem for word in words[i : i + len(phrase)]) == phrase
    )


def _spans(items: Sequence[object]) -> tuple[Span, ...]:
    return tuple(Span(start=item.start, end=item.end) for item in items)  # type: ignore[attr-defined]


def _are_exchanged(one: _Target, other: _Target, claim: Claim, parts: _Parts, margin: float) -> bool:
    """Return whether each target's words in the answer are rather those of the other in the evidence."""
    hidden = one.stems | other.stems
    stated_one, stated_other = (_contexts(t.stated, claim.stated, parts.stated, hidden) for t in (one, other))
    known_one, known_other = (_contexts(t.known, claim.evidence, parts.evidence, hidden) for t in (one, other))
    common = _full_stems(known_one) & _full_stems(known_other)
    stated_one, stated_other = ([_without(c, common) for c in contexts] for contexts in (stated_one, stated_other))
    same_one, same_other = _best(stated_one, known_one), _best(stated_other, known_other)
    cross_one, cross_other = _best(stated_one, known_other), _best(stated_other, known_one)
    crossed = cross_one + cross_other
    straight = same_one + same_other
    return cross_one > same_one and cross_other > same_other and crossed > margin * (straight + _LEAST_GAIN)


Context = Mapping[tuple[str, bool], float]
"""The words around a target: the weight of each by its stem and whether it stands before the target."""


def _contexts(
    places: Sequence[Span], statement: Statement, chunks: Sequence[Span], hidden: frozenset[str]
) -> list[Context]:
    return [_context(place, statement, chunks, hidden) for place in places]


def _context(place: Span, statement: Statement, chunks: Sequence[Span], hidden: frozenset[str]) -> Context:
    index = max(0, bisect_right(chunks, place.start, key=lambda chunk: chunk.start) - 1)
    near = chunks[max(0, index - 1) : index + 2]
    first = bisect_left(statement.words, near[0].start, key=lambda word: word.start) if near else 0
    weights: dict[tuple[str, bool], float] = {}
    for word in islice(statement.words, first, None):
        if not near or word.start >= near[-1].end:
            break
        if word.stem in hidden or (word.start < place.end and place.start < word.end):
            continue
        weight = 1.0 if chunks[index].start <= word.start < chunks[index].end else _NEIGHBOUR_WEIGHT
        key = (word.stem, word.start < place.start)
        weights[key] = max(weight, weights.get(key, 0.0))
    own = next(
        (value.quantity for value in statement.values if value.start < place.end and place.start < value.end), None
    )
    for value in statement.values:
        is_own = own is not None and (value.quantity.kind, value.quantity.unit) == (own.kind, own.unit)
        if value.is_list_mark or is_own or (value.start < place.end and place.start < value.end):
            continue
        if chunks and chunks[index].start <= value.start < chunks[index].end:
            weights[(repr(value.quantity), value.start < place.start)] = 1.0
    return weights


def _full_stems(contexts: Sequence[Context]) -> frozenset[str]:
    """Return the stems in the clauses of a target itself."""
    return frozenset(stem for context in contexts for (stem, _), weight in context.items() if weight == 1.0)


def _without(context: Context, stems: frozenset[str]) -> Context:
    """Return a context without the stems that tell no target from the other."""
    return {(stem, before): weight for (stem, before), weight in context.items() if stem not in stems}


def _best(stated: Sequence[Context], known: Sequence[Context]) -> float:
    return max((_likeness(one, other) for one in stated for other in known), default=0.0)


def _likeness(one: Context, other: Context) -> float:
    total = 0.0
    for (word, before), weight in one.items():
        same = min(weight, other.get((word, before), 0.0))
        opposite = _OPPOSITE_WEIGHT * min(weight, other.get((word, not before), 0.0))
        total += max(same, opposite)
    return total


def chunk_spans(statement: Statement, language: str) -> list[Span]:
    """Return the clauses, cut also at words that join two parts: `and`."""
    spans: list[Span] = []
    joints = _joints(language)
    for clause in clause_spans(statement.text, statement.values, language):
        start = clause.start
        for match in joints.finditer(statement.text, clause.start, clause.end):
            if not any(v.start < match.end() and match.start() < v.end for v in statement.values):
                spans.append(Span(start=start, end=match.end()))
                start = match.end()
        spans.append(Span(start=start, end=clause.end))
    return spans


@cache
def _joints(language: str) -> re.Pattern[str]:
    return compiled_ignoring_case(language_rules(language).statements.joints)
