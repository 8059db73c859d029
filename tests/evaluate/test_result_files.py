"""Samples and the long table beside `evaluation.json`."""

from __future__ import annotations

import csv
import json
from pathlib import Path
from typing import Any

from scored_answers import ROWS_VARIANTS, answered, evaluation_of, task

from pipeline.evaluate.prompt import ScoredAnswer, sample_of
from pipeline.evaluate.results.result_files import COLUMNS, sample_file, write_result_files

SUBJECTS = {"base": "base", "org/tuned": "tuned"}


def _scored() -> list[ScoredAnswer]:
    return [
        answered(
            subject,
            score,
            item=f"q{n}",
            cluster=f"d{n // 2}",
            kind=("amount", "마감일")[n % 2],
            language=("en", "ko")[n // 2],
            depth=n / 4,
            answer='쉼표, 따옴표 " 줄\n바꿈',
        )
        for subject, score in (("base", 0.25), ("org/tuned", 0.75))
        for n in range(4)
    ]


def _write(folder: Path, scored: list[ScoredAnswer]) -> dict[str, Any]:
    evaluation = evaluation_of(
        [task(variants=ROWS_VARIANTS)], scored, subjects=SUBJECTS, main="org/tuned", reference="base"
    )
    write_result_files(str(folder), evaluation, scored)
    return evaluation


def test_samples_have_every_answer_of_a_task_and_subject_in_a_file_of_their_own(tmp_path: Path) -> None:
    scored = _scored()
    _write(tmp_path, scored)
    names = sorted(path.name for path in (tmp_path / "samples").iterdir())
    assert names == sorted(sample_file("rows", subject) for subject in SUBJECTS) and "/" not in "".join(names)
    lines = (tmp_path / "samples" / sample_file("rows", "base")).read_text(encoding="utf-8").splitlines()
    assert [json.loads(line) for line in lines] == [sample_of(one) for one in scored if one.subject == "base"]


def test_samples_of_an_earlier_evaluation_go(tmp_path: Path) -> None:
    _write(tmp_path, _scored())
    _write(tmp_path, [one for one in _scored() if one.subject == "base"])
    assert [path.name for path in (tmp_path / "samples").iterdir()] == ["rows-base.jsonl"]


def test_sample_files_of_two_subjects_never_share_a_name() -> None:
    names = ["a/b", "a_b", "a b", "a:b", "모델"]
    assert len({sample_file("rows", name) for name in names}) == len(names)
    assert sample_file("rows", "모델") == "rows-모델.jsonl"


def test_table_has_the_cells_and_their_splits_with_intervals(tmp_path: Path) -> None:
    evaluation = _write(tmp_path, _scored())
    with (tmp_path / "tables.csv").open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    assert tuple(rows[0]) == COLUMNS
    whole = [row for row in rows if not row["kind"] and not row["language"] and not row["depth"]]
    assert [(row["subject"], row["value"], row["n"], row["documents"]) for row in whole] == [
        ("base", "0.25", "4", "2"),
        ("org/tuned", "0.75", "4", "2"),
    ]
    assert whole[0]["low"] == str(evaluation["tasks"]["rows"]["cells"][0]["scores"]["f1"]["low"])
    splits = {tuple(bool(row[name]) for name in ("kind", "language", "depth")) for row in rows}
    assert splits == {
        (False, False, False),
        (True, False, False),
        (False, True, False),
        (False, False, True),
        (True,) * 3,
    }
    for split in splits:
        counted = [
            int(row["n"]) for row in rows if tuple(bool(row[name]) for name in ("kind", "language", "depth")) == split
        ]
        assert sum(counted) == 8, split


def test_files_are_equal_whatever_the_order_of_the_answers(tmp_path: Path) -> None:
    _write(tmp_path / "one", _scored())
    _write(tmp_path / "two", _scored()[::-1])
    assert (tmp_path / "one" / "tables.csv").read_bytes() == (tmp_path / "two" / "tables.csv").read_bytes()
