"""One segment of the input into texts, refusals and failures: every record of it becomes exactly one of the three.

In: a `Segment` and the recipe's field names. Out: a stream of `Extract`, `Refused` and `Failed`. Used by the ingest
stage.
Json lines, JSON arrays and parquet are read record by record; other files are one record each. No record above the
recipe's limit is held in memory, and a compressed file is left when it inflates too far.
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

from pipeline.documents.chat_exports import chat_export
from pipeline.documents.decoding import Decoded, decode, unreadable_share
from pipeline.documents.formats import Format, kind_of
from pipeline.documents.json_values import MAX_VALUES, array_entries, has_too_many_values, is_array
from pipeline.documents.markdown import read_markdown
from pipeline.documents.marks import Mark
from pipeline.documents.markup import PageTooCostlyError, convert_page
from pipeline.documents.names import encodable_key
from pipeline.documents.opening import open_source
from pipeline.documents.parquet_rows import RowTooLarge, open_rows, rows_of
from pipeline.documents.planning import TO_THE_END, Segment
from pipeline.documents.rows import CONVERSATION_FIELDS, LICENCE_FIELDS, RowText, text_of_row
from pipeline.documents.trees import (
    LONG_LINE_CHARS,
    is_licence_file,
    join_tree,
    licence_of_tree,
    long_lines_share,
    members_within,
    reading_order,
    spdx_line,
)
from pipeline.identity import sha256_hex
from pipeline.io import files

_FREE_BYTES = 1 << 20
"""A small file may inflate as it likes."""
_SKIP_CHUNK = 1 << 20
_LONG_LINES_SHARE = 0.5
"""A file of a tree with more of its characters than this in long lines is data or minified code, and refused too."""
_BROKEN_TREE_FILE_SHARE = 0.05
"""A file of a tree with more unreadable characters than this is left out of its document and refused by itself."""


@dataclass(frozen=True, slots=True)
class ReadLimits:
    """What is read at once, at most; see `config.build.IngestRecipe`."""

    max_record_bytes: int
    max_inflation_ratio: int


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
    marks: tuple[Mark, ...] = ()
    """What the format says of the text, in order."""


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

_READ_ERRORS = (OSError, EOFError, zlib.error, pa.ArrowException, PageTooCostlyError, RecursionError, MemoryError)
"""What damaged files and filesystems raise; `gzip.BadGzipFile` is an OSError."""


def read_segment(*, segment: Segment, text_field: str, title_field: str, limits: ReadLimits) -> Iterator[Reading]:
    """Read a segment. Damage ends as `Failed` at the offset reached; what was read before it stands."""
    item = segment.item
    kind = kind_of(item.path)
    if item.failure:
        yield Failed(uri=item.uri, offset=0, error=OSError(item.failure))
    elif item.members:
        yield from _guarded(segment, _read_tree(segment, limits))
    elif kind.format is Format.UNSUPPORTED:
        suffix = item.path.rsplit("/", 1)[-1].rpartition(".")[2]
        yield _refused(segment, 0, "unsupported_format", f"Files ending in .{suffix} are not read.", None)
    elif item.num_bytes == 0:
        yield _refused(segment, 0, "empty", "The file has no bytes.", None)
    elif kind.format is Format.JSON_LINES:
        yield from _read_lines(segment, kind.gzipped, text_field, title_field, limits)
    elif kind.format is Format.PARQUET:
        yield from _read_parquet(segment, text_field, title_field, limits)
    else:
        yield from _guarded(segment, _read_whole(segment, text_field, title_field, limits))


def _guarded(segment: Segment, readings: Iterator[Reading]) -> Iterator[Reading]:
    offset = 0
    try:
        for reading in readings:
            yield reading
            offset = reading.offset + 1
    except _READ_ERRORS as error:
        yield Failed(uri=segment.item.uri, offset=offset, error=error)


def _read_whole(segment: Segment, text_field: str, title_field: str, limits: ReadLimits) -> Iterator[Reading]:
    kind = kind_of(segment.item.path)
    with _opened(segment.item.path, gzipped=kind.gzipped) as stream:
        data = stream.read(limits.max_record_bytes + 1)
        is_too_large = len(data) > limits.max_record_bytes
        if kind.format is Format.JSON and is_array(data) and (is_too_large or has_too_many_values(data)):
            yield from _read_array(segment, kind.gzipped, data, stream, text_field, title_field, limits)
            return
    if kind.gzipped and _inflates_too_far(segment, len(data), limits):
        yield _inflated(segment, 0, limits)
    elif is_too_large:
        yield _too_large(segment, 0, limits)
    elif not data.strip():
        yield _refused(segment, 0, "empty", "The file holds nothing but white space.", None)
    elif kind.format is Format.JSON:
        yield from _read_json(segment, data, text_field, title_field)
    else:
        declared = _declared_charset(data) if kind.format is Format.HTML else ""
        yield _extract(segment, data, decode(data=data, declared=declared), kind.format)


def _extract(segment: Segment, data: bytes, decoded: Decoded, fmt: Format) -> Extract:
    text, title = decoded.text, ""
    marks: tuple[Mark, ...] = ()
    if fmt is Format.HTML:
        page = convert_page(text)
        text, title, marks = page.markdown, page.title, page.marks
    elif fmt is Format.MARKDOWN:
        marks = read_markdown(text)
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
        marks=marks,
    )


def _read_json(segment: Segment, data: bytes, text_field: str, title_field: str) -> Iterator[Reading]:
    if has_too_many_values(data):
        yield _too_many_values(segment, 0)
        return
    try:
        value = json.loads(decode(data=data, declared="").text)
    except ValueError as error:
        yield _refused(segment, 0, "invalid_json", f"The file is not JSON: {_json_place(error)}.", None)
        return
    if (dialogue := chat_export(value)) is not None:
        yield _row_extract(segment, dialogue, 0, data, Format.JSON)
        return
    rows = value if isinstance(value, list) else [value]
    for index, row in enumerate(rows):
        yield _row_reading(segment, row, index, _source_of(row), Format.JSON, text_field, title_field)
    if not rows:
        yield _refused(segment, 0, "empty", "The file is an empty list.", None)


def _read_array(
    segment: Segment,
    gzipped: bool,
    head: bytes,
    rest: IO[bytes],
    text_field: str,
    title_field: str,
    limits: ReadLimits,
) -> Iterator[Reading]:
    """A large array, entry by entry; what follows damage is lost, what stands before it is not."""
    index = num_bytes = 0
    try:
        for index, entry in enumerate(array_entries(head, rest, limits.max_record_bytes)):
            num_bytes += len(entry or b"")
            if gzipped and _inflates_too_far(segment, num_bytes, limits):
                yield _inflated(segment, index, limits)
                return
            yield _entry_reading(segment, entry, index, text_field, title_field, limits)
    except ValueError as error:
        yield _refused(segment, index + 1, "invalid_json", f"The file is not JSON from here on: {error}.", None)


def _entry_reading(
    segment: Segment, entry: bytes | None, index: int, text_field: str, title_field: str, limits: ReadLimits
) -> Reading:
    if entry is None:
        return _too_large(segment, index, limits)
    if has_too_many_values(entry):
        return _too_many_values(segment, index)
    try:
        row = json.loads(decode(data=entry, declared="").text)
    except (ValueError, RecursionError) as error:
        return _refused(segment, index, "invalid_json", f"The entry is not JSON: {_json_place(error)}.", None)
    return _row_reading(segment, row, index, _source_of(row), Format.JSON, text_field, title_field)


def _read_lines(
    segment: Segment, gzipped: bool, text_field: str, title_field: str, limits: ReadLimits
) -> Iterator[Reading]:
    position, found, num_bytes = segment.start, 0, 0
    try:
        with _opened(segment.item.path, gzipped=gzipped) as stream:
            for position, line in _lines(stream, segment.start, segment.end, limits.max_record_bytes):
                num_bytes += len(line or b"")
                if gzipped and _inflates_too_far(segment, num_bytes, limits):
                    yield _inflated(segment, position, limits)
                    return
                if line is None:
                    found += 1
                    yield _too_large(segment, position, limits)
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
        position = start - 1 + _skip_line(stream)
    while end == TO_THE_END or position < end:
        line = stream.readline(limit + 1)
        if not line:
            return
        if len(line) > limit and not line.endswith(b"\n"):
            num_bytes = len(line)
            del line
            yield position, None
            position += num_bytes + _skip_line(stream)
        else:
            yield position, line
            position += len(line)


def _skip_line(stream: IO[bytes]) -> int:
    skipped = 0
    while piece := stream.readline(_SKIP_CHUNK):
        skipped += len(piece)
        if piece.endswith(b"\n"):
            break
    return skipped


def _line_reading(segment: Segment, line: bytes, offset: int, text_field: str, title_field: str) -> Reading:
    if has_too_many_values(line):
        return _too_many_values(segment, offset)
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
    return _row_extract(segment, found, offset, source, fmt)


def _row_extract(segment: Segment, found: RowText, offset: int, source: bytes, fmt: Format) -> Extract:
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


def _source_of(row: object) -> bytes:
    """What a row's hash is taken of, where the file does not hold its bytes apart."""
    return json.dumps(row, ensure_ascii=True, sort_keys=True, default=str).encode()


