"""Arranges the chosen questions about one context into conversations.

Takes the candidates of a context; returns them in groups, each of which becomes a row. A long document is expensive to
train on, and each row repeats its document, so several questions share it. Used by the export stage. Cost: each pair of
turns in a conversation is compared by its words.

A conversation visits its document in reading order, from a place that the seed selects, so that the next answer is not
always further down. No turn gives away the answer of a later one: a question or answer that contains the answer to
another question comes after it, and so does a turn that quotes all that the other answer is read from, or that follows
the same reference first. If two questions give away each other's answers, they get into different rows.
"""

from __future__ import annotations

import re
from collections.abc import Sequence, Set
from dataclasses import dataclass

from pipeline.config.export import ConversationRecipe
from pipeline.identity import stable_hash64, unit_interval
from pipeline.records import Candidate, TaskFamily

_WORD = re.compile(r"\w+")
_MIN_WORDS_TO_COMPARE = 5
"""Number of different words from which an answer counts as given away if most of its words were said before."""
_GIVEN_AWAY_SHARE = 0.8
_ITEM_JOINTS = re.compile(r"\n+|; ")
_CLOSING_REMARK = re.compile(r"(?<=\S) \([^()]*\)?$")
"""What an item says in brackets at its end, such as the file of a function; the rest is enough to give it away."""


def plan_conversations(
    candidates: Sequence[Candidate], *, recipe: ConversationRecipe, seed: int
) -> list[tuple[Candidate, ...]]:
    """Return the conversations about a context: every candidate once, in at most `max_turns` turns each.

    The result does not depend on the order of the candidates.

    Args:
        candidates: The candidates of one context that were chosen for rows.
        recipe: The number of turns, and the share of candidates that get a row of their own.
        seed: The recipe's seed; it selects those candidates, and where each conversation begins.
    """
    in_order = sorted(candidates, key=_place)
    alone = [candidate for candidate in in_order if _is_alone(candidate, recipe, seed)]
    together = [candidate for candidate in in_order if not _is_alone(candidate, recipe, seed)]
    planned: list[tuple[Candidate, ...]] = [(candidate,) for candidate in alone]
    for language in sorted({candidate.language for candidate in together}):
        own = [candidate for candidate in together if candidate.language == language]
        planned += _rows(own, recipe.max_turns, seed)
    return sorted(planned, key=lambda turns: (_place(turns[0]), len(turns), turns[0].candidate_id))


def gives_away(earlier: Candidate, later: Candidate) -> bool:
    """Return whether a turn says the answer of another: its question or answer contains it, or most of its words."""
    said = _Said.of(earlier)
    items = [_CLOSING_REMARK.sub("", item) for item in _items(later.answer)]
    if items and all(_is_said(item, said.text) for item in items):
        return True
    words = _words(later.answer)
    if len(words) >= _MIN_WORDS_TO_COMPARE and len(words & said.words) >= _GIVEN_AWAY_SHARE * len(words):
        return True
    return _quotes_evidence(said, later) or _follows_first(earlier, said, later)


def _quotes_evidence(said: _Said, later: Candidate) -> bool:
    """Return whether a turn quotes all the evidence of another one, apart from what the other question says itself."""
    asked = _words(later.question)
    quotes = [_flat(quote) for quote in _long_quotes(later)]
    unsaid = [quote for quote in quotes if not frozenset(_WORD.findall(quote)) <= asked]
    return bool(unsaid) and all(quote in said.text for quote in unsaid)


def _follows_first(earlier: Candidate, said: _Said, later: Candidate) -> bool:
    """Return whether a turn says where a reference leads that another one asks to follow, read from the same words."""
    if later.family != TaskFamily.MULTI_HOP:
        return False
    first = _flat(later.answer.partition(": ")[0].partition(" → ")[0])
    shares_words = any(_flat(quote) in _flat(other) for quote in _long_quotes(later) for other in _long_quotes(earlier))
    is_quoted = any(_flat(quote) in said.text for quote in _long_quotes(later))
    return bool(first) and (shares_words or is_quoted) and _is_said(first, said.text)


