"""Reads the rows of an Arrow IPC file or stream (Feather version 2) in bounded memory.

Takes an open file and the wanted columns. Yields rows with their sizes, and a `RowTooLarge` for rows that are too large
to read. Used by `readers.arrow`. Memory: one record batch; that of an uncompressed local file is mapped, not copied.

A compressed batch states the inflated size of each buffer in the buffer's first 8 bytes. The sizes are read before
anything is inflated, because a batch of a few kilobytes can inflate to gigabytes. A batch's metadata is a flatbuffer
(apache/arrow, `format/Message.fbs`); three of its kinds of tables are read here. A file is read as the stream that
follows the 8-byte magic number, so a damaged footer does no harm.
"""

from __future__ import annotations

import mmap
import struct
from collections.abc import Iterator, Mapping, Sequence
from typing import IO, Any

import pyarrow as pa

from pipeline.documents.parquet_rows import RowTooLarge, python_bytes

FILE_MAGIC = b"ARROW1\0\0"
MAX_BATCH_BYTES = 2**30
"""The maximum inflated size of a compressed batch."""
MAX_BATCH_ROWS = 10_000_000
"""The maximum number of rows of a batch; a column of nulls takes no space in the file."""
_HEADER_KIND, _HEADER = 1, 2
_ROWS, _BUFFERS, _COMPRESSION = 0, 2, 3
_DICTIONARY = 1
"""Numbers of the fields of the tables `Message`, `RecordBatch` and `DictionaryBatch`."""
_DICTIONARY_BATCH, _RECORD_BATCH = 2, 3
"""Kinds of messages."""


def arrow_rows(
    file: IO[bytes], columns: Sequence[str], max_record_bytes: int
) -> Iterator[tuple[Mapping[str, Any] | RowTooLarge, int]]:
    """Yield each row with its size in memory, in bytes. A `RowTooLarge` has size 0.

    Args:
        file: the file, decompressed and seekable.
        columns: the names of the columns to read.
        max_record_bytes: the maximum size of a row.

    Raises:
        ValueError, OSError, pa.ArrowException: The file is damaged.
        KeyError: The file has none of the columns.
    """
    stream = pa.ipc.open_stream(_checked(file))
    names = [name for name in columns if name in stream.schema.names]
    if not names:
        raise KeyError(*stream.schema.names)
    for batch in stream:
        batch.validate(full=True)
        chosen = batch.select(names)
        for index in range(chosen.num_rows):
            row = chosen.slice(index, 1)
            size = sum(python_bytes(column) for column in row.columns)
            if size > max_record_bytes:
                yield RowTooLarge(1, f"The row has more than max_record_bytes = {max_record_bytes} bytes."), 0
            else:
                yield row.to_pylist()[0], size


def check_batches(file: IO[bytes]) -> None:
    """Look at the sizes that all batches of a file state, without inflating anything.

    Raises:
        ValueError: A batch inflates too far, has too many rows, or has damaged metadata.
    """
    _checked(file)


def _checked(file: IO[bytes]) -> pa.NativeFile:
    """Return the file at the start of its stream, after a look at the sizes of all batches."""
    source = _opened(file)
    start = len(FILE_MAGIC) if source.read(len(FILE_MAGIC)) == FILE_MAGIC else 0
    source.seek(start)
    messages = pa.MessageReader.open_stream(source)
    while True:
        try:
            message = messages.read_next_message()
        except (StopIteration, OSError, pa.ArrowException):
            break  # The rows before damage are read; reading then meets the same damage.
        _check_size(message)
    source.seek(start)
    return source


def _opened(file: IO[bytes]) -> pa.NativeFile:
    try:
        mapped = mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ)
    except (AttributeError, OSError):
        return pa.PythonFile(file, "r")
    return pa.BufferReader(pa.py_buffer(mapped))


def _check_size(message: pa.Message) -> None:
    """Raise a `ValueError` for a batch that inflates too far, has too many rows, or has damaged metadata."""
    metadata = message.metadata.to_pybytes()
    try:
        root = _Table(metadata, struct.unpack_from("<I", metadata)[0])
        kind = root.number(_HEADER_KIND, "<B")
        if kind not in (_DICTIONARY_BATCH, _RECORD_BATCH):
            return
        batch = root.table(_HEADER)
        if kind == _DICTIONARY_BATCH:
            batch = batch.table(_DICTIONARY)
        if batch.number(_ROWS, "<q") > MAX_BATCH_ROWS:
            raise ValueError(f"A batch has more than {MAX_BATCH_ROWS} rows.")
        if not batch.has(_COMPRESSION):
            return
        sizes = [
            struct.unpack_from("<q", message.body, offset)[0] for offset, length in batch.buffers() if length >= _SIZE
        ]
    except struct.error as error:
        raise ValueError("The metadata of a batch is damaged.") from error
    if sum(max(0, size) for size in sizes) > MAX_BATCH_BYTES:
        raise ValueError(f"A batch inflates to more than {MAX_BATCH_BYTES} bytes.")


_SIZE = 8


class _Table:
    """A table of a flatbuffer. Reading outside the buffer raises a `struct.error`."""

    def __init__(self, data: bytes, position: int) -> None:
        self._data = data
        self._position = position
        self._fields = position - struct.unpack_from("<i", data, position)[0]

    def has(self, field: int) -> bool:
        return bool(self._place(field))

    def number(self, field: int, form: str) -> int:
        place = self._place(field)
        return int(struct.unpack_from(form, self._data, place)[0]) if place else 0

    def table(self, field: int) -> _Table:
        return _Table(self._data, self._target(field))

    def buffers(self) -> Iterator[tuple[int, int]]:
        """Yield the offset and length of each buffer."""
        start = self._target(_BUFFERS)
        (count,) = struct.unpack_from("<I", self._data, start)
        for index in range(count):
            offset, length = struct.unpack_from("<qq", self._data, start + 4 + 16 * index)
            yield offset, length

    def _target(self, field: int) -> int:
        place = self._place(field)
        return place + int(struct.unpack_from("<I", self._data, place)[0])

    def _place(self, field: int) -> int:
        """Return the position of a field's value; 0 if the field is left out."""
        (size,) = struct.unpack_from("<H", self._data, self._fields)
        at = 4 + 2 * field
        offset = struct.unpack_from("<H", self._data, self._fields + at)[0] if at + 2 <= size else 0
        return self._position + offset if offset else 0
