"""Reads evaluation sets: files, folders and tables of any readable format, builds of this project, and its own prompts.

Takes the recipe's paths. Returns the files of each set, and yields their items or the reasons for which a record is not
an item. Rows of JSON, JSON Lines, csv, Parquet and Arrow files keep their fields; a record of any other format is one
text. Used by `stages.evaluation_index`. Memory: one JSON file, or one batch of rows.
"""

from __future__ import annotations

import csv
import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import chain, islice
from typing import IO

import pyarrow as pa
import pyarrow.parquet as pq

from pipeline.config.build import IngestRecipe, InputSource, Joining
from pipeline.config.decontamination import DecontaminationRecipe
from pipeline.decontamination.items import ItemPart, ItemTexts, PartText, items_of_value
from pipeline.documents.decoding import decode
from pipeline.documents.discovery import discover
from pipeline.documents.items import TO_THE_END, Segment, SourceItem
from pipeline.documents.lenient_json import is_only_comment, parse_json, values_in_a_row
from pipeline.documents.opening import Compression, open_source, opened, read_head
from pipeline.documents.readers import kind_of
from pipeline.documents.readers.reader import (
    READ_ERRORS,
    Extract,
    Failed,
    NotRead,
    ReadLimits,
    ReadOptions,
    ReadSettings,
)
from pipeline.documents.readers.separated import SAMPLE_CHARS, encoding_of, rows_of, separator_of, text_lines
from pipeline.documents.reading import read_segment
from pipeline.documents.recoding import opened_as_utf8
from pipeline.errors import InputError
from pipeline.io import files
from pipeline.passkey_words import FILLER, INTRODUCTION

OWN_PROMPTS = "passkey"
"""The name of the set of this project's own prompts."""
_EVALUATION_FILE = "evaluation.json"
_OWN_FILE = "trl.yaml"
"""A file beside the rows of a build, which other data sets do not have."""
_VALIDATION = "validation-*.parquet"
_MAX_BYTES = 2**31
_ROWS_ERRORS = (*READ_ERRORS, ValueError, KeyError, IndexError, OverflowError, csv.Error, UnicodeError)
_SAMPLE_LINES = 200


@dataclass(frozen=True, slots=True)
class EvaluationSet:
    """The files of one evaluation set."""

    name: str
    """The last part of its path."""
    path: str
    """As the recipe names it."""
    items: tuple[SourceItem, ...]


@dataclass(frozen=True, slots=True)
class Unread:
    """A record that is not an item, and the reason in snake case."""

    place: str
    reason: str


def find_sets(paths: Sequence[str]) -> list[EvaluationSet]:
    """Return the files of the sets.

    Raises:
        InputError: a path does not exist, matches no files, or is a build without validation rows.
        MissingExtraError: a path's filesystem needs an extra that is not installed.
    """
    names: list[str] = []
    found = []
    for path in paths:
        source = _held_out(path)
        items = discover([InputSource(path=source, join=Joining.FILE)]).items
        name = path.rstrip("/").rsplit("/", 1)[-1] or path
        names.append(name)
        shown = name if names.count(name) == 1 else f"{name} ({names.count(name)})"
        found.append(EvaluationSet(shown, path, tuple(items)))
    return found


def read_set(found: EvaluationSet, recipe: DecontaminationRecipe) -> Iterator[tuple[str, ItemTexts | Unread]]:
    """Yield the items of a set, each with its place: the file and the number of the record in the file, from 0."""
    for item in found.items:
        number = -1
        try:
            for number, value in enumerate(_values(item)):
                place = f"{item.key}:{number}"
                if isinstance(value, Unread):
                    yield place, value
                    continue
                for texts in items_of_value(value, recipe):
                    yield place, texts if texts.texts else Unread(place, "no_text")
        except _ROWS_ERRORS as error:
            place = f"{item.key}:{number + 1}"
            yield place, Unread(place, f"damaged_{type(error).__name__}")


def own_prompts() -> list[ItemTexts]:
    """Return the sentences of which the prompts of the passkey test consist, as items."""
    cycle = "".join(FILLER)
    return [
        ItemTexts("introduction", (PartText(ItemPart.TEXT, INTRODUCTION),)),
        ItemTexts("filler", (PartText(ItemPart.TEXT, cycle + cycle),)),
    ]


