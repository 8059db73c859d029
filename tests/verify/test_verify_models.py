"""Model and evaluation folders: checkpoints, exported files, weights' headers and records."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from pipeline.cli.app import run
from pipeline.errors import FolderBusyError, InputError
from pipeline.identity import sha256_hex
from pipeline.io.checked_json import write_checked
from pipeline.io.lease import hold_folder
from pipeline.verify.run import FolderKind, Verdict, verify_folder

STEP = "checkpoints/step-000004"


def verified(folder: Path) -> Verdict:
    return verify_folder(str(folder), show=lambda _: None)


def named(folder: Path) -> dict[str, str]:
    return {problem.path: problem.what for problem in verified(folder).problems}


def safetensors(num_bytes: int) -> bytes:
    header = json.dumps({"w": {"dtype": "U8", "shape": [num_bytes], "data_offsets": [0, num_bytes]}}).encode()
    return len(header).to_bytes(8, "little") + header + bytes(num_bytes)


def sums(*data: tuple[str, bytes]) -> dict[str, dict[str, object]]:
    return {name: {"num_bytes": len(own), "sha256": sha256_hex(own)} for name, own in data}


@pytest.fixture
def model(tmp_path: Path) -> Path:
    weights, shard = safetensors(64), b"tensors" * 20
    (tmp_path / STEP).mkdir(parents=True)
    (tmp_path / STEP / "__0_0.distcp").write_bytes(shard)
    write_checked(str(tmp_path / STEP / "checksums.json"), {"files": sums(("__0_0.distcp", shard))})
    (tmp_path / "model.safetensors").write_bytes(weights)
    write_checked(str(tmp_path / "run.json"), {"fingerprint": "f"})
    write_checked(str(tmp_path / "training.json"), {"files": sums(("model.safetensors", weights))})
    return tmp_path


def test_model_folder_as_it_was_written_passes_and_says_what_was_checked(model: Path) -> None:
    verdict = verified(model)
    assert verdict.kind is FolderKind.MODEL
    assert not verdict.problems
    assert verdict.counts == {
        "checkpoint files": 1,
        "checkpoint lists": 1,
        "model files": 1,
        "records": 2,
        "weight files": 1,
    }


@pytest.mark.parametrize(
    ("name", "what"),
    [
        (f"{STEP}/__0_0.distcp", "has changed since it was written"),
        (f"{STEP}/checksums.json", "its content does not match its checksum"),
        ("run.json", "its content does not match its checksum"),
        ("training.json", "its content does not match its checksum"),
        ("model.safetensors", "has changed since it was written"),
    ],
)
def test_changed_file_of_a_model_folder_is_named(model: Path, name: str, what: str) -> None:
    data = (model / name).read_bytes()
    at = data.index(b"f") if name.endswith(".json") else len(data) - 1
    (model / name).write_bytes(data[:at] + b"e" + data[at + 1 :])
    assert named(model) == {name: what}


@pytest.mark.parametrize("name", [f"{STEP}/__0_0.distcp", f"{STEP}/checksums.json", "model.safetensors"])
def test_missing_file_of_a_model_folder_is_named(model: Path, name: str) -> None:
    (model / name).unlink()
    assert named(model) == {name: "is missing"}


def test_weights_that_are_shorter_or_longer_than_their_header_are_named_without_any_record(model: Path) -> None:
    (model / "training.json").unlink()
    (model / "model.safetensors").write_bytes(safetensors(64)[:-3])
    assert "but its header says" in named(model)["model.safetensors"]
    (model / "model.safetensors").write_bytes(safetensors(64) + b"x")
    size = len(safetensors(64))
    assert named(model) == {"model.safetensors": f"has {size + 1:,} bytes, but its header says {size:,}"}
    (model / "model.safetensors").write_bytes(b"\xff" * 40)
    assert named(model) == {"model.safetensors": "has an unreadable header"}


def test_what_finetune_set_aside_is_no_problem(model: Path) -> None:
    aside = model / "checkpoints" / "step-000002.damaged"
    aside.mkdir()
    (aside / "state.json").write_text("{")
    (model / "run.json.damaged-2").write_text("{")
    assert named(model) == {}


def test_evaluation_folder_with_a_damaged_cell_names_it(tmp_path: Path) -> None:
    write_checked(str(tmp_path / "evaluation.json"), {"cells": 1})
    write_checked(str(tmp_path / "cells" / "a.json"), {"nll": [1.0]})
    assert verified(tmp_path).kind is FolderKind.EVALUATION
    assert named(tmp_path) == {}
    (tmp_path / "cells" / "a.json").write_text("")
    assert named(tmp_path) == {"cells/a.json": "it is empty"}


def test_folder_of_somebody_else_is_refused(tmp_path: Path) -> None:
    (tmp_path / "notes.txt").write_text("mine")
    with pytest.raises(InputError, match="not a build, model or evaluation folder"):
        verified(tmp_path)


def test_verify_refuses_a_folder_that_a_run_is_writing(tmp_path: Path) -> None:
    (tmp_path / "run.json").write_text("{}")
    with hold_folder(str(tmp_path), command="finetune"), pytest.raises(FolderBusyError, match="pipeline finetune"):
        verify_folder(str(tmp_path), show=lambda _: None)
    assert verify_folder(str(tmp_path), show=lambda _: None).problems


def test_command_ends_with_1_for_a_folder_that_is_wrong_and_with_0_for_one_that_is_right(model: Path) -> None:
    assert run(["verify", str(model)]) == 0
    (model / "model.safetensors").unlink()
    assert run(["verify", str(model)]) == 1


@pytest.mark.parametrize(("extra", "what"), [(b"", None), (b"!", 1), (b"!" * 2000, 2000), (None, -1)])
def test_weights_with_more_or_less_than_their_header_says_are_named(
    model: Path, extra: bytes | None, what: int
) -> None:
    (model / "training.json").unlink()
    data = safetensors(64)
    (model / "model.safetensors").write_bytes(data[:-1] if extra is None else data + extra)
    expected = (
        {}
        if what is None
        else {"model.safetensors": f"has {len(data) + what:,} bytes, but its header says {len(data):,}"}
    )
    assert named(model) == expected


@pytest.mark.parametrize(
    ("name", "next_run"),
    [
        (f"{STEP}/__0_0.distcp", "finetune sets the checkpoint aside and continues from the previous one"),
        (f"{STEP}/checksums.json", "finetune sets the checkpoint aside and continues from the previous one"),
        ("run.json", "finetune sets it aside; run the same command again"),
        ("model.safetensors", "run the same finetune command again: it rebuilds the model from the last checkpoint"),
        ("tokens/checksums.json", "finetune tokenizes the rows again"),
        ("tokens/train-00000.parquet", "finetune tokenizes the rows again"),
    ],
)
def test_damage_of_a_model_folder_is_named_with_what_finetune_does(model: Path, name: str, next_run: str) -> None:
    write_checked(str(model / "tokens" / "checksums.json"), {"files": sums(("train-00000.parquet", b"rows"))})
    (model / "tokens" / "train-00000.parquet").write_bytes(b"rows")
    assert not verified(model).problems
    assert verified(model).counts["token files"] == verified(model).counts["token lists"] == 1
    (model / name).write_bytes(b"x" + (model / name).read_bytes())
    assert {(problem.path, problem.next_run) for problem in verified(model).problems} == {(name, next_run)}


def test_list_of_another_version_is_named(model: Path) -> None:
    write_checked(str(model / STEP / "checksums.json"), {"sums": {}})
    assert named(model) == {f"{STEP}/checksums.json": "was written by a different version"}
