"""Bodies of servers as replies, and what is said of those that are none."""

from __future__ import annotations

import json
from typing import Any

import pytest

from pipeline.synthesize.teachers.protocol import FinishReason, TeacherReply
from pipeline.synthesize.teachers.servers.redaction import Redactor
from pipeline.synthesize.teachers.servers.reply import reply_of, words

NONE = Redactor("")


def read(value: Any) -> TeacherReply:
    return reply_of(json.dumps(value).encode(), redactor=NONE)


def failed(error: str) -> TeacherReply:
    return TeacherReply("", FinishReason.ERROR, 0, 0, 0, error)


def test_reply_has_text_reason_and_all_counts() -> None:
    usage = {"prompt_tokens": 7, "completion_tokens": 3, "prompt_tokens_details": {"cached_tokens": 5}}
    choice = {"finish_reason": "stop", "message": {"content": "yes"}, "text": "no"}
    assert read({"choices": [choice, {"text": "other"}], "usage": usage}) == TeacherReply(
        "yes", FinishReason.STOP, 7, 5, 3, ""
    )
    assert read({"choices": [{"text": "half", "finish_reason": "length"}]}) == TeacherReply(
        "half", FinishReason.LENGTH, 0, 0, 0, ""
    )


@pytest.mark.parametrize(
    ("count", "taken"),
    [(0, 0), (5, 5), (2**40 - 1, 2**40 - 1), (2**40, 0), (-1, 0), (True, 0), (2.0, 0), ("5", 0), (None, 0)],
)
def test_reply_count_is_taken_where_it_is_one(count: object, taken: int) -> None:
    usage = {"prompt_tokens": count, "completion_tokens": count, "prompt_tokens_details": {"cached_tokens": count}}
    reply = read({"choices": [{"text": "a"}], "usage": usage})
    assert (reply.num_prompt_tokens, reply.num_cached_tokens, reply.num_answer_tokens) == (taken, taken, taken)
    assert read({"choices": [{"text": "a"}], "usage": [], "x": 1}).num_prompt_tokens == 0


@pytest.mark.parametrize(
    ("value", "error"),
    [
        ({"choices": []}, 'malformed reply: {"choices": []} (IndexError)'),
        ({"error": {"message": "no  such\nmodel"}}, "malformed reply: no such model (KeyError)"),
        ({"detail": "gone"}, "malformed reply: gone (KeyError)"),
        ({"choices": [{"message": {"content": None}}]}, "malformed reply: it contains no text"),
        ({"choices": [{"message": {"content": [{"type": "image"}]}}]}, "malformed reply: it contains no text"),
    ],
)
def test_reply_that_is_none_says_what_the_server_said(value: object, error: str) -> None:
    assert read(value) == failed(error)


def test_refusal_is_no_failure_and_says_what_the_model_said() -> None:
    refused = {"choices": [{"message": {"content": None, "refusal": "I will not"}}]}
    assert read(refused) == TeacherReply("", FinishReason.REFUSED, 0, 0, 0, "I will not")


def test_reply_joins_text_parts_of_both_kinds() -> None:
    parts = [{"type": "text", "text": "a"}, {"type": "output_text", "text": "b"}, {"type": "reasoning", "text": "c"}]
    assert read({"choices": [{"message": {"content": parts}}]}).text == "ab"
    assert read({"choices": [{"message": {"content": ""}}]}).text == ""


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ('{"error": {"message": "a", "detail": "b"}}', "a"),
        ('{"error": {"detail": "b", "error": "c"}}', "b"),
        ('{"error": "plain"}', "plain"),
        ('{"message": "top"}', "top"),
        ('{"error": {"code": 3}}', '{"code": 3}'),
        ('{"error": {"message": {"text": "가"}}}', '{"text": "가"}'),
        ('["a"]', '["a"]'),
        ("<p>\n Bad  gateway</p>", "<p> Bad gateway</p>"),
        ("x" * 300, "x" * 300),
        ("x" * 301, "x" * 300 + "…"),
    ],
)
def test_words_of_a_server_are_one_short_line(text: str, said: str) -> None:
    assert words(text, redactor=NONE) == said
