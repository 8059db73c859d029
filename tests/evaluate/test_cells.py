"""Files of finished cells: their names, what is in them, and when they are measured again."""

from __future__ import annotations

import logging
from dataclasses import replace
from pathlib import Path

import pytest

from pipeline.evaluate.cells import Cell, CellResult, CellStore, EvaluationTask, Role
from pipeline.io.checked_json import read_checked

CELL = Cell(Role.TUNED, EvaluationTask.PASSKEY, 4096, "f" * 32)
RESULT = CellResult(cell=CELL, seconds=1.25, values={"trials": [{"depth": 0.5, "retrieved": True}]})


def test_cell_is_written_under_model_task_and_length_and_comes_back_equal(tmp_path: Path) -> None:
    store = CellStore(str(tmp_path))
    assert store.load(CELL) is None
    store.save(RESULT)
    assert [path.relative_to(tmp_path).as_posix() for path in tmp_path.rglob("*.json")] == [
        "cells/tuned-passkey-0004096.json"
    ]
    stored = read_checked(str(tmp_path / "cells" / "tuned-passkey-0004096.json"))
    assert {key: stored[key] for key in ("fingerprint", "seconds", "values")} == {
        "fingerprint": "f" * 32,
        "seconds": 1.25,
        "values": {"trials": [{"depth": 0.5, "retrieved": True}]},
    }
    assert store.load(CELL) == RESULT


@pytest.mark.parametrize(
    "other",
    [
        replace(CELL, role=Role.BASE),
        replace(CELL, task=EvaluationTask.PERPLEXITY),
        replace(CELL, length=4097),
        replace(CELL, fingerprint="e" * 32),
    ],
    ids=["role", "task", "length", "fingerprint"],
)
def test_cell_of_another_measurement_has_no_result(tmp_path: Path, other: Cell) -> None:
    store = CellStore(str(tmp_path))
    store.save(RESULT)
    assert store.load(other) is None
    assert store.load(CELL) == RESULT


def test_cell_that_is_damaged_is_set_aside_and_named(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    store = CellStore(str(tmp_path))
    store.save(RESULT)
    path = tmp_path / "cells" / "tuned-passkey-0004096.json"
    path.write_text(path.read_text().replace("0.5", "0.6"))
    with caplog.at_level(logging.WARNING):
        assert store.load(CELL) is None
    (aside,) = (tmp_path / "cells").iterdir()
    assert aside != path
    assert caplog.messages[0].endswith(f"It is kept as {aside} and measured again.")
    store.save(RESULT)
    assert store.load(CELL) == RESULT
