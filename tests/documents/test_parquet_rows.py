"""Rows of a row group: each measured before it is read, and the group's pages before any of it is decoded."""

from __future__ import annotations

import io
from collections.abc import Sequence

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from pipeline.documents.parquet_pages import largest_page
from pipeline.documents.parquet_rows import RowTooLarge, open_rows, rows_of


def written(table: pa.Table, **options: object) -> io.BytesIO:
    file = io.BytesIO()
    pq.write_table(table, file, **{"use_dictionary": False, "compression": "none", **options})
    file.seek(0)
    return file


def read(file: io.BytesIO, limit: int, *, columns: Sequence[str] = ("text",), group: int = 0) -> list[object]:
    found = rows_of(open_rows(file), file, group, columns, limit)
    return [row if isinstance(row, RowTooLarge) else dict(row) for row, _ in found]


def sizes(file: io.BytesIO, limit: int, *, columns: Sequence[str] = ("text",)) -> list[int]:
    return [size for _, size in rows_of(open_rows(file), file, 0, columns, limit)]


def test_row_as_large_as_the_limit_is_read_and_one_byte_more_is_not() -> None:
    file = written(pa.table({"text": ["a" * 100, "b" * 101, "가" * 40]}))
    exact, larger, third = sizes(file, 10_000)
    assert larger == exact + 1 and third == exact + 20
    rows = read(file, exact)
    assert rows[0] == {"text": "a" * 100}
    detail = f"The row has more than max_record_bytes = {exact} bytes."
    assert rows[1:] == [RowTooLarge(1, detail)] * 2
    assert sizes(file, exact) == [exact, 0, 0], "what is not read counts as none"
    assert read(file, exact + 1)[:2] == [{"text": "a" * 100}, {"text": "b" * 101}]


def test_columns_that_are_not_asked_for_are_neither_read_nor_measured() -> None:
    file = written(pa.table({"text": ["a"], "blob": ["x" * 50_000], "text.more": ["y"]}))
    assert read(file, 1000) == [{"text": "a"}]
    both = read(file, 1000, columns=["text", "blob"])
    assert [type(row) for row in both] == [RowTooLarge]


def test_group_with_a_page_above_four_records_is_left_out_whole() -> None:
    file = written(pa.table({"text": ["a" * 3900, "b"]}))
    assert len(read(file, 1100)) == 2
    (left_out,) = read(file, 900)
    assert left_out == RowTooLarge(2, "The row group has a page larger than 4 times max_record_bytes; rows: 2.")


def test_rows_of_each_group_are_its_own() -> None:
    file = written(pa.table({"text": [str(n) for n in range(40)]}), row_group_size=17)
    found = [read(file, 1000, group=group) for group in range(3)]
    assert [len(rows) for rows in found] == [17, 17, 6]
    assert [row["text"] for rows in found for row in rows] == [str(n) for n in range(40)]  # type: ignore[index]


def test_word_that_a_dictionary_names_often_is_counted_as_often() -> None:
    turns = pa.array([["word " * 20] * 50, ["word " * 20]])
    file = written(pa.table({"turns": turns}), use_dictionary=True)
    many, one = sizes(file, 10**6, columns=["turns"])
    assert many > 50 * 100 and one < 2 * 100
    assert [type(row) for row in read(file, 2000, columns=["turns"])] == [RowTooLarge, dict]


@pytest.mark.parametrize(
    "options", [{}, {"compression": "zstd"}, {"data_page_version": "2.0"}, {"write_statistics": False}]
)
def test_largest_page_is_that_of_the_longest_value_before_it_is_compressed(options: dict[str, object]) -> None:
    texts = ["a" * 2000] * 5 + ["b" * 30_000] + ["c" * 2000] * 5
    file = written(pa.table({"text": texts}), data_page_size=1, write_batch_size=1, **options)
    chunk = pq.ParquetFile(file).metadata.row_group(0).column(0)
    place = {"start": chunk.data_page_offset, "num_bytes": chunk.total_compressed_size}
    assert 30_000 <= largest_page(file, **place, max_pages=1000) < 30_100
    assert 2000 <= largest_page(file, **place, max_pages=5) < 2100, "only as many pages as are asked for"


@pytest.mark.parametrize("data", [b"", b"\x15", b"\x00", b"\xff" * 40, b"PAR1" * 10])
def test_what_is_no_page_header_is_refused(data: bytes) -> None:
    with pytest.raises(ValueError, match="page header"):
        largest_page(io.BytesIO(data), start=0, num_bytes=100, max_pages=3)
