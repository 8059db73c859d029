"""The `openai` teacher against a real HTTP server on the loopback interface."""

from __future__ import annotations

import json
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import pytest

from pipeline.errors import RecipeError, TeacherError
from pipeline.records import Message
from pipeline.synthesize.teachers.openai import OpenAITeacher
from pipeline.synthesize.teachers.protocol import ChatPrompt, CompletionPrompt, FinishReason, Sampling, TeacherRequest

SCHEMA = '{"type": "object", "properties": {"summary": {"type": "string"}}}'
Respond = Callable[[str, dict[str, Any], int], tuple[int, str]]


class Server:
    """What was asked, and how it responds to a path, a body and the number of earlier tries of that body."""

    def __init__(self, respond: Respond) -> None:
        self.respond = respond
        self.seen: list[tuple[str, dict[str, Any], str]] = []
        self.in_flight = 0
        self.most_in_flight = 0
        self.lock = threading.Lock()


@contextmanager
def serving(respond: Respond) -> Iterator[tuple[str, Server]]:
    state = Server(respond)

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_POST(self) -> None:
            body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
            with state.lock:
                tries = sum(1 for _, other, _ in state.seen if other == body)
                state.seen.append((self.path, body, self.headers.get("Authorization", "")))
                state.in_flight += 1
                state.most_in_flight = max(state.most_in_flight, state.in_flight)
            status, text = state.respond(self.path, body, tries)
            with state.lock:
                state.in_flight -= 1
            data = text.encode()
            self.send_response(status)
            self.send_header("Content-Length", str(len(data)))
            self.end_headers()
            self.wfile.write(data)

        def log_message(self, *_: object) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.handle_error = lambda *_: None  # type: ignore[method-assign]  # clients that time out are expected here
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}/v1", state
    finally:
        server.shutdown()
        server.server_close()


def answered(path: str, body: dict[str, Any], tries: int) -> tuple[int, str]:
    chat = path.endswith("/chat/completions")
    text = f"echo {body['messages'][-1]['content'] if chat else body['prompt']}"
    choice: dict[str, Any] = {"message": {"content": text}} if chat else {"text": text}
    usage = {"prompt_tokens": 9, "completion_tokens": 4, "prompt_tokens_details": {"cached_tokens": 6}}
    return 200, json.dumps({"choices": [{**choice, "finish_reason": "stop"}], "usage": usage})


def teacher(base_url: str, **changes: Any) -> OpenAITeacher:
    settings = {"api_key_env": "LONGDOC_TEST_KEY", "timeout_seconds": 5.0, "max_retries": 2, "concurrency": 3}
    return OpenAITeacher(model="small", base_url=base_url, **{**settings, **changes})


def completion(text: str) -> TeacherRequest:
    prompt = CompletionPrompt(text=text, stop=("\n",))
    return TeacherRequest(prompt=prompt, sampling=Sampling(0.2, 64, 17), prompt_version="v1")


def chat(text: str) -> TeacherRequest:
    prompt = ChatPrompt(messages=(Message(role="user", content=text),), answer_schema=SCHEMA)
    return TeacherRequest(prompt=prompt, sampling=Sampling(0.2, 64, 17), prompt_version="v1")


def test_openai_teacher_answers_both_forms_in_order_with_counts(monkeypatch):
    monkeypatch.setenv("LONGDOC_TEST_KEY", "secret")
    with serving(answered) as (url, state):
        replies = teacher(url).answer([completion("one"), chat("two"), completion("three")])
    assert [reply.text for reply in replies] == ["echo one", "echo two", "echo three"]
    assert (replies[0].num_prompt_tokens, replies[0].num_cached_tokens, replies[0].num_answer_tokens) == (9, 6, 4)
    bodies = {path: body for path, body, _ in state.seen}
    assert bodies["/v1/completions"]["stop"] == ["\n"]
    schema = bodies["/v1/chat/completions"]["response_format"]["json_schema"]
    assert (schema["schema"], schema["strict"]) == (json.loads(SCHEMA), True)
    assert bodies["/v1/chat/completions"]["max_tokens"] == 64
    assert {key for _, _, key in state.seen} == {"Bearer secret"}


