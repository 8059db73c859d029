"""Sample rows for a build's report page: varied rows, each with its questions, answers and first quotes.

Takes rows and their documents. Returns `SampleRow`s. Used by `build_summary`.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from pipeline.export.rows import noted_text
from pipeline.records import Context, SftExample

_MAX_QUOTES = 3
_CONTEXT_CHARS = 160
"""Maximum number of characters that are shown before and after a quote."""
_MAX_QUESTION_CHARS = 600
"""Maximum length of a question that cannot be separated from its document."""


@dataclass(frozen=True, slots=True)
class Quote:
    """An evidence quote and the text around it."""

    doc_title: str
    before: str
    quote: str
    after: str
    depth: float


@dataclass(frozen=True, slots=True)
class SampleTurn:
    """A question and its answer, without the document."""

    task: str
    question: str
    answer: str
    quotes: tuple[Quote, ...]
    """The first pieces of evidence, at most three."""
    num_more_quotes: int


@dataclass(frozen=True, slots=True)
class SampleRow:
    """A row of either split, without its document."""

    row: SftExample
    turns: tuple[SampleTurn, ...]


def choose_varied(keys: Sequence[tuple[str, ...]], limit: int) -> list[tuple[str, ...]]:
    """Return up to `limit` keys; the next key is always the one whose components were chosen least so far.

    If several keys are equally good, the first is chosen.
    """
    seen: Counter[tuple[int, str]] = Counter()
    left = list(keys)
    chosen: list[tuple[str, ...]] = []
    while left and len(chosen) < limit:
        # Squares make one frequent component weigh more than several components that were chosen once.
        best = min(left, key=lambda key: sum(seen[position, part] ** 2 for position, part in enumerate(key)))
        seen.update(enumerate(best))
        left.remove(best)
        chosen.append(best)
    return chosen


def sample_row(example: SftExample, contexts: Mapping[str, Context]) -> SampleRow:
    """Return what the page shows of a row.

    Args:
        example: the row.
        contexts: documents by id; quotes from documents that are missing here are left out.
    """
    document = contexts.get(example.doc_ids[0]) if example.doc_ids else None
    text = noted_text(document) if document else ""
    questions = [message.content for message in example.messages if message.role == "user"]
    answers = [message.content for message in example.messages if message.role == "assistant"]
    turns = []
    for number, (question, answer, turn) in enumerate(zip(questions, answers, example.turns, strict=True)):
        evidence = [item for item in example.evidence if item.turn == number]
        quotes = tuple(
            _quote(contexts[item.doc_id], item.start, item.end, item.depth)
            for item in evidence[:_MAX_QUOTES]
            if item.doc_id in contexts
        )
        turns.append(
            SampleTurn(
                task=turn.task,
                question=question_of(question, text) if number == 0 else question,
                answer=answer,
                quotes=quotes,
                num_more_quotes=len(evidence) - len(quotes),
            )
        )
    return SampleRow(row=example, turns=tuple(turns))


def question_of(user_message: str, document_text: str) -> str:
    """Return the part of a user message after its document, or the part before it if nothing follows.

    If the document is empty or not in the message, return the last 600 characters of the message.
    """
    if not document_text or document_text not in user_message:
        return user_message[-_MAX_QUESTION_CHARS:].strip()
    before, _, after = user_message.partition(document_text)
    return after.strip() or before.strip()


def _quote(context: Context, start: int, end: int, depth: float) -> Quote:
    text = context.text
    before = text[max(0, start - _CONTEXT_CHARS) : start]
    after = text[end : end + _CONTEXT_CHARS]
    return Quote(
        doc_title=context.title or context.source_uri,
        before=("…" if start > _CONTEXT_CHARS else "") + before,
        quote=text[start:end],
        after=after + ("…" if end + _CONTEXT_CHARS < len(text) else ""),
        depth=depth,
    )
