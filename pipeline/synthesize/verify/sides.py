"""Finds what an answer turns round about a word with two sides, and what it adds to an `only` of the evidence.

`exchanged_sides` compares what stands left and right of a word whose sides differ in meaning, such as `instead of` or
`less`. The sides are exchanged if each has words of the other side of the evidence, and more than of its own. It looks
only at a few words on either side in the sentence, and leaves out words that the evidence has on both.

`other_contrast` compares what a contrast excludes: `but not the notes`. It abstains for words that a text has twice,
and for clauses with another negation or negative word.

`more_than_only` compares a clause of the evidence that says `only X` with a clause of the answer about X that has
`also` or `as well as`, and neither `only` nor a negation.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from pipeline.languages import language_rules
from pipeline.records import Dropped
from pipeline.synthesize.verify.claim import Claim
from pipeline.synthesize.verify.reading import Clause, Statement, compiled_ignoring_case

_MAX_SIDE_WORDS = 5
_MAX_ONLY_WORDS = 4
_MIN_SHARED_STEMS = 2

_Side = frozenset[str]


def exchanged_sides(claim: Claim) -> Dropped | None:
    """Return a fault if the answer exchanges the two sides of a word of the evidence; None if not."""
    proved = list(_sides(claim.evidence, claim.language))
    for word, left, right in _sides(claim.stated, claim.language):
        for other, known_left, known_right in proved:
            both = known_left & known_right
            crossed = (len((left - both) & known_right), len((right - both) & known_left))
            straight = len((left - both) & known_left) + len((right - both) & known_right)
            if word == other and all(crossed) and sum(crossed) > straight:
                return Dropped("values_exchanged", f"The two sides of '{word}' are exchanged.")
    return None


def _sides(statement: Statement, language: str) -> Iterator[tuple[str, _Side, _Side]]:
    """Yield each word with two sides, and what stands left and right of it: stems and values."""
    pattern = compiled_ignoring_case(language_rules(language).statements.two_sided)
    items = [(word.start, word.end, word.stem) for word in statement.words]
    items += [(v.start, v.end, repr(v.quantity)) for v in statement.values if not v.is_list_mark]
    items.sort()
    for match in pattern.finditer(statement.text):
        low, high = _sentence(statement.text, match)
        if match.groupdict().get("left"):
            low, end_of_left = match.span("left")
        else:
            end_of_left = match.start()
        left = [item for start, end, item in items if low <= start and end <= end_of_left]
        right = [item for start, _, item in items if match.end() <= start < high]
        if left and right:
            word = "" if end_of_left > match.start() else " ".join(match.group().lower().split())
            yield word, frozenset(left[-_MAX_SIDE_WORDS:]), frozenset(right[:_MAX_SIDE_WORDS])


def _sentence(text: str, match: re.Match[str]) -> tuple[int, int]:
    ends = [found.end() for found in re.finditer(r"[.;!?](?=\s|$)", text)]
    low = max((end for end in ends if end <= match.start()), default=0)
    return low, min((end for end in ends if end >= match.end()), default=len(text))


def other_contrast(claim: Claim) -> Dropped | None:
    """Return a fault if the answer affirms what the evidence excludes in a contrast, or the reverse; None if not."""
    stated, known = _excluded(claim.stated, claim.language), _excluded(claim.evidence, claim.language)
    for stem in sorted((known.keys() - stated.keys()) & claim.stated.stems):
        if (stem not in claim.asked.stems or says_yes(claim)) and _is_affirmed(
            stem, claim.stated, claim.language, frozenset()
        ):
            return Dropped("negation_differs", f"The evidence excludes '{stem}', the answer does not.")
    for stem in sorted((stated.keys() - known.keys()) & claim.evidence.stems):
        if _is_affirmed(stem, claim.evidence, claim.language, stated[stem]):
            return Dropped("negation_differs", f"The answer excludes '{stem}', the evidence does not.")
    return None


def says_yes(claim: Claim) -> bool:
    """Return whether an answer begins with yes."""
    rules = language_rules(claim.language)
    begins = compiled_ignoring_case(rules.statements.yes_or_no).match(claim.stated.text) is not None
    return begins and compiled_ignoring_case(rules.cues.says_no).match(claim.stated.text) is None


def _excluded(statement: Statement, language: str) -> dict[str, frozenset[str]]:
    """Return the stems that a contrast excludes, each with those of the clause that has what is not excluded.

    Such as `parent` in: by the kitchen and not by the parents. Words that the text has twice are left out.
    """
    pattern = compiled_ignoring_case(language_rules(language).statements.contrasts)
    found: dict[str, frozenset[str]] = {}
    for match in pattern.finditer(statement.text):
        low, high = match.span("denied")
        inside = [word.stem for word in statement.words if low <= word.start < high][-1:]
        if inside and sum(word.stem == inside[0] for word in statement.words) == 1:
            near = [clause for clause in statement.clauses if clause.start < high]
            beside = frozenset[str]().union(*(clause.stems for clause in near[-2:]))
            found[inside[0]] = beside - {inside[0]}
    return found


def _is_affirmed(stem: str, statement: Statement, language: str, beside: frozenset[str]) -> bool:
    """Return whether all clauses with a word are without a negation and without another negative word.

    If there are stems to stand beside it, a clause must have one of them.
    """
    only = compiled_ignoring_case(language_rules(language).statements.only)
    clauses = [clause for clause in statement.clauses if stem in clause.stems and (not beside or beside & clause.stems)]
    return bool(clauses) and not any(
        clause.is_negated or clause.is_unclear or any(not only.match(f"{word} ") for word in clause.negative_words)
        for clause in clauses
    )


def more_than_only(claim: Claim) -> Dropped | None:
    """Return a fault if the answer adds something to what the evidence says of one thing only; None if not."""
    rules = language_rules(claim.language).statements
    only, adds = compiled_ignoring_case(rules.only), compiled_ignoring_case(rules.adds)
    adding = [
        clause
        for clause in claim.stated.clauses
        if adds.search(claim.stated.text, clause.start, clause.end)
        and not only.search(claim.stated.text, clause.start, clause.end)
        and not clause.is_negated
    ]
    for clause in claim.evidence.clauses if adding else ():
        for match in only.finditer(claim.evidence.text, clause.start, clause.end):
            alone = _alone(claim.evidence, clause, match, is_before=rules.verb_is_last)
            for other in adding:
                if alone and alone <= other.stems and len(clause.stems & other.stems) >= _MIN_SHARED_STEMS:
                    said = " ".join(claim.stated.text[other.start : other.end].split())
                    return Dropped("negation_differs", f"The evidence says 'only', the answer: {said[:160]}")
    return None


def _alone(statement: Statement, clause: Clause, match: re.Match[str], *, is_before: bool) -> frozenset[str]:
    """Return the stems of what a word like `only` limits: those next to it."""
    words = [word for word in statement.words if clause.start <= word.start < clause.end]
    if is_before:
        return frozenset(word.stem for word in words if word.end == match.start())
    return frozenset([word.stem for word in words if word.start >= match.end()][:_MAX_ONLY_WORDS])
