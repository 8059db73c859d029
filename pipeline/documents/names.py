"""A file's name as one printable line, whatever bytes the name consists of.

In: a path from the filesystem, with undecodable bytes as surrogates (`os.fsdecode`). Out: text that can be written,
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
    """Return the path in NFC, with `\\xff` for a byte that is not UTF-8 and `\\u202e` for an unprintable character.

    Backslashes are doubled, so different paths stay different unless they differ only in Unicode normalisation.
    """
    if path.isascii() and path.isprintable() and "\\" not in path:
        return path
    return "".join(_shown(char) for char in unicodedata.normalize("NFC", path))


def encodable_key(key: str) -> str:
    """Return a key that can be hashed: the key itself, or its printable form if it holds bytes that are not UTF-8."""
    return printable_name(key) if re.search("[\ud800-\udfff]", key) else key


def folder_of(path: str) -> str:
    """Return the path of a file's folder; empty for a bare name."""
    return path.rsplit("/", 1)[0] if "/" in path else ""


def path_digest(path: str) -> str:
    """Return the first 8 hex digits of a path's SHA-256. It distinguishes files whose printable names are equal."""
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
