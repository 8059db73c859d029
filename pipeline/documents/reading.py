"""Reads one segment of the input. Every record becomes exactly one text, refusal or failure.

In: a `Segment` and the recipe's settings for reading. Out: a stream of `Extract`, `NotRead` and `Failed`. Used by the
ingest stage. The format's reader (`documents.readers`) does the work. No record above the recipe's limit is held in
memory. The reader stops when a compressed file inflates too far.
"""

from __future__ import annotations

from collections.abc import Iterator

from pipeline.documents.items import Segment
from pipeline.documents.readers import kind_of
from pipeline.documents.readers.reader import READ_ERRORS, Failed, Reader, Reading, ReadSettings, not_read
from pipeline.documents.readers.tree import read_tree
from pipeline.documents.readers.whole import read_whole


def read_segment(segment: Segment, settings: ReadSettings) -> Iterator[Reading]:
    """Read a segment. Damage yields `Failed` at the offset reached; records read before it are kept."""
    item = segment.item
    reader = kind_of(item.path).reader
    if item.failure:
        yield Failed(uri=item.uri, offset=0, error=OSError(item.failure))
    elif item.members:
        yield from _guarded(segment, read_tree(segment, settings.limits))
    elif reader is None:
        suffix = item.path.rsplit("/", 1)[-1].rpartition(".")[2]
        yield not_read(segment, 0, "unsupported_format", f"Files ending in .{suffix} are not read.")
    elif item.num_bytes == 0:
        yield not_read(segment, 0, "empty", "The file has no bytes.")
    else:
        yield from _guarded(segment, _read(segment, reader, settings))


def _read(segment: Segment, reader: Reader, settings: ReadSettings) -> Iterator[Reading]:
    if reader.read is not None:
        yield from reader.read(segment, settings)
    else:
        yield read_whole(segment, reader, settings)


def _guarded(segment: Segment, readings: Iterator[Reading]) -> Iterator[Reading]:
    offset = 0
    try:
        for reading in readings:
            yield reading
            offset = reading.offset + 1
    except READ_ERRORS as error:
        yield Failed(uri=segment.item.uri, offset=offset, error=error)
