"""A Google Cloud Storage on loopback: objects with generations, and the preconditions on them.

It serves what `gcsfs` and `google-cloud-storage` ask of the JSON API: metadata, media with ranges, the three kinds of
uploads (media, multipart, resumable), listing with pages and a delimiter, rewrite, deletion, and batches of deletions.
Written after https://cloud.google.com/storage/docs/json_api/v1 and …/storage/docs/performing-resumable-uploads.

`python gcs_server.py BUCKET …` prints the address and serves until its input ends; `serve` does so in this process.
"""

from __future__ import annotations

import base64
import hashlib
import json
import re
import sys
import threading
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs, quote, unquote, urlsplit

import google_crc32c
from request_bodies import read_body

_BUCKET = re.compile(r"/storage/v1/b/([^/]+)")
_OBJECTS = re.compile(r"/storage/v1/b/([^/]+)/o")
_OBJECT = re.compile(r"(?:/download)?/storage/v1/b/([^/]+)/o/([^/]+)")
_REWRITE = re.compile(r"/storage/v1/b/([^/]+)/o/([^/]+)/rewriteTo/b/([^/]+)/o/([^/]+)")
_UPLOAD = re.compile(r"(?:/resumable)?/upload/storage/v1/b/([^/]+)/o")
_BATCH = "/batch/storage/v1"
_CHUNK = 256 * 1024
"""Every chunk of a resumable upload but the last has a multiple of this size."""

Key = tuple[str, str]
Query = Mapping[str, Sequence[str]]


class _RefusedError(Exception):
    """An answer with an error status."""

    def __init__(self, status: int, message: str) -> None:
        super().__init__(message)
        self.status = status


@dataclass
class _Upload:
    """A resumable upload. The object appears, and the preconditions are checked again, when it ends."""

    key: Key
    query: Query
    content_type: str
    content: bytearray = field(default_factory=bytearray)
    answer: dict[str, Any] | None = None
    """The object, once the upload has ended: the last chunk may be sent again."""


@dataclass(frozen=True)
class _Object:
    generation: int
    content: bytes
    content_type: str


class GcsServer(ThreadingHTTPServer):
    """Objects by bucket and name, each with its generation."""

    daemon_threads = True

    def __init__(self, buckets: Sequence[str]) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.buckets = set(buckets)
        self.objects: dict[Key, _Object] = {}
        self.uploads: dict[str, _Upload] = {}
        self.preconditions: list[str] = []
        """`ifGenerationMatch` of the uploads and deletions so far."""
        self.lock = threading.Lock()
        self.next_generation = 1700000000000001

    @property
    def address(self) -> str:
        return f"http://127.0.0.1:{self.server_port}"

    def put(self, key: Key, query: Query, content: bytes, content_type: str) -> dict[str, Any]:
        with self.lock:
            self.check_bucket(key[0])
            self.preconditions += query.get("ifGenerationMatch", [""])
            self.check(key, query)
            return self.store(key, content, content_type)

    def store(self, key: Key, content: bytes, content_type: str) -> dict[str, Any]:
        self.next_generation += 1
        self.objects[key] = _Object(self.next_generation, content, content_type)
        return _resource(key, self.objects[key])

    def get(self, key: Key, query: Query) -> _Object:
        self.check_bucket(key[0])
        stored = self.objects.get(key)
        if stored is None or query.get("generation", [str(stored.generation)]) != [str(stored.generation)]:
            raise _RefusedError(404, f"No such object: {'/'.join(key)}")
        self.check(key, query)
        return stored

    def delete(self, key: Key, query: Query) -> None:
        with self.lock:
            self.check_bucket(key[0])
            if key not in self.objects:
                raise _RefusedError(404, f"No such object: {'/'.join(key)}")
            self.preconditions += query.get("ifGenerationMatch", [""])
            self.check(key, query)
            del self.objects[key]

    def rewrite(self, source: Key, target: Key, query: Query) -> dict[str, Any]:
        with self.lock:
            stored = self.get(source, {"generation": query["sourceGeneration"]} if "sourceGeneration" in query else {})
            self.check_bucket(target[0])
            self.check(target, query)
            size = str(len(stored.content))
            told = {"kind": "storage#rewriteResponse", "objectSize": size}
            if stored.content and "rewriteToken" not in query:  # a real store copies a large object in several calls
                return {**told, "done": False, "totalBytesRewritten": "0", "rewriteToken": "again"}
            resource = self.store(target, stored.content, stored.content_type)
            return {**told, "done": True, "totalBytesRewritten": size, "resource": resource}

    def listing(self, bucket: str, query: Query) -> dict[str, Any]:
        prefix, delimiter = query.get("prefix", [""])[0], query.get("delimiter", [""])[0]
        after = query.get("pageToken", [""])[0]
        page = int(query.get("maxResults", ["1000"])[0])
        with self.lock:
            self.check_bucket(bucket)
            names = sorted(name for of, name in self.objects if of == bucket and name.startswith(prefix))
            start, end = query.get("startOffset", [""])[0], query.get("endOffset", [""])[0]
            names = [name for name in names if name >= start and (not end or name < end)]
            items: dict[str, Any] = {}
            for name in names:
                rest = name[len(prefix) :]
                if delimiter and delimiter in rest:
                    items[prefix + rest.split(delimiter)[0] + delimiter] = None
                else:
                    items[name] = _resource((bucket, name), self.objects[bucket, name])
        shown = [name for name in sorted(items) if name > after]
        answer: dict[str, Any] = {"kind": "storage#objects"}
        if found := [items[name] for name in shown[:page] if items[name] is not None]:
            answer["items"] = found
        if folders := [name for name in shown[:page] if items[name] is None]:
            answer["prefixes"] = folders
        if len(shown) > page:
            answer["nextPageToken"] = shown[page - 1]
        return answer

    def check_bucket(self, bucket: str) -> None:
        if bucket not in self.buckets:
            raise _RefusedError(404, "The specified bucket does not exist.")

    def check(self, key: Key, query: Query) -> None:
        expected = query.get("ifGenerationMatch", [""])[0]
        stored = self.objects.get(key)
        if expected not in ("", str(stored.generation if stored else 0)):
            raise _RefusedError(412, "At least one of the pre-conditions you specified did not hold.")


