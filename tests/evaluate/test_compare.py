"""Evaluations of several folders, compared by the questions they share."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from scored_answers import ROWS_VARIANTS, answered, evaluation_of, task

from pipeline.cli.app import run
from pipeline.errors import DamagedFileError, InputError
from pipeline.evaluate.compare import compare, comparison_of
from pipeline.evaluate.prompt import ScoredAnswer
from pipeline.evaluate.results.result_files import write_result_files
from pipeline.io.checked_json import read_checked, write_checked
from pipeline.report.comparison_page import comparison_headline, write_comparison_report

TASKS = [task(variants=ROWS_VARIANTS, title="Held-out rows"), task("passkey", measures=("exact",), title="Passkey")]


def _folder(root: Path, scored: list[ScoredAnswer], subjects: dict[str, str], **changed: Any) -> str:
    names = list(subjects)
    evaluation = evaluation_of(
        [one for one in TASKS if any(answer.task == one.name for answer in scored)],
        scored,
        subjects=subjects,
        main=names[-1],
        reference=names[0] if len(names) > 1 else None,
    )
    write_result_files(str(root), evaluation, scored)
    write_checked(str(root / "evaluation.json"), {**evaluation, **changed})
    return str(root)


def _rows(subject: str, level: float, *, items: range = range(12), lengths: tuple[int, ...] = (2048, 4096)) -> Any:
    return [
        answered(subject, level + n % 3 / 100 * (level < 0.5), item=f"q{n}", length=length)
        for n in items
        for length in lengths
    ]


def test_compare_pairs_the_questions_of_two_folders_and_writes_both_files(tmp_path: Path) -> None:
    one = _folder(tmp_path / "one", _rows("model", 0.2), {"model": "tuned"})
    two = _folder(tmp_path / "two", _rows("model", 0.7, items=range(4, 16)), {"model": "tuned"})
    result = compare([one, two], output=str(tmp_path / "comparison"))
    comparison = read_checked(result.record)
    assert comparison == json.loads(json.dumps(result.comparison))
    assert comparison["reference"] == f"model ({one})"
    rows = comparison["tasks"]["rows"]["rows"]
    assert [(row["length"], row["n"], row["unpaired"]) for row in rows] == [(2048, 8, 8), (4096, 8, 8), (None, 16, 16)]
    difference = rows[-1]["scores"]["f1"]
    assert 0.48 < difference["value"] < 0.5 and difference["is_clear"] and difference["documents"] == 8
    assert rows[-1]["means"]["f1"][0] == 0.7 and 0.2 < rows[-1]["means"]["f1"][1] < 0.22
    assert comparison_headline(comparison) == (
        f"Compared with model ({one}), model ({two}) is better on Held-out rows."
    )
    page = Path(result.report).read_text(encoding="utf-8")
    assert "model (" in page and "better on Held-out rows" in page
    assert write_comparison_report(str(tmp_path / "comparison")) == result.report


def test_compare_leaves_bases_beside_other_models_out_and_takes_a_lone_base(tmp_path: Path) -> None:
    both = _rows("base", 0.1) + _rows("lora", 0.6)
    one = _folder(tmp_path / "one", both, {"base": "base", "lora": "tuned"})
    two = _folder(tmp_path / "two", _rows("big", 0.6), {"big": "base"})
    comparison = comparison_of([one, two])
    assert [side["label"] for side in comparison["sides"]] == ["lora", "big"]
    assert comparison_headline(comparison) == "Compared with lora, big is not measurably different on Held-out rows."


def test_compare_only_tasks_that_both_have_and_says_what_differs(tmp_path: Path) -> None:
    passkeys = [answered("a", task="passkey", scores={"exact": 1.0})]
    one = _folder(tmp_path / "one", _rows("a", 0.2) + passkeys, {"a": "other"})
    versions = {"longdoc-pipeline": "0.2.0", "python": "3.11.9"}
    two = _folder(tmp_path / "two", _rows("b", 0.2), {"b": "other"}, versions=versions, seed=18)
    comparison = comparison_of([one, two])
    assert list(comparison["tasks"]) == ["rows"] and comparison["not_compared"] == ["passkey"]
    assert comparison["notes"] == [
        "The evaluations have different seeds (17, 18).",
        "The evaluations have different versions of longdoc-pipeline (0.1.0, 0.2.0).",
    ]


def test_compare_without_a_common_question_says_what_to_do(tmp_path: Path) -> None:
    one = _folder(tmp_path / "one", _rows("a", 0.2, lengths=(2048,)), {"a": "other"})
    two = _folder(tmp_path / "two", _rows("b", 0.2, lengths=(4096,)), {"b": "other"})
    with pytest.raises(InputError, match="have no question in common") as raised:
        compare([one, two], output=str(tmp_path / "out"))
    assert "same build" in str(raised.value) and not (tmp_path / "out").exists()


def test_compare_of_too_little_or_of_another_folder_is_refused(tmp_path: Path) -> None:
    one = _folder(tmp_path / "one", _rows("a", 0.2), {"a": "other"})
    with pytest.raises(InputError, match="nothing to compare: 1 model"):
        comparison_of([one])
    with pytest.raises(InputError, match="nothing to compare: 0 model"):
        comparison_of([])
    with pytest.raises(InputError, match="not a finished evaluation"):
        comparison_of([one, str(tmp_path)])


def test_compare_of_one_folder_in_two_words_is_refused(tmp_path: Path) -> None:
    one = _folder(tmp_path / "one", _rows("a", 0.2), {"a": "other"})
    for again in (one, f"{one}/", str(tmp_path / "one" / ".." / "one")):
        with pytest.raises(InputError, match="is given twice"):
            comparison_of([one, again])


def test_compare_of_an_evaluation_of_another_version_is_refused(tmp_path: Path) -> None:
    one = _folder(tmp_path / "one", _rows("a", 0.2), {"a": "other"})
    (tmp_path / "old").mkdir()
    write_checked(str(tmp_path / "old" / "evaluation.json"), {"models": {}, "passkey": []})
    with pytest.raises(InputError, match=r"old was evaluated by another version: .* has no 'main'"):
        comparison_of([one, str(tmp_path / "old")])


@pytest.mark.parametrize("damage", ['{"cut', "[]", '{"subject": "b"}', "7"])
def test_compare_damaged_samples_name_the_line(damage: str, tmp_path: Path) -> None:
    one = _folder(tmp_path / "one", _rows("a", 0.2), {"a": "other"})
    two = _folder(tmp_path / "two", _rows("b", 0.2), {"b": "other"})
    path = tmp_path / "two" / "samples" / "rows-b.jsonl"
    path.write_text(path.read_text(encoding="utf-8") + damage, encoding="utf-8")
    with pytest.raises(DamagedFileError, match="line 25 is no sample"):
        comparison_of([one, two])


def test_compare_command_prints_differences_and_paths(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    one = _folder(tmp_path / "one", _rows("a", 0.2), {"a": "other"})
    two = _folder(tmp_path / "two", _rows("b", 0.7), {"b": "other"})
    assert run(["evaluate", "compare", one, two, "--output", str(tmp_path / "out")]) == 0
    printed = capsys.readouterr().out
    assert "+0.49" in printed and "Compared with a, b is better on Held-out rows." in printed
    assert (tmp_path / "out" / "comparison.html").is_file()
