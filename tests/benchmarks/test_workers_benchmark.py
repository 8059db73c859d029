"""The benchmark of worker processes: what it builds from, and what it computes of measured builds."""

from __future__ import annotations

import os
from dataclasses import replace
from pathlib import Path

import pytest
import yaml

from benchmarks.workers import Measured, WorkerWatch, summarise, write_recipe
from pipeline.config.load import load_recipe

ONE = Measured(
    seconds=100.0, cpu_seconds=110.0, worker_cpu_seconds=(), stage_seconds={"ingest": 60.0}, outputs={"sft/a": "1"}
)
TWO = replace(ONE, seconds=55.0, cpu_seconds=121.0, worker_cpu_seconds=(50.0, 53.0))


def test_summary_has_medians_ratios_and_starts() -> None:
    found = summarise({"one": [ONE, replace(ONE, seconds=900.0), ONE], "two": [TWO, TWO, TWO]})
    assert found["speedup"] == pytest.approx(100 / 55, abs=1e-3) and found["cpu_ratio"] == 1.1
    assert found["worker_starts"] == 2 and found["same_outputs"] is True
    assert TWO.command_cpu_seconds == 18.0


def test_summary_tells_that_a_build_differs() -> None:
    other = replace(TWO, outputs={"sft/a": "2"})
    assert summarise({"one": [ONE], "two": [other]})["same_outputs"] is False


def test_recipe_reads_generated_documents_and_asks_no_teacher(tmp_path: Path) -> None:
    path, num_bytes = write_recipe(tmp_path, None, max_bytes=100_000)
    recipe = load_recipe(str(path))
    assert recipe.synthesize.written.tasks == () and len(recipe.inputs) == 1
    assert 50_000 < num_bytes < 300_000


def test_recipe_reads_texts_drawn_from_a_folder(tmp_path: Path) -> None:
    data = tmp_path / "data"
    data.mkdir()
    for number in range(20):
        (data / f"{number}.txt").write_text(f"{number} " + "A sentence of a document. " * 40)
    path, num_bytes = write_recipe(tmp_path / "work", data, max_bytes=10_000)
    assert 8_000 < num_bytes <= 10_000
    (source,) = yaml.safe_load(path.read_text())["inputs"]
    assert all(
        file.read_bytes() in {one.read_bytes() for one in data.iterdir()} for file in Path(source["path"]).iterdir()
    )


def test_watch_sees_no_worker_where_none_runs() -> None:
    assert WorkerWatch(os.getpid()).end() == ()
