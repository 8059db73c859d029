"""Cuts RTF into tokens, and finds the codecs of its characters."""

from __future__ import annotations

import codecs
import re
from collections.abc import Iterator
from enum import StrEnum
from typing import NamedTuple

_TOKEN = re.compile(
    rb"\\([A-Za-z]{1,32})(-?\d{1,10})? ?|\\'([0-9A-Fa-f]{2})|\\([^A-Za-z])|([{}])|[\r\n\0]+|([^\\{}\r\n\0]+)|."
)
_CODE_PAGES = {
    0: "",
    1: "",
    77: "mac_roman",
    78: "cp932",
    128: "cp932",
    129: "cp949",
    130: "johab",
    134: "gb18030",
    136: "big5",
    161: "cp1253",
    162: "cp1254",
    163: "cp1258",
    177: "cp1255",
    178: "cp1256",
    186: "cp1257",
    204: "cp1251",
    222: "cp874",
    238: "cp1250",
    254: "cp437",
    255: "cp437",
}
SYMBOLS = 2
"""The character set of symbol fonts."""
_USUAL = "cp1252"


class Kind(StrEnum):
    """The kind of a token."""

    OPEN = "open"
    CLOSE = "close"
    WORD = "word"
    SIGN = "sign"
    BYTES = "bytes"


class Token(NamedTuple):
    """A token of RTF."""

    kind: Kind
    name: str = ""
    """Name of a control word, or a control sign."""
    number: int | None = None
    data: bytes = b""


def tokens_of(data: bytes) -> Iterator[Token]:
    """Yield the tokens of a file. Binary data is passed over."""
    position = 0
    while (match := _TOKEN.match(data, position)) is not None:
        position = match.end()
        word, number, code, sign, brace, text = match.groups()
        if text is not None:
            yield Token(Kind.BYTES, data=text)
        elif word is not None:
            value = int(number) if number is not None else None
            if word == b"bin":
                position += max(0, value or 0)
            else:
                yield Token(Kind.WORD, word.decode("ascii"), value)
        elif code is not None:
            yield Token(Kind.BYTES, data=bytes.fromhex(code.decode("ascii")))
        elif brace is not None:
            yield Token(Kind.OPEN if brace == b"{" else Kind.CLOSE)
        elif sign is not None:
            yield Token(Kind.SIGN, sign.decode("latin-1"))


def code_page(number: int) -> str:
    """Return the codec of a Windows code page; cp1252 if it is unknown."""
    for name in (f"cp{number}", {10000: "mac_roman", 1361: "johab", 20127: "ascii"}.get(number, "")):
        try:
            return codecs.lookup(name).name if name else _USUAL
        except LookupError:
            continue
    return _USUAL


def codec_of_charset(charset: int, document: str) -> str:
    """Return the codec of a font's character set.

    Args:
        charset: number of the character set.
        document: codec of the file.
    """
    return _CODE_PAGES.get(charset, "") or document
