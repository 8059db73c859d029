"""Turns conversations that are not about a document into training rows: fact-free lists and the user's own data.

Used by `stages.short_rows`. Pure, apart from calls to the given tokenizer.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

from pipeline.export.fact_free import FactFreeConversation
from pipeline.export.rows import RenderedRow, conversation_tokens, row_id
from pipeline.identity import content_id
from pipeline.languages import common_language
from pipeline.languages.detection import language_by_script
from pipeline.records import Checks, Message, Origin, SftExample, TaskFamily, Turn
from pipeline.tokens.conversation import TokenizedConversation

NO_DOMAIN = "general"
"""The domain of rows that are not about a document."""
_PROVED = Checks(
    evidence_verbatim=True,
    answer_support=1.0,
    numbers_supported=True,
    question_grounded=1.0,
    language_match=True,
    answer_unique=True,
)
_UNCHECKED = Checks(None, None, None, None, None, None)
_FACT_FREE_VERSION = "fact-free-1"


def fact_free_row(
    made: FactFreeConversation,
    *,
    bucket: int,
    split: str,
    tokenizer: str,
    tokenize: Callable[[Sequence[Message]], TokenizedConversation],
) -> RenderedRow:
    """Return the row of a fact-free conversation. The arguments are those of `rows.render_rows`."""
    turns = tuple(
        Turn(
            candidate_id=content_id("fact free", made.messages[0].content, turn.question, number),
            task=made.kind.value,
            family=turn.family.value,
            origin=Origin.GENERATED.value,
            teacher=Origin.GENERATED.value,
            prompt_version=_FACT_FREE_VERSION,
            checks=_PROVED,
        )
        for number, turn in enumerate(made.turns)
    )
    return _row(made.messages, turns, made.language, bucket, split, tokenizer, tokenize(made.messages))


def own_row(
    messages: Sequence[Message],
    *,
    conversation: TokenizedConversation,
    language: str | None,
    bucket: int,
    split: str,
    tokenizer: str,
) -> RenderedRow:
    """Return the row of a conversation of the user's.

    Args:
        messages: user and assistant turns; see `own_rows.own_conversation`.
        conversation: the rendered messages.
        language: the language, or None to detect it.
        bucket: the bucket that the row fits.
        split: `train` or `validation`.
        tokenizer: the reference of the tokenizer.
    """
    asked = own_id(messages)
    turns = tuple(
        Turn(
            candidate_id=content_id(asked, number),
            task=Origin.OWN.value,
            family=TaskFamily.INSTRUCTION.value,
            origin=Origin.OWN.value,
            teacher=Origin.OWN.value,
            prompt_version=Origin.OWN.value,
            checks=_UNCHECKED,
        )
        for number in range(len(messages) // 2)
    )
    if language is None:
        language = language_by_script("\n".join(message.content for message in messages)) or common_language()
    return _row(messages, turns, language, bucket, split, tokenizer, conversation)


def own_id(messages: Sequence[Message]) -> str:
    """Return the id of a conversation of the user's, from its words."""
    return content_id("own", *(part for message in messages for part in (message.role, message.content)))


def _row(
    messages: Sequence[Message],
    turns: tuple[Turn, ...],
    language: str,
    bucket: int,
    split: str,
    tokenizer: str,
    conversation: TokenizedConversation,
) -> RenderedRow:
    first = turns[0]
    example = SftExample(
        messages=tuple(messages),
        id=row_id([turn.candidate_id for turn in turns]),
        turns=turns,
        task=first.task,
        origin=first.origin,
        domain=NO_DOMAIN,
        language=language,
        bucket=bucket,
        num_tokens=conversation.ids.size,
        num_loss_tokens=sum(end - start for start, end in conversation.answer_spans),
        control_strings=conversation.num_control_strings,
        tokenizer=tokenizer,
        doc_ids=(),
        evidence=(),
        checks=first.checks,
        teacher=first.teacher,
        prompt_version=first.prompt_version,
        loss_weight=1.0,
        split=split,
    )
    return RenderedRow(example, conversation_tokens(example, conversation), conversation.ids)
