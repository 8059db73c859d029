"""A server on loopback that passes the requests of a store's client on, and does harm on the way.

`FaultProxy` stands between a client and the emulator of a store. A test may give it a `fault` (what happens to a
request instead), an `after` (what is done once the store has carried a request out, before the client hears of it), and
`hidden` (which objects the listings leave out). `commits` names the objects that became visible, in order.
"""

from __future__ import annotations

import http.client
import json
import re
import socket
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from enum import Enum
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import parse_qs, unquote, urlsplit

from request_bodies import read_body

_UNAVAILABLE = b"<Error><Code>ServiceUnavailable</Code><Message>Please try again.</Message></Error>"
_HOP_HEADERS = frozenset({"connection", "transfer-encoding", "content-length", "keep-alive"})
_LISTED = re.compile(rb"<Contents>.*?<Key>(.*?)</Key>.*?</Contents>", re.DOTALL)


class Fault(Enum):
    """What happens to a request."""

    UNAVAILABLE = 503
    INTERNAL = 500
    FULL = 507
    """An error that clients do not repeat a request for."""
    RESET = "reset"
    """The connection ends before the store hears of the request."""
    LOST_ANSWER = "lost answer"
    """The store carries the request out; the connection ends before the answer."""
    SLOW = "slow"
    """The answer takes a second longer."""


@dataclass(frozen=True)
class Request:
    """A request of a client."""

    method: str
    path: str
    query: dict[str, list[str]]

    @property
    def committed(self) -> str:
        """The name, without the bucket, of the object that this request makes visible; empty if there is none."""
        if self.method == "PUT" and "uploadId" not in self.query and self.path.count("/") > 1:
            return "" if "/upload/" in self.path else self.path.split("/", 2)[2]
        if self.method == "POST" and self.query.get("uploadType") == ["media"]:
            return self.query["name"][0]
        return ""


class FaultProxy(ThreadingHTTPServer):
    """The proxy of one emulator."""

    daemon_threads = True

    def __init__(self, host: str, port: int) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.target = (host, port)
        self._lock = threading.Lock()
        self.reset()

    @property
    def address(self) -> str:
        return f"http://127.0.0.1:{self.server_port}"

    def reset(self) -> None:
        """Pass everything on, and forget what was seen."""
        self.fault: Callable[[Request], Fault | None] = lambda request: None
        self.after: Callable[[Request], None] = lambda request: None
        self.hidden: Callable[[str], bool] = lambda name: False
        self.commits: list[str] = []
        self.num_faults = 0

    def note(self, request: Request, status: int) -> None:
        if request.committed and status == 200:
            with self._lock:
                self.commits.append(request.committed)

    def next_fault(self, request: Request) -> Fault | None:
        with self._lock:
            fault = self.fault(request)
            self.num_faults += fault is not None
        return fault

    def shown(self, content: bytes) -> bytes:
        """Return a listing of S3 or of Google Cloud Storage without the hidden objects."""
        if content.startswith(b"{"):
            listing = json.loads(content)
            if listing.get("kind") == "storage#objects":
                listing["items"] = [one for one in listing.get("items", []) if not self.hidden(one["name"])]
                return json.dumps(listing).encode()
        return _LISTED.sub(lambda found: b"" if self.hidden(unquote(found[1].decode())) else found[0], content)


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True
    server: FaultProxy

    def _pass_on(self) -> None:
        url = urlsplit(self.path)
        body = read_body(self)
        request = Request(self.command, unquote(url.path), parse_qs(url.query, keep_blank_values=True))
        fault = self.server.next_fault(request)
        if fault is Fault.RESET:
            return self._hang_up()
        if fault in (Fault.UNAVAILABLE, Fault.INTERNAL, Fault.FULL):
            return self._answer(int(fault.value), {"Content-Type": "application/xml"}, _UNAVAILABLE)
        connection = http.client.HTTPConnection(*self.server.target, timeout=60)
        headers = {name: value for name, value in self.headers.items() if name.lower() not in _HOP_HEADERS}
        connection.request(self.command, self.path, body, {**headers, "Content-Length": str(len(body))})
        answer = connection.getresponse()
        content = answer.read()
        length = answer.headers.get("Content-Length", "0")
        connection.close()
        self.server.note(request, answer.status)
        self.server.after(request)
        if fault is Fault.LOST_ANSWER:
            return self._hang_up()
        if fault is Fault.SLOW:
            time.sleep(1)
        if self.command == "GET" and answer.status == 200 and content[:1] in (b"<", b"{"):
            content = self.server.shown(content)
        kept = {name: value for name, value in answer.headers.items() if name.lower() not in _HOP_HEADERS}
        return self._answer(answer.status, kept, content, length if self.command == "HEAD" else None)

    do_GET = do_HEAD = do_PUT = do_POST = do_DELETE = _pass_on

    def _answer(self, status: int, headers: dict[str, str], content: bytes, length: str | None = None) -> None:
        with suppress(BrokenPipeError, ConnectionResetError):  # the client may have been killed
            self.send_response_only(status)
            for name, value in headers.items():
                self.send_header(name, value)
            if status != 204:
                self.send_header("Content-Length", length or str(len(content)))
            self.end_headers()
            self.wfile.write(b"" if self.command == "HEAD" else content)

    def _hang_up(self) -> None:
        self.close_connection = True
        with suppress(OSError):
            self.connection.shutdown(socket.SHUT_RDWR)

    def log_message(self, *_arguments: object) -> None:
        """Say nothing."""


@contextmanager
def passing_on(host: str, port: int) -> Iterator[FaultProxy]:
    """Serve a proxy of an emulator while the block runs."""
    with FaultProxy(host, port) as proxy:
        thread = threading.Thread(target=proxy.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True)
        thread.start()
        yield proxy
        proxy.shutdown()
        thread.join()
