"""The `openai` teacher against a real HTTP server on the loopback interface."""

from __future__ import annotations

import json
import socket
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
from teacher_server import Asked, Response, TeacherServer, answer_well, completion, error, prompt_of

from pipeline.config.load import load_recipe
from pipeline.errors import InputError, RecipeError
from pipeline.records import Message
from pipeline.synthesize.teachers.open import open_teacher
from pipeline.synthesize.teachers.openai import OpenAIOptions, OpenAITeacher
from pipeline.synthesize.teachers.protocol import (
    ChatPrompt,
    CompletionPrompt,
    FinishReason,
    Sampling,
    TeacherReply,
    TeacherRequest,
)

SCHEMA = '{"type": "object", "properties": {"summary": {"type": "string"}}}'


def echo(asked: Asked) -> Response:
    return completion(f"echo {prompt_of(asked.body)}")


def teacher(base_url: str, **changes: Any) -> OpenAITeacher:
    settings = {"api_key_env": "LONGDOC_TEST_KEY", "timeout_seconds": 5.0, "max_wait_seconds": 30.0, "batch_size": 3}
    return OpenAITeacher(OpenAIOptions(model="small", base_url=base_url, **{**settings, **changes}))


def text_prompt(text: str) -> TeacherRequest:
    prompt = CompletionPrompt(text=text, stop=("\n",))
    return TeacherRequest(prompt=prompt, sampling=Sampling(0.2, 64, 17), prompt_version="v1")


def chat_prompt(text: str) -> TeacherRequest:
    prompt = ChatPrompt(messages=(Message(role="user", content=text),), answer_schema=SCHEMA)
    return TeacherRequest(prompt=prompt, sampling=Sampling(0.2, 64, 17), prompt_version="v1")


def ask_one(behaviour: Any, **changes: Any) -> tuple[TeacherReply, TeacherServer]:
    with TeacherServer(behaviour) as server:
        return teacher(server.url, **changes).ask(text_prompt("one")), server


def test_openai_teacher_asks_both_forms_and_counts(monkeypatch):
    monkeypatch.setenv("LONGDOC_TEST_KEY", " secret-key \n")
    with TeacherServer(echo) as server:
        own = teacher(server.url)
        replies = [own.ask(text_prompt("one")), own.ask(chat_prompt("two"))]
    assert [reply.text for reply in replies] == ["echo one", "echo two"]
    assert (replies[0].num_prompt_tokens, replies[0].num_cached_tokens, replies[0].num_answer_tokens) == (100, 60, 50)
    chat = next(body for body in server.bodies.values() if "messages" in body)
    text = next(body for body in server.bodies.values() if "prompt" in body)
    assert text["stop"] == ["\n"]
    schema = chat["response_format"]["json_schema"]
    assert (schema["schema"], schema["strict"]) == (json.loads(SCHEMA), True)
    assert chat["max_tokens"] == 64
    assert server.keys == {"Bearer secret-key"}


def fails(times: int, response: Response) -> Any:
    return lambda asked: response if asked.tries < times else echo(asked)


@pytest.mark.parametrize("status", [408, 429, 500, 503, 529])
def test_openai_teacher_tries_again_while_a_failure_may_pass(status):
    reply, server = ask_one(fails(2, error(status, "busy")))
    assert reply.text == "echo one"
    assert server.num_asked() == 3


@pytest.mark.parametrize("response", [Response(cut=True), Response(hangs=True)])
def test_openai_teacher_tries_again_after_a_cut_or_silent_connection(response):
    reply, server = ask_one(fails(1, response), timeout_seconds=0.4)
    assert reply.text == "echo one"
    assert server.num_asked() == 2


@pytest.mark.parametrize("status", [302, 400, 401, 403, 404, 413, 422])
def test_openai_teacher_does_not_repeat_what_the_server_refuses_for_good(status):
    reply, server = ask_one(lambda _: error(status, "too  long\nby far"))
    assert (reply.finish_reason, reply.error) == (FinishReason.ERROR, f"status {status}: too long by far")
    assert server.num_asked() == 1


