"""Reads files named JSON: whole, or line by line if they have one object per line."""

from __future__ import annotations

from collections.abc import Iterator

from pipeline.documents.decoding import decode
from pipeline.documents.items import Segment
from pipeline.documents.lenient_json import holds_lines
from pipeline.documents.opening import read_head
from pipeline.documents.readers import kind_of
from pipeline.documents.readers.json_files import read_json_file
from pipeline.documents.readers.lines_of_json import read_lines
from pipeline.documents.readers.reader import Reader, Reading, ReadSettings
from pipeline.documents.recoding import opened_as_utf8

_HEAD_BYTES = 1 << 16


def _read(segment: Segment, settings: ReadSettings) -> Iterator[Reading]:
    with opened_as_utf8(segment.item.path, kind_of(segment.item.path).compression) as stream:
        head = decode(data=read_head(stream, _HEAD_BYTES), declared="").text
    return read_lines(segment, settings) if holds_lines(head) else read_json_file(segment, settings)


READER = Reader(name="json", suffixes=frozenset({"json"}), read=_read, may_join_trees=True)
