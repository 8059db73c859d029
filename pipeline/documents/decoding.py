"""Bytes into text: byte order marks, UTF-8, UTF-16 without a mark, legacy code pages of languages, Windows-1252.

In: the bytes of a file or a line. Out: text, the encoding chosen, and the share of characters that could not be read.
Used by reading. Cost: one or two C-speed decodes; up to four for damaged input.

UTF-8 is tried first because random bytes almost never form valid UTF-8. Other input is decoded with a language's code
page only if most of the non-ASCII characters are everyday letters of that language (Hangul for code page 949). It is
decoded as Windows-1252 only if few bytes are above 127 and nearly all of them are letters or typographic marks.
Anything else is damaged; it is decoded as UTF-8 with replacement characters, so that the damage can be measured.
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
    """Count of U+FFFD and control characters ÷ count of all characters, 0 to 1."""


def decode(*, data: bytes, declared: str) -> Decoded:
    """Decode bytes. `declared` is the encoding that the format declares (an HTML `meta charset`), or empty."""
    for mark, encoding in _MARKS:
        if data.startswith(mark):
            return _decoded(data[len(mark) :], encoding, "replace")
    if (encoding := _utf16_without_mark(data)) and (wide := _strict(data, encoding)):
        return wide
    if (clean := _strict(data, "utf-8")) is not None:
        return clean
    damaged = _decoded(data, "utf-8", "replace")
    if _mostly_valid_utf8(data, damaged.text):
        return damaged
    for encoding, plausible in _attempts(declared):
        attempt = _strict(data, encoding)
        if attempt is not None and plausible(attempt.text):
            return attempt
    return damaged


def unreadable_share(text: str) -> float:
    """Return the share of replacement and control characters in a text, 0 to 1; 0 for empty text."""
    return sum(1 for _ in _UNREADABLE.finditer(text)) / len(text) if text else 0.0


_Plausible = Callable[[str], bool]
_MARKS = (
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


def _utf16_without_mark(data: bytes) -> str:
    """Return the byte order of UTF-16 without a mark, or empty. Latin text has a zero in every other byte."""
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
    """Return whether broken sequences are rare among good multi-byte ones, as in UTF-8 that was cut or damaged."""
    broken = text.count("\ufffd")
    good = len(_NON_ASCII.findall(text)) - broken
    return good >= 10 * broken and len(data) > 0


def _attempts(declared: str) -> list[tuple[str, _Plausible]]:
    attempts: list[tuple[str, _Plausible]] = []
    if declared and declared.lower() not in ("utf-8", "utf8"):
        attempts.append((declared, lambda text: unreadable_share(text) < 0.01))
    for _, rules in all_rules():
        own = re.compile(f"[{rules.detection.letters}]")
        attempts += [(codec, partial(_is_mostly, own)) for codec in rules.detection.legacy_encodings]
    return [*attempts, ("cp1252", _is_western)]


def _is_mostly(letters: re.Pattern[str], text: str) -> bool:
    others = len(_NON_ASCII.findall(text))
    return others > 0 and len(letters.findall(text)) >= 0.6 * others


def _is_western(text: str) -> bool:
    others = _NON_ASCII.findall(text)
    readable = sum(1 for char in others if char.isalpha() or _TYPOGRAPHIC.match(char))
    return len(others) <= 0.1 * len(text) and readable >= 0.95 * len(others) and unreadable_share(text) == 0