def _read_parquet(segment: Segment, text_field: str, title_field: str, limits: ReadLimits) -> Iterator[Reading]:
    offset = num_bytes = num_rows = 0
    wanted = (text_field, title_field, *CONVERSATION_FIELDS, *LICENCE_FIELDS)
    try:
        with open_source(segment.item.path) as file:
            reader = open_rows(file)
            names = set(reader.schema_arrow.names)
            if not names & {text_field, *CONVERSATION_FIELDS}:
                detail = f"The file has no column {text_field!r}; its columns are {', '.join(sorted(names))}."
                yield _refused(segment, 0, "no_text", detail, None)
                return
            end = reader.num_row_groups if segment.end == TO_THE_END else segment.end
            columns = [name for name in wanted if name in names]
            offset = sum(reader.metadata.row_group(index).num_rows for index in range(segment.start))
            for group in range(segment.start, end):
                for row, size in rows_of(reader, file, group, columns, limits.max_record_bytes):
                    num_rows += 1
                    num_bytes += size
                    if _inflates_too_far(segment, num_bytes, limits):
                        yield _inflated(segment, offset, limits)
                        return
                    if isinstance(row, RowTooLarge):
                        yield _refused(segment, offset, "too_large", row.detail, None)
                        offset += row.num_rows
                    else:
                        yield _row_reading(
                            segment, row, offset, _source_of(row), Format.PARQUET, text_field, title_field
                        )
                        offset += 1
            if not num_rows and segment.start == 0 and segment.end == TO_THE_END:
                yield _refused(segment, 0, "empty", "The file has no row.", None)
    except (*_READ_ERRORS, ValueError, KeyError, IndexError, OverflowError) as error:
        # pyarrow's Python layer trusts a file's metadata, and stumbles in its own ways where they are damaged.
        yield Failed(uri=segment.item.uri, offset=offset, error=error)


