"""One segment of the input into texts, refusals and failures: every record of it becomes exactly one of the three.

In: a `Segment` and the recipe's field names. Out: a stream of `Extract`, `Refused` and `Failed`. Used by the ingest
stage.
Json lines, plain or gzipped, and parquet are streamed; other files are read whole, up to `max_file_bytes`.
No message holds text of the input.
"""

from __future__ import annotations

import gzip
import json
import re
import zlib
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, replace
from typing import IO, cast

import pyarrow as pa
import pyarrow.parquet as pq

from pipeline.documents.decoding import Decoded, decode, unreadable_share
from pipeline.documents.formats import Format, kind_of
from pipeline.documents.markup import PageTooCostlyError, convert_page
from pipeline.documents.planning import TO_THE_END, Segment
from pipeline.documents.rows import CONVERSATION_FIELDS, LICENCE_FIELDS, text_of_row
from pipeline.documents.trees import is_licence_file, join_tree, licence_of_tree, reading_order, spdx_line
from pipeline.identity import sha256_hex
from pipeline.io import files

_BROKEN_TREE_FILE_SHARE = 0.05
"""A file of a tree with more unreadable characters than this is left out of its document and refused by itself."""


@dataclass(frozen=True, slots=True)
class Extract:
    """Text of one record, before cleaning."""

    uri: str
    offset: int
    """Byte in the decompressed stream, or row of a parquet file or JSON array."""
    text: str
    title: str
    licence: str
    sha256: str
    format: Format
    replaced_share: float
    is_conversation: bool


@dataclass(frozen=True, slots=True)
class Refused:
    """A record we choose not to read."""

    uri: str
    offset: int
    reason: str
    detail: str
    score: float | None


@dataclass(frozen=True, slots=True)
class Failed:
    """A record, or the rest of a file, that could not be read."""

    uri: str
    offset: int
    error: Exception


Reading = Extract | Refused | Failed

_READ_ERRORS = (OSError, EOFError, zlib.error, pa.ArrowException, PageTooCostlyError, RecursionError)
"""What damaged files and filesystems raise; `gzip.BadGzipFile` is an OSError."""


def read_segment(*, segment: Segment, text_field: str, title_field: str, max_file_bytes: int) -> Iterator[Reading]:
    """Read a segment. Damage ends as `Failed` at the offset reached; what was read before it stands."""
    kind = kind_of(segment.item.path)
    if segment.item.members:
        yield from _guarded(segment, _read_tree(segment, max_file_bytes))
    elif kind.format is Format.UNSUPPORTED:
        suffix = segment.item.path.rsplit("/", 1)[-1].rpartition(".")[2]
        yield _refused(segment, 0, "unsupported_format", f"Files ending in .{suffix} are not read.", None)
    elif segment.item.num_bytes == 0:
        yield _refused(segment, 0, "empty", "The file has no bytes.", None)
    elif kind.format is Format.JSON_LINES:
        yield from _read_lines(segment, kind.gzipped, text_field, title_field, max_file_bytes)
    elif kind.format is Format.PARQUET:
        yield from _read_parquet(segment, text_field, title_field)
    else:
        yield from _guarded(segment, _read_whole(segment, text_field, title_field, max_file_bytes))


def _guarded(segment: Segment, readings: Iterator[Reading]) -> Iterator[Reading]:
    try:
        yield from readings
    except _READ_ERRORS as error:
        yield Failed(uri=segment.item.uri, offset=0, error=error)


def _read_whole(segment: Segment, text_field: str, title_field: str, max_bytes: int) -> Iterator[Reading]:
    kind = kind_of(segment.item.path)
    data = _bytes_of(segment.item.path, gzipped=kind.gzipped, limit=max_bytes + 1)
    if len(data) > max_bytes:
        yield _too_large(segment, 0, max_bytes)
    elif not data.strip():
        yield _refused(segment, 0, "empty", "The file holds nothing but white space.", None)
    elif kind.format is Format.JSON:
        yield from _read_json(segment, data, text_field, title_field)
    else:
        declared = _declared_charset(data) if kind.format is Format.HTML else ""
        yield _extract(segment, data, decode(data=data, declared=declared), kind.format)


