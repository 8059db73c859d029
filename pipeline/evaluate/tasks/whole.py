"""The whole document at once, or chunk and merge: the same questions about the same documents, answered in two ways.

- `document`: one prompt with the whole document and the question.
- `chunk_merge`: the document is cut into chunks, the question is asked about each chunk alone, and a last prompt merges
  the answers. This is recursive summarisation (arXiv 2109.10862; the baseline of BooookScore, arXiv 2310.00785), for
  questions as well as for summaries. Answers that say that the chunk does not have what was asked for are left out of
  the merging, unless all say so.

The questions are those of held-out rows, each alone, without the turns before it; questions that lean on the turn
before are left out. The gold answer of a summary is that of the row. Scores are those of `rows`.

Cost: each question reads its document twice, and the answers about its chunks.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import replace
from typing import Literal

from pydantic import PositiveInt

from pipeline.config.evaluate import EvaluationTaskOptions
from pipeline.evaluate.documents.chunks import chunk_spans
from pipeline.evaluate.documents.gold_scores import MEASURE, MEASURES, gold_scores
from pipeline.evaluate.documents.row_draw import (
    NO_ROWS_NOTE,
    SizedTurn,
    counted,
    document_prompt,
    draw_turns,
    length_notes,
    template_tokens,
)
from pipeline.evaluate.documents.row_turns import RowTurn, quotes_in, row_turns
from pipeline.evaluate.meter import Meter
from pipeline.evaluate.prompt import Answer, Prompt, Variant
from pipeline.evaluate.task import AnswerTask, Asked, Asking
from pipeline.evaluate.wordings import wordings_of
from pipeline.export.rows import QuestionPlace, user_message
from pipeline.records import Message, TaskFamily
from pipeline.scoring.answers import is_refusal

CHUNK_MERGE = "chunk_merge"
NO_SUMMARIES_NOTE = "The build has no held-out rows of summaries, so only questions are compared, and no summaries."
_LEANING_TASK = "follow_up"
"""The written task whose questions lean on the turn before."""


class WholeOptions(EvaluationTaskOptions):
    """Asks about whole documents, and by chunk and merge."""

    task: Literal["whole"] = "whole"
    max_items: PositiveInt = 20
    """The maximum number of questions for each length and language, drawn by the seed and spread over task families,
    then over documents."""
    max_answer_tokens: PositiveInt = 256
    """The maximum length of an answer, in tokens. Questions with a longer gold answer are left out."""
    chunk_tokens: PositiveInt = 1024
    """The maximum length of a chunk, in tokens. Documents that are a single chunk are left out."""


def ask(asking: Asking) -> Asked:
    """Return the questions with their whole documents, and about each chunk; only a note if there are no rows."""
    assert asking.material is not None, "rows are asked of a build"
    turns = list(row_turns(asking.material))
    if not turns:
        return Asked(prompts=(), notes=(NO_ROWS_NOTE,))
    skipped: Counter[str] = Counter()
    alone = [turn for turn in turns if turn.turn.task != _LEANING_TASK]
    skipped["leans_on_turn_before"] += len(turns) - len(alone)
    prompts: list[Prompt] = []
    for drawn in draw_turns(_sized(alone, asking, skipped), asking, task="whole", skipped=skipped):
        found = document_prompt(drawn, _alone(drawn.turn), asking, skipped)
        if found is None:
            continue
        whole = replace(found, notes={**found.notes, "question": drawn.turn.question})
        steps = list(_steps(whole, drawn.turn, asking))
        if any(step.num_tokens + step.max_answer_tokens > whole.length for step in steps):
            # A document hardly longer than a chunk, or a line that is longer than one.
            skipped["chunk_too_long"] += 1
        else:
            prompts += [whole, *steps]
    has_summaries = any(turn.turn.family == TaskFamily.SUMMARY for turn in alone)
    return Asked(
        prompts=tuple(sorted(prompts, key=_order)),
        notes=(*([] if has_summaries else [NO_SUMMARIES_NOTE]), *length_notes(prompts, asking.lengths)),
        skipped=counted(skipped),
    )


def merge(asking: Asking, answered: Sequence[tuple[Prompt, Answer]]) -> Asked:
    """Return the prompts that merge the answers about the chunks of each document."""
    steps: dict[str, list[tuple[int, str]]] = defaultdict(list)
    for prompt, answer in answered:
        if prompt.is_step:
            steps[prompt.item].append((int(prompt.notes["part"]), answer.text))
    skipped: Counter[str] = Counter()
    prompts = []
    for whole in (prompt for prompt, _ in answered if not prompt.is_step):
        messages = _merge_messages(whole, sorted(steps[whole.item]))
        num_tokens = asking.meter.count_prompt(messages)
        if num_tokens + whole.max_answer_tokens > whole.length:
            skipped["answers_too_long_to_merge"] += 1
            continue
        proof = tuple(quote for quote in whole.proof if quote in messages[0].content)
        prompts.append(replace(whole, variant=CHUNK_MERGE, messages=messages, num_tokens=num_tokens, proof=proof))
    return Asked(prompts=tuple(prompts), skipped=counted(skipped))


def _sized(turns: Sequence[RowTurn], asking: Asking, skipped: Counter[str]) -> list[SizedTurn]:
    """Return the questions about documents of more than one chunk, with their sizes."""
    meter = asking.meter
    texts = {turn.context.doc_id: turn.context.text for turn in turns}
    documents = dict(zip(texts, meter.count_all(list(texts.values())), strict=True))
    questions = meter.count_all([turn.question for turn in turns])
    golds = meter.count_all([turn.gold for turn in turns])
    first, _ = template_tokens(meter)
    sized = []
    for turn, question, gold in zip(turns, questions, golds, strict=True):
        document = documents[turn.context.doc_id]
        if document <= asking.options.chunk_tokens:
            skipped["single_chunk"] += 1
        else:
            sized.append(SizedTurn(turn, num_tokens=document + question + first, gold_tokens=gold))
    return sized


def _alone(turn: RowTurn) -> tuple[Message, ...]:
    """Return the question behind its whole document, in the form of a row of one turn."""
    message = user_message(
        turn.context,
        question=turn.question,
        candidate_id=turn.turn.candidate_id,
        language=turn.row.language,
        place=QuestionPlace.AFTER,
    )
    return (Message("user", message),)


def _steps(whole: Prompt, turn: RowTurn, asking: Asking) -> Iterator[Prompt]:
    """Yield the question about each chunk. The gold answer is that of the chunks that have evidence."""
    parts = _parts(turn.context.text, asking.meter, asking.options.chunk_tokens)
    wording = wordings_of("whole", whole.language)["part"]
    for number, part in enumerate(parts, start=1):
        text = wording.format(part=number, num_parts=len(parts), text=part, question=turn.question)
        messages = (Message("user", text),)
        proof = quotes_in(turn.evidence, part)
        yield replace(
            whole,
            variant=CHUNK_MERGE,
            messages=messages,
            num_tokens=asking.meter.count_prompt(messages),
            gold=whole.gold if proof else (),
            proof=proof,
            is_step=True,
            notes={**whole.notes, "part": str(number)},
        )


def _parts(text: str, meter: Meter, chunk_tokens: int) -> list[str]:
    spans = chunk_spans(text, meter=meter, chunk_tokens=chunk_tokens)
    return [part for span in spans if (part := text[span.start : span.end].strip())]


def _merge_messages(whole: Prompt, answers: Sequence[tuple[int, str]]) -> tuple[Message, ...]:
    wordings = wordings_of("whole", whole.language)
    telling = [(part, answer) for part, answer in answers if answer and not is_refusal(answer)]
    lines = [wordings["answer"].format(part=part, answer=answer) for part, answer in telling or answers]
    text = wordings["merge"].format(
        num_parts=len(answers), answers="\n\n".join(lines), question=whole.notes["question"]
    )
    return (Message("user", text),)


def _order(prompt: Prompt) -> tuple[int, bool, str, int, str]:
    """Return the place of a prompt: at each length, whole documents before chunks; questions about a text together."""
    return prompt.length, prompt.is_step, prompt.notes["document"], int(prompt.notes.get("part", 0)), prompt.item


TASK = AnswerTask(
    name="whole",
    title="Whole document or chunk and merge",
    about=(
        "Questions of held-out rows, answered from the whole document, and by chunk and merge: from each chunk alone, "
        "then from the answers (arXiv 2109.10862)."
    ),
    options=WholeOptions,
    ask=ask,
    score=gold_scores,
    measure=MEASURE,
    measures=MEASURES,
    follow_up=merge,
    variants=(Variant.DOCUMENT.value, CHUNK_MERGE),
)
