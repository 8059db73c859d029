"""`pipeline rope show` and `pipeline rope search` as commands."""

from __future__ import annotations

from pathlib import Path

import pytest
from prose import document
from small_architectures import write_random_model
from small_student import write_small_model

from pipeline.cli.app import run

SMALL_SEARCH = [
    f"--set=rope_search.{setting}"
    for setting in (
        "max_evaluations=11",
        "documents=1",
        "held_out_documents=1",
        "scored_tokens=16",
        "finalists=1",
        "dtype=float32",
        "device=cpu",
    )
]


@pytest.fixture
def model(tmp_path: Path) -> str:
    return write_small_model(tmp_path / "model")


def test_search_prints_a_fragment_that_show_reads(
    model: str, tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("COLUMNS", "200")
    for index in range(2):
        (tmp_path / f"{index}.txt").write_text(document("en", index, num_sentences=40), encoding="utf-8")
    output = tmp_path / "search"
    data = [f"--data={tmp_path / name}" for name in ("0.txt", "1.txt")]
    arguments = ["rope", "search", model, "--factor=4", *data, *SMALL_SEARCH, f"--output={output}"]
    assert run(arguments) == 0
    printed = capsys.readouterr().out
    assert "method: longrope" in printed and "long_factors:" in printed
    assert str(output / "rope.yaml") in printed.replace("\n", "")
    shown = ["rope", "show", model, "--method=yarn", f"--fragment={output / 'rope.yaml'}", f"--output={tmp_path}"]
    assert run(shown) == 0
    table = capsys.readouterr().out
    assert "yarn" in table and "searched" in table
    assert len([line for line in table.splitlines() if line.startswith("│")]) == 8 + 1
    assert "searched" in (tmp_path / "report.html").read_text(encoding="utf-8")


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["--method=ropey"], "There is no RoPE method 'ropey'"),
        (["--method=none"], "There is no RoPE method 'none'"),
        (["--method=longrope"], "needs long_factors"),
        (["--fragment=nowhere.yaml"], "holds no finetune.rope"),
    ],
)
def test_show_refuses_what_it_cannot_show(
    model: str, arguments: list[str], message: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(["rope", "show", model, *arguments]) == 2
    assert message in capsys.readouterr().err


@pytest.mark.parametrize("command", [["show"], ["search", "--factor=2", "--data=."]])
def test_a_model_without_rotary_embeddings_is_refused(
    tmp_path: Path, command: list[str], capsys: pytest.CaptureFixture[str]
) -> None:
    name, *options = command
    assert run(["rope", name, write_random_model(tmp_path, "mamba"), *options]) == 2
    assert "has no rotary embeddings" in capsys.readouterr().err


def test_search_needs_documents_that_exist(model: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["rope", "search", model, "--factor=4", "--data=/nowhere", *SMALL_SEARCH]) == 2
    assert "There is no file or folder /nowhere" in capsys.readouterr().err
