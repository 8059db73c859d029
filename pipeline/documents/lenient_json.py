"""Parses JSON as it is found: with comments, trailing commas, raw line breaks in strings, or several values in a row.

Takes decoded text; returns parsed values. Used by the JSON readers. Strict JSON is parsed once; any other text is
scanned once more, in linear time. Nothing is guessed: text that is still not JSON raises the error of the first parse.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator

_DECODER = json.JSONDecoder(strict=False)
_STRING = r'"(?:[^"\\]|\\.)*+(?:"|\Z)'
_COMMENT = re.compile(rf"(?P<string>{_STRING})|//[^\r\n]*|/\*.*?(?:\*/|\Z)|^[ \t]*\#[^\r\n]*", re.DOTALL | re.MULTILINE)
_TRAILING_COMMA = re.compile(rf"(?P<string>{_STRING})|,(?=\s*+[\]}}])", re.DOTALL)
_BETWEEN = re.compile(r"[\s,;\x1e]*+")
"""What may separate the values of a file: white space, commas and record separators."""


def parse_json(text: str) -> object:
    """Return the value of a text; comments, trailing commas and raw control characters in strings are accepted.

    Raises:
        json.JSONDecodeError: The text is not one value.
        RecursionError: The text nests too deeply.
    """
    try:
        return json.loads(text, strict=False)
    except json.JSONDecodeError:
        plain = _without_comments(text)
        try:
            return json.loads(plain.strip().rstrip(","), strict=False)
        except json.JSONDecodeError:
            pass
        raise


def values_in_a_row(text: str) -> Iterator[object]:
    """Yield the values of a text that follow one another.

    Raises:
        json.JSONDecodeError: A value is not JSON. The values before it were yielded.
        RecursionError: A value nests too deeply.
    """
    plain = _without_comments(text)
    position = _end_of_gap(plain, 0)
    while position < len(plain):
        value, end = _DECODER.raw_decode(plain, position)
        yield value
        position = _end_of_gap(plain, end)


def is_only_comment(text: str) -> bool:
    """Return whether a line contains a comment and no value."""
    return not _without_comments(text).strip()


def holds_lines(head: str) -> bool:
    """Return whether a file that begins with `head` has an object on its first line and begins another on the next.

    Blank lines and comments are ignored, here and in `holds_one_value`.
    """
    lines = [line for line in head.split("\n", 10) if line.strip() and not is_only_comment(line)]
    if len(lines) < 2 or not lines[1].lstrip().startswith("{"):
        return False
    return _is_object(lines[0])


def holds_one_value(head: str) -> bool:
    """Return whether a file that begins with `head` is one list of objects in a line, or a value over several lines."""
    lines = [line for line in head.split("\n", 10) if line.strip() and not is_only_comment(line)]
    if not lines or lines[0].lstrip()[:1] not in ("[", "{"):
        return False
    first, is_alone = lines[0].strip(), len(lines) == 1
    try:
        value = parse_json(first)
    except (ValueError, RecursionError):
        return not is_alone or first.startswith("[{")
    return is_alone and isinstance(value, list) and all(isinstance(entry, dict) for entry in value)


def _is_object(line: str) -> bool:
    try:
        return isinstance(parse_json(line), dict)
    except (ValueError, RecursionError):
        return False


def _end_of_gap(text: str, position: int) -> int:
    gap = _BETWEEN.match(text, position)
    assert gap is not None, "the pattern matches an empty text"
    return gap.end()


def _without_comments(text: str) -> str:
    plain = text.removeprefix("\ufeff")
    if "//" in plain or "/*" in plain or "#" in plain:
        plain = _COMMENT.sub(lambda found: found["string"] or " ", plain)
    return _TRAILING_COMMA.sub(lambda found: found["string"] or "", plain)
