"""Rows of Arrow files, streams and Feather; damage and bombs."""

from __future__ import annotations

import gzip
import io
from pathlib import Path

import pyarrow as pa
import pytest
from reader_runs import LIMITS, fates, read_bytes

from pipeline.documents import arrow_rows
from pipeline.documents.readers.reader import Extract, Failed, NotRead, ReadLimits

TABLE = pa.table(
    {
        "text": ["Rent is due monthly.", "임대료는 매월 낸다.", "Third."],
        "title": ["Lease", "임대차", None],
        "license": ["mit", None, None],
        "n": [1, 2, 3],
    }
)


def ipc(table: pa.Table, *, is_stream: bool = False, compression: str | None = None, rows: int = 2) -> bytes:
    sink = io.BytesIO()
    options = pa.ipc.IpcWriteOptions(compression=compression)
    new = pa.ipc.new_stream if is_stream else pa.ipc.new_file
    with new(sink, table.schema, options=options) as writer:
        writer.write_table(table, max_chunksize=rows)
    return sink.getvalue()


@pytest.mark.parametrize("is_stream", [True, False])
@pytest.mark.parametrize("compression", [None, "lz4", "zstd"])
@pytest.mark.parametrize("name", ["a.arrow", "a.feather", "a.arrow.gz"])
def test_rows_become_records(is_stream: bool, compression: str | None, name: str, tmp_path: Path) -> None:
    data = ipc(TABLE, is_stream=is_stream, compression=compression)
    readings = read_bytes(tmp_path, name, gzip.compress(data) if name.endswith(".gz") else data)
    found = [reading for reading in readings if isinstance(reading, Extract)]
    assert [(row.offset, row.text, row.title, row.licence) for row in found] == [
        (0, "Rent is due monthly.", "Lease", "mit"),
        (1, "임대료는 매월 낸다.", "임대차", ""),
        (2, "Third.", "", ""),
    ]


def test_dictionaries_and_turns_are_read(tmp_path: Path) -> None:
    texts = pa.array(["Same words.", "Other words.", "Same words."]).dictionary_encode()
    readings = read_bytes(tmp_path, "a.arrow", ipc(pa.table({"text": texts}), compression="zstd", rows=9))
    assert [row.text for row in readings if isinstance(row, Extract)] == ["Same words.", "Other words.", "Same words."]
    turns = [[{"role": "user", "content": "Hello?"}, {"role": "assistant", "content": "Yes."}]]
    (talk,) = read_bytes(tmp_path, "b.arrow", ipc(pa.table({"messages": turns})))
    assert isinstance(talk, Extract)
    assert talk.is_conversation


def test_refusals_name_the_columns_and_the_limit(tmp_path: Path) -> None:
    (missing,) = read_bytes(tmp_path, "a.arrow", ipc(pa.table({"body": ["x"]})))
    assert isinstance(missing, NotRead)
    said, _, remedy = missing.why.detail.partition(". ")
    assert said == "The file has no column 'text'; its columns are body"
    assert remedy.startswith("Set text_field")
    (empty,) = read_bytes(tmp_path, "b.arrow", ipc(TABLE.slice(0, 0)))
    assert fates([empty]) == [("b.arrow", "empty")]
    wide = pa.table({"text": ["short", "w" * 5000, "last"]})
    readings = read_bytes(tmp_path, "c.arrow", ipc(wide), ReadLimits(4000, 200, 60, LIMITS.max_parser_bytes))
    assert [fate for _, fate in fates(readings)] == ["kept", "too_large", "kept"]
    (old,) = read_bytes(tmp_path, "d.feather", b"FEA1\0\0\0\0FEA1")
    assert fates([old]) == [("d.feather", "legacy_format")]


def test_rows_before_damage_are_kept(tmp_path: Path) -> None:
    data = ipc(TABLE, is_stream=True)
    readings = read_bytes(tmp_path, "a.arrow", data[: len(data) - 100])
    assert [fate for _, fate in fates(readings)] == ["kept", "kept", "failed"]
    for position in range(8, len(data) - 8, 7):
        damaged = data[:position] + b"\xff\x7f\xff\x7f" + data[position + 4 :]
        assert read_bytes(tmp_path, "b.arrow", damaged), "a fate, not a crash"


def test_bombs_are_refused_before_they_inflate(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(arrow_rows, "MAX_BATCH_BYTES", 1_000_000)
    for is_dictionary in (False, True):
        texts = pa.array(["z" * 2_000_000])
        table = pa.table({"text": texts.dictionary_encode() if is_dictionary else texts})
        (found,) = read_bytes(tmp_path, "a.arrow", ipc(table, compression="zstd"))
        assert isinstance(found, Failed)
        assert str(found.error) == "A batch inflates to more than 1000000 bytes."
    nulls = ipc(pa.table({"text": pa.nulls(20_000_000)}), rows=20_000_000)
    assert fates(read_bytes(tmp_path, "b.arrow", nulls)) == [("b.arrow", "failed")]


def test_prompt_and_completion_are_read(tmp_path: Path) -> None:
    table = pa.table({"prompt": ["Sum it up."], "completion": ["It is about rent."], "other": [1]})
    (found,) = read_bytes(tmp_path, "rows.arrow", ipc(table))
    assert isinstance(found, Extract)
    assert "Sum it up." in found.text and "It is about rent." in found.text
