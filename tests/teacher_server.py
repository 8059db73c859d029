"""A scripted OpenAI-compatible server on real sockets, for tests and for the harnesses in `tests/chaos`.

It answers with sentences of the segment it is asked about, so that the verifier keeps many of its answers, or
misbehaves as a mode says. It can be killed with everything in flight, and started again on the same port.
"""

from __future__ import annotations

import json
import re
import socket
import threading
from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, Self

from pipeline.identity import sha256_hex
from pipeline.synthesize.prompts.templates import task_templates


@dataclass(frozen=True, slots=True)
class Asked:
    """One request as it arrived."""

    number: int
    """From 1, over the server's life."""
    tries: int
    """Earlier arrivals of the same body."""
    body: Mapping[str, Any]
    headers: Mapping[str, str]

    @property
    def text(self) -> str:
        """What the model would say: JSON for a chat prompt."""
        return json.dumps(answer_to(prompt_of(self.body)), ensure_ascii=False)


@dataclass(frozen=True, slots=True)
class Response:
    """What is sent back; `hangs` sends nothing until the server ends, `cut` closes the connection instead."""

    status: int = 200
    content: bytes = b""
    headers: Mapping[str, str] = field(default_factory=dict)
    hangs: bool = False
    cut: bool = False


Behaviour = Callable[[Asked], Response]


def completion(content: object, *, finish: str = "stop", **message: object) -> Response:
    """A chat completion."""
    choice = {
        "index": 0,
        "finish_reason": finish,
        "message": {"role": "assistant", "content": content, **message},
        "text": content,
    }
    usage = {"prompt_tokens": 100, "completion_tokens": 50, "prompt_tokens_details": {"cached_tokens": 60}}
    return Response(content=json.dumps({"choices": [choice], "usage": usage}, ensure_ascii=False).encode())


def error(status: int, message: str, **headers: str) -> Response:
    """An error object."""
    return Response(status, json.dumps({"error": {"message": message}}).encode(), headers)


def answer_well(asked: Asked) -> Response:
    """The answer of a good model."""
    return completion(asked.text)


def refuse(asked: Asked, parameter: str, message: str) -> Response:
    """Refuse requests that have a parameter."""
    return error(400, message) if parameter in asked.body else answer_well(asked)


MODES: Mapping[str, Behaviour] = {
    "ok": answer_well,
    "extra": lambda asked: completion(json.dumps({**json.loads(asked.text), "confidence": 0.9}, ensure_ascii=False)),
    "length": lambda asked: completion(asked.text[:40], finish="length"),
    "badjson": lambda asked: completion(asked.text[:-3]),
    "prose": lambda asked: completion(f"Sure! Here is the JSON:\n\n{asked.text}\n\nAnything else?"),
    "refuse": lambda asked: completion("I'm sorry, but I can't help with that."),
    "think": lambda asked: completion(f"<think>\nThe segment says {{something}}.\n</think>\n\n{asked.text}"),
    "thinkonlyclose": lambda asked: completion(f"The segment says…\n</think>\n\n{asked.text}"),
    "fence": lambda asked: completion(f"```json\n{json.dumps(json.loads(asked.text), indent=2)}\n```"),
    "parts": lambda asked: completion([{"type": "text", "text": asked.text}]),
    "401": lambda asked: error(401, "no key"),
    "404": lambda asked: error(404, f"The model `{asked.body['model']}` does not exist."),
    "429": lambda asked: error(429, "Rate limit", **{"Retry-After": "20"}),
    "500": lambda asked: error(500, "boom"),
    "html": lambda asked: Response(content=b"<html><body>nginx login</body></html>"),
    "null": lambda asked: completion(None, reasoning_content=f"long thoughts {asked.text}"),
    "refusalfield": lambda asked: completion(None, refusal="I cannot help."),
    "hang": lambda asked: Response(hangs=True),
    "cut": lambda asked: Response(cut=True),
    "400max": lambda asked: refuse(asked, "max_tokens", "Unsupported parameter: 'max_tokens'"),
    "400schema": lambda asked: refuse(asked, "response_format", "This response_format type is unavailable now"),
}


