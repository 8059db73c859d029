"""Reads the definitions of an HWP 5 file: shapes and styles of paragraphs, numberings, bullets, raised characters.

Source: Hangul document file format 5.0, revision 1.3, section 4.2.
"""

from __future__ import annotations

import struct
from collections.abc import Iterable

from pipeline.documents.readers.hangul.compound import Record
from pipeline.documents.readers.hangul.content import Definitions, HeadKind, ParagraphShape
from pipeline.documents.readers.hangul.numbering import MAX_LEVELS, NUMBER_FORMATS, Numbering, NumberLevel

_EMBEDDED, _IN_STORAGE = 18, 2
_CHARACTER_SHAPE, _NUMBERING, _BULLET, _PARAGRAPH_SHAPE, _STYLE = 21, 23, 24, 25, 26
_HEAD_KINDS = (HeadKind.NONE, HeadKind.OUTLINE, HeadKind.NUMBER, HeadKind.BULLET)
_FULL_LEVEL_AT = 54
"""Byte offset of the level, 0 to 9, in a shape of version 5.1; older shapes have seven levels."""
_OLD_LEVELS = 7
_HEAD_BYTES = 12
_RAISED = 1 << 15
_RAISED_AT = 46


def read_definitions(records: Iterable[Record]) -> Definitions:
    """Return the definitions that the records of the stream `DocInfo` state."""
    shapes: dict[int, ParagraphShape] = {}
    styles: dict[int, str] = {}
    numberings: dict[int, Numbering] = {}
    bullets: dict[int, str] = {}
    raised: set[int] = set()
    num_characters = 0
    for record in _all(records):
        if record.tag == _PARAGRAPH_SHAPE:
            shapes[len(shapes)] = _shape(record.data)
        elif record.tag == _STYLE:
            styles[len(styles)] = _string(record.data, 0)[0]
        elif record.tag == _NUMBERING:
            numberings[len(numberings) + 1] = _numbering(record.data)
        elif record.tag == _BULLET:
            sign = record.data[_HEAD_BYTES : _HEAD_BYTES + 2].decode("utf-16-le", "replace")
            bullets[len(bullets) + 1] = sign
        elif record.tag == _CHARACTER_SHAPE:
            if len(record.data) >= _RAISED_AT + 4 and _unsigned(record.data, _RAISED_AT) & _RAISED:
                raised.add(num_characters)
            num_characters += 1
    return Definitions(shapes, styles, numberings, bullets, raised)


def read_storages(records: Iterable[Record]) -> dict[int, int]:
    """Return the ids of the storages of embedded objects, by the numbers from 1 that shapes refer to."""
    found: dict[int, int] = {}
    slot = 0
    for record in _all(records):
        if record.tag == _EMBEDDED:
            slot += 1
            if len(record.data) >= 4 and record.data[0] & 0xF == _IN_STORAGE:
                (found[slot],) = struct.unpack_from("<H", record.data, 2)
    return found


def _all(records: Iterable[Record]) -> Iterable[Record]:
    for record in records:
        yield record
        yield from _all(record.children)


def _shape(data: bytes) -> ParagraphShape:
    if len(data) < 32:
        return ParagraphShape()
    attributes = _unsigned(data, 0)
    (numbering,) = struct.unpack_from("<H", data, 30)
    level = (attributes >> 25) & 7
    if len(data) >= _FULL_LEVEL_AT + 4:
        level = max(level, min(_unsigned(data, _FULL_LEVEL_AT), MAX_LEVELS - 1))
    return ParagraphShape(_HEAD_KINDS[(attributes >> 23) & 3], level, numbering)


def _numbering(data: bytes) -> Numbering:
    heads: list[tuple[str, str]] = []
    position = 0
    for _ in range(_OLD_LEVELS):
        digits, form, position = _head(data, position)
        heads.append((form, digits))
    position += 2
    starts = [_unsigned(data, position + 4 * place) for place in range(_OLD_LEVELS)]
    position += 4 * _OLD_LEVELS
    num_more = MAX_LEVELS - _OLD_LEVELS if position < len(data) else 0
    for _ in range(num_more):
        digits, form, position = _head(data, position)
        heads.append((form, digits))
    starts += [_unsigned(data, position + 4 * place) for place in range(num_more)]
    return Numbering(
        tuple(NumberLevel(form, digits, start) for (form, digits), start in zip(heads, starts, strict=True))
    )


def _head(data: bytes, position: int) -> tuple[str, str, int]:
    """Return the kind of digits and the form of a level, and where the next level begins."""
    kind = (_unsigned(data, position) >> 5) & 0xF
    form, end = _string(data, position + _HEAD_BYTES)
    return NUMBER_FORMATS[kind], form, end


def _string(data: bytes, position: int) -> tuple[str, int]:
    """Return a string that follows its length in characters, and where it ends."""
    if position + 2 > len(data):
        return "", len(data)
    (length,) = struct.unpack_from("<H", data, position)
    end = position + 2 + 2 * length
    return data[position + 2 : end].decode("utf-16-le", "replace").rstrip("\0"), end


def _unsigned(data: bytes, position: int) -> int:
    """Return a number of four bytes; 1 if the record ends before it, which is the usual first number."""
    if position + 4 > len(data):
        return 1
    (found,) = struct.unpack_from("<I", data, position)
    return int(found)