def test_openai_teacher_never_has_more_requests_in_flight_than_allowed():
    gate = threading.Barrier(3, timeout=5)

    def together(path: str, body: dict[str, Any], tries: int) -> tuple[int, str]:
        gate.wait()  # three requests must be here at the same time, or this breaks
        return answered(path, body, tries)

    with serving(together) as (url, state):
        replies = teacher(url).answer([completion(str(i)) for i in range(9)])
    assert [reply.text for reply in replies] == [f"echo {i}" for i in range(9)]
    assert state.most_in_flight == 3


@pytest.mark.parametrize("status", [429, 503])
def test_openai_teacher_tries_again_when_the_server_is_busy(status):
    def busy_once(path: str, body: dict[str, Any], tries: int) -> tuple[int, str]:
        return (status, "busy") if tries == 0 else answered(path, body, tries)

    with serving(busy_once) as (url, state):
        replies = teacher(url).answer([completion("one"), completion("two")])
    assert [reply.text for reply in replies] == ["echo one", "echo two"]
    assert len(state.seen) == 4


def test_openai_teacher_gives_an_error_reply_to_what_always_fails():
    def one_fails(path: str, body: dict[str, Any], tries: int) -> tuple[int, str]:
        return (500, "out of memory") if body["prompt"] == "bad" else answered(path, body, tries)

    with serving(one_fails) as (url, state):
        replies = teacher(url, max_retries=1).answer([completion("good"), completion("bad")])
    assert replies[0].text == "echo good"
    assert (replies[1].finish_reason, replies[1].error) == (FinishReason.ERROR, "status 500: out of memory")
    assert len(state.seen) == 3


def test_openai_teacher_does_not_repeat_a_request_the_server_refuses():
    with serving(lambda *_: (400, "too long")) as (url, state):
        replies = teacher(url).answer([completion("one")])
    assert (replies[0].error, len(state.seen)) == ("status 400: too long", 1)


@pytest.mark.parametrize(
    "body",
    [
        "no json",
        "{}",
        '{"choices": []}',
        '{"choices": [{"text": null}]}',
        '["choices"]',
        '{"choices": [{"message": 3}]}',
    ],
)
def test_openai_teacher_gives_an_error_reply_to_a_malformed_body(body):
    with serving(lambda *_: (200, body)) as (url, _):
        replies = teacher(url).answer([completion("one")])
    assert replies[0].finish_reason is FinishReason.ERROR
    assert replies[0].error.startswith("malformed reply")


def test_openai_teacher_marks_a_cut_answer():
    cut = json.dumps({"choices": [{"text": "half", "finish_reason": "length"}]})
    with serving(lambda *_: (200, cut)) as (url, _):
        replies = teacher(url).answer([completion("one")])
    assert replies[0].finish_reason is FinishReason.LENGTH


def test_openai_teacher_gives_an_error_reply_to_a_timeout_among_answers():
    done = threading.Event()

    def one_hangs(path: str, body: dict[str, Any], tries: int) -> tuple[int, str]:
        if body["prompt"] == "slow":
            done.wait(timeout=5)
        return answered(path, body, tries)

    with serving(one_hangs) as (url, _):
        started = time.monotonic()
        replies = teacher(url, timeout_seconds=0.3, max_retries=1).answer([completion("quick"), completion("slow")])
        elapsed = time.monotonic() - started
        done.set()
    assert replies[0].text == "echo quick"
    assert replies[1].error.startswith("ReadTimeout")
    assert elapsed < 4


def test_openai_teacher_raises_where_nobody_listens():
    with serving(answered) as (url, _):
        pass
    with pytest.raises(TeacherError, match="does not answer"):
        teacher(url, max_retries=0).answer([completion("one"), completion("two")])


def test_openai_teacher_raises_where_the_key_is_refused():
    with serving(lambda *_: (401, "no")) as (url, _), pytest.raises(TeacherError, match="refuses the key"):
        teacher(url).answer([completion("one")])


def test_openai_teacher_wants_an_http_url():
    with pytest.raises(RecipeError, match="not an http URL"):
        teacher("localhost:8000")
