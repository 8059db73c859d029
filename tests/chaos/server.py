"""A teacher that counts: an OpenAI-compatible server on loopback with answers made from the request alone.

It counts by the hash of the whole request how often each was asked and answered. Every answer carries a mark of its
request: forty blanks and tabs between two of its JSON keys, which no reader of the answer sees. `marks_in` finds the
marks in a folder, so a harness knows which answers a build has stored, however it stores them.

How a request is treated is a function that the harness gives: answer, error, silence, delay. `stop` ends the server
as a kill does, with connections reset in the middle; `start` brings it back on the same port with the same counts.
"""

from __future__ import annotations

import hashlib
import json
import re
import select
import socket
import struct
import threading
import time
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

_MARK_BITS = 40
# A blank, or a tab as it stands in a text, in JSON, or in JSON inside JSON.
_MARK = re.compile(rb"((?: |\t|\\+t){%d})" % _MARK_BITS)
_ESCAPED_TAB = re.compile(rb"\\+t")
_POLL_SECONDS = 0.25
_LONGEST_HANG_SECONDS = 900.0


@dataclass(frozen=True, slots=True)
class Treatment:
    """What happens to one try of one request."""

    status: int = 200
    """200 answers; anything else is an error with that status."""
    hangs: bool = False
    """Nothing is sent until the client goes away."""
    delay_seconds: float = 0.0


class CountingServer:
    """The server, its counts, and how it treats requests. Thread-safe.

    Args:
        treat: called with the request's hash and how often it was asked before; answers at once where not given.
    """

    def __init__(self, treat: Callable[[str, int], Treatment] | None = None) -> None:
        self._treat = treat or (lambda _key, _num_before: Treatment())
        self._lock = threading.Lock()
        self._asked: Counter[str] = Counter()
        self._answered: Counter[str] = Counter()
        self._treated: Counter[str] = Counter()
        self._mark_of: dict[str, str] = {}
        self._connections: set[socket.socket] = set()
        self._server: ThreadingHTTPServer | None = None
        self._thread: threading.Thread | None = None
        self._port = 0
        self._stopping = threading.Event()

    @property
    def base_url(self) -> str:
        """What a recipe's `base_url` is set to."""
        return f"http://127.0.0.1:{self._port}/v1"

    @property
    def is_up(self) -> bool:
        """Whether it listens."""
        return self._server is not None

    def __enter__(self) -> CountingServer:
        self.start()
        return self

    def __exit__(self, *_exception: object) -> None:
        self.stop()

    def start(self) -> None:
        """Listen, on the port of the first start."""
        assert self._server is None
        owner = self
        self._stopping = stopping = threading.Event()

        class Handler(_Handler):
            counting = owner
            stopped = stopping

        self._server = _Server(("127.0.0.1", self._port), Handler)
        self._port = self._server.server_address[1]
        serving = self._server
        self._thread = threading.Thread(target=serving.serve_forever, args=(0.05,), name="teacher", daemon=True)
        self._thread.start()

    def stop(self) -> None:
        """Close the port and reset every connection, as the death of the process would."""
        if self._server is None or self._thread is None:
            return
        self._stopping.set()
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()
        self._server = self._thread = None
        with self._lock:
            connections, self._connections = self._connections, set()
        for connection in connections:
            try:
                connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
                connection.shutdown(socket.SHUT_RDWR)
            except OSError:  # closed already
                continue

    def asked(self) -> Counter[str]:
        """How often each request was asked, by its hash."""
        with self._lock:
            return Counter(self._asked)

    def answered(self) -> Counter[str]:
        """How often each request was answered in full."""
        with self._lock:
            return Counter(self._answered)

    def treated(self) -> Counter[str]:
        """How many tries ended in which way: `answered`, `status 500`, `hang`, `lost` (the client was gone)."""
        with self._lock:
            return Counter(self._treated)

    def keys_of_marks(self, marks: set[str]) -> set[str]:
        """Hashes of the requests that some marks stand for; marks of another server are left out."""
        with self._lock:
            return {self._mark_of[mark] for mark in marks if mark in self._mark_of}

    def opened(self, connection: socket.socket) -> None:
        """Remember a connection, so that `stop` can reset it."""
        with self._lock:
            self._connections.add(connection)

    def closed(self, connection: socket.socket) -> None:
        """Forget it."""
        with self._lock:
            self._connections.discard(connection)

    def take(self, body: bytes) -> tuple[str, str, Treatment]:
        """Count one try. Returns the request's hash, its answer's text and the treatment."""
        request: dict[str, Any] = json.loads(body)
        key = hashlib.sha256(json.dumps(request, sort_keys=True).encode()).hexdigest()
        mark = _mark(key)
        with self._lock:
            num_before = self._asked[key]
            self._asked[key] += 1
            self._mark_of[mark] = key
        return key, answer_text(request, mark), self._treat(key, num_before)

    def ended(self, key: str, how: str) -> None:
        """Count how a try ended."""
        with self._lock:
            self._treated[how] += 1
            if how == "answered":
                self._answered[key] += 1


