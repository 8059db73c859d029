"""Finds what an answer gives to another function or speaker than the evidence does.

A clause of the answer that begins with one owner (a function of code, a speaker of a dialogue), and names no other,
must not have its words from what another owner's part alone has. The check abstains if that part speaks of the owner
or addresses a reader.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from itertools import pairwise

from pipeline.languages import language_rules
from pipeline.records import Dropped
from pipeline.synthesize.verify.claim import Claim
from pipeline.synthesize.verify.common_items import are_alike, is_stated, owner_names, whole_name
from pipeline.synthesize.verify.owners import CODE, defined_names, labels_of, unit_starts
from pipeline.synthesize.verify.reading import StatedValue, clause_spans, compiled_ignoring_case, same_value
from pipeline.synthesize.verify.surroundings import DIALOGUE

_MIN_MARGIN = 2
_MIN_OWNED = 2


def other_owner(claim: Claim) -> Dropped | None:
    """Return a fault if a clause of the answer gives one owner what only another one's part of the evidence has."""
    owners = owner_names(claim)
    if claim.domain == CODE and len(owners) == 1 and claim.asked.words:
        return _other_function(owners[0], claim)
    if len(owners) < _MIN_OWNED:
        return None
    parts = _parts(claim, owners)
    addressed = compiled_ignoring_case(language_rules(claim.language).statements.addressed)
    for owner, items in (*_clauses_by_owner(claim, owners), *_predicated(claim, owners)):
        if claim.domain == CODE and owner[:1].isupper():
            continue  # a class does what its functions do
        found: dict[str, int] = {}
        for item in items:
            holders = [name for name, (stems, values, _) in parts.items() if _holds(item, stems, values)]
            if len(holders) == 1:
                found[holders[0]] = found.get(holders[0], 0) + 1
        own = found.pop(owner, 0)
        if not found:
            continue
        rival = max(found, key=lambda name: found[name])
        text = parts[rival][2]
        if found[rival] < _MIN_OWNED or found[rival] < _MIN_MARGIN * own + _MIN_OWNED:
            continue
        if whole_name(owner.split()[0]).search(text.partition(":")[2]) or (
            claim.domain == DIALOGUE and addressed.search(text)
        ):
            continue
        return Dropped("values_exchanged", f"The answer gives '{owner}' what the evidence gives '{rival}'.")
    return None


def _other_function(owner: str, claim: Claim) -> Dropped | None:
    """Return a fault if the answer begins with another function than the one that all quotes are from.

    It abstains if the answer or the quotes name both, and for the documentation of a class, which has functions.
    """
    others = [name for name in dict.fromkeys(defined_names(claim.document)) if name != owner]
    begins = [name for name in others if whole_name(name).match(claim.stated.text.lstrip("` "))]
    said = claim.stated.text
    if (
        not begins
        or owner[:1].isupper()
        or begins[0][:1].isupper()
        or whole_name(owner).search(said)
        or whole_name(begins[0]).search(claim.evidence.text)
    ):
        return None
    return Dropped("values_exchanged", f"The answer gives '{begins[0]}' what the evidence gives '{owner}'.")


_Part = tuple[frozenset[str], list[StatedValue], str]


def _parts(claim: Claim, owners: Sequence[str]) -> dict[str, _Part]:
    """Return the stems, the values and the text of each owner's parts of the evidence."""
    text = claim.owned.text
    starts = unit_starts(text, claim.domain)
    bounds = list(zip(starts, [*starts[1:], len(text)], strict=True))
    found: dict[str, _Part] = {}
    for owner in owners:
        own = [(low, high) for low, high in bounds if _opens(text[low:high], owner, claim.domain)]
        stems = {w.stem for w in claim.owned.words if any(low <= w.start < high for low, high in own)}
        values = [v for v in claim.owned.values if any(low <= v.start < high for low, high in own)]
        found[owner] = (frozenset(stems), values, "\n".join(text[low:high] for low, high in own))
    return found


def _opens(unit: str, owner: str, domain: str) -> bool:
    names = defined_names(unit) if domain == CODE else labels_of(unit)
    return owner in names


def _holds(item: str | StatedValue, stems: Iterable[str], values: Iterable[StatedValue]) -> bool:
    if isinstance(item, str):
        return any(are_alike(item, stem) for stem in stems)
    return any(same_value(item, value) for value in values)


def _clauses_by_owner(claim: Claim, owners: Sequence[str]) -> Iterator[tuple[str, list[str | StatedValue]]]:
    """Yield each part of the answer from one owner's name at the beginning of a clause to the next, with its items.

    A part that names another owner is left out.
    """
    stated = claim.stated
    owns = compiled_ignoring_case(language_rules(claim.language).statements.possessive)
    clauses = clause_spans(stated.text, stated.values, claim.language)
    mentions = sorted(
        (match.start(), match.end(), owner) for owner in owners for match in whole_name(owner).finditer(stated.text)
    )
    opening = [
        (start, end, owner)
        for start, end, owner in mentions
        if any(
            not stated.text[clause.start : start].strip(" `'\"(-")
            for clause in clauses
            if clause.start <= start < clause.end
        )
    ]
    for (start, end, owner), (stop, _, _) in pairwise([*opening, (len(stated.text), 0, "")]):
        full = re.search(r"[.!?](?:\s|$)|\n", stated.text[end:stop])
        stop = end + full.start() if full else stop
        if any(start < place < stop for place, _, _ in mentions) or owns.match(stated.text, end):
            continue
        asked = claim.asked.stems
        words = {w.stem for w in stated.words if end <= w.start < stop and w.stem not in asked}
        values = [v for v in stated.values if end <= v.start < stop and is_stated(v)]
        yield owner, [*sorted(words), *values]


def _predicated(claim: Claim, owners: Sequence[str]) -> Iterator[tuple[str, list[str | StatedValue]]]:
    """Yield each owner that ends a statement as its predicate, with the items before it: who chose it is Raj Malhotra.

    A part that names another owner is left out. It begins where the one before ends.
    """
    rules = language_rules(claim.language).statements
    if not rules.predicate_name:
        return
    stated = claim.stated
    last = 0
    for match in sorted(
        (
            found
            for owner in owners
            for found in compiled_ignoring_case(rules.predicate_name.format(name=re.escape(owner))).finditer(
                stated.text
            )
        ),
        key=lambda found: found.start("name"),
    ):
        start, end = max(last, _sentence_start(stated.text, match.start("name"))), match.start("name")
        last = match.end()
        if any(whole_name(name).search(stated.text, start, end) for name in owners):
            continue
        words = {w.stem for w in stated.words if start <= w.start < end}
        values = [v for v in stated.values if start <= v.start < end and is_stated(v)]
        owner = next(name for name in owners if name.lower() == match["name"].lower())
        yield owner, [*sorted(words), *values]


def _sentence_start(text: str, position: int) -> int:
    return max((found.end() for found in re.finditer(r"[.!?]\s|\n", text[:position])), default=0)
