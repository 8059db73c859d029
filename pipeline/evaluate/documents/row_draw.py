"""Draws the questions of held-out rows that a task asks: a number for each length and language, spread over families.

Takes questions with their sizes in a subject's tokens; returns those that are asked, with the limit of their answers.
Which questions come first does not depend on the tokenizer, so that subjects with different ones share most questions.
"""

from __future__ import annotations

from bisect import bisect_left
from collections import Counter, defaultdict
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise

from pipeline.evaluate.documents.gold_scores import gold_notes
from pipeline.evaluate.documents.row_turns import RowTurn, has_document, quotes_in
from pipeline.evaluate.documents.spread import spread_order
from pipeline.evaluate.meter import Meter
from pipeline.evaluate.prompt import Prompt
from pipeline.evaluate.task import Asking
from pipeline.identity import stable_hash64
from pipeline.records import Message
from pipeline.scoring.answers import longest_answer

NO_ROWS_NOTE = (
    "The build has no validation rows about documents that training has not seen, so there is nothing to ask. "
    "Build it with synthesize rows and with export.validation_share above 0."
)


@dataclass(frozen=True, slots=True)
class SizedTurn:
    """A question with its size in the subject's tokens."""

    turn: RowTurn
    num_tokens: int
    """Of the prompt with the document, as the sum of its messages and the template; the exact number may differ by a
    few."""
    gold_tokens: int
    """Of the gold answer."""


@dataclass(frozen=True, slots=True)
class DrawnTurn:
    """A question that is asked."""

    turn: RowTurn
    max_answer_tokens: int


@dataclass(frozen=True, slots=True)
class DrawLimits:
    """What a draw leaves out, besides the limits of every task."""

    min_tokens: int = 0
    """Questions with a shorter prompt are left out."""
    max_documents: int | None = None
    """For each length and language. Questions about one document share its prefill."""


def draw_turns(
    sized: Sequence[SizedTurn],
    asking: Asking,
    *,
    task: str,
    skipped: Counter[str],
    limits: DrawLimits | None = None,
) -> list[DrawnTurn]:
    """Return the questions to ask, those about a document one after another; count the others in `skipped`.

    An answer may be twice as long as the gold answer, or 16 tokens longer if that is more, so that talking on costs
    precision.

    Args:
        sized: the questions.
        asking: its options have `max_items` and `max_answer_tokens`.
        task: the task's name; tasks draw independently.
        skipped: receives the number of questions that are not asked, by reason.
        limits: further limits; None for none.
    """
    limits = limits or DrawLimits()
    cap = asking.options.max_answer_tokens
    by_cell: dict[tuple[int, str], list[DrawnTurn]] = defaultdict(list)
    for one in sized:
        limit = longest_answer(one.gold_tokens, at_most=cap)
        length = length_of(one.num_tokens + limit, asking.lengths)
        if not has_document(one.turn):
            skipped["document_not_in_row"] += 1
        elif one.gold_tokens > cap:
            skipped["long_answer"] += 1
        elif length is None:
            skipped["too_long"] += 1
        elif one.num_tokens < limits.min_tokens:
            skipped["too_short"] += 1
        else:
            by_cell[length, one.turn.row.language].append(DrawnTurn(one.turn, limit))
    families: Sequence[Callable[[DrawnTurn], str]] = (
        lambda one: one.turn.turn.family,
        lambda one: one.turn.context.parent_id,
    )
    drawn: list[DrawnTurn] = []
    for cell in by_cell.values():
        kept = _of_few_documents(cell, limits.max_documents, seed=asking.seed)
        ordered = spread_order(
            kept, groups=families, chance=lambda one: stable_hash64(task, asking.seed, one.turn.item)
        )
        drawn += ordered[: asking.options.max_items]
        skipped["not_drawn"] += len(cell) - min(len(ordered), asking.options.max_items)
    return sorted(drawn, key=lambda one: (one.turn.context.doc_id, one.turn.item))


def _of_few_documents(drawn: Sequence[DrawnTurn], max_documents: int | None, *, seed: int) -> list[DrawnTurn]:
    """Return the questions about so many documents, chosen by the seed."""
    documents = sorted(
        {one.turn.context.parent_id for one in drawn}, key=lambda document: stable_hash64("rows", seed, document)
    )
    chosen = set(documents[:max_documents])
    return [one for one in drawn if one.turn.context.parent_id in chosen]


def document_prompt(
    drawn: DrawnTurn, messages: tuple[Message, ...], asking: Asking, skipped: Counter[str]
) -> Prompt | None:
    """Return the prompt of a question with its document; None, and counted, if it fits no length after all."""
    turn = drawn.turn
    num_tokens = asking.meter.count_prompt(messages)
    length = length_of(num_tokens + drawn.max_answer_tokens, asking.lengths)
    if length is None:
        skipped["too_long"] += 1
        return None
    return Prompt(
        item=turn.item,
        messages=messages,
        gold=(turn.gold,),
        length=length,
        num_tokens=num_tokens,
        cluster=turn.context.cluster_id or turn.context.parent_id,
        kind=turn.turn.task,
        language=turn.row.language,
        depth=turn.depth,
        max_answer_tokens=drawn.max_answer_tokens,
        proof=quotes_in(turn.evidence, turn.context.text),
        notes={
            **gold_notes(turn.gold, [quote.quote for quote in turn.evidence], is_absent=turn.is_absent),
            "family": turn.turn.family,
            "document": turn.context.doc_id,
        },
    )


def length_of(num_tokens: int, lengths: Sequence[int]) -> int | None:
    """Return the smallest length that holds so many tokens; None if none does."""
    place = bisect_left(lengths, num_tokens)
    return lengths[place] if place < len(lengths) else None


def template_tokens(meter: Meter) -> tuple[int, int]:
    """Return how many tokens the chat template adds to a first question, and to each further turn."""
    word = "a"
    turns = [Message("user", word), Message("assistant", word), Message("user", word)]
    first = meter.count_prompt(turns[:1]) - meter.count(word)
    return first, meter.count_prompt(turns) - first - 3 * meter.count(word)


def length_notes(prompts: Sequence[Prompt], lengths: Sequence[int]) -> Iterator[str]:
    """Yield a sentence for each length that no question belongs to."""
    found = {prompt.length for prompt in prompts}
    for shorter, length in pairwise((0, *lengths)):
        if length not in found:
            yield f"No question of a held-out row needs more than {shorter:,} and at most {length:,} tokens."


def counted(skipped: Counter[str]) -> dict[str, int]:
    """Return the counts above 0, sorted by reason."""
    return {reason: count for reason, count in sorted(skipped.items()) if count}