class TeacherServer:
    """Serves on the loopback interface between `with` and its end, or between `start` and `kill`."""

    def __init__(
        self, behaviour: Behaviour = answer_well, *, dies_at: int | None = None, owner: str | None = None
    ) -> None:
        self.behaviour = behaviour
        self.owner = owner
        """The `owned_by` of the list of models; None for a server that does not list its models."""
        self.dies_at = dies_at
        """Number of the request that takes the server down unanswered."""
        self.asked: Counter[str] = Counter()
        """Arrivals by body."""
        self.answered: Counter[str] = Counter()
        """Responses of status 200 that were sent whole, by body."""
        self.keys: set[str] = set()
        """Authorization headers seen."""
        self.most_in_flight = 0
        self.bodies: dict[str, Mapping[str, Any]] = {}
        self.died = threading.Event()
        self._in_flight = 0
        self._lock = threading.Lock()
        self._ended = threading.Event()
        self._port = 0
        self._server: _Server | None = None

    @property
    def url(self) -> str:
        """The base URL of a recipe."""
        return f"http://127.0.0.1:{self._port}/v1"

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.kill()

    def start(self) -> None:
        """Listen, on the port of before where there was one."""
        self._ended = threading.Event()
        self._server = _Server(("127.0.0.1", self._port), _handler(self))
        self._port = self._server.server_port
        threading.Thread(target=self._server.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True).start()

    def kill(self) -> None:
        """Stop listening and cut every connection."""
        with self._lock:
            server, self._server = self._server, None
        self._ended.set()
        if server is not None:
            server.shutdown()
            server.server_close()
            server.cut_connections()

    def num_asked(self) -> int:
        """Requests that arrived."""
        return sum(self.asked.values())

    def respond(self, body: Mapping[str, Any], headers: Mapping[str, str]) -> Response:
        """Note a request and decide what happens to it."""
        key = sha256_hex(json.dumps(body, sort_keys=True).encode())
        with self._lock:
            asked = Asked(sum(self.asked.values()) + 1, self.asked[key], body, headers)
            self.asked[key] += 1
            self.bodies[key] = body
            self.keys.add(headers.get("Authorization", ""))
            self._in_flight += 1
            self.most_in_flight = max(self.most_in_flight, self._in_flight)
        try:
            if self.dies_at is not None and asked.number >= self.dies_at:
                self.dies_at = None
                threading.Thread(target=self._die, daemon=True).start()
                return Response(hangs=True)
            return self.behaviour(asked)
        finally:
            with self._lock:
                self._in_flight -= 1

    def note_answered(self, body: Mapping[str, Any]) -> None:
        """A response of status 200 has left."""
        with self._lock:
            self.answered[sha256_hex(json.dumps(body, sort_keys=True).encode())] += 1

    def wait_until_ended(self) -> None:
        """Block a request that hangs."""
        self._ended.wait(timeout=60)

    def _die(self) -> None:
        self.kill()
        self.died.set()


class _Server(ThreadingHTTPServer):
    daemon_threads = True
    allow_reuse_address = True
    request_queue_size = 128

    def __init__(self, *arguments: Any) -> None:
        self._connections: set[socket.socket] = set()
        super().__init__(*arguments)

    def process_request(self, request: Any, client_address: Any) -> None:
        self._connections.add(request)
        super().process_request(request, client_address)

    def shutdown_request(self, request: Any) -> None:
        self._connections.discard(request)
        super().shutdown_request(request)

    def cut_connections(self) -> None:
        for connection in list(self._connections):
            try:
                connection.shutdown(socket.SHUT_RDWR)
            except OSError:  # it is closed already
                continue

    def handle_error(self, request: Any, client_address: Any) -> None:
        """Clients that time out and connections that are cut are expected here."""


def _handler(state: TeacherServer) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"
        disable_nagle_algorithm = True

        def do_GET(self) -> None:
            listed = {"data": [{"id": "small", "object": "model", "owned_by": state.owner}]}
            known = state.owner is not None and self.path == "/v1/models"
            content = json.dumps(listed if known else {"detail": "Not Found"}).encode()
            self.send_response(200 if known else 404)
            self.send_header("Content-Length", str(len(content)))
            self.end_headers()
            self.wfile.write(content)

        def do_POST(self) -> None:
            body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
            response = state.respond(body, dict(self.headers.items()))
            if response.hangs:
                state.wait_until_ended()
            if response.hangs or response.cut:
                self.close_connection = True
                return
            self.send_response(response.status)
            for name, value in response.headers.items():
                self.send_header(name, value)
            self.send_header("Content-Length", str(len(response.content)))
            self.end_headers()
            self.wfile.write(response.content)
            if response.status == 200:
                state.note_answered(body)

        def log_message(self, *_: object) -> None:
            pass

    return Handler


