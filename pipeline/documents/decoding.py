"""Decodes bytes into text and chooses the encoding.

Takes the bytes of a file or a line, and the encoding that the format declares. Returns the text, the encoding and the
share of unreadable characters. Used by the readers. Valid UTF-8 is decoded once; any other input is decoded once more
for each encoding that is tried.

A byte order mark decides the encoding, and so do the zero bytes of UTF-16. UTF-8 comes next, because random bytes
almost never form valid UTF-8; UTF-8 with a few broken sequences is accepted too. Then come the declared encoding, the
legacy code pages of the languages and Windows-1252. A code page is accepted only if most of the non-ASCII characters
are everyday letters of the language (Hangul for code page 949). Windows-1252 is accepted only if few characters are
non-ASCII and nearly all of these are letters or typographic signs. Anything else is damaged: it is decoded as UTF-8
with replacement characters, so that the damage can be measured.
"""

from __future__ import annotations

import codecs
import re
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial

from pipeline.languages import all_rules


@dataclass(frozen=True, slots=True)
class Decoded:
    """Decoded text, and how it was decoded."""

    text: str
    encoding: str
    replaced_share: float
    """Share of U+FFFD and control characters in the text, from 0 to 1."""


def decode(*, data: bytes, declared: str) -> Decoded:
    """Decode bytes. `declared` is the encoding that the format declares (such as an HTML `meta charset`), or empty."""
    for bom, encoding in _BYTE_ORDER_MARKS:
        if data.startswith(bom):
            return _decoded(data[len(bom) :], encoding, "replace")
    if (encoding := _utf16_without_bom(data)) and (utf16 := _strict(data, encoding)):
        return utf16
    if (utf8 := _strict(data, "utf-8")) is not None:
        return utf8
    damaged = _decoded(data, "utf-8", "replace")
    if _mostly_valid_utf8(data, damaged.text):
        return damaged
    for encoding, plausible in _attempts(declared):
        attempt = _strict(data, encoding)
        if attempt is not None and plausible(attempt.text):
            return attempt
    return damaged


def unreadable_share(text: str) -> float:
    """Return the share of replacement and control characters in a text, from 0 to 1; 0 for an empty text."""
    return sum(1 for _ in _UNREADABLE.finditer(text)) / len(text) if text else 0.0


_Plausible = Callable[[str], bool]
"""A test of a decoded text: whether the encoding can be right."""
_BYTE_ORDER_MARKS = (
    (codecs.BOM_UTF8, "utf-8"),
    (codecs.BOM_UTF32_LE, "utf-32-le"),
    (codecs.BOM_UTF32_BE, "utf-32-be"),
    (codecs.BOM_UTF16_LE, "utf-16-le"),
    (codecs.BOM_UTF16_BE, "utf-16-be"),
)
_UNREADABLE = re.compile("[\ufffd\x00-\x08\x0e-\x1f\x7f]")
_NON_ASCII = re.compile("[^\x00-\x7f]")
_TYPOGRAPHIC = re.compile("[€‚„…†‡‰‘’“”•–—™©®°±·«»£§µ½¼¾ \u00ad]")


def _decoded(data: bytes, encoding: str, errors: str) -> Decoded:
    text = data.decode(encoding, errors)
    return Decoded(text=text, encoding=encoding, replaced_share=unreadable_share(text))


def _strict(data: bytes, encoding: str) -> Decoded | None:
    try:
        return _decoded(data, encoding, "strict")
    except (UnicodeDecodeError, LookupError):
        return None


def _utf16_without_bom(data: bytes) -> str:
    """Return the encoding if every other byte is zero, as in Latin text in UTF-16; empty for other bytes."""
    sample = data[:4096]
    if len(sample) < 4 or len(data) % 2:
        return ""
    half = len(sample) // 2
    if sample[1::2].count(0) > 0.7 * half and sample[0::2].count(0) < 0.1 * half:
        return "utf-16-le"
    if sample[0::2].count(0) > 0.7 * half and sample[1::2].count(0) < 0.1 * half:
        return "utf-16-be"
    return ""


def _mostly_valid_utf8(data: bytes, text: str) -> bool:
    """Return whether there are at least ten good multi-byte sequences for each broken one, as in damaged UTF-8."""
    broken = text.count("\ufffd")
    good = len(_NON_ASCII.findall(text)) - broken
    return good >= 10 * broken and len(data) > 0


def _attempts(declared: str) -> list[tuple[str, _Plausible]]:
    """Return the encodings to try after UTF-8, in order, each with a test of the decoded text."""
    attempts: list[tuple[str, _Plausible]] = []
    if declared and declared.lower() not in ("utf-8", "utf8"):
        attempts.append((declared, lambda text: unreadable_share(text) < 0.01))
    for _, rules in all_rules():
        letters = re.compile(f"[{rules.detection.letters}]")
        attempts += [(codec, partial(_is_mostly, letters)) for codec in rules.detection.legacy_encodings]
    return [*attempts, ("cp1252", _is_western)]


def _is_mostly(letters: re.Pattern[str], text: str) -> bool:
    num_non_ascii = len(_NON_ASCII.findall(text))
    return num_non_ascii > 0 and len(letters.findall(text)) >= 0.6 * num_non_ascii


def _is_western(text: str) -> bool:
    non_ascii = _NON_ASCII.findall(text)
    readable = sum(1 for char in non_ascii if char.isalpha() or _TYPOGRAPHIC.match(char))
    return len(non_ascii) <= 0.1 * len(text) and readable >= 0.95 * len(non_ascii) and unreadable_share(text) == 0