def _long_quotes(candidate: Candidate) -> list[str]:
    """Return the evidence that has enough words to be told from a mere label."""
    return [item.quote for item in candidate.evidence if len(_words(item.quote)) >= _MIN_WORDS_TO_COMPARE]


@dataclass(frozen=True, slots=True)
class _Said:
    """What a turn says, in one line of lower-case text, and its words."""

    text: str
    words: Set[str]

    @staticmethod
    def of(turn: Candidate) -> _Said:
        text = _flat(f"{turn.question}\n{turn.answer}")
        return _Said(text, frozenset(_WORD.findall(text)))


def _place(candidate: Candidate) -> tuple[int, int, str]:
    first = candidate.evidence[0]
    return first.start, first.end, candidate.candidate_id


def _is_alone(candidate: Candidate, recipe: ConversationRecipe, seed: int) -> bool:
    """Return whether a question gets a row of its own.

    If full rows have n turns, and a share s of all rows is to have one, then this holds for s / (s + n (1 - s)) of the
    questions.
    """
    share = recipe.single_share
    chance = share / (share + recipe.max_turns * (1 - share))
    return unit_interval(seed, "single", candidate.candidate_id) < chance


def _rows(own: Sequence[Candidate], max_turns: int, seed: int) -> list[tuple[Candidate, ...]]:
    """Return rows of at most `max_turns` turns, as few as possible; `own` is in document order."""
    num_rows = -(-len(own) // max_turns)
    rows: list[tuple[Candidate, ...]] = []
    left_out: list[Candidate] = []
    for number in range(num_rows):
        # Every n-th question, so that each conversation spans the whole document.
        turns, unfit = _arranged(_rotated(own[number::num_rows], seed))
        rows.append(turns)
        left_out += unfit
    for candidate in sorted(left_out, key=_place):
        for number, turns in enumerate(rows):
            longer, unfit = _arranged(_rotated(sorted([*turns, candidate], key=_place), seed))
            if not unfit and len(longer) <= max_turns:
                rows[number] = longer
                break
        else:
            rows.append((candidate,))
    return rows


def _rotated(turns: Sequence[Candidate], seed: int) -> list[Candidate]:
    first = stable_hash64(seed, "first", *(turn.candidate_id for turn in turns)) % len(turns)
    return [*turns[first:], *turns[:first]]


def _arranged(turns: Sequence[Candidate]) -> tuple[tuple[Candidate, ...], list[Candidate]]:
    """Return the turns in an order in which none gives away a later answer, and the turns that fit no such order."""
    given_by = {
        turn.candidate_id: {
            other.candidate_id for other in turns if other is not turn and gives_away(earlier=turn, later=other)
        }
        for turn in turns
    }
    waiting = list(turns)
    arranged: list[Candidate] = []
    left_out: list[Candidate] = []
    while waiting:
        open_ids = {turn.candidate_id for turn in waiting}
        harmless = next((turn for turn in waiting if not given_by[turn.candidate_id] & open_ids), None)
        if harmless is not None:
            arranged.append(harmless)
            waiting.remove(harmless)
        else:
            worst = max(waiting, key=lambda turn: len(given_by[turn.candidate_id] & open_ids))
            left_out.append(worst)
            waiting.remove(worst)
    return tuple(arranged), left_out


def _items(answer: str) -> list[str]:
    """Return the parts of an answer: the entries of a list, or the whole answer."""
    return [item for part in _ITEM_JOINTS.split(answer) if (item := _flat(part).strip(" .,;:!?·-–—*|\"'“”‘’「」()"))]


def _is_said(item: str, text: str) -> bool:
    """Return whether a text contains the item. Letters of an alphabet and digits must not continue at either end.

    Korean particles are attached to words, so Hangul may continue.
    """
    start = text.find(item)
    while start >= 0:
        end = start + len(item)
        if not (_continues(text[start - 1 : start], item[0]) or _continues(text[end : end + 1], item[-1])):
            return True
        start = text.find(item, start + 1)
    return False


def _continues(char: str, own: str) -> bool:
    return char.isascii() and char.isalnum() and own.isascii() and own.isalnum()


def _words(text: str) -> Set[str]:
    return frozenset(_WORD.findall(_flat(text)))


def _flat(text: str) -> str:
    return " ".join(text.casefold().replace("`", "").split())
