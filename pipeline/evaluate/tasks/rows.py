"""Held-out rows: the questions of a build's validation rows, with the whole document and in three ways without it.

Training and validation rows ask alike, so this measures what a training on the build's rows has taught, on documents
that it has not seen. Each turn of a conversation is one question, behind the earlier turns with their gold answers.

- `document`: the row as it is.
- `evidence_only`: the paragraphs with the quotes that support the answer, below their headings. What a model loses from
  here to `document` is the price of the long context. Questions that the document does not answer have no such
  paragraphs.
- `retrieved`: the chunks that BM25 ranks first for the question, without the turns before it, in the document's order.
- `no_document`: the question alone: what the model knows, or can tell from the form of the question.

A question belongs to the smallest requested length that holds its document prompt and the longest answer to it.

Cost: encodes each held-out row once, and each drawn question once more for each way of asking it.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from functools import lru_cache
from typing import Literal

from pydantic import NonNegativeInt, PositiveInt

from pipeline.config.evaluate import EvaluationTaskOptions
from pipeline.evaluate.documents.chunks import chunk_spans
from pipeline.evaluate.documents.excerpt import excerpt, proof_spans, title_spans
from pipeline.evaluate.documents.gold_scores import MEASURE, MEASURES, gold_scores
from pipeline.evaluate.documents.retrieval import ChunkIndex, index_of
from pipeline.evaluate.documents.row_draw import (
    NO_ROWS_NOTE,
    DrawLimits,
    DrawnTurn,
    SizedTurn,
    counted,
    document_prompt,
    draw_turns,
    length_notes,
    template_tokens,
)
from pipeline.evaluate.documents.row_turns import RowTurn, quotes_in, row_turns
from pipeline.evaluate.meter import Meter
from pipeline.evaluate.prompt import Prompt, Variant
from pipeline.evaluate.task import AnswerTask, Asked, Asking
from pipeline.languages import Language
from pipeline.records import Message
from pipeline.synthesize.sentences import Span


class RowsOptions(EvaluationTaskOptions):
    """Asks the questions of held-out rows."""

    task: Literal["rows"] = "rows"
    max_items: PositiveInt = 40
    """The maximum number of questions for each length and language, drawn by the seed and spread over task families,
    then over documents."""
    max_documents: PositiveInt | None = None
    """The maximum number of documents for each length and language. Questions about one document share its prefill, so
    few documents cost less, and say less. None for no limit."""
    languages: tuple[Language, ...] = ()
    """The languages of the questions; empty for all."""
    min_tokens: NonNegativeInt = 0
    """Questions whose prompt is shorter are left out; otherwise the shortest length has all of them."""
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
class _Chunks:
    spans: Sequence[Span]
    sizes: Sequence[int]
    """In tokens."""
    index: ChunkIndex


def ask(asking: Asking) -> Asked:
    """Return the questions of held-out rows in all ways of asking them; nothing but a note if there are no rows."""
    assert asking.material is not None, "rows are asked of a build"
    every = list(row_turns(asking.material))
    if not every:
        return Asked(prompts=(), notes=(NO_ROWS_NOTE,))
    languages = asking.options.languages
    turns = [turn for turn in every if not languages or turn.row.language in languages]
    skipped: Counter[str] = Counter({"other_language": len(every) - len(turns)})
    limits = DrawLimits(asking.options.min_tokens, asking.options.max_documents)
    drawn = draw_turns(_sized(turns, asking.meter), asking, task="rows", skipped=skipped, limits=limits)
    prompts = [prompt for one in drawn for prompt in _prompts(one, asking, skipped)]
    return Asked(
        prompts=tuple(sorted(prompts, key=_order)),
        notes=tuple(length_notes(prompts, asking.lengths)),
        skipped=counted(skipped),
    )


def _sized(turns: Sequence[RowTurn], meter: Meter) -> list[SizedTurn]:
    rows = {turn.row.id: turn.row for turn in turns}
    counts = iter(meter.count_all([message.content for row in rows.values() for message in row.messages]))
    tokens = {row.id: [next(counts) for _ in row.messages] for row in rows.values()}
    first, more = template_tokens(meter)
    sized = []
    for turn in turns:
        asked, gold = tokens[turn.row.id][: 2 * turn.number + 1], tokens[turn.row.id][2 * turn.number + 1]
        sized.append(SizedTurn(turn, num_tokens=sum(asked) + first + more * turn.number, gold_tokens=gold))
    return sized


def _prompts(drawn: DrawnTurn, asking: Asking, skipped: Counter[str]) -> Iterator[Prompt]:
    turn, meter, controls = drawn.turn, asking.meter, asking.options.controls
    whole = document_prompt(drawn, turn.messages, asking, skipped)
    if whole is None:
        return
    yield whole
    if Variant.NO_DOCUMENT in controls:
        yield _control(whole, Variant.NO_DOCUMENT, turn.messages_without_document(), (), meter)
    if Variant.EVIDENCE_ONLY in controls and (turn.is_absent or not turn.evidence):
        skipped["evidence_only_without_evidence"] += 1
    elif Variant.EVIDENCE_ONLY in controls:
        yield from _with_excerpt(whole, Variant.EVIDENCE_ONLY, turn, _evidence_text(turn), meter, skipped)
    if Variant.RETRIEVED in controls:
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
    """Return the paragraphs that prove the answer and those of the turns before it, with the titles of documents."""
    context = turn.context
    return excerpt(context.text, [*proof_spans(context, turn.quotes_so_far), *title_spans(context)])


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
