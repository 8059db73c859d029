"""The drawn lengths and labels of `benchmarks.scale` go through the steps of a build."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from benchmarks._scale_labels import _hex, _run_shard, _steps, _write_labels, _write_measured
from pipeline.export.selection import Choice
from pipeline.io.layout import BuildFolder
from pipeline.io.parts import read_part
from pipeline.stages.encoded_parts import JoinedRow, PlacedDocument


def test_drawn_ids_are_distinct():
    assert len(set(_hex(np.arange(5000, dtype=np.uint64)))) == 5000


def test_drawn_lengths_are_placed_and_drawn_labels_are_chosen(tmp_path: Path) -> None:
    root = str(tmp_path)
    _write_measured(0, 0, 600, root)
    _write_labels(0, 0, 600, root)
    for part in ("placement", "selection"):
        for step in _steps(part, 600):
            for shard in step.shards:
                _run_shard(step, shard, root)
    folder = BuildFolder(root)
    placed = list(read_part(folder.placed_part("00000"), PlacedDocument))
    assert len(placed) == 600
    assert {"", "cap"} <= {one.reason for one in placed}
    assert list(read_part(folder.joined_part("00000"), JoinedRow))
    choices = list(read_part(folder.selection_part("00000"), Choice))
    assert len(choices) == 600
    assert {"", "document_cap"} <= {one.reason for one in choices}
    assert {one.split for one in choices} == {"", "train", "validation"}
