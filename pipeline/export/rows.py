"""A candidate and its document as a training row.

The document precedes the question, as in LongAlpaca and LongAlign: the model has read everything before it sees the
question. Pure, apart from calls to the given tokenizer: one per row, whose ids are kept.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from pipeline.export.prompts import user_message
from pipeline.records import (
    AnswerSpan,
    Candidate,
    Context,
    ConversationTokens,
    Message,
    Rejection,
    SftExample,
)
from pipeline.tokens.conversation import TokenizedConversation
from pipeline.tokens.encode import Ids

STAGE = "export"
_EXCERPT_CHARS = 400


@dataclass(frozen=True, slots=True, eq=False)
class RenderedRow:
    """A row and its token ids."""

    example: SftExample
    tokens: ConversationTokens
    ids: Ids
    """Shape [tokens]."""


def render_row(
    candidate: Candidate,
    *,
    context: Context,
    split: str,
    tokenizer: str,
    tokenize: Callable[[Sequence[Message]], TokenizedConversation],
) -> RenderedRow | Rejection:
    """Return the row of a candidate, or a rejection if the row does not fit its length bucket.

    Args:
        candidate: chosen for a row.
        context: its document.
        split: `train` or `validation`.
        tokenizer: reference to write on the row.
        tokenize: turns messages into ids with the chat template.
    """
    prompt = user_message(context, question=candidate.question, candidate_id=candidate.candidate_id)
    messages = (
        Message(role="user", content=prompt),
        Message(role="assistant", content=candidate.answer),
    )
    conversation = tokenize(messages)
    num_tokens = conversation.ids.size
    if num_tokens > context.bucket:
        detail = f"{num_tokens} tokens do not fit the bucket of {context.bucket}."
        return rejection_of(candidate, context=context, reason="over_bucket", detail=detail, score=float(num_tokens))
    example = SftExample(
        messages=messages,
        id=candidate.candidate_id,
        task=candidate.task,
        origin=candidate.origin,
        domain=candidate.domain,
        language=candidate.language,
        bucket=context.bucket,
        num_tokens=num_tokens,
        control_strings=conversation.num_control_strings,
        tokenizer=tokenizer,
        doc_ids=(context.doc_id,),
        evidence=candidate.evidence,
        checks=candidate.checks,
        teacher=candidate.teacher,
        prompt_version=candidate.prompt_version,
        loss_weight=1.0,
        split=split,
    )
    return RenderedRow(example, conversation_tokens(example, conversation), conversation.ids)


def conversation_tokens(example: SftExample, conversation: TokenizedConversation) -> ConversationTokens:
    """Return the record of a row in `tokens/`, without its ids."""
    return ConversationTokens(
        row_id=example.id,
        num_tokens=conversation.ids.size,
        answer_spans=tuple(AnswerSpan(start, end) for start, end in conversation.answer_spans),
        loss_weight=example.loss_weight,
    )


def rejection_of(candidate: Candidate, *, context: Context, reason: str, detail: str, score: float | None) -> Rejection:
    """Return export's rejection of a candidate."""
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