def test_openai_teacher_gives_up_a_request_when_its_wait_is_over():
    started = time.monotonic()
    reply, server = ask_one(lambda _: error(503, "loading"), max_wait_seconds=1.5)
    elapsed = time.monotonic() - started
    assert reply.error == "status 503: loading"
    assert 1.4 < elapsed < 4
    assert 3 <= server.num_asked() <= 5


def test_openai_teacher_with_no_wait_sends_everything_once():
    reply, server = ask_one(lambda _: error(503, "loading"), max_wait_seconds=0)
    assert (reply.error, server.num_asked()) == ("status 503: loading", 1)


def arrivals(behaviour: Any, seconds: list[float]) -> Any:
    def behave(asked: Asked) -> Response:
        seconds.append(time.monotonic())
        return behaviour(asked)

    return behave


def test_openai_teacher_waits_as_long_as_the_server_asks():
    seconds: list[float] = []
    busy = error(429, "slow down", **{"Retry-After": "2"})
    reply, _ = ask_one(arrivals(fails(1, busy), seconds))
    assert reply.text == "echo one"
    assert 2.0 <= seconds[1] - seconds[0] < 4


def test_openai_teacher_holds_other_requests_back_while_the_server_asks_to_wait():
    seconds: list[float] = []
    busy = error(429, "slow down", **{"Retry-After": "1.5"})
    with TeacherServer(arrivals(lambda asked: busy if asked.number == 1 else echo(asked), seconds)) as server:
        own = teacher(server.url)
        with ThreadPoolExecutor(2) as pool:
            first = pool.submit(own.ask, text_prompt("one"))
            while not server.num_asked() or own.watch._paused_until == 0.0:
                assert not first.done()
                time.sleep(0.005)
            assert own.ask(text_prompt("two")).text == "echo two"
            assert first.result().text == "echo one"
    assert min(seconds[1:]) - seconds[0] >= 1.4


def test_openai_teacher_does_not_wait_longer_than_it_may():
    started = time.monotonic()
    reply, server = ask_one(lambda _: error(429, "quota", **{"Retry-After": "3600"}), max_wait_seconds=5)
    assert reply.error == ("status 429: quota (the server asks to wait 3600 s, more than is left of max_wait_seconds)")
    assert server.num_asked() == 1
    assert time.monotonic() - started < 3


def test_openai_teacher_waits_for_a_server_that_is_not_there_yet():
    with TeacherServer(echo) as server:
        server.kill()
        own = teacher(server.url)
        with ThreadPoolExecutor(1) as pool:
            asked = pool.submit(own.ask, text_prompt("one"))
            while own.watch._unreachable_since is None:
                time.sleep(0.005)
            server.start()
            assert asked.result(timeout=20).text == "echo one"


def test_openai_teacher_stops_waiting_for_a_request_that_fails_while_others_are_answered(monkeypatch):
    monkeypatch.setattr("pipeline.synthesize.teachers.servers.retries._FIRST_WAIT_SECONDS", 0.01)

    def poisoned(asked: Asked) -> Response:
        return error(500, "boom") if prompt_of(asked.body) == "poison" else echo(asked)

    done = threading.Event()
    with TeacherServer(poisoned) as server:
        own = teacher(server.url, max_wait_seconds=600)

        def others() -> None:
            number = 0
            while not done.wait(0.002):
                own.ask(text_prompt(f"other {(number := number + 1)}"))
                own.watch.answered()

        thread = threading.Thread(target=others, daemon=True)
        thread.start()
        try:
            reply = own.ask(text_prompt("poison"))
        finally:
            done.set()
            thread.join(timeout=10)
    assert reply.error == "status 500: boom"


