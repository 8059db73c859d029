"""A candidate and its document as a training row.

The document comes first and the question after it, as in LongAlpaca and LongAlign: the model has read everything when
it learns what is asked. Pure but for the tokenizer that is handed in.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

from pipeline.identity import stable_hash64
from pipeline.records import Candidate, Context, Language, Message, Rejection, SftExample

STAGE = "export"
_EXCERPT_CHARS = 400
_FRAMES = {
    Language.ENGLISH: (
        "{question}",
        "Based on the document above: {question}",
        "A question about this document: {question}",
    ),
    Language.KOREAN: (
        "{question}",
        "위 문서를 바탕으로 답해 주세요. {question}",
        "이 문서에 관한 질문입니다. {question}",
    ),
}
"""How the question is led in; which one is decided by the candidate's id."""


def render_row(
    candidate: Candidate,
    *,
    context: Context,
    split: str,
    tokenizer: str,
    count_conversation_tokens: Callable[[Sequence[Message]], int],
) -> SftExample | Rejection:
    """The row of a candidate; a rejection where it does not fit its length bucket.

    Args:
        candidate: chosen for a row.
        context: its document.
        split: `train` or `validation`.
        tokenizer: reference written on the row.
        count_conversation_tokens: tokens of messages under the chat template.
    """
    frames = _FRAMES[Language(candidate.language)]
    frame = frames[stable_hash64("frame", candidate.candidate_id) % len(frames)]
    messages = (
        Message(role="user", content=f"{context.text}\n\n{frame.format(question=candidate.question)}"),
        Message(role="assistant", content=candidate.answer),
    )
    num_tokens = count_conversation_tokens(messages)
    if num_tokens > context.bucket:
        detail = f"{num_tokens} tokens do not fit the bucket of {context.bucket}."
        return rejection_of(candidate, context=context, reason="over_bucket", detail=detail, score=float(num_tokens))
    return SftExample(
        messages=messages,
        id=candidate.candidate_id,
        task=candidate.task,
        origin=candidate.origin,
        domain=candidate.domain,
        language=candidate.language,
        bucket=context.bucket,
        num_tokens=num_tokens,
        tokenizer=tokenizer,
        doc_ids=(context.doc_id,),
        evidence=candidate.evidence,
        checks=candidate.checks,
        teacher=candidate.teacher,
        prompt_version=candidate.prompt_version,
        loss_weight=1.0,
        split=split,
    )


def rejection_of(candidate: Candidate, *, context: Context, reason: str, detail: str, score: float | None) -> Rejection:
    """The rejection of a candidate by export."""
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
