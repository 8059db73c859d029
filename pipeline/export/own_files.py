"""Reads the rows of the user's own instruction data: JSON Lines, JSON arrays and Parquet, perhaps compressed.

Takes the path of a file or folder; yields parsed rows. Used by `stages.short_rows`. Memory: one row, or a batch of rows
of a Parquet file.
"""

from __future__ import annotations

import json
from collections.abc import Iterator

import pyarrow as pa

from pipeline.documents.decoding import decode
from pipeline.documents.json_values import array_entries, is_array
from pipeline.documents.lenient_json import parse_json
from pipeline.documents.opening import compression_of, open_source, read_head
from pipeline.documents.parquet_rows import RowTooLarge, open_rows, rows_of
from pipeline.documents.recoding import opened_as_utf8
from pipeline.errors import InputError
from pipeline.io import files
from pipeline.io.filesystems import filesystem_of
from pipeline.records import Dropped

_SUFFIXES = (".jsonl", ".ndjson", ".json", ".parquet")
_HEAD_BYTES = 1 << 16
_MAX_ROW_BYTES = 16 << 20


def own_files(path: str) -> list[str]:
    """Return the files at a path: itself, or the data files in a folder, sorted.

    Raises:
        InputError: the path does not exist, or the folder has no such file.
    """
    filesystem, inner = filesystem_of(path)
    if filesystem.isfile(inner):
        return [path]
    data = sorted(one for one in files.list_files(path) if _data_name(one).endswith(_SUFFIXES))
    if not data:
        said = "has no JSON Lines, JSON or Parquet file" if files.exists(path) else "does not exist"
        raise InputError(f"export.short_data: '{path}' {said}.", remedy="Give a file or a folder of such files.")
    return data


def own_rows(path: str) -> Iterator[tuple[int, object]]:
    """Yield the number of each row in a file, from 0, and the row; a `Dropped` if the row cannot be read.

    Raises:
        InputError: the file cannot be read at all, or not to its end.
    """
    try:
        if _data_name(path).endswith(".parquet"):
            yield from enumerate(_parquet_rows(path))
        else:
            yield from enumerate(_json_rows(path))
    except (OSError, EOFError, ValueError, pa.ArrowException) as error:
        raise InputError(
            f"export.short_data: '{path}' cannot be read: {error}.", remedy="Repair the file, or remove it."
        ) from error


def _json_rows(path: str) -> Iterator[object]:
    compression = compression_of(path.lower())[1]
    with opened_as_utf8(path, compression) as stream:
        head = read_head(stream, _HEAD_BYTES)
        is_list = is_array(head)
    with opened_as_utf8(path, compression) as stream:
        if is_list:
            for entry in array_entries(read_head(stream, _HEAD_BYTES), stream, _MAX_ROW_BYTES):
                yield _parsed(entry)
        else:
            for line in stream:
                if line.strip():
                    yield _parsed(line if len(line) <= _MAX_ROW_BYTES else None)


def _parquet_rows(path: str) -> Iterator[object]:
    with open_source(path) as file:
        reader = open_rows(file)
        names = list(dict.fromkeys(name.partition(".")[0] for name in reader.schema_arrow.names))
        for group in range(reader.num_row_groups):
            for row, _ in rows_of(reader, file, group, names, _MAX_ROW_BYTES):
                yield Dropped("too_large", row.detail) if isinstance(row, RowTooLarge) else row


def _parsed(data: bytes | None) -> object:
    if data is None:
        return Dropped("too_large", f"The row has more than {_MAX_ROW_BYTES} bytes.")
    try:
        return parse_json(decode(data=data, declared="").text)
    except (json.JSONDecodeError, ValueError, RecursionError) as error:
        return Dropped("invalid_json", f"The row is not JSON: {str(error)[:200]}")


def _data_name(path: str) -> str:
    """Return a path in lower case without the suffix of a compression."""
    return compression_of(path.lower())[0]
