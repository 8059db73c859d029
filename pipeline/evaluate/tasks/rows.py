"""Held-out rows: the questions of a build's validation rows, with the whole document and in three ways without it.

Training and validation rows ask alike, so this measures what a training on the build's rows has taught, on documents
that it has not seen. Each turn of a conversation is one question, behind the earlier turns with their gold answers.

- `document`: the row as it is.
- `evidence_only`: the paragraphs with the quotes that support the answer, below their headings. What a model loses from
  here to `document` is the price of the long context. Questions that the document does not answer have no such
  paragraphs.
- `retrieved`: the chunks that BM25 ranks first for the question, in the document's order.
- `no_document`: the question alone: what the model knows, or can tell from the form of the question.

A question belongs to the smallest requested length that holds its document prompt and the longest answer to it. An
answer may be twice as long as the gold answer, or 16 tokens longer if that is more, so that talking on costs precision.

Cost: encodes each held-out row once, and each drawn question once more for each way of asking it.
"""

from __future__ import annotations

from bisect import bisect_left
from collections import Counter, defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from functools import lru_cache
from itertools import pairwise
from typing import Literal

from pydantic import PositiveInt

from pipeline.config.evaluate import EvaluationTaskOptions
from pipeline.evaluate.chunks import chunk_spans
from pipeline.evaluate.excerpt import excerpt, proof_spans
from pipeline.evaluate.gold_scores import MEASURE, MEASURES, gold_notes, gold_scores
from pipeline.evaluate.meter import Meter
from pipeline.evaluate.prompt import Prompt, Variant
from pipeline.evaluate.retrieval import ChunkIndex, index_of
from pipeline.evaluate.row_turns import RowTurn, has_document, quotes_in, row_turns
from pipeline.evaluate.spread import spread_order
from pipeline.evaluate.task import AnswerTask, Asked, Asking
from pipeline.identity import stable_hash64
from pipeline.records import Message
from pipeline.synthesize.sentences import Span

NO_ROWS_NOTE = (
    "The build has no validation rows about documents that training has not seen, so there is nothing to ask. "
    "Build it with synthesize rows and with export.validation_share above 0."
)


class RowsOptions(EvaluationTaskOptions):
    """Asks the questions of held-out rows."""

    task: Literal["rows"] = "rows"
    max_items: PositiveInt = 40
    """The maximum number of questions for each length and language, drawn by the seed and spread over task families,
    then over documents."""
    max_answer_tokens: PositiveInt = 256
    """The maximum length of an answer, in tokens. Questions with a longer gold answer are left out."""
    controls: tuple[Literal["evidence_only", "retrieved", "no_document"], ...] = (
        "evidence_only",
        "retrieved",
        "no_document",
    )
    """Other ways in which each question is asked, beside the whole document."""
    chunk_tokens: PositiveInt = 256
    """The maximum length of a chunk for `retrieved`, in tokens."""
    retrieved_tokens: PositiveInt = 1024
    """The maximum length of the chunks for `retrieved` together, in tokens."""


@dataclass(frozen=True, slots=True)
class _Candidate:
    """A question that may be asked."""

    turn: RowTurn
    length: int
    max_answer_tokens: int


@dataclass(frozen=True, slots=True)
class _Chunks:
    spans: Sequence[Span]
    sizes: Sequence[int]
    """In tokens."""
    index: ChunkIndex


def ask(asking: Asking) -> Asked:
    """Return the questions of held-out rows in all ways of asking them; nothing but a note if there are no rows."""
    assert asking.material is not None, "rows are asked of a build"
    turns = list(row_turns(asking.material))
    if not turns:
        return Asked(prompts=(), notes=(NO_ROWS_NOTE,))
    skipped: Counter[str] = Counter()
    candidates = _candidates(turns, asking, skipped)
    drawn = _drawn(candidates, asking)
    skipped["not_drawn"] += len(candidates) - len(drawn)
    prompts = [prompt for one in drawn for prompt in _prompts(one, asking, skipped)]
    return Asked(
        prompts=tuple(sorted(prompts, key=_order)),
        notes=tuple(_length_notes(prompts, asking)),
        skipped={reason: count for reason, count in sorted(skipped.items()) if count},
    )


def _candidates(turns: Sequence[RowTurn], asking: Asking, skipped: Counter[str]) -> list[_Candidate]:
    """Return the questions that fit a length, by the sum of their messages; the exact length is counted later."""
    options, meter = asking.options, asking.meter
    rows = {turn.row.id: turn.row for turn in turns}
    counts = meter.count_all([message.content for row in rows.values() for message in row.messages])
    places = iter(counts)
    num_tokens = {row.id: [next(places) for _ in row.messages] for row in rows.values()}
    first, more = _template_tokens(meter)
    candidates = []
    for turn in turns:
        own = num_tokens[turn.row.id]
        gold = own[2 * turn.number + 1]
        max_answer_tokens = min(options.max_answer_tokens, max(2 * gold, gold + 16))
        needed = sum(own[: 2 * turn.number + 1]) + first + more * turn.number + max_answer_tokens
        if not has_document(turn):
            skipped["document_not_in_row"] += 1
        elif gold > options.max_answer_tokens:
            skipped["long_answer"] += 1
        elif needed > asking.lengths[-1]:
            skipped["too_long"] += 1
        else:
            length = asking.lengths[bisect_left(asking.lengths, needed)]
            candidates.append(_Candidate(turn, length, max_answer_tokens))
    return candidates


def _template_tokens(meter: Meter) -> tuple[int, int]:
    """Return how many tokens the template adds to a first question, and to each further turn."""
    word = "a"
    turns = [Message("user", word), Message("assistant", word), Message("user", word)]
    first = meter.count_prompt(turns[:1]) - meter.count(word)
    return first, meter.count_prompt(turns) - first - 3 * meter.count(word)