def _read_tree(segment: Segment, limits: ReadLimits) -> Iterator[Reading]:
    item = segment.item
    data: dict[str, bytes] = {}
    members, too_large = members_within(item.members, limits.max_record_bytes)
    for member in too_large:
        detail = (
            f"Its source tree has more than max_record_bytes = {limits.max_record_bytes} bytes; its largest files were "
            "left out of it."
        )
        yield replace(_refused(segment, 0, "too_large", detail, None), uri=files.join(item.uri, member.shown))
    for member in members:
        try:
            data[member.path] = _bytes_of(files.join(item.path, member.path), limit=member.num_bytes)
        except OSError as error:
            yield Failed(uri=files.join(item.uri, member.shown), offset=0, error=error)
    shown = {member.path: member.shown for member in item.members}
    decoded = {path: decode(data=content, declared="") for path, content in data.items()}
    broken = {
        path: found.replaced_share for path, found in decoded.items() if found.replaced_share > _BROKEN_TREE_FILE_SHARE
    }
    for path, share in broken.items():
        detail = f"{share:.1%} of the file's characters cannot be read; it was left out of its source tree."
        yield replace(_refused(segment, 0, "undecodable", detail, share), uri=files.join(item.uri, shown[path]))
    crowded = {
        path: share
        for path, found in decoded.items()
        if path not in broken and (share := long_lines_share(found.text)) > _LONG_LINES_SHARE
    }
    for path, share in crowded.items():
        detail = (
            f"{share:.0%} of the file is in lines of more than {LONG_LINE_CHARS} characters, as data and minified "
            "code do; it was left out of its source tree."
        )
        yield replace(_refused(segment, 0, "long_lines", detail, share), uri=files.join(item.uri, shown[path]))
    whole = {path: found.text for path, found in decoded.items() if path not in broken and path not in crowded}
    text = join_tree({shown[path]: whole[path] for path in reading_order(whole)})
    if not text:
        yield _refused(segment, 0, "empty", "No file of the source tree holds text.", None)
        return
    digests = "".join(
        f"{encodable_key(path)}\0{sha256_hex(data[path])}\n" for path in sorted(whole) if not is_licence_file(path)
    )
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


