"""Bodies of responses, right and wrong, to replies; they are read without a server."""

from __future__ import annotations

import json
from typing import Any

import pytest

from pipeline.synthesize.teachers.protocol import FinishReason
from pipeline.synthesize.teachers.redaction import Redactor
from pipeline.synthesize.teachers.server_reply import reply_of, words

REDACTOR = Redactor("sk-very-secret-key-0001")


def body(message: object, **choice: object) -> dict[str, Any]:
    return {"choices": [{"message": message, **choice}]}


def reply(value: object) -> Any:
    return reply_of(value if isinstance(value, bytes) else json.dumps(value).encode(), redactor=REDACTOR)


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (body({"content": "네, 3일입니다."}), "네, 3일입니다."),
        (body({"content": ""}), ""),
        ({"choices": [{"text": "of a completion"}]}, "of a completion"),
        (
            body({"content": [{"type": "text", "text": "a"}, {"type": "image"}, {"type": "output_text", "text": "b"}]}),
            "ab",
        ),
        (body({"content": "\ud83d\ude00 \ud800"}), "😀 �"),
        ({"choices": [{"message": {"content": "first"}}, {"message": {"content": "second"}}]}, "first"),
    ],
)
def test_reply_holds_the_text_of_the_first_choice(value: object, text: str) -> None:
    found = reply(value)
    assert (found.text, found.finish_reason, found.error) == (text, FinishReason.STOP, "")


@pytest.mark.parametrize(
    ("usage", "counts"),
    [
        ({"prompt_tokens": 9, "completion_tokens": 4, "prompt_tokens_details": {"cached_tokens": 7}}, (9, 7, 4)),
        ({"prompt_tokens": 9, "completion_tokens": 4}, (9, 0, 4)),
        ({"prompt_tokens": -1, "completion_tokens": True, "prompt_tokens_details": {"cached_tokens": "7"}}, (0, 0, 0)),
        ({"prompt_tokens": 2**40 - 1, "completion_tokens": 2**40, "prompt_tokens_details": []}, (2**40 - 1, 0, 0)),
        ([1], (0, 0, 0)),
        (None, (0, 0, 0)),
    ],
)
def test_reply_counts_tokens_as_the_server_says_and_nothing_absurd(usage: object, counts: tuple[int, ...]) -> None:
    found = reply(body({"content": "a"}) | {"usage": usage})
    assert (found.num_prompt_tokens, found.num_cached_tokens, found.num_answer_tokens) == counts


@pytest.mark.parametrize(
    ("reason", "expected"),
    [
        ("length", FinishReason.LENGTH),
        ("stop", FinishReason.STOP),
        ("tool_calls", FinishReason.STOP),
        (None, FinishReason.STOP),
    ],
)
def test_reply_that_was_cut_off_says_so(reason: object, expected: FinishReason) -> None:
    assert reply(body({"content": "a"}, finish_reason=reason)).finish_reason is expected


@pytest.mark.parametrize(
    ("value", "said"),
    [
        (b"<html>Sign in</html>", "malformed reply: <html>Sign in</html> (JSONDecodeError"),
        ({"choices": []}, 'malformed reply: {"choices": []} (IndexError)'),
        ({"error": {"message": "no such  model"}}, "malformed reply: no such model (KeyError)"),
        ([1], "malformed reply: [1] (TypeError)"),
        (body({"content": None}), "malformed reply: it holds no text"),
        (body({"content": None, "refusal": "I will not"}), "malformed reply: the model refuses: I will not"),
        (body({"content": None, "refusal": 3}), "malformed reply: it holds no text"),
        (body({"content": [{"type": "image", "text": "x"}]}), "malformed reply: it holds no text"),
        (body(None), "malformed reply:"),
    ],
)
def test_body_without_an_answer_is_a_failure_in_the_servers_words(value: object, said: str) -> None:
    found = reply(value)
    assert found.finish_reason is FinishReason.ERROR
    assert found.error.startswith(said)
    assert found.text == ""


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ('{"error": {"message": "a  b\\nc"}}', "a b c"),
        ('{"error": "busy"}', "busy"),
        ('{"detail": "gone"}', "gone"),
        ('{"message": "m", "detail": "d"}', "m"),
        ('{"error": {"code": 5}}', '{"code": 5}'),
        ("plain  words", "plain words"),
        ("x" * 300, "x" * 300),
        ("x" * 301, "x" * 300 + "…"),
        ("", ""),
    ],
)
def test_words_of_a_server_are_one_short_line(text: str, expected: str) -> None:
    assert words(text, redactor=REDACTOR) == expected


def test_key_that_a_server_echoes_is_in_neither_words_nor_answers() -> None:
    key = "sk-very-secret-key-0001"
    assert key not in words(f"bad key {key}", redactor=REDACTOR)
    assert key not in reply(body({"content": f"your key is {key}"})).text
    assert key not in reply({"error": f"bad key {key}"}).error
