"""Answers with a cache, in batches, are those of plain greedy decoding, turn by turn after the gold history."""

from __future__ import annotations

import random
from typing import Any

import numpy as np
import pytest
import torch
from small_families import small_model
from small_student import write_small_model

from pipeline.errors import InputError
from pipeline.evaluate.answering import AnswerLimits, GeneratedAnswer, generate_answers, stop_ids_of
from pipeline.records import Message
from pipeline.tokens.conversation import TokenizedConversation, tokenize_conversation

FAMILIES = ("llama", "gemma3", "mistral", "qwen2")
NUM_TOKENS = 9


def conversation_of(*, turns: int, seed: int) -> TokenizedConversation:
    """Random ids; prompts and answers of 1 to 30 tokens."""
    rng = random.Random(seed)
    ids: list[int] = []
    spans = []
    for _ in range(turns):
        ids += [rng.randrange(259) for _ in range(rng.randrange(1, 30))]
        start = len(ids)
        ids += [rng.randrange(259) for _ in range(rng.randrange(1, 12))]
        spans.append((start, len(ids)))
    return TokenizedConversation(np.array(ids, dtype=np.uint32), tuple(spans), 0)


CONVERSATIONS = [conversation_of(turns=turns, seed=turns) for turns in (1, 3, 0, 2, 5)]
NUM_ANSWERS = 1 + 3 + 2 + 5


def plainly(model: Any, prompt: list[int], num_tokens: int) -> list[int]:
    """Greedy decoding without a cache, a mask or a batch."""
    ids = list(prompt)
    with torch.inference_mode():
        for _ in range(num_tokens):
            ids.append(int(model(input_ids=torch.tensor([ids]), use_cache=False).logits[0, -1].argmax()))
    return ids[len(prompt) :]


def limits_of(**changes: Any) -> AnswerLimits:
    values = {"stop_ids": frozenset[int](), "max_answer_tokens": NUM_TOKENS, "max_batch_tokens": 200}
    return AnswerLimits(**(values | changes))


@pytest.mark.parametrize("max_batch_tokens", [1, 200, 10_000])
@pytest.mark.parametrize("family", FAMILIES)
def test_answers_any_batch_are_those_of_plain_decoding(family: str, max_batch_tokens: int) -> None:
    model = small_model(family)
    answers = generate_answers(model, CONVERSATIONS, limits=limits_of(max_batch_tokens=max_batch_tokens))
    assert len(answers) == NUM_ANSWERS
    for answer in answers:
        conversation = CONVERSATIONS[answer.conversation]
        start, _ = conversation.answer_spans[answer.turn]
        assert list(answer.ids) == plainly(model, conversation.ids[:start].tolist(), NUM_TOKENS)
        assert answer.is_cut
    assert len({answer.ids for answer in answers}) > NUM_ANSWERS // 2


def test_answers_come_in_the_order_of_conversations_and_turns() -> None:
    answers = generate_answers(small_model("llama"), CONVERSATIONS, limits=limits_of(max_batch_tokens=90))
    places = [(answer.conversation, answer.turn) for answer in answers]
    assert places == [(number, turn) for number, turns in enumerate((1, 3, 0, 2, 5)) for turn in range(turns)]


@pytest.mark.parametrize("family", FAMILIES)
def test_answers_end_before_a_stop_token_and_go_on_in_other_rows(family: str) -> None:
    model = small_model(family)
    whole = generate_answers(model, CONVERSATIONS, limits=limits_of())
    stop_ids = frozenset({whole[0].ids[3], whole[4].ids[0], *(answer.ids[2] for answer in whole[5:9])})
    stopped = generate_answers(model, CONVERSATIONS, limits=limits_of(stop_ids=stop_ids, max_batch_tokens=10_000))

    def cut(answer: GeneratedAnswer) -> tuple[int, ...]:
        ends = [at for at, token in enumerate(answer.ids) if token in stop_ids]
        return answer.ids[: ends[0]] if ends else answer.ids

    assert [answer.ids for answer in stopped] == [cut(answer) for answer in whole]
    assert [answer.is_cut for answer in stopped] == [not stop_ids & set(answer.ids) for answer in whole]
    assert {answer.is_cut for answer in stopped} == {True, False}
    assert stopped[4].ids == ()


def test_answers_do_not_depend_on_the_gold_answer_of_their_own_turn() -> None:
    model = small_model("qwen2")
    ids = CONVERSATIONS[1].ids.copy()
    start, end = CONVERSATIONS[1].answer_spans[1]
    ids[start:end] = (ids[start:end] + 7) % 259
    other = TokenizedConversation(ids, CONVERSATIONS[1].answer_spans, 0)
    first, second = (generate_answers(model, [one], limits=limits_of()) for one in (CONVERSATIONS[1], other))
    assert [answer.ids for answer in first[:2]] == [answer.ids for answer in second[:2]]
    assert first[2].ids != second[2].ids


def test_answers_of_a_model_with_a_recurrent_state_are_refused() -> None:
    with pytest.raises(InputError, match="does not cache the keys and values"):
        generate_answers(small_model("mamba"), CONVERSATIONS[:1], limits=limits_of())


def test_stop_ids_are_the_end_of_text_and_the_template_s_own_and_no_look_alike(tmp_path: Any) -> None:
    reference = write_small_model(tmp_path)
    messages = [Message("user", "Is it <|im_start|>?"), Message("assistant", "No, <|endoftext|> it is not.")]
    conversation = tokenize_conversation(messages, reference)
    assert conversation.num_control_strings == 2
    assert stop_ids_of(reference, [conversation]) == frozenset({258})