@contextmanager
def serve(*buckets: str) -> Iterator[GcsServer]:
    with GcsServer(buckets) as server:
        thread = threading.Thread(target=server.serve_forever, daemon=True)
        thread.start()
        yield server
        server.shutdown()
        thread.join()


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True
    server: GcsServer

    def do_GET(self) -> None:
        self._run(self._get)

    def do_POST(self) -> None:
        self._run(self._post)

    def do_PUT(self) -> None:
        self._run(self._post)

    def do_DELETE(self) -> None:
        self._run(self._delete)

    def _run(self, method: Any) -> None:
        url = urlsplit(self.path)
        content = read_body(self)
        try:
            method(url.path, parse_qs(url.query, keep_blank_values=True), content)
        except _RefusedError as refusal:
            self._answer(refusal.status, {"error": {"code": refusal.status, "message": str(refusal)}})

    def _get(self, path: str, query: Query, _: bytes) -> None:
        if found := _OBJECT.fullmatch(path):
            key = (unquote(found[1]), unquote(found[2]))
            with self.server.lock:
                stored = self.server.get(key, query)
            if query.get("alt") == ["media"]:
                return self._media(stored)
            return self._answer(200, _resource(key, stored))
        if found := _OBJECTS.fullmatch(path):
            return self._answer(200, self.server.listing(unquote(found[1]), query))
        if found := _BUCKET.fullmatch(path):
            self.server.check_bucket(found[1])
            return self._answer(200, {"kind": "storage#bucket", "id": found[1], "name": found[1]})
        raise _RefusedError(404, f"No such method: GET {path}")

    def _media(self, stored: _Object) -> None:
        asked = re.fullmatch(r"bytes=(\d+)-(\d*)", self.headers.get("Range", ""))
        size = len(stored.content)
        facts = {"X-Goog-Generation": str(stored.generation), "X-Goog-Hash": f"crc32c={_crc32c(stored.content)}"}
        if asked is None:
            return self._answer(200, stored.content, facts)
        start, end = int(asked[1]), min(int(asked[2] or size - 1), size - 1)
        if start >= size:
            raise _RefusedError(416, "Request range not satisfiable")
        return self._answer(
            206, stored.content[start : end + 1], {**facts, "Content-Range": f"bytes {start}-{end}/{size}"}
        )

    def _post(self, path: str, query: Query, content: bytes) -> None:
        if path == _BATCH:
            return self._batch(content)
        if found := _REWRITE.fullmatch(path):
            source, target = (unquote(found[1]), unquote(found[2])), (unquote(found[3]), unquote(found[4]))
            return self._answer(200, self.server.rewrite(source, target, query))
        found = _UPLOAD.fullmatch(path)
        if found is None:
            raise _RefusedError(404, f"No such method: {self.command} {path}")
        bucket, kind = unquote(found[1]), query.get("uploadType", [""])[0]
        if kind == "resumable":
            return self._resumable(bucket, query, content)
        if kind == "multipart":
            named, content_type, content = _two_parts(self.headers["Content-Type"], content)
            return self._answer(200, self.server.put((bucket, named["name"]), query, content, content_type))
        if kind == "media":
            content_type = self.headers.get("Content-Type", "application/octet-stream")
            return self._answer(200, self.server.put((bucket, query["name"][0]), query, content, content_type))
        raise _RefusedError(400, f"Upload type {kind} is unknown")

    def _resumable(self, bucket: str, query: Query, content: bytes) -> None:
        if "upload_id" not in query:
            named = json.loads(content) if content else {}
            key = (bucket, query.get("name", [named.get("name", "")])[0])
            with self.server.lock:
                self.server.check_bucket(bucket)
                self.server.check(key, query)
                upload_id = f"upload-{len(self.server.uploads)}"
                content_type = self.headers.get("X-Upload-Content-Type", "application/octet-stream")
                self.server.uploads[upload_id] = _Upload(key, query, content_type)
            place = f"http://{self.headers['Host']}/upload/storage/v1/b/{quote(bucket)}/o"
            return self._answer(200, b"", {"Location": f"{place}?uploadType=resumable&upload_id={upload_id}"})
        upload = self.server.uploads.get(query["upload_id"][0])
        if upload is None:
            raise _RefusedError(404, "There is no such upload")
        if upload.answer is not None:
            return self._answer(200, upload.answer)
        told = re.fullmatch(r"bytes (?:(\d+)-(\d+)|\*)/(\d+|\*)", self.headers.get("Content-Range", ""))
        if told is None:
            raise _RefusedError(400, "Content-Range is missing or damaged")
        if told[1] is not None:
            self._take(upload, int(told[1]), content, is_last=told[3] != "*")
        if told[3] == "*" or len(upload.content) < int(told[3]):
            kept = {"Range": f"bytes=0-{len(upload.content) - 1}"} if upload.content else {}
            return self._answer(308, b"", kept)
        upload.answer = self.server.put(upload.key, upload.query, bytes(upload.content), upload.content_type)
        return self._answer(200, upload.answer)

    def _take(self, upload: _Upload, start: int, content: bytes, *, is_last: bool) -> None:
        if start > len(upload.content):
            raise _RefusedError(503, "The chunk starts behind the bytes that were received")
        if not is_last and len(content) % _CHUNK:
            raise _RefusedError(400, f"invalid: a chunk must be a multiple of {_CHUNK} bytes")
        upload.content += content[len(upload.content) - start :]  # bytes that are sent again are already here

    def _delete(self, path: str, query: Query, _: bytes) -> None:
        if "upload_id" in query:
            self.server.uploads.pop(query["upload_id"][0], None)
            return self._answer(499)
        found = _OBJECT.fullmatch(path)
        if found is None:
            raise _RefusedError(404, f"No such method: DELETE {path}")
        self.server.delete((unquote(found[1]), unquote(found[2])), query)
        return self._answer(204)

    def _batch(self, content: bytes) -> None:
        answers = []
        for call in re.findall(rb"DELETE (\S+) HTTP", content):
            url = urlsplit(call.decode())
            found = _OBJECT.fullmatch(url.path)
            assert found is not None
            try:
                self.server.delete((unquote(found[1]), unquote(found[2])), parse_qs(url.query))
                status, body = "204 No Content", ""
            except _RefusedError as refusal:
                error = {"error": {"code": refusal.status, "message": str(refusal)}}
                status, body = f"{refusal.status} Refused", json.dumps(error)
            answers.append(f"--batch\r\nContent-Type: application/http\r\n\r\nHTTP/1.1 {status}\r\n\r\n{body}\r\n")
        self._answer(
            200, "".join([*answers, "--batch--"]).encode(), {"Content-Type": "multipart/mixed; boundary=batch"}
        )

    def _answer(
        self, status: int, body: bytes | dict[str, Any] = b"", headers: Mapping[str, str] | None = None
    ) -> None:
        content = body if isinstance(body, bytes) else json.dumps(body).encode()
        with suppress(BrokenPipeError, ConnectionResetError):  # a client drops the requests that it no longer needs
            self.send_response(status)
            for name, value in {"Content-Type": "application/json", **(headers or {})}.items():
                self.send_header(name, value)
            if status != 204:
                self.send_header("Content-Length", str(len(content)))
            self.end_headers()
            self.wfile.write(content)

    def log_message(self, *_arguments: object) -> None:
        """Say nothing."""