def test_openai_teacher_cuts_an_answer_that_drips():
    """Every read gets a byte in time; only a limit on the whole try ends it."""
    listener = socket.create_server(("127.0.0.1", 0))

    def drip() -> None:
        connection, _ = listener.accept()
        try:
            connection.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 1000\r\n\r\n")
            for _ in range(1000):
                connection.sendall(b" ")
                time.sleep(0.05)
        except OSError:
            connection.close()

    threading.Thread(target=drip, daemon=True).start()
    own = teacher(f"http://127.0.0.1:{listener.getsockname()[1]}/v1", timeout_seconds=0.5, max_wait_seconds=0)
    started = time.monotonic()
    reply = own.ask(text_prompt("one"))
    listener.close()
    assert reply.error == "ReadTimeout: the response was not complete within 0.5 s"
    assert time.monotonic() - started < 5


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"no json",
        b"{}",
        b'{"choices": []}',
        b'{"choices": [{"text": null}]}',
        b'["choices"]',
        b'{"choices": [{"message": 3}]}',
        b'{"choices": [{"message": {"content": [{"type": "image"}]}}]}',
        b'{"choices": [{"message": {"content": [{"type": "text", "text": 3}]}}]}',
        b"[" * 200_000,
        b'{"choices": ' + b"9" * 10_000 + b"}",
        b"\xff\xfe\x00",
    ],
)
def test_openai_teacher_calls_a_malformed_body_a_failure_and_does_not_repeat_it(body):
    reply, server = ask_one(lambda _: Response(content=body))
    assert reply.finish_reason is FinishReason.ERROR
    assert reply.error.startswith("malformed reply")
    assert len(reply.error) < 500
    assert server.num_asked() == 1


def test_openai_teacher_takes_an_answer_whose_usage_is_nonsense():
    body = {"choices": [{"text": "yes"}], "usage": {"prompt_tokens": "many", "completion_tokens": -1}}
    reply, _ = ask_one(lambda _: Response(content=json.dumps(body).encode()))
    assert (reply.text, reply.num_prompt_tokens, reply.num_answer_tokens) == ("yes", 0, 0)


def test_openai_teacher_joins_text_parts_and_replaces_lone_surrogates():
    parts = [{"type": "reasoning", "text": "hm"}, {"type": "text", "text": "a"}, {"type": "text", "text": "b\ud800"}]
    content = json.dumps({"choices": [{"message": {"content": parts}}]}).encode()
    reply, _ = ask_one(lambda _: Response(content=content))
    assert reply.text == "ab\ufffd"


def test_openai_teacher_marks_a_cut_answer():
    reply, _ = ask_one(lambda _: completion("half", finish="length"))
    assert reply.finish_reason is FinishReason.LENGTH


def test_openai_teacher_ends_every_wait_when_its_watch_gives_up():
    with TeacherServer(lambda _: error(503, "loading")) as server:
        own = teacher(server.url, max_wait_seconds=600)
        with ThreadPoolExecutor(3) as pool:
            asked = [pool.submit(own.ask, text_prompt(str(i))) for i in range(3)]
            while server.num_asked() < 3:
                time.sleep(0.005)
            own.watch.give_up()
            assert [future.result(timeout=10).error for future in asked] == ["status 503: loading"] * 3


@pytest.mark.parametrize(
    ("base_url", "said"),
    [
        ("localhost:8000", "not an http URL"),
        ("http://user:pass-word@host/v1", "user name or password"),
        ("http://host/v1?api_key=abc", "query"),
        ("http://host:port/v1", "not a URL"),
    ],
)
def test_openai_teacher_refuses_an_address_without_showing_what_it_holds(base_url, said):
    settings = ["synthesize.teacher.kind=openai", f"synthesize.teacher.base_url={base_url}"]
    with pytest.raises(RecipeError, match=said) as caught:
        open_teacher(load_recipe(None, overrides=settings).synthesize.teacher, seed=1)
    assert "pass-word" not in str(caught.value)
    assert "abc" not in str(caught.value)


