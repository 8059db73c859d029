"""`pipeline finetune --plan` reads a config and prints; it trains and writes nothing."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest
from small_student import ORIGINAL_TOKENS, write_small_build, write_small_model

from pipeline.cli.app import run

PLAN = ["finetune", "--plan", "--set", "finetune.stages=[]", "--set", "finetune.tuning.train_embeddings=true"]
"""The plan of one stage with the settings of these tests, not with the stages of the quickstart."""


@pytest.fixture
def model(tmp_path: Path) -> str:
    """A model folder without weights."""
    folder = write_small_model(tmp_path / "base", num_hidden_layers=4)
    (Path(folder) / "model.safetensors").unlink()
    return folder


def test_plan_as_json_sums_up_and_needs_no_weights(model: str, capsys: pytest.CaptureFixture[str]) -> None:
    arguments = [*PLAN, "--json", "--model", model, "--set", "finetune.max_tokens=900"]
    assert run([*arguments, "--memory-gib", "2", "--set", "finetune.device=cpu"]) == 0
    plan = json.loads(capsys.readouterr().out)
    assert (plan["device"], plan["pack_tokens"], plan["memory_bytes"]) == ("cpu", 900, 2 * 2**30)
    assert sum(term["bytes"] for term in plan["terms"] if term["at_peak"]) == plan["peak_bytes"] > 0
    assert plan["fits"] and plan["longest_tokens"] > 900


def test_plan_as_table_says_what_does_not_fit_and_what_to_change(
    model: str, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("COLUMNS", "200")
    arguments = [*PLAN, "--model", model, "--memory-gib", "1.51"]
    length = [
        "--set",
        "finetune.max_tokens=9000000",
        "--set",
        "finetune.rope={method: linear, factor: 20000}",
    ]
    assert 20000 * ORIGINAL_TOKENS > 9_000_000
    assert run([*arguments, *length]) == 0
    shown = capsys.readouterr().out
    assert "A pack of 9,000,000 tokens" in shown and "does not fit" in shown
    assert "finetune.memory.layer_inputs=host" in shown
    assert not list(Path(model).parent.glob("out*"))


def test_plan_of_several_processes_divides_the_pack_and_the_memory(
    model: str, capsys: pytest.CaptureFixture[str]
) -> None:
    arguments = [*PLAN, "--json", "--model", model, "--set", "finetune.max_tokens=900"]
    arguments += ["--memory-gib", "4", "--set", "finetune.device=cpu", "--set", "finetune.distributed.strategy=fsdp2"]
    plans = {}
    for processes in ("1", "2"):
        options = ["--processes", processes, "--set", f"finetune.distributed.sequence_parallel={processes}"]
        assert run([*arguments, *options]) == 0
        plans[processes] = json.loads(capsys.readouterr().out)
    one, two = plans["1"], plans["2"]
    assert [(plan["processes"], plan["shards"], plan["slices"]) for plan in (one, two)] == [(1, 1, 1), (2, 2, 2)]
    assert two["peak_bytes"] < one["peak_bytes"]
    # The interpreter of each process has its own part.
    assert two["process_bytes"] == two["memory_bytes"] // 2 - two["reserved_bytes"] < one["process_bytes"] // 2
    assert "weights gathered from other processes" in {term["name"] for term in two["terms"]}
    assert 0 < one["host"]["loading_bytes"] <= two["host"]["loading_bytes"] < one["host"]["memory_bytes"]
    assert two["host"]["memory_bytes"] < one["host"]["memory_bytes"]


def test_plan_counts_the_processes_that_torchrun_started_and_speaks_once(
    model: str, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    said = []
    for rank in ("0", "1"):
        launched = {"RANK": rank, "LOCAL_RANK": rank, "WORLD_SIZE": "2", "LOCAL_WORLD_SIZE": "2"}
        for name, value in {"TORCHELASTIC_RUN_ID": "test", **launched}.items():
            monkeypatch.setenv(name, value)
        arguments = ["--json", "--model", model, "--memory-gib", "4", "--set", "finetune.max_tokens=900"]
        assert run([*PLAN, *arguments]) == 0
        said.append(capsys.readouterr().out)
    assert json.loads(said[0])["processes"] == 2
    assert not said[1]


def test_plan_that_the_hosts_memory_cannot_load_does_not_fit(
    model: str, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("COLUMNS", "200")
    arguments = [*PLAN, "--model", model, "--memory-gib", "1", "--set", "finetune.device=cpu"]
    options = ["--processes", "2", "--set", "finetune.max_tokens=900"]
    assert run([*arguments, *options]) == 0
    shown = capsys.readouterr().out
    assert "each of 2 processes" in shown and "shared by 2 processes" in shown
    assert "not at the same time; this does not fit into 0.00 GiB" in shown


@pytest.mark.parametrize("processes", [1, 2])
def test_plan_table_counts_what_is_not_for_tensors_and_the_share_of_other_processes(
    model: str, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, processes: int
) -> None:
    monkeypatch.setenv("COLUMNS", "200")
    arguments = [*PLAN, "--model", model, "--set", "finetune.max_tokens=900", f"--processes={processes}"]
    arguments += ["--set", "finetune.device=cpu", "--set", "finetune.distributed.strategy=ddp"]
    # Otherwise a plan for less memory keeps fewer activations, so its peak is another.
    arguments += ["--set", "finetune.memory.gradient_checkpointing=true"]
    assert run([*arguments, "--json", "--memory-gib=64"]) == 0
    plan = json.loads(capsys.readouterr().out)
    peak, reserved = plan["peak_bytes"], plan["reserved_bytes"]
    assert 0 < peak < reserved, "so the whole memory would do where the share for tensors does not"
    for share, fits in ((0.5, False), (0.95, False), (1.05, True)):
        memory_bytes = processes * (reserved + share * peak)
        given = f"--memory-gib={memory_bytes / 2**30:.9f}"
        assert run([*arguments, given]) == 0
        shown = " ".join(capsys.readouterr().out.split())
        assert f"The pack {'fits' if fits else 'does not fit'}: cpu, as given has" in shown
        assert run([*arguments, "--json", given]) == 0
        assert (json.loads(capsys.readouterr().out)["process_bytes"] >= peak) is fits


def test_plan_that_training_would_refuse_is_refused(model: str, capsys: pytest.CaptureFixture[str]) -> None:
    arguments = [*PLAN, "--model", model, "--memory-gib", "4", "--set", "finetune.max_tokens=900"]
    assert run([*arguments, "--processes", "4", "--set", "finetune.distributed.sequence_parallel=4"]) == 2
    assert "a layer has 2 query heads" in capsys.readouterr().err


@pytest.mark.parametrize("option", ["--memory-gib", "--processes"])
def test_plan_options_without_plan_are_refused(capsys: pytest.CaptureFixture[str], option: str) -> None:
    assert run(["finetune", option, "80"]) == 2
    assert "--plan" in capsys.readouterr().err


def test_plan_of_a_missing_model_is_refused(capsys: pytest.CaptureFixture[str]) -> None:
    assert run([*PLAN, "--model", "./nowhere"]) == 2
    assert "nowhere" in capsys.readouterr().err


def test_plan_without_torch_names_the_extra() -> None:
    # A fresh interpreter in which torch cannot be imported, as where the extra is not installed.
    program = (
        "import sys\n"
        "sys.modules['torch'] = None\n"
        "from pipeline.cli.app import run\n"
        "sys.exit(run(['finetune', '--plan']))\n"
    )
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=False)
    assert done.returncode == 2
    assert "pip install 'longdoc-pipeline[train]'" in done.stderr


@pytest.fixture
def build(tmp_path: Path) -> str:
    return write_small_build(tmp_path / "build", num_train=9, num_validation=3)


STAGED = [
    *("finetune", "--plan", "--set", "finetune.device=cpu", "--set", "finetune.threads=1"),
    *(
        "--set",
        "finetune.stages=[{name: some, max_tokens: 200, max_steps: 1}, {name: all, max_tokens: 640, epochs: 2}]",
    ),
    *("--set", "finetune.rope={method: yarn, factor: 2}", "--set", "finetune.min_step_tokens=0"),
]


def test_plan_of_a_build_tells_steps_left_out_rows_and_time(
    model: str, build: str, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("COLUMNS", "200")
    arguments = [*STAGED, "--model", model, "--data", build]
    assert run([*arguments, "--json"]) == 0
    work = json.loads(capsys.readouterr().out)["work"]
    some, everything = work["stages"]
    assert (some["steps"], some["name"], everything["name"]) == (1, "some", "all")
    assert work["steps"] == 1 + everything["steps"] and work["seconds"] > 0
    (kind,) = some["kinds"]
    assert kind["read"] == 9 == sum(kind[reason] for reason in ("used", "too_long", "without_answer", "other_language"))
    assert kind["too_long"] and kind["not_drawn"] and not everything["kinds"][0]["not_drawn"]
    assert run(arguments) == 0
    shown = " ".join(capsys.readouterr().out.split())
    assert f"some: {kind['used']} of 9 rows" in shown
    assert f"Left out: {kind['too_long']} longer than 200 tokens." in shown
    assert f"The stage ends before {kind['not_drawn']} rows are read." in shown
    assert "of steps, as measured now on 2 layers" in shown and "Longest pack with this recipe" in shown
    assert sorted(path.name for path in Path(build).parent.iterdir()) == ["base", "build"]


def test_plan_for_another_machine_tells_steps_but_no_time(
    model: str, build: str, capsys: pytest.CaptureFixture[str]
) -> None:
    arguments = [*STAGED, "--model", model, "--data", build, "--json"]
    for options in (["--memory-gib", "4"], ["--processes", "2"]):
        assert run([*arguments, *options]) == 0
        work = json.loads(capsys.readouterr().out)["work"]
        assert work["steps"] > 1 and work["seconds"] is None and work["speed"] is None
        assert "one process on this machine" in work["not_timed"]


def test_plan_before_a_build_is_of_memory_alone(
    model: str, capsys: pytest.CaptureFixture[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("COLUMNS", "200")
    arguments = [*STAGED, "--model", model]
    assert run([*arguments, "--json"]) == 0
    assert json.loads(capsys.readouterr().out)["work"] is None
    assert run(arguments) == 0
    assert "so the steps are not known. Name one with --data." in capsys.readouterr().out
    assert run([*arguments, "--data", str(tmp_path / "nowhere")]) == 2
    assert "There are no training rows" in capsys.readouterr().err