def _drawn(candidates: Sequence[_Candidate], asking: Asking) -> list[_Candidate]:
    by_cell: dict[tuple[int, str], list[_Candidate]] = defaultdict(list)
    for candidate in candidates:
        by_cell[candidate.length, candidate.turn.row.language].append(candidate)
    drawn: list[_Candidate] = []
    for cell in by_cell.values():
        ordered = spread_order(
            cell,
            groups=[lambda one: one.turn.turn.family, lambda one: one.turn.context.parent_id],
            chance=lambda one: stable_hash64("rows", asking.seed, one.turn.item),
        )
        drawn += ordered[: asking.options.max_items]
    return sorted(drawn, key=lambda one: (one.turn.context.doc_id, one.turn.item))  # chunks are kept by document


def _prompts(candidate: _Candidate, asking: Asking, skipped: Counter[str]) -> Iterator[Prompt]:
    turn, meter = candidate.turn, asking.meter
    num_tokens = meter.count_prompt(turn.messages)
    needed = num_tokens + candidate.max_answer_tokens
    if needed > asking.lengths[-1]:
        skipped["too_long"] += 1
        return
    whole = Prompt(
        item=turn.item,
        messages=turn.messages,
        gold=(turn.gold,),
        length=asking.lengths[bisect_left(asking.lengths, needed)],
        num_tokens=num_tokens,
        cluster=turn.context.parent_id,
        kind=turn.turn.task,
        language=turn.row.language,
        depth=turn.depth,
        max_answer_tokens=candidate.max_answer_tokens,
        proof=quotes_in(turn.evidence, turn.context.text),
        notes={
            **gold_notes(turn.gold, [quote.quote for quote in turn.evidence], is_absent=turn.is_absent),
            "family": turn.turn.family,
            "document": turn.context.doc_id,
        },
    )
    yield whole
    if Variant.NO_DOCUMENT in asking.options.controls:
        yield _control(whole, Variant.NO_DOCUMENT, turn.messages_without_document(), (), meter)
    if Variant.EVIDENCE_ONLY in asking.options.controls:
        if turn.is_absent or not turn.evidence:
            skipped["evidence_only_without_evidence"] += 1
        else:
            yield from _with_excerpt(whole, Variant.EVIDENCE_ONLY, turn, _evidence_text(turn), meter, skipped)
    if Variant.RETRIEVED in asking.options.controls:
        yield from _with_excerpt(whole, Variant.RETRIEVED, turn, _retrieved_text(turn, asking), meter, skipped)


def _with_excerpt(
    whole: Prompt, variant: Variant, turn: RowTurn, text: str, meter: Meter, skipped: Counter[str]
) -> Iterator[Prompt]:
    if not text:
        skipped[f"{variant}_without_text"] += 1
        return
    prompt = _control(whole, variant, turn.messages_with(text), quotes_in(turn.evidence, text), meter)
    if prompt.num_tokens > whole.num_tokens:
        # The marks where text is left out are longer than that text.
        skipped[f"{variant}_longer_than_document"] += 1
    else:
        yield prompt


def _control(
    whole: Prompt, variant: Variant, messages: tuple[Message, ...], proof: tuple[str, ...], meter: Meter
) -> Prompt:
    return replace(
        whole, variant=variant.value, messages=messages, num_tokens=meter.count_prompt(messages), proof=proof
    )


def _evidence_text(turn: RowTurn) -> str:
    return excerpt(turn.context.text, proof_spans(turn.context, turn.quotes))


def _retrieved_text(turn: RowTurn, asking: Asking) -> str:
    """Return the chunks that rank first, as many as fit."""
    text, options = turn.context.text, asking.options
    chunks = _chunks(text, asking.meter, options.chunk_tokens)
    left = options.retrieved_tokens
    taken = []
    for number in chunks.index.ranked(turn.question):
        if chunks.sizes[number] <= left:
            left -= chunks.sizes[number]
            taken.append(chunks.spans[number])
    return excerpt(text, taken)


@lru_cache(maxsize=4)
def _chunks(text: str, meter: Meter, chunk_tokens: int) -> _Chunks:
    spans = chunk_spans(text, meter=meter, chunk_tokens=chunk_tokens)
    parts = [text[span.start : span.end] for span in spans]
    return _Chunks(spans, meter.count_all(parts), index_of(parts))


def _order(prompt: Prompt) -> tuple[int, int, str, str, int, str]:
    """Return the place of a prompt: at each length, the ways of asking in turn; in each, documents in turn.

    Prompts about a document are in the order of their first messages, so those that begin alike are neighbours.
    """
    first = prompt.messages[0].content
    place = TASK.variants.index(prompt.variant)
    return prompt.length, place, prompt.notes["document"], first, len(prompt.messages), prompt.item


def _length_notes(prompts: Sequence[Prompt], asking: Asking) -> Iterator[str]:
    found = {prompt.length for prompt in prompts}
    for shorter, length in pairwise((0, *asking.lengths)):
        if length not in found:
            yield f"No question of a held-out row needs more than {shorter:,} and at most {length:,} tokens."


TASK = AnswerTask(
    name="rows",
    title="Held-out rows",
    about=(
        "Questions of validation rows about documents that training has not seen, with the whole document, with the "
        "paragraphs that prove the answer, with what BM25 finds, and with nothing."
    ),
    options=RowsOptions,
    ask=ask,
    score=gold_scores,
    measure=MEASURE,
    measures=MEASURES,
    variants=(Variant.DOCUMENT.value, Variant.EVIDENCE_ONLY.value, Variant.RETRIEVED.value, Variant.NO_DOCUMENT.value),
)
