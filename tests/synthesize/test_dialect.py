"""Refusals as servers word them, and the form of request that follows from each."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from teacher_server import Asked, Response, TeacherServer, answer_well, completion, error

from pipeline.records import Message
from pipeline.synthesize.teachers.openai import OpenAIOptions, OpenAITeacher
from pipeline.synthesize.teachers.protocol import (
    ChatPrompt,
    CompletionPrompt,
    FinishReason,
    Sampling,
    TeacherRequest,
    request_hash,
    without_system_role,
)
from pipeline.synthesize.teachers.servers.dialect import (
    AnswerFormat,
    Dialect,
    TokenLimit,
    endpoint_and_body,
    is_too_long,
    next_dialect,
)

SCHEMA = '{"type": "object", "properties": {"question": {"type": "string"}}}'
MESSAGES = (Message("system", "You write questions."), Message("user", "SEGMENT\nThe rent is 900 euros a month.\n\n"))
CHAT = TeacherRequest(ChatPrompt(MESSAGES, SCHEMA), Sampling(0.0, 64, 7), "v1")
TEXT = TeacherRequest(CompletionPrompt("Once", ("\n",)), Sampling(0.0, 64, 7), "v1")


@pytest.mark.parametrize(
    ("said", "expected"),
    [
        (
            "Unsupported parameter: 'max_tokens' is not supported with this model. "
            "Use 'max_completion_tokens' instead.",
            Dialect(token_limit=TokenLimit.MAX_COMPLETION_TOKENS),
        ),
        ("This response_format type is unavailable now", Dialect(answer_format=AnswerFormat.JSON_OBJECT)),
        (
            '[{"type": "extra", "loc": ["body", "response_format"], "msg": "Extra inputs are not permitted"}]',
            Dialect(answer_format=AnswerFormat.JSON_OBJECT),
        ),
        ("failed to parse grammar", Dialect(answer_format=AnswerFormat.JSON_OBJECT)),
        ("System role not supported", Dialect(has_system_role=False)),
        (
            "Conversation roles must alternate user/assistant/user/assistant/...",
            Dialect(has_system_role=False),
        ),
        ("Only user and assistant roles are supported!", Dialect(has_system_role=False)),
        (
            "Unsupported value: 'temperature' does not support 0 with this model. Only the default (1) is supported.",
            Dialect(left_out=frozenset({"temperature"})),
        ),
        ("Unknown parameter: 'seed'.", Dialect(left_out=frozenset({"seed"}))),
    ],
)
def test_refusal_that_names_a_parameter_leads_to_the_form_without_it(said, expected):
    assert next_dialect(Dialect(), refusal=said, request=CHAT) == expected


@pytest.mark.parametrize(
    "said",
    [
        "max_tokens is too large: 9000. This model supports at most 4096 completion tokens.",
        "This model's maximum context length is 8192 tokens. However, you requested 9000 tokens. Please reduce the "
        "length of the messages or completion, since an unsupported sum of max_tokens was given.",
        "The model `m` does not exist.",
        "Invalid API key",
        "Unsupported parameter: 'chat_template_kwargs'",
        "",
    ],
)
def test_refusal_for_another_cause_changes_no_form(said):
    assert next_dialect(Dialect(), refusal=said, request=CHAT) is None


@given(st.text(max_size=80), st.lists(st.sampled_from(["max_tokens", "seed", "temperature", "json_schema", "system"])))
def test_forms_end_whatever_a_server_says(noise, names):
    said = f"unsupported {noise} {' '.join(names)}"
    dialect: Dialect | None = Dialect()
    seen = set()
    while dialect is not None:
        assert dialect not in seen
        seen.add(dialect)
        dialect = next_dialect(dialect, refusal=said, request=CHAT)
    assert len(seen) <= 7


def test_completion_request_has_no_format_to_change():
    assert next_dialect(Dialect(), refusal="unsupported response_format", request=TEXT) is None


@pytest.mark.parametrize(
    "said",
    [
        "This model's maximum context length is 8192 tokens",
        "the request exceeds the available context size, try increasing it",
        "context_length_exceeded",
        "Input is too long: prompt is too long: 210000 tokens > 200000 maximum",
    ],
)
def test_prompt_that_does_not_fit_is_recognised(said):
    assert is_too_long(said)


def test_body_holds_the_forms_of_the_dialect():
    path, usual = endpoint_and_body(CHAT, model="m", dialect=Dialect())
    assert (path, usual["max_tokens"], usual["seed"], usual["temperature"]) == ("/chat/completions", 64, 7, 0.0)
    assert [message["role"] for message in usual["messages"]] == ["system", "user"]
    assert usual["response_format"]["type"] == "json_schema"
    assert "chat_template_kwargs" not in usual
    other = Dialect(
        token_limit=TokenLimit.MAX_COMPLETION_TOKENS,
        answer_format=AnswerFormat.IN_WORDS,
        has_system_role=False,
        left_out=frozenset({"seed", "temperature"}),
    )
    assert endpoint_and_body(CHAT, model="m", dialect=other)[1] == {
        "model": "m",
        "max_completion_tokens": 64,
        "messages": [{"role": "user", "content": f"{MESSAGES[0].content}\n\n{MESSAGES[1].content}"}],
    }


def test_template_options_reach_the_body_and_the_hash():
    kwargs = OpenAIOptions(chat_template_kwargs={"enable_thinking": False}).chat_template_kwargs
    assert OpenAIOptions(chat_template_kwargs={"enable_thinking": False}).model_dump()["chat_template_kwargs"] == {
        "enable_thinking": False
    }
    asked = TeacherRequest(CHAT.prompt, Sampling(0.0, 64, 7, kwargs), "v1")
    assert endpoint_and_body(asked, model="m", dialect=Dialect())[1]["chat_template_kwargs"] == {
        "enable_thinking": False
    }
    assert request_hash(asked) != request_hash(CHAT)


def test_hash_without_template_options_is_that_of_earlier_builds():
    assert request_hash(CHAT) == EARLIER_HASH


EARLIER_HASH = "ceffdccb694cb10aec9ca512684c95eb"


def test_system_message_begins_the_first_user_message():
    assert without_system_role(MESSAGES) == (Message("user", f"{MESSAGES[0].content}\n\n{MESSAGES[1].content}"),)
    assert without_system_role(MESSAGES[1:]) == MESSAGES[1:]


def reasoning_model(asked: Asked) -> Response:
    """A server of OpenAI's reasoning models: no `max_tokens`, no temperature, no seed, no system message, no schema."""
    body = asked.body
    if "max_tokens" in body:
        return error(400, "Unsupported parameter: 'max_tokens'. Use 'max_completion_tokens' instead.")
    if body.get("temperature", 1) != 1:
        return error(400, "Unsupported value: 'temperature' does not support 0. Only the default (1) is supported.")
    if "seed" in body:
        return error(422, "Unknown parameter: 'seed'")
    if "response_format" in body:
        return error(400, "Invalid parameter: 'response_format' is not supported")
    if body["messages"][0]["role"] == "system":
        return error(500, "Jinja exception: System role not supported")
    return answer_well(asked)