@pytest.mark.parametrize("key", ["k\ney", "schlüssel"])
def test_openai_teacher_refuses_a_key_that_no_header_carries_without_showing_it(monkeypatch, key):
    monkeypatch.setenv("LONGDOC_TEST_KEY", key)
    with pytest.raises(InputError, match="LONGDOC_TEST_KEY") as caught:
        teacher("http://127.0.0.1:1/v1")
    assert key not in str(caught.value)


def test_scripted_server_answers_well():
    with TeacherServer(answer_well) as server:
        reply = teacher(server.url).ask(
            chat_prompt("SEGMENT\nThe rent is 4,800 pounds a year for all.\n\nWrite one question")
        )
    assert json.loads(reply.text)["evidence"] == "The rent is 4,800 pounds a year for all."


@pytest.mark.parametrize(
    "response",
    [
        completion("You sent own-secret-key-1."),
        completion(None, refusal="not with own-secret-key-1"),
        error(400, "Invalid header Bearer own-secret-key-1"),
        Response(401, b"<p>own%2Dsecret%2Dkey%2D1</p>"),
        Response(200, b'{"echo": "own-secret-key-1"}'),
        Response(200, b'{"choices": [{"text": "\\u006fwn-secret-key-1"}]}'),
    ],
)
def test_openai_teacher_keeps_the_key_out_of_every_reply(monkeypatch, response):
    monkeypatch.setenv("LONGDOC_TEST_KEY", "own-secret-key-1")
    reply, server = ask_one(lambda _: response)
    assert server.keys == {"Bearer own-secret-key-1"}
    said = reply.text + reply.error
    assert "secret" not in said
    assert "[key]" in said or "withheld" in said


def test_openai_teacher_sends_all_that_the_recipe_says_in_both_forms():
    with TeacherServer(echo) as server:
        own = teacher(server.url)
        own.ask(text_prompt("one"))
        own.ask(chat_prompt("two"))
        bodies = sorted(server.bodies.values(), key=lambda body: "messages" in body)
    sampling = {"model": "small", "temperature": 0.2, "max_tokens": 64, "seed": 17}
    schema = {"name": "answer", "schema": json.loads(SCHEMA), "strict": True}
    assert bodies == [
        {**sampling, "prompt": "one", "stop": ["\n"]},
        {
            **sampling,
            "messages": [{"role": "user", "content": "two"}],
            "response_format": {"type": "json_schema", "json_schema": schema},
        },
    ]


def test_openai_teacher_sends_the_newer_length_field_where_a_server_asks_for_it(monkeypatch):
    monkeypatch.setenv("LONGDOC_TEST_KEY", "k")
    bodies = []

    def newer(asked: Asked) -> Response:
        bodies.append(dict(asked.body))
        if "max_tokens" in asked.body:
            return error(400, "Unsupported parameter: 'max_tokens'. Use 'max_completion_tokens' instead.")
        return echo(asked)

    with TeacherServer(newer) as server:
        own = teacher(server.url)
        replies = [own.ask(chat_prompt("one")), own.ask(chat_prompt("two"))]
    assert [reply.text for reply in replies] == ["echo one", "echo two"]
    assert [[name for name in body if "tokens" in name] for body in bodies] == [
        ["max_tokens"],
        ["max_completion_tokens"],
        ["max_completion_tokens"],
    ]
    assert {body["max_completion_tokens"] for body in bodies[1:]} == {64}


def test_openai_teacher_asks_no_second_time_because_of_a_limit_that_is_too_large(monkeypatch):
    monkeypatch.setenv("LONGDOC_TEST_KEY", "k")
    reply, server = ask_one(lambda _: error(400, "max_tokens or max_completion_tokens is too large"))
    assert "status 400" in reply.error
    assert len(server.asked) == 1
