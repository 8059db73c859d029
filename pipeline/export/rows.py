"""Turns a candidate and its document into a training row.

The document precedes the question, as in LongAlpaca and LongAlign, so the model has read everything before it sees the
question. Used by the export stage and `train.data.rows`. Cost: one call of the given tokenizer for each row, whose ids
are kept.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from pipeline.identity import stable_hash64
from pipeline.languages import Language, language_rules
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
_MAX_TITLE_CHARS = 60
_MAX_TITLES = 4


@dataclass(frozen=True, slots=True, eq=False)
class RenderedRow:
    """A row with its token ids."""

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
        candidate: the candidate, which was chosen for a row.
        context: the candidate's document.
        split: `train` or `validation`.
        tokenizer: reference of the tokenizer, for the row.
        tokenize: function that turns messages into ids with the chat template.
    """
    prompt = user_message(
        context, question=candidate.question, candidate_id=candidate.candidate_id, language=candidate.language
    )
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