def teacher(url: str, **changes: Any) -> OpenAITeacher:
    return OpenAITeacher(OpenAIOptions(model="m", base_url=url, max_wait_seconds=0, **changes))


def test_teacher_learns_the_form_of_a_server_once():
    with TeacherServer(reasoning_model) as server:
        own = teacher(server.url)
        first = own.ask(CHAT)
        num_first = server.num_asked()
        second = own.ask(TeacherRequest(CHAT.prompt, Sampling(0.0, 65, 7), "v1"))
    assert (first.finish_reason, second.finish_reason) == (FinishReason.STOP, FinishReason.STOP)
    assert "900 euros" in first.text
    assert (num_first, server.num_asked()) == (7, 8)


def test_teacher_forgets_a_form_that_was_refused_too():
    with TeacherServer(lambda asked: error(400, "unsupported seed")) as server:
        own = teacher(server.url)
        assert own.ask(CHAT).error == "status 400: unsupported seed"
        server.behaviour = answer_well
        assert own.ask(CHAT).finish_reason is FinishReason.STOP
    assert ["seed" in body for body in server.bodies.values()] == [True, False]
    assert max(server.asked.values()) == 2


def test_prompt_that_the_server_finds_too_long_is_no_failure():
    said = "This model's maximum context length is 8192 tokens, and you asked for 9000"
    with TeacherServer(lambda _: error(400, said)) as server:
        reply = teacher(server.url).ask(CHAT)
    assert (reply.finish_reason, reply.error) == (FinishReason.TOO_LONG, f"the server says that {said}")
    assert server.num_asked() == 1


@pytest.mark.parametrize(
    ("response", "reason", "text"),
    [
        (completion(None, refusal="I cannot."), FinishReason.REFUSED, ""),
        (completion(None, finish="content_filter"), FinishReason.REFUSED, ""),
        (completion(None, finish="length", reasoning_content="so many thoughts"), FinishReason.LENGTH, ""),
        (completion(None, reasoning_content="thoughts"), FinishReason.ERROR, ""),
        (completion(None, reasoning='{"question": "Who?"}'), FinishReason.STOP, '{"question": "Who?"}'),
        (completion("", reasoning_content=' {"question": "Who?"}\n'), FinishReason.STOP, '{"question": "Who?"}'),
        (completion('{"a": 1}', reasoning_content="thoughts"), FinishReason.STOP, '{"a": 1}'),
    ],
)
def test_message_without_content_says_why(response, reason, text):
    with TeacherServer(lambda _: response) as server:
        reply = teacher(server.url).ask(CHAT)
    assert (reply.finish_reason, reply.text) == (reason, text)
    assert bool(reply.error) == (reason in (FinishReason.REFUSED, FinishReason.ERROR))


@pytest.mark.parametrize("form", AnswerFormat)
def test_request_for_an_answer_in_words_asks_for_no_format_and_no_refusal_changes_it(form: AnswerFormat) -> None:
    free = TeacherRequest(ChatPrompt(MESSAGES, ""), Sampling(0.0, 64, 7), "v1")
    _, body = endpoint_and_body(free, model="small", dialect=Dialect(answer_format=form))
    assert "response_format" not in body and "continue_final_message" not in body
    said = "This response_format type is unavailable now"
    assert next_dialect(Dialect(), refusal=said, request=free) is None
    assert next_dialect(Dialect(), refusal=said, request=CHAT) is not None


def test_request_that_ends_with_the_assistant_asks_to_continue_it() -> None:
    begun = TeacherRequest(ChatPrompt((*MESSAGES, Message("assistant", "It")), ""), Sampling(0.0, 64, 7), "v1")
    _, body = endpoint_and_body(begun, model="small", dialect=Dialect(has_system_role=False))
    assert [message["role"] for message in body["messages"]] == ["user", "assistant"]
    assert (body["continue_final_message"], body["add_generation_prompt"]) == (True, False)


def test_request_without_stop_strings_names_none() -> None:
    _, body = endpoint_and_body(
        TeacherRequest(CompletionPrompt("Once", ()), Sampling(0.0, 64, 7), "v1"), model="small", dialect=Dialect()
    )
    assert "stop" not in body