def _two_parts(content_type: str, body: bytes) -> tuple[dict[str, Any], str, bytes]:
    """Return the metadata, content type and content of a multipart upload."""
    boundary = re.search(r"boundary=['\"]?([^'\";]+)", content_type)
    assert boundary is not None
    _, described, media, _ = body.split(b"--" + boundary[1].encode())
    named = re.split(rb"\r?\n\r?\n", described, maxsplit=1)[1]
    head, content = re.split(rb"\r?\n\r?\n", media, maxsplit=1)
    told = re.search(rb"(?i)content-type: *([^\r\n]+)", head)
    line_end = b"\r\n" if described.startswith(b"\r\n") else b"\n"
    return json.loads(named), told[1].decode() if told else "", content.removesuffix(line_end)


def _resource(key: Key, stored: _Object) -> dict[str, Any]:
    md5 = base64.b64encode(hashlib.md5(stored.content, usedforsecurity=False).digest()).decode()
    return {
        "kind": "storage#object",
        "bucket": key[0],
        "name": key[1],
        "generation": str(stored.generation),
        "metageneration": "1",
        "contentType": stored.content_type,
        "storageClass": "STANDARD",
        "size": str(len(stored.content)),
        "md5Hash": md5,
        "crc32c": _crc32c(stored.content),
        "etag": str(stored.generation),
        "updated": "2026-01-01T00:00:00Z",
        "timeCreated": "2026-01-01T00:00:00Z",
    }


def _crc32c(content: bytes) -> str:
    return base64.b64encode(google_crc32c.value(content).to_bytes(4, "big")).decode()


if __name__ == "__main__":
    with serve(*sys.argv[1:]) as _server:
        print(_server.address, flush=True)
        sys.stdin.read()