def marks_in(folder: Path) -> set[str]:
    """Marks of all answers that stand in the complete files below a folder."""
    marks: set[str] = set()
    for path in folder.rglob("*") if folder.exists() else ():
        if path.is_file() and ".partial" not in path.name and ".damaged" not in path.name:
            marks |= {_ESCAPED_TAB.sub(b"\t", found).decode() for found in _MARK.findall(path.read_bytes())}
    return marks


def answer_text(request: dict[str, Any], mark: str) -> str:
    """The answer to a request: a sentence with a number from the segment, or the first sentences as a summary."""
    user = request["messages"][-1]["content"] if "messages" in request else request["prompt"]
    segment = _segment(user)
    if '"summary"' in user:
        summary = " ".join(re.split(r"(?<=[.다])\s+", segment)[:3])[:400]
        return json.dumps({"summary": summary}, ensure_ascii=False)[:-1] + mark + "}"
    sentences = [line.strip() for line in re.split(r"\n|(?<=[.;])\s+", segment)]
    numbered = [line for line in sentences if re.search(r"\d", line) and len(line) > 30]
    evidence = (numbered or [segment.strip().split("\n")[0]])[0]
    opening = " ".join(word for word in evidence.split()[:10] if not re.search(r"\d", word)).rstrip(",.;")
    is_korean = bool(re.search("[가-힣]", evidence))
    question = (
        f"{opening} 부분에서 정한 내용은 무엇입니까?" if is_korean else f"What does the document provide on {opening}?"
    )
    values = [json.dumps(text, ensure_ascii=False) for text in (question, evidence, evidence)]
    return f'{{"question": {values[0]},{mark}"answer": {values[1]}, "evidence": {values[2]}}}'


class _Server(ThreadingHTTPServer):
    daemon_threads = True
    block_on_close = False
    allow_reuse_address = True
    request_queue_size = 128

    def handle_error(self, request: Any, client_address: Any) -> None:  # Any: as the base class says
        """A client that goes away is no error here."""


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    counting: CountingServer
    stopped: threading.Event

    def setup(self) -> None:
        super().setup()
        self.counting.opened(self.connection)

    def finish(self) -> None:
        self.counting.closed(self.connection)
        super().finish()

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002  # the base class's name
        """Say nothing."""

    def do_GET(self) -> None:
        self._send(200, {"object": "list", "data": [{"id": "counting"}]})

    def do_POST(self) -> None:
        key, text, treatment = self.counting.take(self.rfile.read(int(self.headers["Content-Length"])))
        if treatment.hangs:
            self._wait(_LONGEST_HANG_SECONDS)
            self.counting.ended(key, "hang")
            self.close_connection = True
            return
        if treatment.delay_seconds and not self._wait(treatment.delay_seconds):
            self.counting.ended(key, "lost")
            self.close_connection = True
            return
        try:
            if treatment.status == 200:
                self._send(200, _completion(text))
                self.counting.ended(key, "answered")
            else:
                self._send(treatment.status, {"error": {"message": "told to fail"}})
                self.counting.ended(key, f"status {treatment.status}")
        except OSError:
            self.counting.ended(key, "lost")
            self.close_connection = True

    def _wait(self, seconds: float) -> bool:
        """Wait; False as soon as the client is gone or the server is stopped."""
        until = time.monotonic() + seconds
        while (left := until - time.monotonic()) > 0:
            if self.stopped.wait(min(left, _POLL_SECONDS)):
                return False
            readable, _, _ = select.select([self.connection], [], [], 0)
            if readable and not self.connection.recv(1, socket.MSG_PEEK):
                return False
        return True

    def _send(self, status: int, value: object) -> None:
        body = json.dumps(value, ensure_ascii=False).encode()
        self.send_response(status)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)


def _completion(text: str) -> dict[str, object]:
    choice = {"index": 0, "finish_reason": "stop", "message": {"role": "assistant", "content": text}}
    usage = {"prompt_tokens": 100, "completion_tokens": 50}
    return {"id": "counted", "object": "chat.completion", "choices": [choice], "usage": usage}


def _mark(key: str) -> str:
    bits = int(key[:16], 16)
    return "".join("\t" if bits >> place & 1 else " " for place in range(_MARK_BITS))


def _segment(user: str) -> str:
    for label, rest in (("SEGMENT\n", "\n\nWrite one question"), ("대목\n", "\n\n이 대목에서만")):
        if label in user and rest in user:
            return user.rsplit(label, 1)[1].split(rest)[0]
    return user[-800:]