def _extract(segment: Segment, data: bytes, decoded: Decoded, fmt: Format) -> Extract:
    text, title = decoded.text, ""
    if fmt is Format.HTML:
        page = convert_page(text)
        text, title = page.markdown, page.title
    return Extract(
        uri=segment.item.uri,
        offset=0,
        text=text,
        title=title,
        licence=spdx_line(decoded.text),
        sha256=sha256_hex(data),
        format=fmt,
        replaced_share=decoded.replaced_share,
        is_conversation=False,
    )


def _read_json(segment: Segment, data: bytes, text_field: str, title_field: str) -> Iterator[Reading]:
    try:
        value = json.loads(decode(data=data, declared="").text)
    except ValueError as error:
        yield _refused(segment, 0, "invalid_json", f"The file is not JSON: {_json_place(error)}.", None)
        return
    rows = value if isinstance(value, list) else [value]
    for index, row in enumerate(rows):
        source = json.dumps(row, ensure_ascii=True, sort_keys=True).encode()
        yield _row_reading(segment, row, index, source, Format.JSON, text_field, title_field)
    if not rows:
        yield _refused(segment, 0, "empty", "The file is an empty list.", None)


def _read_lines(
    segment: Segment, gzipped: bool, text_field: str, title_field: str, max_bytes: int
) -> Iterator[Reading]:
    position, found = segment.start, 0
    try:
        with _opened(segment.item.path, gzipped=gzipped) as stream:
            for position, line in _lines(stream, segment.start, segment.end, max_bytes):
                if line is None:
                    found += 1
                    yield _too_large(segment, position, max_bytes)
                elif line.strip():
                    found += 1
                    yield _line_reading(segment, line.rstrip(b"\r\n"), position, text_field, title_field)
                position += len(line or b"")
    except _READ_ERRORS as error:
        yield Failed(uri=segment.item.uri, offset=position, error=error)
        return
    if not found and segment.start == 0 and segment.end == TO_THE_END:
        yield _refused(segment, 0, "empty", "The file holds no line.", None)


def _lines(stream: IO[bytes], start: int, end: int, limit: int) -> Iterator[tuple[int, bytes | None]]:
    """Lines that start in [start, end) with their offsets; a line above the limit comes as None."""
    position = start
    if start:
        stream.seek(start - 1)
        position = start - 1 + _skip_line(stream, limit)
    while end == TO_THE_END or position < end:
        line = stream.readline(limit + 1)
        if not line:
            return
        if len(line) > limit and not line.endswith(b"\n"):
            yield position, None
            position += len(line) + _skip_line(stream, limit)
        else:
            yield position, line
            position += len(line)


def _skip_line(stream: IO[bytes], limit: int) -> int:
    skipped = 0
    while piece := stream.readline(limit + 1):
        skipped += len(piece)
        if piece.endswith(b"\n"):
            break
    return skipped


def _line_reading(segment: Segment, line: bytes, offset: int, text_field: str, title_field: str) -> Reading:
    decoded = decode(data=line, declared="")
    try:
        row = json.loads(decoded.text)
    except (ValueError, RecursionError) as error:
        return _refused(segment, offset, "invalid_json", f"The line is not JSON: {_json_place(error)}.", None)
    reading = _row_reading(segment, row, offset, line, Format.JSON_LINES, text_field, title_field)
    return replace(reading, replaced_share=decoded.replaced_share) if isinstance(reading, Extract) else reading


def _row_reading(
    segment: Segment, row: object, offset: int, source: bytes, fmt: Format, text_field: str, title_field: str
) -> Extract | Refused:
    found = text_of_row(row, text_field=text_field, title_field=title_field) if isinstance(row, Mapping) else None
    if found is None:
        detail = f"The row has neither a text field {text_field!r} nor a list of turns; name the field with text_field."
        return _refused(segment, offset, "no_text", detail, None)
    return Extract(
        uri=segment.item.uri,
        offset=offset,
        text=found.text,
        title=found.title,
        licence=found.licence,
        sha256=sha256_hex(source),
        format=fmt,
        replaced_share=unreadable_share(found.text),
        is_conversation=found.is_conversation,
    )


