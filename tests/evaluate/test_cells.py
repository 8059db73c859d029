"""Files of finished cells: their names, what is in them, and when they are measured again."""

from __future__ import annotations

import logging
from dataclasses import replace
from pathlib import Path

import pytest

from pipeline.evaluate.cells import CellResult, CellStore
from pipeline.evaluate.task import ForwardCell
from pipeline.io.checked_json import read_checked

CELL = ForwardCell("tuned", 4096, "", "content")
PRINT = "f" * 32
RESULT = CellResult(cell=CELL, seconds=1.25, values={"nll": [[0.5, 0.25]]})


def test_cell_is_written_under_subject_task_and_length_and_comes_back_equal(tmp_path: Path) -> None:
    store = CellStore(str(tmp_path), task="perplexity", model="tuned")
    assert store.load(CELL, PRINT) is None
    store.save(RESULT, PRINT)
    assert [path.relative_to(tmp_path).as_posix() for path in tmp_path.rglob("*.json")] == [
        "cells/tuned-perplexity-0004096-ffffffffffff.json"
    ]
    stored = read_checked(str(tmp_path / "cells" / "tuned-perplexity-0004096-ffffffffffff.json"))
    assert {key: stored[key] for key in ("fingerprint", "seconds", "values")} == {
        "fingerprint": PRINT,
        "seconds": 1.25,
        "values": {"nll": [[0.5, 0.25]]},
    }
    assert store.load(CELL, PRINT) == RESULT


@pytest.mark.parametrize(
    ("other", "task", "fingerprint"),
    [
        (replace(CELL, subject="base"), "perplexity", PRINT),
        (CELL, "streaming", PRINT),
        (replace(CELL, length=4097), "perplexity", PRINT),
        (replace(CELL, variant="sinks"), "perplexity", PRINT),
        (CELL, "perplexity", "e" * 32),
    ],
    ids=["subject", "task", "length", "variant", "fingerprint"],
)
def test_cell_of_another_measurement_has_no_result(
    tmp_path: Path, other: ForwardCell, task: str, fingerprint: str
) -> None:
    store = CellStore(str(tmp_path), task="perplexity", model="tuned")
    store.save(RESULT, PRINT)
    assert CellStore(str(tmp_path), task=task, model=other.subject).load(other, fingerprint) is None
    assert store.load(CELL, PRINT) == RESULT


def test_cell_that_is_damaged_is_set_aside_and_named(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    store = CellStore(str(tmp_path), task="perplexity", model="tuned")
    store.save(RESULT, PRINT)
    path = tmp_path / "cells" / "tuned-perplexity-0004096-ffffffffffff.json"
    path.write_text(path.read_text().replace("0.5", "0.6"))
    with caplog.at_level(logging.WARNING):
        assert store.load(CELL, PRINT) is None
    (aside,) = (tmp_path / "cells").iterdir()
    assert aside != path
    assert caplog.messages[0].endswith(f"It is kept as {aside} and measured again.")
    store.save(RESULT, PRINT)
    assert store.load(CELL, PRINT) == RESULT


def test_models_with_the_same_short_name_keep_their_results_whatever_they_are_called(tmp_path: Path) -> None:
    store = CellStore(str(tmp_path), task="perplexity", model="tuned")
    store.save(RESULT, PRINT)
    store.save(replace(RESULT, cell=replace(CELL, subject="tuned-2"), seconds=2.5), "e" * 32)
    other = store.load(CELL, "e" * 32)  # alone in a later evaluation, the second model has no number
    assert other is not None and (other.cell, other.seconds) == (CELL, 2.5)
    assert store.load(CELL, PRINT) == RESULT
