"""A Hadoop file system on loopback, as WebHDFS shows it: a name node and a data node on two ports.

Written after https://hadoop.apache.org/docs/stable/hadoop-project-dist/hadoop-hdfs/WebHDFS.html: GETFILESTATUS,
LISTSTATUS, and OPEN, which the name node redirects to the data node.
"""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs, quote, unquote, urlsplit

_PREFIX = "/webhdfs/v1"


@dataclass
class Hadoop:
    """Files by path, with the time of their last change."""

    files: dict[str, tuple[bytes, int]] = field(default_factory=dict)
    locked: set[str] = field(default_factory=set)
    """Folders that must not be listed."""
    failures: list[int] = field(default_factory=list)
    """Statuses of the next answers of the data node."""
    address: str = ""
    """`HOST:PORT` of the name node."""
    data_port: int = 0


@contextmanager
def serving() -> Iterator[Hadoop]:
    hadoop = Hadoop()
    name_node = ThreadingHTTPServer(("127.0.0.1", 0), type("NameNode", (_NameNode,), {"hadoop": hadoop}))
    data_node = ThreadingHTTPServer(("127.0.0.1", 0), type("DataNode", (_DataNode,), {"hadoop": hadoop}))
    hadoop.address, hadoop.data_port = f"127.0.0.1:{name_node.server_port}", data_node.server_port
    threads = [threading.Thread(target=node.serve_forever, daemon=True) for node in (name_node, data_node)]
    for thread in threads:
        thread.start()
    try:
        yield hadoop
    finally:
        for node in (name_node, data_node):
            node.shutdown()
            node.server_close()
        for thread in threads:
            thread.join()


class _Node(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    hadoop: Hadoop

    def _asked(self) -> tuple[str, dict[str, list[str]]]:
        url = urlsplit(self.path)
        return unquote(url.path).removeprefix(_PREFIX).rstrip("/"), parse_qs(url.query)

    def _send(self, status: int, body: bytes, **headers: str) -> None:
        self.send_response(status)
        for name, value in headers.items():
            self.send_header(name, value)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def _refuse(self, status: int, kind: str, message: str) -> None:
        self._send(status, json.dumps({"RemoteException": {"exception": kind, "message": message}}).encode())

    def log_message(self, *_arguments: object) -> None:
        """Say nothing."""


class _NameNode(_Node):
    def do_GET(self) -> None:
        path, query = self._asked()
        operation = query["op"][0]
        is_folder = any(name.startswith(f"{path}/") for name in self.hadoop.files)
        if path not in self.hadoop.files and not is_folder:
            self._refuse(404, "FileNotFoundException", f"File does not exist: {path}")
        elif operation == "GETFILESTATUS":
            self._send(200, json.dumps({"FileStatus": self._status(path, suffix="")}).encode())
        elif operation == "LISTSTATUS" and path in self.hadoop.locked:
            self._refuse(403, "AccessControlException", f"Permission denied: {path}")
        elif operation == "LISTSTATUS":
            below = {name[len(path) + 1 :].split("/")[0] for name in self.hadoop.files if name.startswith(f"{path}/")}
            found = [self._status(f"{path}/{name}", suffix=name) for name in sorted(below)]
            self._send(200, json.dumps({"FileStatuses": {"FileStatus": found}}).encode())
        else:
            place = f"http://127.0.0.1:{self.hadoop.data_port}{_PREFIX}{quote(path)}?{urlsplit(self.path).query}"
            self._send(307, b"", Location=place)

    def _status(self, path: str, *, suffix: str) -> dict[str, Any]:
        content, changed = self.hadoop.files.get(path, (b"", 0))
        kind = "FILE" if path in self.hadoop.files else "DIRECTORY"
        return {"pathSuffix": suffix, "type": kind, "length": len(content), "modificationTime": changed}


class _DataNode(_Node):
    def do_GET(self) -> None:
        path, query = self._asked()
        if self.hadoop.failures:
            self._refuse(self.hadoop.failures.pop(0), "IOException", "The block is missing.")
            return
        start, length = int(query["offset"][0]), int(query["length"][0])
        self._send(200, self.hadoop.files[path][0][start : start + length])
