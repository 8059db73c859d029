"""Which numbers a part file takes; one that it cannot hold makes its record unwritable, never the stage."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from pipeline.io.arrow import UnwritableRecordError
from pipeline.io.parts import PartWriter, read_part
from pipeline.records import Rejection

DROPPED = Rejection("s", "i", "r", "d", None, "u", 0, "e")


@pytest.mark.parametrize("number", [-(2**63), -1, 0, 2**63 - 1])
def test_number_of_64_bits_comes_back(tmp_path: Path, number: int) -> None:
    path = str(tmp_path / "part.parquet")
    with PartWriter(path, Rejection) as writer:
        writer.add(replace(DROPPED, source_offset=number))
    assert [row.source_offset for row in read_part(path, Rejection)] == [number]


@pytest.mark.parametrize(
    "change", [{"source_offset": 2**63}, {"source_offset": -(2**63) - 1}, {"source_offset": "7"}, {"score": "high"}]
)
def test_record_that_a_part_cannot_hold_is_told_and_those_beside_it_are_kept(
    tmp_path: Path, change: dict[str, object]
) -> None:
    path = str(tmp_path / "part.parquet")
    with PartWriter(path, Rejection) as writer:
        writer.add(DROPPED)
        with pytest.raises(UnwritableRecordError):
            writer.add(replace(DROPPED, **change))  # type: ignore[arg-type]
        writer.add(replace(DROPPED, item_id="j"))
        assert writer.num_records == 2
    assert [row.item_id for row in read_part(path, Rejection)] == ["i", "j"]