def _bytes_of(path: str, *, limit: int) -> bytes:
    with open_source(path) as stream:
        return stream.read(limit)


@contextmanager
def _opened(path: str, *, gzipped: bool) -> Iterator[IO[bytes]]:
    """A binary stream of a file, decompressed where it is gzipped."""
    with ExitStack() as stack:
        file = stack.enter_context(open_source(path))
        yield cast(IO[bytes], stack.enter_context(gzip.GzipFile(fileobj=file))) if gzipped else file


def _inflates_too_far(segment: Segment, num_bytes: int, limits: ReadLimits) -> bool:
    return num_bytes > max(_FREE_BYTES, limits.max_inflation_ratio * segment.item.num_bytes)


def _declared_charset(data: bytes) -> str:
    match = re.search(rb"""charset\s*=\s*["']?([A-Za-z0-9_-]{2,20})""", data[:2048])
    return match.group(1).decode() if match else ""


def _json_place(error: Exception) -> str:
    """Where JSON breaks, without the text that broke it."""
    return f"{error.msg} at character {error.pos}" if isinstance(error, json.JSONDecodeError) else type(error).__name__


def _too_large(segment: Segment, offset: int, limits: ReadLimits) -> Refused:
    detail = f"The record has more than max_record_bytes = {limits.max_record_bytes} bytes."
    return _refused(segment, offset, "too_large", detail, None)


def _too_many_values(segment: Segment, offset: int) -> Refused:
    return _refused(segment, offset, "too_large", f"The record has more than {MAX_VALUES} JSON values.", None)


def _inflated(segment: Segment, offset: int, limits: ReadLimits) -> Refused:
    detail = (
        f"Up to here the file's records are more than max_inflation_ratio = {limits.max_inflation_ratio} times its "
        "size; the rest of it is not read."
    )
    return _refused(segment, offset, "inflated", detail, None)


def _refused(segment: Segment, offset: int, reason: str, detail: str, score: float | None) -> Refused:
    return Refused(uri=segment.item.uri, offset=offset, reason=reason, detail=detail, score=score)
