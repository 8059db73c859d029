"""A server that answers as the Hugging Face hub does for one data set, on the loopback address.

It answers the requests that `datasets` and `huggingface_hub` send while a data set is resolved and streamed: the head
of a file, a range of it, the tree, and facts on the repository.
"""

from __future__ import annotations

import hashlib
import json
import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from urllib.parse import parse_qs, unquote, urlsplit

NAME, GATED = "me/notices", "me/gated"
COMMIT = "a" * 40


class _Server(ThreadingHTTPServer):
    files: dict[str, bytes]


class _Handler(BaseHTTPRequestHandler):
    server: _Server
    protocol_version = "HTTP/1.1"

    def log_message(self, *_: object) -> None:
        """Write nothing."""

    def do_GET(self) -> None:
        body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
        path = unquote(urlsplit(self.path).path)
        api, files = f"/api/datasets/{NAME}", f"/datasets/{NAME}/resolve/"
        if path.startswith(files):
            self._file(*path[len(files) :].split("/", 1))
        elif path.startswith(f"{api}/paths-info/"):
            wanted = json.loads(body)["paths"] if body.startswith(b"{") else parse_qs(body.decode())["paths"]
            self._json([entry for entry in self._tree() if entry["path"] in wanted])
        elif path.startswith(f"{api}/tree/"):
            folder = path[len(f"{api}/tree/") :].partition("/")[2]
            below = f"{folder}/" if folder else ""
            is_deep = "recursive=true" in self.path.lower()
            found = [entry for entry in self._tree() if str(entry["path"]).startswith(below)]
            self._json([one for one in found if is_deep or str(one["path"]).rpartition("/")[0] == below.rstrip("/")])
        elif path.startswith(api):
            siblings = [{"rfilename": name} for name in self.server.files]
            self._json({"id": NAME, "sha": COMMIT, "private": False, "gated": False, "tags": [], "siblings": siblings})
        elif GATED in path:
            self._send(403, b"", {"X-Error-Code": "GatedRepo"})
        else:
            self._send(404, b"", {"X-Error-Code": "RepoNotFound"})

    do_HEAD = do_POST = do_GET

    def _file(self, revision: str, name: str) -> None:
        if revision not in ("main", COMMIT):
            self._send(404, b"", {"X-Error-Code": "RevisionNotFound"})
            return
        if name not in self.server.files:
            self._send(404, b"", {"X-Error-Code": "EntryNotFound"})
            return
        data = self.server.files[name]
        facts = {"X-Repo-Commit": COMMIT, "ETag": f'"{_digest(data)}"', "Accept-Ranges": "bytes"}
        asked = self.headers.get("Range")
        if asked and self.command == "GET":
            first, last = asked.removeprefix("bytes=").split("-")
            end = min(int(last or len(data) - 1), len(data) - 1)
            place = {"Content-Range": f"bytes {first}-{end}/{len(data)}"}
            self._send(206, data[int(first) : end + 1], {**facts, **place})
        else:
            self._send(200, data, facts)

    def _tree(self) -> list[dict[str, object]]:
        folders = sorted({name.rsplit("/", 1)[0] for name in self.server.files if "/" in name})
        entries: list[dict[str, object]] = [
            {"type": "directory", "path": name, "oid": "d" * 40, "size": 0} for name in folders
        ]
        return entries + [
            {"type": "file", "path": name, "size": len(data), "oid": _digest(data)}
            for name, data in self.server.files.items()
        ]

    def _json(self, value: object) -> None:
        self._send(200, json.dumps(value).encode(), {"Content-Type": "application/json"})

    def _send(self, status: int, body: bytes, headers: Mapping[str, str]) -> None:
        self.send_response(status)
        for name, value in headers.items():
            self.send_header(name, value)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(body)


def _digest(data: bytes) -> str:
    return hashlib.sha1(data, usedforsecurity=False).hexdigest()


@contextmanager
def serving(folder: Path) -> Iterator[str]:
    """Serve the files of a folder as the data set `NAME`; yield the server's address."""
    server = _Server(("127.0.0.1", 0), _Handler)
    server.files = {
        path.relative_to(folder).as_posix(): path.read_bytes() for path in folder.rglob("*") if path.is_file()
    }
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}"
    finally:
        server.shutdown()
        server.server_close()
        thread.join()