def _held_out(path: str) -> str:
    """Return what to read of a path: of a build, its rows, or an evaluation of it, the validation rows."""
    root = path.rstrip("/")
    if files.exists(files.join(root, _EVALUATION_FILE)):
        value = files.read_json(files.join(root, _EVALUATION_FILE))
        if isinstance(value, dict) and "passkey" in value and isinstance(value.get("data"), str):
            root = value["data"].rstrip("/")
    for folder in (files.join(root, "sft"), root):
        if files.exists(files.join(folder, _OWN_FILE)):
            if any(name.rsplit("/", 1)[-1].startswith("validation-") for name in files.list_files(folder)):
                return files.join(folder, _VALIDATION)
            raise InputError(
                f"decontamination.against: {path} has no validation rows.",
                remedy="Name a build whose export.validation_share is above 0.",
            )
    return root or path


def _values(item: SourceItem) -> Iterator[object]:
    kind = kind_of(item.path)
    name = kind.reader.name if kind.reader is not None and kind.has_suffix else ""
    if name == "json_lines":
        yield from _json_lines(item.path, kind.compression)
    elif name == "json":
        yield from _json(item.path, kind.compression)
    elif name == "csv":
        yield from _csv(item.path, kind.compression)
    elif name == "parquet" and not kind.compression:
        yield from _parquet(item.path)
    elif name == "arrow" and not kind.compression:
        yield from _arrow(item.path)
    else:
        yield from _texts(item)


def _json_lines(path: str, compression: Compression) -> Iterator[object]:
    with opened_as_utf8(path, compression) as stream:
        for number, line in enumerate(stream):
            if not line.strip():
                continue
            text = decode(data=line, declared="").text
            try:
                value = parse_json(text)
            except (ValueError, RecursionError):
                if number == 0:
                    break
                yield from () if is_only_comment(text) else (Unread(str(number), "invalid_json"),)
                continue
            yield value
        else:
            return
    yield from _json(path, compression)


def _json(path: str, compression: Compression) -> Iterator[object]:
    with opened_as_utf8(path, compression) as stream:
        text = decode(data=_bounded(stream), declared="").text
    try:
        values: Iterator[object] = iter([parse_json(text)])
    except json.JSONDecodeError:
        values = values_in_a_row(text)
    for value in values:
        yield from value if isinstance(value, list) else [value]


def _csv(path: str, compression: Compression) -> Iterator[object]:
    with opened(path, compression) as stream:
        encoding = encoding_of(stream, max_bytes=_MAX_BYTES)
    with opened(path, compression) as stream:
        lines = text_lines(stream, encoding, max_chars=_MAX_BYTES)
        sample = list(islice(lines, _SAMPLE_LINES))
        separator = separator_of("".join(sample)[:SAMPLE_CHARS], usual="\t" if ".tsv" in path.lower() else ",")
        rows = rows_of(chain(sample, lines), separator, max_chars=_MAX_BYTES)
        columns = [column.strip() for column in next(rows, [])]
        for row in rows:
            if any(row):
                yield dict(zip(columns, row, strict=False))


def _parquet(path: str) -> Iterator[Mapping[str, object]]:
    with open_source(path) as file:
        for batch in pq.ParquetFile(file).iter_batches(batch_size=256):
            yield from batch.to_pylist()


def _arrow(path: str) -> Iterator[Mapping[str, object]]:
    with open_source(path) as file:
        is_file = read_head(file, 6) == b"ARROW1"
        file.seek(0)
        if is_file:
            reader = pa.ipc.open_file(file)
            batches = (reader.get_batch(number) for number in range(reader.num_record_batches))
        else:
            batches = iter(pa.ipc.open_stream(file))
        for batch in batches:
            yield from batch.to_pylist()


def _texts(item: SourceItem) -> Iterator[object]:
    ingest = IngestRecipe()
    limits = ReadLimits(
        ingest.max_record_bytes, ingest.max_inflation_ratio, ingest.max_parser_seconds, ingest.max_parser_bytes
    )
    settings = ReadSettings("text", "title", limits, ReadOptions())
    for reading in read_segment(Segment(item, 0, TO_THE_END, item.num_bytes), settings):
        if isinstance(reading, Extract):
            yield reading.text
        elif isinstance(reading, NotRead):
            yield Unread(reading.uri, reading.why.reason)
        elif isinstance(reading, Failed):
            yield Unread(reading.uri, f"damaged_{type(reading.error).__name__}")
        else:
            yield Unread(reading.uri, reading.reason)


def _bounded(stream: IO[bytes]) -> bytes:
    data = stream.read(_MAX_BYTES + 1)
    if len(data) > _MAX_BYTES:
        raise ValueError(f"the file inflates to more than {_MAX_BYTES} bytes")
    return data