def _read_parquet(segment: Segment, text_field: str, title_field: str) -> Iterator[Reading]:
    offset = 0
    try:
        with files.open_binary(segment.item.path) as file:
            reader = pq.ParquetFile(file)
            names = set(reader.schema_arrow.names)
            wanted = [
                name for name in (text_field, title_field, *CONVERSATION_FIELDS, *LICENCE_FIELDS) if name in names
            ]
            if not names & {text_field, *CONVERSATION_FIELDS}:
                detail = f"The file has no column {text_field!r}; its columns are {', '.join(sorted(names))}."
                yield _refused(segment, 0, "no_text", detail, None)
                return
            end = reader.num_row_groups if segment.end == TO_THE_END else segment.end
            offset = sum(reader.metadata.row_group(index).num_rows for index in range(segment.start))
            for batch in reader.iter_batches(batch_size=16, row_groups=list(range(segment.start, end)), columns=wanted):
                for row in batch.to_pylist():
                    source = json.dumps(row, ensure_ascii=True, sort_keys=True, default=str).encode()
                    yield _row_reading(segment, row, offset, source, Format.PARQUET, text_field, title_field)
                    offset += 1
            if reader.metadata.num_rows == 0:
                yield _refused(segment, 0, "empty", "The file has no row.", None)
    except _READ_ERRORS as error:
        yield Failed(uri=segment.item.uri, offset=offset, error=error)


def _read_tree(segment: Segment, max_bytes: int) -> Iterator[Reading]:
    item = segment.item
    if item.num_bytes > max_bytes:
        yield _too_large(segment, 0, max_bytes)
        return
    data = {
        member.path: _bytes_of(files.join(item.path, member.path), gzipped=False, limit=max_bytes)
        for member in item.members
    }
    decoded = {path: decode(data=content, declared="") for path, content in data.items()}
    broken = {
        path: found.replaced_share for path, found in decoded.items() if found.replaced_share > _BROKEN_TREE_FILE_SHARE
    }
    for path, share in broken.items():
        detail = f"{share:.1%} of the file's characters cannot be read; it was left out of its source tree."
        yield replace(_refused(segment, 0, "undecodable", detail, share), uri=files.join(item.uri, path))
    whole = {path: found.text for path, found in decoded.items() if path not in broken}
    text = join_tree({path: whole[path] for path in reading_order(whole)})
    if not text:
        yield _refused(segment, 0, "empty", "No file of the source tree holds text.", None)
        return
    digests = "".join(f"{path}\0{sha256_hex(data[path])}\n" for path in sorted(whole) if not is_licence_file(path))
    yield Extract(
        uri=item.uri,
        offset=0,
        text=text,
        title="",
        licence=licence_of_tree(whole),
        sha256=sha256_hex(digests.encode()),
        format=Format.TREE,
        replaced_share=unreadable_share(text),
        is_conversation=False,
    )


def _bytes_of(path: str, *, gzipped: bool, limit: int) -> bytes:
    with _opened(path, gzipped=gzipped) as stream:
        return stream.read(limit)


@contextmanager
def _opened(path: str, *, gzipped: bool) -> Iterator[IO[bytes]]:
    """A binary stream of a file, decompressed where it is gzipped."""
    with ExitStack() as stack:
        file = stack.enter_context(files.open_binary(path))
        yield cast(IO[bytes], stack.enter_context(gzip.GzipFile(fileobj=file))) if gzipped else file


def _declared_charset(data: bytes) -> str:
    match = re.search(rb"""charset\s*=\s*["']?([A-Za-z0-9_-]{2,20})""", data[:2048])
    return match.group(1).decode() if match else ""


def _json_place(error: Exception) -> str:
    """Where JSON breaks, without the text that broke it."""
    return f"{error.msg} at character {error.pos}" if isinstance(error, json.JSONDecodeError) else type(error).__name__


def _too_large(segment: Segment, offset: int, max_bytes: int) -> Refused:
    return _refused(
        segment,
        offset,
        "too_large",
        f"More than max_file_bytes = {max_bytes} bytes would have to be read at once.",
        None,
    )


def _refused(segment: Segment, offset: int, reason: str, detail: str, score: float | None) -> Refused:
    return Refused(uri=segment.item.uri, offset=offset, reason=reason, detail=detail, score=score)
