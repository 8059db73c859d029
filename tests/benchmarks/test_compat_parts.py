"""The loop of `make compat`: one table a part, and what it says of packages that differ or do not run."""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from benchmarks.compat.__main__ import PARTS, main
from benchmarks.compat.environments import Package
from benchmarks.compat.part import Outcome, Part, Prepared, Verdict, run_part
from benchmarks.compat.served_part import largest_difference, outcomes

HEAD = ("Two columns.", "", "| package | equal | |", "| --- | --- | --- |")
RUNS, FAILS = "examples_out", "no_such_loader"
"""Loaders: the first one does nothing and ends well."""


def package(root: Path, name: str, loader: str) -> Package:
    """Return a package whose environment is this interpreter."""
    folder = root / name / "bin"
    folder.mkdir(parents=True)
    (folder / "python").write_text(f'#!/bin/sh\nexec {sys.executable} "$@"\n')
    (folder / "python").chmod(0o755)
    (root / name / "compat-requirements.txt").write_text("nothing\n")
    return Package(name, loader, ("nothing",), ("pytest",))


def part(folder: Path, *packages: Package, wrong: str = "") -> Part:
    def judged(package: Package, out: Path) -> Iterator[Outcome]:
        yield f"| {package.name} | {package.name != wrong} | |", package.name != wrong

    return Part("made.md", "Made", packages, lambda root, data: Prepared(HEAD, (), judged), results_folder=folder)


def test_part_shows_every_package_and_goes_on_after_one_that_fails(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    packages = [package(tmp_path, name, loader) for name, loader in (("a", RUNS), ("b", FAILS), ("c", RUNS))]
    made = part(tmp_path / "results", *packages)
    assert run_part(made, tmp_path, data=None, only=()) is Verdict.NOT_RUN
    shown = capsys.readouterr().out.splitlines()
    assert shown[:4] == list(HEAD)
    assert shown[4] == "| a | True | |" and shown[6] == "| c | True | |"
    assert shown[5].startswith("| b | not run: ") and FAILS in shown[5] and shown[5].endswith(" | |")
    written = (tmp_path / "results" / "made.md").read_text()
    assert shown[5] in written and "- a pytest " in written


def test_part_that_differs_is_wrong_and_one_package_alone_writes_no_results(tmp_path: Path) -> None:
    packages = [package(tmp_path, name, RUNS) for name in ("a", "b")]
    made = part(tmp_path / "results", *packages, wrong="b")
    assert run_part(made, tmp_path, data=None, only=["a"]) is Verdict.RIGHT
    assert run_part(made, tmp_path, data=None, only=["b"]) is Verdict.WRONG
    assert not (tmp_path / "results").exists()
    assert run_part(made, tmp_path, data=None, only=["another"]) is Verdict.RIGHT


def test_package_that_does_not_install_is_not_run(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    made = part(tmp_path / "results", replace(package(tmp_path, "a", RUNS), requirements=("./no-such-folder",)))
    assert run_part(made, tmp_path, data=None, only=()) is Verdict.NOT_RUN
    assert "| a | not run: " in capsys.readouterr().out


def test_command_knows_every_package_once(capsys: pytest.CaptureFixture[str]) -> None:
    names = [package.name for part in PARTS for package in part.packages]
    assert len(set(names)) == len(names) == 9 and {"vllm", "llama.cpp", "transformers-4", "trl"} <= set(names)
    with pytest.raises(SystemExit):
        main(["--only", "unknown"])
    assert "transformers-4" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("change", "is_right"),
    [
        ({}, True),
        ({"logprobs": [-0.11, -0.52]}, True),
        ({"logprobs": [-0.1, -0.9]}, False),
        ({"logprobs": [-0.1]}, False),
        ({"token_ids": [7, 8]}, False),
        ({"prompt_ids": [1]}, False),
    ],
)
def test_served_answer_is_right_if_ids_tokens_and_probabilities_are(
    tmp_path: Path, change: dict[str, object], is_right: bool
) -> None:
    expected = {"prompt_ids": [1, 2], "token_ids": [7, 9], "logprobs": [-0.1, -0.5]}
    out = tmp_path / "answers.jsonl"
    out.write_text(json.dumps(expected | change))
    ((line, found),) = outcomes(Package("vllm", "serve_vllm", (), ()), out, expected=expected)
    assert found is is_right and ("**differs**" in line) is not is_right


def test_largest_difference_of_nothing_or_of_other_lengths_is_infinite() -> None:
    assert largest_difference([1.0, 2.0], [1.5, 2.25]) == 0.5
    assert largest_difference([1.0], [1.0, 2.0]) == largest_difference([], []) == float("inf")
