"""Decodes bytes into text and chooses the encoding.

Takes the bytes of a file or a line, and the encoding that the format declares. Returns the text, the encoding and the
share of unreadable characters. Used by the readers. Valid UTF-8 is decoded once; any other input is decoded once more
for each encoding that is tried.

A byte order mark decides the encoding, and so do the zero bytes of UTF-16 and UTF-32. UTF-8 comes next, because random
bytes almost never form valid UTF-8. A file that joins lines in UTF-8 and in a legacy code page is decoded line by line.
UTF-8 with a few broken sequences is accepted too. Then come the declared encoding, the legacy code pages of the
languages and Windows-1252. A code page is accepted only if most of the non-ASCII characters
are everyday letters of the language (Hangul for code page 949). Windows-1252 is accepted only if few characters are
non-ASCII and nearly all of these are letters or typographic signs. Anything else is damaged: it is decoded as UTF-8
with replacement characters, so that the damage can be measured.
"""

from __future__ import annotations

import codecs
import re
from collections.abc import Callable
from dataclasses import dataclass
from functools import cache, partial

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
    if (encoding := wide_encoding(data)) and (wide := _strict(data, encoding)):
        return wide
    if (utf8 := _strict(data, "utf-8")) is not None:
        return utf8
    if (mixed := _mixed(data)) is not None:
        return mixed
    damaged = _decoded(data, "utf-8", "replace")
    if _mostly_valid_utf8(data, damaged.text):
        return damaged
    for encoding, plausible in _attempts(declared):
        attempt = _strict(data, encoding)
        if attempt is not None and plausible(attempt.text):
            return attempt
    return damaged


def wide_encoding(data: bytes) -> str:
    """Return the UTF-16 or UTF-32 encoding of a file that begins with these bytes; empty for any other encoding.

    Without a byte order mark, zero bytes at fixed places show UTF-32 and Latin text in UTF-16. Any other text in UTF-16
    is recognised by its letters and spaces.
    """
    for bom, encoding in _BYTE_ORDER_MARKS[1:]:
        if data.startswith(bom):
            return encoding
    sample = data[:_SAMPLE_BYTES]
    if len(sample) < 4 or sample.count(0) < 0.02 * len(sample):
        return ""
    if len(data) % 4 == 0:
        zeros = _zeros_per_place(sample, 4)
        if zeros[3] == 1 and zeros[2] > 0.9:
            return "utf-32-le"
        if zeros[0] == 1 and zeros[1] > 0.9:
            return "utf-32-be"
    if len(data) % 2:
        return ""
    low, high = _zeros_per_place(sample[: len(sample) // 2 * 2], 2)
    if high > 0.7 and low < 0.1:
        return "utf-16-le"
    if low > 0.7 and high < 0.1:
        return "utf-16-be"
    for encoding in ("utf-16-le", "utf-16-be"):
        if _is_written(sample.decode(encoding, "replace").rstrip("\ufffd")):
            return encoding
    return ""


def unreadable_share(text: str) -> float:
    """Return the share of replacement and control characters in a text, from 0 to 1; 0 for an empty text."""
    if not text:
        return 0.0
    # Deleting bytes is ten times as fast as searching characters. No byte of a longer character is a control character.
    data = text.encode("utf-8", "surrogatepass")
    num_controls = len(data) - len(data.translate(None, _CONTROLS))
    return (num_controls + text.count("\ufffd")) / len(text)


_Plausible = Callable[[str], bool]
"""A test of a decoded text: whether the encoding can be right."""
_BYTE_ORDER_MARKS = (
    (codecs.BOM_UTF8, "utf-8"),
    (codecs.BOM_UTF32_LE, "utf-32-le"),
    (codecs.BOM_UTF32_BE, "utf-32-be"),
    (codecs.BOM_UTF16_LE, "utf-16-le"),
    (codecs.BOM_UTF16_BE, "utf-16-be"),
)
_SAMPLE_BYTES = 4096
_CONTROLS = bytes([*range(0x09), *range(0x0E, 0x20), 0x7F])
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


def _zeros_per_place(sample: bytes, width: int) -> list[float]:
    """Return, for each byte of a character of `width` bytes, the share of characters in which the byte is zero."""
    num_chars = len(sample) // width
    return [sample[place::width].count(0) / num_chars for place in range(width)]


def _is_written(text: str) -> bool:
    """Return whether a text has spaces and no control characters, and is mostly ASCII or everyday letters."""
    num_spaces = sum(map(text.count, " \n"))
    if num_spaces < 0.02 * len(text) or unreadable_share(text) > 0:
        return False
    num_non_ascii = len(_NON_ASCII.findall(text))
    return num_non_ascii < 0.1 * len(text) or any(_is_mostly(letters, text) for letters in _everyday_letters())


def _mixed(data: bytes) -> Decoded | None:
    """Decode lines in UTF-8 and lines in legacy code pages.

    Returns None unless at least one line is clearly UTF-8 and every other line can be decoded. A line is clearly UTF-8
    if most of its non-ASCII characters are everyday letters of a language that has a legacy code page.
    """
    lines = data.splitlines(keepends=True)
    texts = [_as_utf8(line) for line in lines]
    if not any(text is not None and any(_is_mostly(each, text) for each in _everyday_letters()) for text in texts):
        return None
    for index, line in enumerate(lines):
        if texts[index] is None:
            if _holds_utf8(line):
                return None
            attempts = ((_strict(line, encoding), plausible) for encoding, plausible in _attempts(""))
            texts[index] = next((found.text for found, plausible in attempts if found and plausible(found.text)), None)
    if None in texts:
        return None
    text = "".join(filter(None, texts))
    return Decoded(text=text, encoding="mixed", replaced_share=unreadable_share(text))


def _holds_utf8(line: bytes) -> bool:
    """Return whether a line has more everyday letters as UTF-8 than broken bytes, as in damaged UTF-8."""
    text = line.decode("utf-8", "replace")
    num_letters = max((len(letters.findall(text)) for letters in _everyday_letters()), default=0)
    return num_letters > text.count("\ufffd")


def _as_utf8(line: bytes) -> str | None:
    try:
        return line.decode("utf-8")
    except UnicodeDecodeError:
        return None


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
        letters = _letters(rules.detection.letters)
        attempts += [(codec, partial(_is_mostly, letters)) for codec in rules.detection.legacy_encodings]
    return [*attempts, ("cp1252", _is_western)]


@cache
def _letters(letters: str) -> re.Pattern[str]:
    return re.compile(f"[{letters}]")


def _everyday_letters() -> list[re.Pattern[str]]:
    """Return the letters of each language that has a legacy code page."""
    return [_letters(rules.detection.letters) for _, rules in all_rules() if rules.detection.legacy_encodings]


def _is_mostly(letters: re.Pattern[str], text: str) -> bool:
    num_non_ascii = len(_NON_ASCII.findall(text))
    return num_non_ascii > 0 and len(letters.findall(text)) >= 0.6 * num_non_ascii


def _is_western(text: str) -> bool:
    non_ascii = _NON_ASCII.findall(text)
    readable = sum(1 for char in non_ascii if char.isalpha() or _TYPOGRAPHIC.match(char))
    return len(non_ascii) <= 0.1 * len(text) and readable >= 0.95 * len(non_ascii) and unreadable_share(text) == 0
