"""A candidate becomes a row that says everything the candidate and its document say, or a rejection that says why."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import fields, replace
from itertools import accumulate

import numpy as np
import pytest
from synthesis_documents import LEASE_EN, SUPPLY_KO

from pipeline.export.rows import (
    QuestionPlace,
    RenderedRow,
    part_note,
    question_place,
    render_rows,
    row_id,
    user_message,
)
from pipeline.records import AnswerSpan, Candidate, Checks, Context, Evidence, Member, Message, Rejection, SftExample
from pipeline.tokens.conversation import TokenizedConversation

AFTER, BEFORE = QuestionPlace.AFTER, QuestionPlace.BEFORE
QUOTE = "the Kittiwake Rowing Club"
START = LEASE_EN.text.index(QUOTE)
CANDIDATE = Candidate(
    candidate_id="c" * 16,
    doc_id=LEASE_EN.doc_id,
    parent_id="p" * 16,
    task="party",
    family="look_up",
    form="party.role",
    origin="structural",
    domain="legal",
    language="en",
    bucket=2048,
    question="Who rents the shed?",
    answer="The Kittiwake Rowing Club.",
    evidence=(Evidence(LEASE_EN.doc_id, START, START + len(QUOTE), QUOTE, 0.25),),
    checks=Checks(True, 0.75, True, 0.5, True, False),
    teacher="openai:small",
    prompt_version="v7",
    is_trivial=False,
)


def render(context: Context = LEASE_EN, *, num_tokens: int = 300) -> tuple[RenderedRow | Rejection, list[Message]]:
    asked: list[Message] = []

    def tokenize(messages: object) -> TokenizedConversation:
        asked.extend(messages)  # type: ignore[call-overload]
        return TokenizedConversation(np.arange(num_tokens, dtype=np.uint32), ((280, 295), (296, 299)), 4)

    rows = render_rows(
        [CANDIDATE], context=context, split="validation", place=AFTER, tokenizer="own/model", tokenize=tokenize
    )
    (row,) = rows
    return row, asked


def test_row_says_what_its_candidate_and_its_tokens_say() -> None:
    row, asked = render()
    assert isinstance(row, RenderedRow)
    example = row.example
    same = {field.name for field in fields(Candidate)} & {field.name for field in fields(SftExample)}
    assert {"task", "origin", "domain", "language", "evidence", "checks", "teacher", "prompt_version"} <= same
    for name in same:
        assert getattr(example, name) == getattr(CANDIDATE, name), name
    assert (example.id, example.doc_ids) == (row_id([CANDIDATE.candidate_id]), (LEASE_EN.doc_id,))
    (turn,) = example.turns
    for field in fields(turn):
        assert getattr(turn, field.name) == getattr(CANDIDATE, field.name), field.name
    assert (example.split, example.tokenizer, example.loss_weight) == ("validation", "own/model", 1.0)
    assert (example.num_tokens, example.control_strings, example.bucket) == (300, 4, 2048)
    assert list(example.messages) == asked
    user, assistant = asked
    assert (user.role, assistant.role, assistant.content) == ("user", "assistant", CANDIDATE.answer)
    assert LEASE_EN.text in user.content and user.content.index(LEASE_EN.text) < user.content.index(CANDIDATE.question)
    assert row.ids.tolist() == list(range(300))
    tokens = row.tokens
    assert (tokens.row_id, tokens.num_tokens, tokens.loss_weight) == (example.id, 300, 1.0)
    assert tokens.answer_spans == (AnswerSpan(280, 295), AnswerSpan(296, 299))


@pytest.mark.parametrize(("bucket", "fits"), [(301, True), (300, True), (299, False)])
def test_row_that_is_longer_than_its_bucket_is_rejected_with_its_length(bucket: int, fits: bool) -> None:
    context = replace(LEASE_EN, bucket=bucket, source_uri="/in/lease.jsonl", source_offset=17)
    row, _ = render(context)
    if fits:
        assert isinstance(row, RenderedRow) and row.example.bucket == bucket
        return
    assert row == Rejection(
        stage="export",
        item_id=CANDIDATE.candidate_id,
        reason="over_bucket",
        detail="300 tokens do not fit the bucket of 299.",
        score=300.0,
        source_uri="/in/lease.jsonl",
        source_offset=17,
        excerpt=CANDIDATE.question,
    )


PATH = ("Chapter 3", "Section 2")


def test_user_message_of_a_whole_document_is_its_text_and_the_question() -> None:
    message = user_message(LEASE_EN, question="Who pays?", candidate_id="c", language="en", place=AFTER)
    assert message.startswith(LEASE_EN.text + "\n\n")
    assert message.endswith("Who pays?")


def test_user_message_with_the_question_first_ends_with_the_document_and_its_note() -> None:
    asked = {
        user_message(LEASE_EN, question="Who pays?", candidate_id=str(n), language="en", place=BEFORE).removesuffix(
            f"\n\n{LEASE_EN.text}"
        )
        for n in range(40)
    }
    assert asked == {
        "Who pays?",
        "Answer from the document below: Who pays?",
        "A question about the document that follows: Who pays?",
    }
    part = replace(SUPPLY_KO, part=2, num_parts=3)
    message = user_message(part, question="얼마입니까?", candidate_id="c", language="ko", place=BEFORE)
    assert message.endswith(f"얼마입니까?\n\n[전체 3부 중 2부]\n\n{SUPPLY_KO.text}")


def test_question_first_share_is_a_share_of_conversations_drawn_by_the_seed() -> None:
    names = [f"c{number}" for number in range(2000)]

    def first(share: float, seed: int = 3) -> set[str]:
        return {name for name in names if question_place(name, first_share=share, seed=seed) is BEFORE}

    assert 0.22 < len(first(0.25)) / len(names) < 0.28
    assert first(0.25) < first(0.5), "a larger share moves no question back"
    assert first(0.25) != first(0.25, seed=4)
    assert (len(first(0.0)), len(first(1.0))) == (0, len(names))


def test_row_with_the_question_first_has_later_questions_as_they_are() -> None:
    turns = [CANDIDATE, replace(CANDIDATE, candidate_id="d" * 16, question="When?", answer="In May.")]
    rows = {}
    for place in QuestionPlace:
        (row,) = render_rows(
            turns, context=LEASE_EN, split="train", place=place, tokenizer="own/model", tokenize=tokenize_words
        )
        assert isinstance(row, RenderedRow)
        assert row.question_place is place
        rows[place] = row.example
    after, before = rows[AFTER], rows[BEFORE]
    assert before.messages[1:] == after.messages[1:]
    assert before.messages[2].content == "When?"
    assert replace(before, messages=after.messages, num_tokens=after.num_tokens) == after
    assert before.messages[0].content.index("Who rents the shed?") < before.messages[0].content.index(LEASE_EN.text)


def tokenize_words(messages: Sequence[Message]) -> TokenizedConversation:
    """One token for each word; answers have spans."""
    ends = list(accumulate(len(message.content.split()) for message in messages))
    spans = tuple(zip(ends[0::2], ends[1::2], strict=True))
    return TokenizedConversation(np.arange(ends[-1], dtype=np.uint32), spans, 0)


def test_user_message_introduces_the_question_in_its_own_language() -> None:
    asked = {user_message(LEASE_EN, question="?", candidate_id=str(n), language="ko", place=AFTER) for n in range(40)}
    assert any("문서" in message.removeprefix(LEASE_EN.text) for message in asked)
    assert not any("document" in message.removeprefix(LEASE_EN.text) for message in asked)


def test_user_message_of_a_part_begins_with_where_it_stands() -> None:
    second = replace(LEASE_EN, part=2, num_parts=3, heading_path=PATH)
    message = user_message(second, question="Who pays?", candidate_id="c", language="en", place=AFTER)
    assert message.startswith("[Part 2 of 3; continues under: Chapter 3 > Section 2]\n\n" + LEASE_EN.text)
    korean = replace(SUPPLY_KO, part=2, num_parts=3, heading_path=("제3장",))
    assert user_message(korean, question="?", candidate_id="c", language="ko", place=AFTER).startswith(
        "[전체 3부 중 2부. 이어지는 부분: 제3장]\n\n"
    )
    assert part_note(replace(LEASE_EN, part=1, num_parts=3)) == "[Part 1 of 3]"
    assert part_note(replace(SUPPLY_KO, part=1, num_parts=3)) == "[전체 3부 중 1부]"


def test_part_note_of_a_deep_path_stays_short() -> None:
    path = tuple(f"{level} " + "very long title " * 8 for level in range(9))
    note = part_note(replace(LEASE_EN, part=2, num_parts=3, heading_path=path))
    assert len(note) < 300
    assert "8 very long" in note


def test_user_message_of_a_joined_row_speaks_of_documents() -> None:
    joined = replace(LEASE_EN, members=(Member("d", "t", "u", 0, 5, 1), Member("e", "t", "u", 6, 9, 1)))
    asked = {
        user_message(joined, question="?", candidate_id=str(n), language="en", place=AFTER).removeprefix(LEASE_EN.text)
        for n in range(40)
    }
    assert asked == {"\n\n?", "\n\nBased on the documents above: ?", "\n\nA question about these documents: ?"}
