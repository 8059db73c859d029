"""What commands print about small things, as approved; paths of this run are left out."""

from __future__ import annotations

import json
import re
from collections.abc import Sequence
from pathlib import Path

import pytest
import yaml
from approved_outcome import check_approved
from small_student import small_recipe, write_small_build, write_small_model

from pipeline.cli.app import run
from pipeline.io.checked_json import write_checked


@pytest.fixture(autouse=True)
def _wide(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("COLUMNS", "200")
    monkeypatch.chdir(tmp_path)


@pytest.fixture
def model(tmp_path: Path) -> str:
    write_small_model(tmp_path / "base")
    return "base"


def _recipe(tmp_path: Path, **settings: object) -> str:
    values = small_recipe("base", **settings).model_dump(mode="json")
    (tmp_path / "recipe.yaml").write_text(yaml.safe_dump({**values, "output": "out"}), encoding="utf-8")
    return "recipe.yaml"


def _printed(capsys: pytest.CaptureFixture[str], arguments: Sequence[str], *, code: int = 0) -> list[str]:
    assert run(arguments) == code
    told = capsys.readouterr()
    said = told.err if code == 2 else told.out  # libraries show their progress where nothing is wrong
    return [f"$ pipeline {' '.join(arguments)}", *(line.rstrip() for line in said.splitlines())]


def test_plan_in_words(tmp_path: Path, model: str, capsys: pytest.CaptureFixture[str]) -> None:
    recipe, lines = _recipe(tmp_path, tuning={"rank": 4}, device="cuda", loss={"chunk_tokens": 64}), []
    for options in (
        ["--memory-gib", "1.501"],
        ["--memory-gib", "80", "--processes", "2", "--set", "finetune.distributed.strategy=fsdp2"],
        ["--memory-gib", "4", "--processes", "2", "--set", "finetune.device=cpu"],
        [
            "--memory-gib",
            "80",
            "--processes",
            "4",
            "--set",
            "finetune.distributed={strategy: ddp, sequence_parallel: 2}",
        ],
    ):
        lines += _printed(capsys, ["finetune", recipe, "--plan", *options])
    check_approved("cli_plan.txt", lines)


def test_frequencies_in_words(tmp_path: Path, model: str, capsys: pytest.CaptureFixture[str]) -> None:
    recipe = _recipe(tmp_path, rope={"method": "yarn", "factor": 3.0, "beta_fast": 8.0})
    fragment = {"finetune": {"rope": {"method": "linear", "factor": 5.0}}}
    (tmp_path / "part.yaml").write_text(yaml.safe_dump(fragment), encoding="utf-8")
    lines = _printed(capsys, ["rope", "show", model, "--factor", "2"])
    options = [
        "--method",
        "ntk",
        "--method",
        "llama3",
        "--recipe",
        recipe,
        "--fragment",
        "part.yaml",
        "--output",
        "page",
    ]
    lines += _printed(capsys, ["rope", "show", model, *options])
    assert (tmp_path / "page" / "report.html").is_file()
    lines += _printed(capsys, ["rope", "show", model, "--method", "none"], code=2)
    check_approved("cli_rope_show.txt", lines)


def test_leaks_in_words(tmp_path: Path, model: str, capsys: pytest.CaptureFixture[str]) -> None:
    lines = _printed(capsys, ["doctor", "--leaks", model])
    shown = [re.sub(r"\d(?:\.\d+)?(?:e-\d+)?(?= *│)", "#", line) for line in lines]
    check_approved("cli_leaks.txt", shown)


def test_export_for_megatron_in_words_and_arguments(
    tmp_path: Path, model: str, capsys: pytest.CaptureFixture[str]
) -> None:
    write_small_build(tmp_path / "out" / "build", num_train=6, num_validation=2)
    optimizer = {"learning_rate": 0.003, "beta1": 0.7, "beta2": 0.8, "weight_decay": 0.2, "max_grad_norm": 0.4}
    recipe = _recipe(
        tmp_path,
        rope={"method": "yarn", "factor": 2.0},
        optimizer={**optimizer, "warmup_steps": 3, "final_learning_rate_share": 0.25},
        stages=[
            {"name": "short", "max_tokens": 400, "max_steps": 4},
            {"name": "long", "packs_per_step": 2, "max_steps": 3},
        ],
        tuning={"method": "full"},
        distributed={"sequence_parallel": 2},
    )
    (tmp_path / "part.yaml").write_text("seed: 23\n", encoding="utf-8")
    lines = _printed(capsys, ["export-megatron", recipe, "--with", "part.yaml"])
    for path in sorted((tmp_path / "out" / "megatron").rglob("*")):
        if path.suffix in (".txt", ".json", ".md"):
            text = path.read_text(encoding="utf-8").replace(str(tmp_path), "HERE")
            lines += [f"== {path.relative_to(tmp_path)}", *filter(_is_told, text.splitlines())]
        elif path.is_file():
            lines.append(f"== {path.relative_to(tmp_path)}")
    check_approved("cli_megatron.txt", lines, relative=1e-4)


def _is_told(line: str) -> bool:
    """Whether a line says the same on any machine: sizes and hashes of parquet files change with their library."""
    return not line.strip().startswith(('"num_bytes"', '"sha256"', '"checksum"'))


def test_verdicts_in_words(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    for name, number in (("few", 50), ("many", 51)):
        write_checked(f"{name}/evaluation.json", {"cells": number})
        for cell in range(number):
            (tmp_path / name / "cells").mkdir(exist_ok=True)
            (tmp_path / name / "cells" / f"{cell:02d}.json").write_text("{")
    write_checked("right/evaluation.json", {"cells": 0})
    write_checked("one/evaluation.json", {"cells": 1})
    (tmp_path / "one" / "cells").mkdir()
    (tmp_path / "one" / "cells" / "a.json").write_text("{")
    lines = _printed(capsys, ["verify", "right"]) + _printed(capsys, ["verify", "one"], code=1)
    lines += _printed(capsys, ["verify", "few"], code=1)[-4:] + _printed(capsys, ["verify", "many"], code=1)[-4:]
    _, line = _printed(capsys, ["verify", "one", "--json"], code=1)
    lines.append(json.dumps(json.loads(line), sort_keys=True))
    check_approved("cli_verify.txt", lines)
