"""Writes the files beside `evaluation.json`: all samples, and all cells as one long table.

`samples/TASK-SUBJECT.jsonl` has one line for each answer; see `prompt.sample_of`. `tables.csv` has one line for each
measure of each cell, with empty columns for what a cell is not split by. Cells are split by kind, language and depth,
one by one and all together. Files are replaced as a whole. Cost: a few thousand bootstraps, which takes seconds.
"""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from pipeline.evaluate.prompt import ScoredAnswer, sample_of
from pipeline.evaluate.results.tables import Tabulation, depth_key, depths_of
from pipeline.identity import content_id
from pipeline.io import files
from pipeline.io.json_lines import JsonLinesWriter

SAMPLE_FOLDER, TABLE_FILE = "samples", "tables.csv"
COLUMNS = (
    *("subject", "task", "variant", "length", "kind", "language", "depth"),
    *("measure", "n", "documents", "value", "low", "high"),
)
"""The columns of `tables.csv`."""

_UNSAFE = re.compile(r"[^\w.+-]+")
_SPLITS: tuple[tuple[str, ...], ...] = ((), ("kind",), ("language",), ("depth",), ("kind", "language", "depth"))


def write_result_files(folder: str, evaluation: Mapping[str, Any], scored: Sequence[ScoredAnswer]) -> None:
    """Write `samples/` and `tables.csv`, and remove the samples of an earlier evaluation.

    Args:
        folder: the evaluation folder.
        evaluation: the content of `evaluation.json`; its task sections name subjects, measures and variants.
        scored: the answers of all subjects and tasks.

    Raises:
        DiskFullError: the files do not fit on the disk.
    """
    sample_folder = files.join(folder, SAMPLE_FOLDER)
    written = [_write_samples(sample_folder, group) for group in _groups(scored)]
    for path in files.list_files(sample_folder, suffix=".jsonl"):
        if path.rsplit("/", 1)[-1] not in written:
            files.remove_file(path)
    with files.open_atomic(files.join(folder, TABLE_FILE)) as file:
        file.write(_csv(evaluation, scored).encode())


def sample_file(task: str, subject: str) -> str:
    """Return the name of the file with the samples of a task and subject.

    A name with characters that a file name should not have gets a short hash, so that two names never share a file.
    """
    safe = _UNSAFE.sub("_", subject)
    return f"{task}-{safe if safe == subject else f'{safe}-{content_id(subject)[:6]}'}.jsonl"


def _groups(scored: Sequence[ScoredAnswer]) -> list[list[ScoredAnswer]]:
    groups: dict[tuple[str, str], list[ScoredAnswer]] = {}
    for one in scored:
        groups.setdefault((one.task, one.subject), []).append(one)
    return list(groups.values())


def _write_samples(folder: str, group: Sequence[ScoredAnswer]) -> str:
    name = sample_file(group[0].task, group[0].subject)
    with JsonLinesWriter(files.join(folder, name)) as writer:
        for one in group:
            writer.add(sample_of(one))
    return name


def _csv(evaluation: Mapping[str, Any], scored: Sequence[ScoredAnswer]) -> str:
    text = io.StringIO()
    writer = csv.DictWriter(text, COLUMNS, restval="", extrasaction="ignore", lineterminator="\n")
    writer.writeheader()
    for name, section in evaluation["tasks"].items():
        answers = [one for one in scored if one.task == name]
        for row in _rows(section, answers, seed=evaluation["seed"]):
            for measure, estimate in row["scores"].items():
                writer.writerow({**row, "task": name, "measure": measure, **estimate})
    return text.getvalue()


def _rows(section: Mapping[str, Any], answers: Sequence[ScoredAnswer], *, seed: int) -> list[dict[str, Any]]:
    table = Tabulation(
        measures=section["measures"], subjects=section["subjects"], variants=section["variants"], seed=seed
    )
    keys: dict[str, Callable[[ScoredAnswer], Any]] = {
        "kind": lambda one: one.prompt.kind,
        "language": lambda one: one.prompt.language,
        "depth": depth_key(depths_of(answers)),
    }
    rows: list[dict[str, Any]] = []
    for split in _SPLITS:
        rows += [
            row
            for row in table.rows(answers, {name: keys[name] for name in split})
            if sum(row[name] not in ("", None) for name in split) >= min(len(split), 2)
        ]
    return rows
