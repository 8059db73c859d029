"""Turns paths into printable text, and splits and hashes paths.

Takes a path from the filesystem, in which surrogates replace the bytes that are not UTF-8 (`os.fsdecode`). Returns text
that can be written, logged and shown. Used mainly by `discovery`.
"""

from __future__ import annotations

import hashlib
import re
import unicodedata

_SEPARATORS = "\u2028\u2029"
_ESCAPED_KINDS = ("Cc", "Cf", "Cs", "Co", "Cn")
"""Unicode categories that are escaped: control, format (such as zero-width), surrogate, private use, unassigned."""


def printable_name(path: str) -> str:
    """Return the path in NFC, with escapes: `\\xff` for a byte that is not UTF-8, `\\u202e` for an invisible character.

    Backslashes are doubled, so different paths stay different unless they differ only in Unicode normalisation.
    """
    if path.isascii() and path.isprintable() and "\\" not in path:
        return path
    return "".join(_shown(char) for char in unicodedata.normalize("NFC", path))


def encodable_key(key: str) -> str:
    """Return the key unchanged, or in printable form if it contains surrogates, which cannot be encoded as UTF-8."""
    return printable_name(key) if re.search("[\ud800-\udfff]", key) else key


def folder_of(path: str) -> str:
    """Return the path of a file's folder; empty for a name without a folder."""
    return path.rsplit("/", 1)[0] if "/" in path else ""


def path_digest(path: str) -> str:
    """Return the first 8 hex digits of a path's SHA-256, which distinguish files whose printable names are equal."""
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