def prompt_of(body: Mapping[str, Any]) -> str:
    """All that a request says to the model."""
    return str(body["messages"][-1]["content"] if "messages" in body else body["prompt"])


_SEGMENT = re.compile(r"(?:SEGMENT|대목)\n(.*?)\n\n(?:Write one question|Summarise|이 대목에서만|이 절을)", re.DOTALL)


def _labelled(text: str, labels: Mapping[str, str], name: str) -> str:
    """The last part of a text below a label."""
    return text.rpartition(f"{labels[name]}\n")[2].partition("\n\n")[0]


def _attempt(prompt: str, language: str) -> dict[str, Any] | None:
    """The sentence of the document that has most words of the question, if the prompt asks a question again."""
    words = task_templates("attempts", language)
    if words["reply"].strip() not in prompt:
        return None
    document, _, question = prompt.rpartition(f"{words['question_label']}\n")
    if words["rules"]["closed_book"].strip() in prompt:
        return {"answer": "", "answerable": False}
    asked = set(re.findall(r"\w{3,}", question))
    sentences = re.split(r"(?<=[.;])\s+|\n\n", document.partition(words["rules"]["whole_document"].strip())[0])
    return {"answer": max(sentences, key=lambda one: len(asked & set(re.findall(r"\w{3,}", one)))), "answerable": True}


def _verdict(prompt: str, language: str) -> dict[str, Any] | None:
    """Full support for what the prompt asks to judge; an attempt agrees if it has an answer."""
    words = task_templates("judge", language)
    labels = words["labels"]
    if labels["reply"].strip() not in prompt:
        return None
    shown = prompt.rpartition(labels["reply"].strip())[2]
    is_summary = f"{labels['summary']}\n" in shown
    answer = _labelled(shown, labels, "summary" if is_summary else "answer")
    quote = _labelled(shown, labels, "section") if is_summary else _labelled(shown, labels, "evidence")
    claim = {"claim": answer, "quote": quote.removeprefix("- ").partition("\n- ")[0], "rationale": "", "support": 1}
    verdict: dict[str, Any] = {"claims": [claim], "missing": []}
    if is_summary:
        return verdict
    attempts = re.findall(rf"{labels['attempt']} ([A-Z])\n(.*?)(?=\n\n{labels['attempt']} |\Z)", shown, re.DOTALL)
    rated = [
        {"attempt": letter, "rationale": "", "agreement": int(labels["not_answerable"] not in text)}
        for letter, text in attempts
    ]
    verdict["uniqueness"] = {"rationale": "", "other_answer": ""}
    return {**verdict, "attempts": rated} if rated else verdict


def answer_to(prompt: str) -> dict[str, Any]:
    """Question, answer and evidence about the segment of a chat prompt, or its summary: verbatim, always the same.

    A question that is asked again is answered with the document's sentence that is most like it; a judge is content.
    """
    for language in ("en", "ko"):
        other = _verdict(prompt, language) or _attempt(prompt, language)
        if other:
            return other
    found = _SEGMENT.findall(prompt)
    segment = found[-1] if found else prompt[-800:]
    if "Summarise" in prompt or "요약" in prompt:
        return {"summary": " ".join(re.split(r"(?<=[.다])\s+", segment)[:3])[:400]}
    sentences = [line.strip() for line in re.split(r"(?<=[.;])\s+|\n\n", segment)]
    chosen = next((line for line in sentences if re.search(r"\d", line) and len(line) > 30), sentences[0])
    words = chosen.split()
    about = " ".join([word.strip(",.;:()") for word in words if len(word) > 3 and not re.search(r"\d", word)][:3])
    korean = re.search("[가-힣]", chosen)
    question = f"{about}에 관하여 정한 내용은 무엇입니까?" if korean else f"What of {about}?"
    return {"question": question, "answer": " ".join(words[1:]) or chosen, "evidence": chosen}
