"""A compressed file that is cut off keeps the records before the cut."""

from __future__ import annotations

import gzip
import json
from pathlib import Path

import pytest

from pipeline.config.build import InputSource, Joining
from pipeline.documents.discovery import discover
from pipeline.documents.items import TO_THE_END, Segment
from pipeline.documents.readers.reader import Extract, Failed, ReadLimits, ReadOptions, ReadSettings
from pipeline.documents.reading import read_segment


@pytest.mark.parametrize("cut", [8, 200])
def test_records_before_the_end_of_a_truncated_gzip_are_kept(tmp_path: Path, cut: int) -> None:
    lines = [json.dumps({"text": f"Record {number} about {number * 7919}."}) for number in range(100)]
    path = tmp_path / "rows.jsonl.gz"
    path.write_bytes(gzip.compress("\n".join(lines).encode(), mtime=0)[:-cut])
    (item,) = discover([InputSource(path=str(path), join=Joining.FILE)]).items
    settings = ReadSettings("text", "title", ReadLimits(2**20, 200, 60, 2**30), ReadOptions())
    readings = list(read_segment(Segment(item, 0, TO_THE_END, item.num_bytes), settings))
    texts = [reading.text for reading in readings if isinstance(reading, Extract)]
    assert texts == [json.loads(line)["text"] for line in lines[: len(texts)]]
    assert len(texts) > 50
    assert isinstance(readings[-1], Failed)
