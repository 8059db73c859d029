"""Turns the candidates of a conversation and their document into a training row.

The document precedes the questions, as in LongAlpaca and LongAlign, so the model has read everything before it sees a
question. Used by the export stage and `train.data.rows`. Cost: one call of the given tokenizer for each row, whose ids
are kept.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, fields, replace

from pipeline.identity import content_id, stable_hash64
from pipeline.languages import Language, language_rules
from pipeline.records import (
    MIXED,
    AnswerSpan,
    Candidate,
    Checks,
    Context,
    ConversationTokens,
    Message,
    Rejection,
    SftExample,
    Turn,
)
from pipeline.tokens.conversation import TokenizedConversation
from pipeline.tokens.encode import Ids

STAGE = "export"
_EXCERPT_CHARS = 400
_MAX_TITLE_CHARS = 60
_MAX_TITLES = 4


@dataclass(frozen=True, slots=True, eq=False)
class RenderedRow:
    """A row with its token ids."""

    example: SftExample
    tokens: ConversationTokens
    ids: Ids
    """Shape [tokens]."""


def render_rows(
    turns: Sequence[Candidate],
    *,
    context: Context,
    split: str,
    tokenizer: str,
    tokenize: Callable[[Sequence[Message]], TokenizedConversation],
) -> Iterator[RenderedRow | Rejection]:
    """Yield the row of a conversation, or several rows and rejections if it does not fit its length bucket.

    Turns that do not fit form further rows. A candidate that does not fit a row of its own is rejected.

    Args:
        turns: the candidates of the conversation, in order; at least one.
        context: the document that they ask about.
        split: `train` or `validation`.
        tokenizer: reference of the tokenizer, for the row.
        tokenize: function that turns messages into ids with the chat template.
    """
    waiting = tuple(turns)
    while waiting:
        num_turns = len(waiting)
        row = _render(waiting, context, split, tokenizer, tokenize)
        while row.example.num_tokens > context.bucket and num_turns > 1:
            # The ends of the answers tell how many turns fit; closing marks after the last answer may cost one more.
            num_fitting = sum(span.end <= context.bucket for span in row.tokens.answer_spans)
            num_turns = max(1, min(num_turns - 1, num_fitting))
            row = _render(waiting[:num_turns], context, split, tokenizer, tokenize)
        if row.example.num_tokens <= context.bucket:
            yield row
        else:
            num_tokens = row.example.num_tokens
            detail = f"{num_tokens} tokens do not fit the bucket of {context.bucket}."
            score = float(num_tokens)
            yield rejection_of(waiting[0], context=context, reason="over_bucket", detail=detail, score=score)
        waiting = waiting[num_turns:]


def row_id(candidate_ids: Sequence[str]) -> str:
    """Return the id of the row whose turns are these candidates, in order."""
    return content_id("row", *candidate_ids)


def _render(
    turns: Sequence[Candidate],
    context: Context,
    split: str,
    tokenizer: str,
    tokenize: Callable[[Sequence[Message]], TokenizedConversation],
) -> RenderedRow:
    messages = _messages(turns, context)
    conversation = tokenize(messages)
    example = SftExample(
        messages=messages,
        id=row_id([turn.candidate_id for turn in turns]),
        turns=tuple(Turn(**{field.name: getattr(turn, field.name) for field in fields(Turn)}) for turn in turns),
        task=_common(turn.task for turn in turns),
        origin=_common(turn.origin for turn in turns),
        domain=turns[0].domain,
        language=turns[0].language,
        bucket=context.bucket,
        num_tokens=conversation.ids.size,
        num_loss_tokens=sum(end - start for start, end in conversation.answer_spans),
        control_strings=conversation.num_control_strings,
        tokenizer=tokenizer,
        doc_ids=(context.doc_id,),
        evidence=tuple(
            replace(evidence, turn=number) for number, turn in enumerate(turns) for evidence in turn.evidence
        ),
        checks=least_checks([turn.checks for turn in turns]),
        teacher=_common(turn.teacher for turn in turns),
        prompt_version=_common(turn.prompt_version for turn in turns),
        loss_weight=1.0,
        split=split,
    )
    return RenderedRow(example, conversation_tokens(example, conversation), conversation.ids)


def _messages(turns: Sequence[Candidate], context: Context) -> tuple[Message, ...]:
    messages: list[Message] = []
    for number, turn in enumerate(turns):
        question = turn.question
        if number == 0:
            question = user_message(context, question=question, candidate_id=turn.candidate_id, language=turn.language)
        messages += (Message(role="user", content=question), Message(role="assistant", content=turn.answer))
    return tuple(messages)


def _common(values: Iterable[str]) -> str:
    """Return the value if all are equal, otherwise `mixed`."""
    distinct = set(values)
    return distinct.pop() if len(distinct) == 1 else MIXED


def least_checks(checks: Sequence[Checks]) -> Checks:
    """Return the minimum of each check over those turns for which it was made.

    A yes-or-no check is None, not made, if it was not made for a turn and failed for none. The judge is that of the
    turns that were judged.
    """
    return Checks(
        evidence_verbatim=_all_of([one.evidence_verbatim for one in checks]),
        answer_support=_least_share([one.answer_support for one in checks]),
        numbers_supported=_all_of([one.numbers_supported for one in checks]),
        question_grounded=_least_share([one.question_grounded for one in checks]),
        language_match=_all_of([one.language_match for one in checks]),
        answer_unique=_all_of([one.answer_unique for one in checks]),
        judge=_common(judges) if (judges := [one.judge for one in checks if one.judge]) else "",
        judged_support=_least_share([one.judged_support for one in checks]),
        complete=_least_share([one.complete for one in checks]),
        answered_from_document=_all_of([one.answered_from_document for one in checks]),
        needs_document=_all_of([one.needs_document for one in checks]),
        needs_every_hop=_all_of([one.needs_every_hop for one in checks]),
    )


def _all_of(results: Sequence[bool | None]) -> bool | None:
    if False in results:
        return False
    return None if None in results else True


def _least_share(shares: Sequence[float | None]) -> float | None:
    return min((share for share in shares if share is not None), default=None)


def user_message(context: Context, *, question: str, candidate_id: str, language: Language) -> str:
    """Return the user's message: the document and the question, below a note if the context is a part of a document.

    Args:
        context: the document. Its text is quoted whole, so offsets into it count from where it starts in the message.
        question: the candidate's question.
        candidate_id: the candidate's id, which selects the words that introduce the question.
        language: the language of the question and of these words, which may differ from that of the document.
    """
    wording = language_rules(language).frames
    frames = wording.about_several if context.members else wording.about_one
    frame = frames[stable_hash64("frame", candidate_id) % len(frames)]
    note = part_note(context)
    return (f"{note}\n\n" if note else "") + f"{context.text}\n\n{frame.format(question=question)}"


def part_note(context: Context) -> str:
    """Return a note that says which part of a document a context is, and under which headings it continues.

    The note is empty for a whole document.
    """
    if context.num_parts == 1:
        return ""
    wording = language_rules(context.language).frames
    path = " > ".join(_shortened(title) for title in context.heading_path[-_MAX_TITLES:])
    template = wording.continued if path else wording.part
    return template.format(part=context.part, num_parts=context.num_parts, path=path)


def conversation_tokens(example: SftExample, conversation: TokenizedConversation) -> ConversationTokens:
    """Return the record of a row in `tokens/`, without the ids."""
    return ConversationTokens(
        row_id=example.id,
        num_tokens=conversation.ids.size,
        answer_spans=tuple(AnswerSpan(start, end) for start, end in conversation.answer_spans),
        loss_weight=example.loss_weight,
    )


def rejection_of(candidate: Candidate, *, context: Context, reason: str, detail: str, score: float | None) -> Rejection:
    """Return the export stage's rejection of a candidate."""
    return Rejection(
        stage=STAGE,
        item_id=candidate.candidate_id,
        reason=reason,
        detail=detail,
        score=score,
        source_uri=context.source_uri,
        source_offset=context.source_offset,
        excerpt=candidate.question[:_EXCERPT_CHARS],
    )


def _shortened(title: str) -> str:
    return title if len(title) <= _MAX_TITLE_CHARS else title[: _MAX_TITLE_CHARS - 1].rstrip() + "…"
