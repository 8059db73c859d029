"""Reads JSON Lines. A file that is one array, or has objects over several lines, is read as a whole."""

from __future__ import annotations

from collections.abc import Iterator

from pipeline.documents.decoding import decode
from pipeline.documents.items import TO_THE_END, Segment, SourceItem
from pipeline.documents.lenient_json import holds_one_value
from pipeline.documents.opening import Compression, read_head
from pipeline.documents.readers import kind_of
from pipeline.documents.readers.json_files import read_json_file
from pipeline.documents.readers.lines_of_json import read_lines
from pipeline.documents.readers.reader import READ_ERRORS, Reader, Reading, ReadSettings
from pipeline.documents.recoding import has_other_line_ends, opened_as_utf8, wide_encoding_of

_HEAD_BYTES = 1 << 16


def _split(item: SourceItem, num_bytes: int) -> list[Segment]:
    if not _can_be_cut(item.path):
        return [Segment(item, 0, TO_THE_END, item.num_bytes)]
    starts = list(range(0, item.num_bytes, num_bytes))
    ends = [*starts[1:], TO_THE_END]
    sizes = [(item.num_bytes if end == TO_THE_END else end) - start for start, end in zip(starts, ends, strict=True)]
    return [Segment(item, start, end, size) for start, end, size in zip(starts, ends, sizes, strict=True)]


def _can_be_cut(path: str) -> bool:
    try:
        is_recoded = wide_encoding_of(path, Compression.NONE) or has_other_line_ends(path, Compression.NONE)
        return not is_recoded and not _is_whole(path, Compression.NONE)
    except READ_ERRORS:
        return True  # `_read` meets the same error and reports it.


def _is_whole(path: str, compression: Compression) -> bool:
    with opened_as_utf8(path, compression) as stream:
        return holds_one_value(decode(data=read_head(stream, _HEAD_BYTES), declared="").text)


def _read(segment: Segment, settings: ReadSettings) -> Iterator[Reading]:
    is_all = segment.start == 0 and segment.end == TO_THE_END
    if is_all and _is_whole(segment.item.path, kind_of(segment.item.path).compression):
        return read_json_file(segment, settings)
    return read_lines(segment, settings)


READER = Reader(name="json_lines", suffixes=frozenset({"jsonl", "ndjson", "jsonlines"}), read=_read, split=_split)
