"""A small Google Cloud Storage on loopback: objects with generations, and the preconditions on them.

It serves what gcsfs asks of the JSON API for one small object: metadata, media, upload, listing, delete. Written after
https://cloud.google.com/storage/docs/request-preconditions.
"""

from __future__ import annotations

import json
import re
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs, unquote, urlsplit

_OBJECT = re.compile(r"/storage/v1/b/([^/]+)/o/(.+)")
_OBJECTS = re.compile(r"/storage/v1/b/([^/]+)/o")
_UPLOAD = re.compile(r"/upload/storage/v1/b/([^/]+)/o")


class GcsServer(ThreadingHTTPServer):
    """Objects by bucket and name, each with its generation."""

    daemon_threads = True

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.objects: dict[tuple[str, str], tuple[int, bytes]] = {}
        self.preconditions: list[str] = []
        """`ifGenerationMatch` of the uploads and deletions so far."""
        self.lock = threading.Lock()
        self.next_generation = 1700000000000001


@contextmanager
def serve() -> Iterator[GcsServer]:
    with GcsServer() as server:
        thread = threading.Thread(target=server.serve_forever, daemon=True)
        thread.start()
        yield server
        server.shutdown()
        thread.join()


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    server: GcsServer

    def do_GET(self) -> None:
        url = urlsplit(self.path)
        query = parse_qs(url.query)
        found = _OBJECT.fullmatch(url.path)
        if found is None:
            listed = _OBJECTS.fullmatch(url.path)
            return self._answer(200, self._listing(unquote(listed[1]), query)) if listed else self._answer(404)
        key = (unquote(found[1]), unquote(found[2]))
        with self.server.lock:
            stored = self.server.objects.get(key)
        if stored is None or query.get("generation", [str(stored[0])]) != [str(stored[0])]:
            return self._answer(404)
        if query.get("alt") == ["media"]:
            return self._answer(200, stored[1])
        return self._answer(200, _resource(key, stored))

    def do_POST(self) -> None:
        url = urlsplit(self.path)
        found, query = _UPLOAD.fullmatch(url.path), parse_qs(url.query)
        content = self.rfile.read(int(self.headers.get("Content-Length", 0)))
        if found is None or query.get("uploadType") != ["media"]:
            return self._answer(400)
        key = (unquote(found[1]), query["name"][0])
        with self.server.lock:
            if not self._holds(key, query):
                return self._answer(412)
            self.server.next_generation += 1
            self.server.objects[key] = (self.server.next_generation, content)
            return self._answer(200, _resource(key, self.server.objects[key]))

    def do_DELETE(self) -> None:
        url = urlsplit(self.path)
        found, query = _OBJECT.fullmatch(url.path), parse_qs(url.query)
        assert found is not None
        key = (unquote(found[1]), unquote(found[2]))
        with self.server.lock:
            if key not in self.server.objects:
                return self._answer(404)
            if not self._holds(key, query):
                return self._answer(412)
            del self.server.objects[key]
        return self._answer(204)

    def _holds(self, key: tuple[str, str], query: dict[str, list[str]]) -> bool:
        expected = query.get("ifGenerationMatch", [""])[0]
        self.server.preconditions.append(expected)
        current = self.server.objects.get(key, (0, b""))[0]
        return expected in ("", str(current))

    def _listing(self, bucket: str, query: dict[str, list[str]]) -> dict[str, Any]:
        prefix = query.get("prefix", [""])[0]
        with self.server.lock:
            found = {key: stored for key, stored in self.server.objects.items() if key[0] == bucket}
        items = [_resource(key, stored) for key, stored in sorted(found.items()) if key[1].startswith(prefix)]
        return {"kind": "storage#objects", "items": items}

    def _answer(self, status: int, body: bytes | dict[str, Any] = b"") -> None:
        content = body if isinstance(body, bytes) else json.dumps(body).encode()
        self.send_response(status)
        self.send_header("Content-Length", str(len(content)))
        self.send_header("Content-Type", "application/json")
        self.end_headers()
        self.wfile.write(content)

    def log_message(self, *_arguments: object) -> None:
        """Say nothing."""


def _resource(key: tuple[str, str], stored: tuple[int, bytes]) -> dict[str, Any]:
    return {
        "kind": "storage#object",
        "bucket": key[0],
        "name": key[1],
        "generation": str(stored[0]),
        "size": str(len(stored[1])),
        "updated": "2026-01-01T00:00:00Z",
        "timeCreated": "2026-01-01T00:00:00Z",
    }
