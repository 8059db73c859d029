"""A file's name as people read it: one printable line, whatever bytes the name is made of.

In: a path as the filesystem gives it, undecodable bytes as surrogates (`os.fsdecode`). Out: text that can be written,
logged and shown. Used by discovery. Pure.
"""

from __future__ import annotations

import hashlib
import re
import unicodedata

_SEPARATORS = "\u2028\u2029"
_ESCAPED_KINDS = ("Cc", "Cf", "Cs", "Co", "Cn")
"""Control, format (bidirectional marks, zero width), surrogate, private and unassigned characters."""


def printable_name(path: str) -> str:
    """The path in NFC, with `\\xff` for a byte that is not UTF-8, `\\u202e` for a character that does not print.

    A backslash becomes two, so two names stay two, but for names that differ in their Unicode form alone.
    """
    if path.isascii() and path.isprintable() and "\\" not in path:
        return path
    return "".join(_shown(char) for char in unicodedata.normalize("NFC", path))


def encodable_key(key: str) -> str:
    """A key that can be hashed: itself, or printable where it holds bytes that are not UTF-8."""
    return printable_name(key) if re.search("[\ud800-\udfff]", key) else key


def folder_of(path: str) -> str:
    """The path of the folder a file is in; empty for a name alone."""
    return path.rsplit("/", 1)[0] if "/" in path else ""


def path_digest(path: str) -> str:
    """The first 8 hex digits of the SHA-256 of a path: tells files apart whose shown names are equal."""
    return hashlib.sha256(path.encode("utf-8", "surrogatepass")).hexdigest()[:8]


def _shown(char: str) -> str:
    if char == "\\":
        return "\\\\"
    code = ord(char)
    if 0xDC80 <= code <= 0xDCFF:
        return f"\\x{code - 0xDC00:02x}"
    if char in _SEPARATORS or unicodedata.category(char) in _ESCAPED_KINDS:
        return f"\\x{code:02x}" if code < 0x80 else f"\\u{code:04x}" if code < 0x10000 else f"\\U{code:08x}"
    return char
