"""Finds the encoding and the dialect of a file of separated values, and reads its rows.

Used by the reader of csv and tsv. The content decides: some programs write semicolons or tabs into csv files, and Excel
writes UTF-16 or the code page of the computer. Cost: one pass for the encoding, one for the rows.
"""

from __future__ import annotations

import codecs
import csv
import io
from collections import Counter
from collections.abc import Iterable, Iterator
from itertools import islice
from typing import IO

from pipeline.documents.decoding import decode

_CHUNK = 1 << 20
SAMPLE_CHARS = 1 << 16
_MAX_SAMPLE_ROWS = 200
_MARKS = (codecs.BOM_UTF8, codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)
_SEPARATORS = ",\t;|"
_SEPARATOR_LINE = "sep="
"""Start of a first line by which Excel names the separator."""


def encoding_of(stream: IO[bytes], *, max_bytes: int) -> str:
    """Return the encoding of a stream by its first line that is not ASCII.

    Args:
        stream: the stream at its start.
        max_bytes: how far to look for such a line.
    """
    chunk = stream.read(_CHUNK)
    if chunk.startswith(_MARKS) or b"\0" in chunk:
        return decode(data=chunk[: len(chunk) - len(chunk) % 4], declared="").encoding
    num_bytes = len(chunk)
    while chunk and chunk.isascii() and num_bytes < max_bytes:
        chunk = stream.read(_CHUNK)
        num_bytes += len(chunk)
    first = next((index for index, byte in enumerate(chunk) if byte > 0x7F), 0)
    sample = chunk[chunk.rfind(b"\n", 0, first) + 1 :]
    whole_lines = sample[: sample.rfind(b"\n") + 1]
    return decode(data=sample if whole_lines.isascii() else whole_lines, declared="").encoding


def text_lines(stream: IO[bytes], encoding: str, *, max_chars: int) -> Iterator[str]:
    """Yield the lines of a stream with their line breaks, without a byte order mark.

    Raises:
        csv.Error: a line has `max_chars` characters or more.
    """
    wrapped = io.TextIOWrapper(stream, encoding=encoding, errors="replace", newline="")
    line = wrapped.readline(max_chars).removeprefix("\ufeff")
    while line:
        if len(line) == max_chars:
            raise csv.Error("line too long")
        yield line
        line = wrapped.readline(max_chars)


def separator_of(sample: str, *, usual: str) -> str:
    """Return the separator for which most rows of a sample have the same number of cells, and more than one.

    If the first line is `sep=;` or similar, return the separator that it names.

    Args:
        sample: the first characters of a file.
        usual: separator that the file's name indicates; it wins a draw.
    """
    first = sample.split("\n", 1)[0].strip().lower()
    if first.startswith(_SEPARATOR_LINE) and len(first) == len(_SEPARATOR_LINE) + 1:
        return first[-1]
    scores = {separator: _evenness(sample, separator) for separator in _SEPARATORS}
    return max(_SEPARATORS, key=lambda separator: (scores[separator], separator == usual))


def _evenness(sample: str, separator: str) -> float:
    rows = [row for row in _sampled(sample, separator) if row]
    widths = Counter(map(len, rows))
    if not rows:
        return 0.0
    width, number = max(widths.items(), key=lambda item: (item[1] * (item[0] > 1), item[0]))
    return number / len(rows) if width > 1 else 0.0


def _sampled(sample: str, separator: str) -> list[list[str]]:
    lines = sample[:SAMPLE_CHARS].splitlines(keepends=True)
    complete = lines[:-1] if len(lines) > 1 and len(sample) >= SAMPLE_CHARS else lines
    try:
        return list(islice(rows_of(complete, separator, max_chars=SAMPLE_CHARS), _MAX_SAMPLE_ROWS))
    except csv.Error:
        return []


def rows_of(lines: Iterable[str], separator: str, *, max_chars: int) -> Iterator[list[str]]:
    """Yield the rows of lines of separated values; an empty line is an empty row. A first line `sep=;` is no row.

    Raises:
        csv.Error: a cell has more than `max_chars` characters.
    """
    csv.field_size_limit(max_chars)
    for number, row in enumerate(csv.reader(lines, delimiter=separator)):
        said = separator.join(row).strip().lower()
        if number == 0 and said.startswith(_SEPARATOR_LINE) and len(said) <= len(_SEPARATOR_LINE) + 1:
            continue
        yield row
