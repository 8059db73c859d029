"""Reads the body of a request to a server on loopback."""

from __future__ import annotations

from http.server import BaseHTTPRequestHandler


def read_body(handler: BaseHTTPRequestHandler) -> bytes:
    """Return the whole body of the request that a handler serves, sent with its length or in chunks."""
    if handler.headers.get("Transfer-Encoding", "") != "chunked":
        return handler.rfile.read(int(handler.headers.get("Content-Length", 0)))
    whole = b""
    while size := int(handler.rfile.readline().split(b";")[0], 16):
        whole += handler.rfile.read(size)
        handler.rfile.readline()
    handler.rfile.readline()
    return whole
