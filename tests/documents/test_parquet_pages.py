"""Sizes of pages from headers written by hand in the compact protocol, and by pyarrow."""

from __future__ import annotations

import io

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from pipeline.documents.parquet_pages import largest_page
from pipeline.documents.parquet_rows import RowTooLarge, open_rows, rows_of


def varint(value: int) -> bytes:
    found = b""
    while value >= 128:
        found += bytes([value & 127 | 128])
        value >>= 7
    return found + bytes([value])


def signed(value: int) -> bytes:
    return varint(value << 1 if value >= 0 else (-value << 1) - 1)


def page(size: int, in_file: int, *, between: bytes = b"", kind: int = 0) -> bytes:
    """A header (type, both sizes, further fields), and the page itself."""
    header = b"\x15" + signed(kind) + b"\x15" + signed(size) + b"\x15" + signed(in_file) + between + b"\x00"
    return header + b"x" * in_file


def largest(data: bytes, *, before: int = 0, num_bytes: int | None = None, max_pages: int = 9) -> int:
    size = len(data) if num_bytes is None else num_bytes
    return largest_page(io.BytesIO(b"?" * before + data), start=before, num_bytes=size, max_pages=max_pages)


def test_largest_page_is_that_of_all_between_two_places() -> None:
    pages = [page(100, 10), page(70_000, 300), page(2000, 0)]
    data = b"".join(pages)
    assert largest(data) == largest(data, before=7) == 70_000
    assert largest(data, max_pages=1) == 100
    assert largest(data, max_pages=2) == 70_000
    assert largest(data, num_bytes=len(pages[0])) == 100
    assert largest(data, num_bytes=len(pages[0]) + 1) == 70_000
    assert largest(b"") == 0


@pytest.mark.parametrize(
    "between",
    [
        b"\x11",  # true
        b"\x12",  # false
        b"\x13\x05",  # a byte
        b"\x14" + varint(300),
        b"\x16" + varint(2**40),
        b"\x17" + b"12345678",  # a double
        b"\x18" + varint(200) + b"y" * 200,
        b"\x19\x35" + b"\x02\x04\x06",  # three integers
        b"\x1a\x21" + b"\x01\x02",  # a set of two booleans
        b"\x19\xf3" + varint(20) + b"z" * 20,  # a long list of bytes
        b"\x1c\x15\x02\x18\x03abc\x1c\x15\x08\x00\x00",  # a struct in a struct
        b"\x1c\x05\x04\x02\x00",  # a struct with a field by its number
        b"\x05" + signed(9) + b"\x02",  # a field by its number
    ],
    ids=lambda field: field.hex()[:12],
)
def test_header_fields_of_every_kind_are_skipped(between: bytes) -> None:
    assert largest(page(5000, 40, between=between) + page(6000, 3)) == 6000


@pytest.mark.parametrize(
    ("data", "message"),
    [
        (b"\x15\x00", "A page header is truncated"),
        (b"\x15\x00\x00", "A page header has no size"),
        (b"\x15" + signed(0) + b"\x15" + signed(-5) + b"\x15" + signed(3) + b"\x00", "A page header has no size"),
        (b"\x1d\x00", "A page header contains a field of unknown type 13"),
        (b"\x1c" * 12 + b"\x00" * 40, "A page header nests too deeply"),
        (b"\x14" + b"\xff" * 12, "A page header contains a number that is too long"),
    ],
)
def test_header_that_is_none_is_refused_with_what_is_wrong(data: bytes, message: str) -> None:
    with pytest.raises(ValueError, match=f"^{message}$"):
        largest(data)


def parquet(table: pa.Table, **options: object) -> io.BytesIO:
    file = io.BytesIO()
    pq.write_table(table, file, **options)
    file.seek(0)
    return file


def test_rows_come_in_order_with_their_bytes() -> None:
    file = parquet(pa.table({"text": ["a" * 10, "b" * 30], "n": [1, 2], "left": ["x", "y"]}), use_dictionary=False)
    found = list(rows_of(open_rows(file), file, 0, ["text", "n"], 1000))
    assert [row for row, _ in found] == [{"text": "a" * 10, "n": 1}, {"text": "b" * 30, "n": 2}]
    assert found[1][1] - found[0][1] == 20


def test_row_above_the_limit_is_left_out_and_the_others_stay() -> None:
    file = parquet(pa.table({"text": ["a" * 900, "b" * 1100, "c"]}), use_dictionary=False)
    found = [row for row, _ in rows_of(open_rows(file), file, 0, ["text"], 1000)]
    assert found == [
        {"text": "a" * 900},
        RowTooLarge(1, "The row has more than max_record_bytes = 1000 bytes."),
        {"text": "c"},
    ]


def test_rows_of_a_page_too_large_for_a_decoder_are_left_out_together() -> None:
    file = parquet(pa.table({"text": ["a" * 3000, "b" * 3000]}), use_dictionary=False, compression="none")
    assert list(rows_of(open_rows(file), file, 0, ["text"], 1000)) == [
        (RowTooLarge(2, "The row group has a page larger than 4 times max_record_bytes; rows: 2."), 0)
    ]
    assert [type(row) for row, _ in rows_of(open_rows(file), file, 0, ["text"], 3100)] == [dict, dict]


def test_row_is_measured_by_the_words_that_its_dictionary_stands_for() -> None:
    table = pa.table({"tags": [["long" * 100] * 10, ["b"]]})
    file = parquet(table)
    found = [row for row, _ in rows_of(open_rows(file), file, 0, ["tags"], 2000)]
    assert isinstance(found[0], RowTooLarge)
    assert found[1] == {"tags": ["b"]}
