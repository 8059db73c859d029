"""Turns the candidates of a conversation and their document into a training row.

In most rows the document precedes all questions, as in LongAlpaca, so the model has read everything before it sees one.
In the others, the first question precedes the document. Used by the export stage and `train.data.rows`. Cost: one call
of the given tokenizer for each row, whose ids are kept.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, fields, replace
from enum import StrEnum

from pipeline.export.follow_ups import PARENT_DROPPED, PARENT_DROPPED_DETAIL
from pipeline.identity import content_id, stable_hash64, unit_interval
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


class QuestionPlace(StrEnum):
    """Where the first question of a row is."""

    AFTER = "after"
    """After the document."""
    BEFORE = "before"
    """Before the document."""


@dataclass(frozen=True, slots=True, eq=False)
class RenderedRow:
    """A row with its token ids."""

    example: SftExample
    tokens: ConversationTokens
    ids: Ids
    """Shape [tokens]."""
    question_place: QuestionPlace | None = None
    """None if the row is not about a document."""


def question_place(candidate_id: str, *, first_share: float, seed: int) -> QuestionPlace:
    """Return where the first question of a conversation is, by its id.

    Args:
        candidate_id: the id of the first question.
        first_share: the share of rows whose question comes before the document.
        seed: the recipe's seed.
    """
    is_first = unit_interval(seed, "question first", candidate_id) < first_share
    return QuestionPlace.BEFORE if is_first else QuestionPlace.AFTER


def render_rows(
    turns: Sequence[Candidate],
    *,
    context: Context,
    split: str,
    place: QuestionPlace,
    tokenizer: str,
    tokenize: Callable[[Sequence[Message]], TokenizedConversation],
) -> Iterator[RenderedRow | Rejection]:
    """Yield the row of a conversation, or several rows and rejections if it does not fit its length bucket.

    Turns that do not fit form further rows, in which a follow-up again comes behind the question that it follows. A
    candidate that does not fit a row of its own, or of its own and what it follows, is rejected; so is what follows it.

    Args:
        turns: the candidates of the conversation, in order; at least one, and the first is no follow-up.
        context: the document that they ask about.
        split: `train` or `validation`.
        place: where the first question of each row is.
        tokenizer: reference of the tokenizer, for the row.
        tokenize: function that turns messages into ids with the chat template.
    """

    def render(turns: Sequence[Candidate]) -> RenderedRow:
        return _render(turns, context, split, place, tokenizer, tokenize)

    waiting = tuple(turns)
    while waiting:
        row = _longest_row(waiting, render, max_tokens=context.bucket)
        num_turns = len(row.example.turns)
        num_taken = _end_of_chain(waiting, num_turns)
        if fits := row.example.num_tokens <= context.bucket:
            yield row
        # The first of these turns is too long for a row, and the others are its follow-ups.
        lost = waiting[num_turns if fits else 0 : num_taken]
        if lost:
            num_tokens = (render(waiting[: num_turns + 1]) if fits else row).example.num_tokens
            detail = f"{num_tokens} tokens do not fit the bucket of {context.bucket}."
            score = float(num_tokens)
            yield rejection_of(lost[0], context=context, reason="over_bucket", detail=detail, score=score)
        for candidate in lost[1:]:
            reason, detail = PARENT_DROPPED, PARENT_DROPPED_DETAIL
            yield rejection_of(candidate, context=context, reason=reason, detail=detail, score=None)
        waiting = waiting[num_taken:]


def row_id(candidate_ids: Sequence[str]) -> str:
    """Return the id of the row whose turns are these candidates, in order."""
    return content_id("row", *candidate_ids)


def _longest_row(
    turns: Sequence[Candidate], render: Callable[[Sequence[Candidate]], RenderedRow], *, max_tokens: int
) -> RenderedRow:
    """Return the row of as many turns as fit, but at least of the first.

    A follow-up is not parted from the question that it follows, unless both belong to the first question's chain.
    """
    row, num_turns = render(turns), len(turns)
    while row.example.num_tokens > max_tokens and num_turns > 1:
        # The ends of the answers tell how many turns fit; closing marks after the last answer may cost one more.
        num_fitting = sum(span.end <= max_tokens for span in row.tokens.answer_spans)
        num_turns = max(1, min(num_turns - 1, num_fitting))
        row = render(turns[:num_turns])
    num_whole = num_turns
    while num_whole and num_whole < len(turns) and turns[num_whole].follows:
        num_whole -= 1
    return render(turns[:num_whole]) if 0 < num_whole < num_turns else row


def _end_of_chain(turns: Sequence[Candidate], num_turns: int) -> int:
    """Return the number of turns up to the end of the chain that the last of `num_turns` turns belongs to."""
    while num_turns < len(turns) and turns[num_turns].follows:
        num_turns += 1
    return num_turns


def _render(
    turns: Sequence[Candidate],
    context: Context,
    split: str,
    place: QuestionPlace,
    tokenizer: str,
    tokenize: Callable[[Sequence[Message]], TokenizedConversation],
) -> RenderedRow:
    messages = _messages(turns, context, place)
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
    return RenderedRow(example, conversation_tokens(example, conversation), conversation.ids, place)


def _messages(turns: Sequence[Candidate], context: Context, place: QuestionPlace) -> tuple[Message, ...]:
    messages: list[Message] = []
    for number, turn in enumerate(turns):
        question = turn.question
        if number == 0:
            question = user_message(
                context, question=question, candidate_id=turn.candidate_id, language=turn.language, place=place
            )
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


def user_message(
    context: Context, *, question: str, candidate_id: str, language: Language, place: QuestionPlace
) -> str:
    """Return the user's message: the document and the question, with a note above the document if it is a part of one.

    Args:
        context: the document. Its text is quoted whole, so offsets into it count from where it starts in the message.
        question: the candidate's question.
        candidate_id: the candidate's id, which selects the words that introduce the question.
        language: the language of the question and of these words, which may differ from that of the document.
        place: whether the question comes after the document or before it.
    """
    wording = language_rules(language).frames
    if place is QuestionPlace.AFTER:
        frames = wording.about_several if context.members else wording.about_one
    else:
        frames = wording.ahead_of_several if context.members else wording.ahead_of_one
    asked = frames[stable_hash64("frame", candidate_id) % len(frames)].format(question=question)
    document = noted_text(context)
    return f"{document}\n\n{asked}" if place is QuestionPlace.AFTER else f"{asked}\n\n{document}"


def noted_text(context: Context) -> str:
    """Return the text of a context, below the note if it is a part of a document."""
    note = part_note(context)
    return f"{note}\n\n{context.text}" if note else context.text


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
