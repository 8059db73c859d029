"""`pipeline export-megatron`: what would be trained on, token for token."""

from __future__ import annotations

import json
import struct
from pathlib import Path

import numpy as np
import pytest
import yaml
from small_architectures import write_random_model
from small_student import ORIGINAL_TOKENS, small_recipe, write_small_build, write_small_model

from pipeline.cli.app import run
from pipeline.config.load import load_recipe
from pipeline.io.layout import BuildFolder
from pipeline.io.parts import read_parts
from pipeline.records import SftExample
from pipeline.tokens.conversation import tokenize_conversation
from pipeline.train.stages import resolve_stages


def _sequences(prefix: Path, dtype: str) -> list[list[int]]:
    index = Path(f"{prefix}.idx").read_bytes()
    (count,) = struct.unpack_from("<Q", index, 18)
    lengths = np.frombuffer(index, dtype="<i4", count=count, offset=34)
    numbers = np.frombuffer(Path(f"{prefix}.bin").read_bytes(), dtype=dtype)
    return [part.tolist() for part in np.split(numbers, np.cumsum(lengths)[:-1])]


@pytest.fixture
def recipe(tmp_path: Path) -> Path:
    model = write_small_model(tmp_path / "base")
    write_small_build(tmp_path / "build", num_train=6, num_validation=2)
    values = small_recipe(model, distributed={"sequence_parallel": 2}, rope={"method": "linear", "factor": 2.0})
    path = tmp_path / "recipe.yaml"
    path.write_text(yaml.safe_dump(values.model_dump(mode="json")), encoding="utf-8")
    return path


def test_every_row_is_there_with_its_answers_marked(tmp_path: Path, recipe: Path) -> None:
    arguments = ["export-megatron", str(recipe), "--data", str(tmp_path / "build"), "--output", str(tmp_path / "out")]
    assert run(arguments) == 0
    out = tmp_path / "out" / "main"
    rows = list(read_parts(BuildFolder(str(tmp_path / "build")).sft, SftExample))
    conversations = [tokenize_conversation(row.messages, str(tmp_path / "base")) for row in rows]
    expected = sorted((list(c.ids), [int(mark) for mark in c.is_answer]) for c in conversations)
    found: list[tuple[list[int], list[int]]] = []
    for split in ("train", "validation"):
        tokens, answers = (
            _sequences(out / f"sft-{split}_tokens", "<u2"),
            _sequences(out / f"sft-{split}_answers", "<u1"),
        )
        found += zip(tokens, answers, strict=True)
    assert len(expected) == 8 and sorted(found) == expected
    lines = (out / "arguments.txt").read_text(encoding="utf-8").splitlines()
    assert {"--seq-length 640", "--rotary-seq-len-interpolation-factor 2", "--context-parallel-size 2"} <= set(lines)
    rope = json.loads((out / "rope.json").read_text(encoding="utf-8"))
    assert rope["inverse_frequencies"] == pytest.approx([10000.0 ** (-i / 8) / 2 for i in range(8)])
    assert "sft-train_tokens" in (out / "README.md").read_text(encoding="utf-8")


@pytest.mark.parametrize("family", ["phi", "mamba", "rwkv", "gemma3"])
def test_other_families_get_data_and_schedule_and_are_left_to_describe(
    tmp_path: Path, family: str, capsys: pytest.CaptureFixture[str]
) -> None:
    model = write_random_model(tmp_path / "base", family)
    write_small_build(tmp_path / "build", num_train=6, num_validation=2)
    values = small_recipe(model, max_tokens=320, rope={"method": "none"})
    path = tmp_path / "recipe.yaml"
    path.write_text(yaml.safe_dump(values.model_dump(mode="json")), encoding="utf-8")
    assert (
        run(["export-megatron", str(path), "--data", str(tmp_path / "build"), "--output", str(tmp_path / "out")]) == 0
    )
    assert "Describe the model yourself" in " ".join(capsys.readouterr().out.split())
    out = tmp_path / "out" / "main"
    lines = (out / "arguments.txt").read_text(encoding="utf-8").splitlines()
    assert {"--seq-length 320", "--tokenizer-type HuggingFaceTokenizer", "--train-iters 4"} <= set(lines)
    has_rotary = family in ("phi", "gemma3")
    assert ("--position-embedding-type rope" in lines) is has_rotary
    assert not any(line.startswith("--num-layers") for line in lines)
    assert len(_sequences(out / "sft-train_tokens", "<u2")) == 6


def test_stages_share_the_schedule_of_the_run(tmp_path: Path, recipe: Path) -> None:
    values = yaml.safe_load(recipe.read_text(encoding="utf-8"))
    values["finetune"]["stages"] = [{"name": "short", "max_steps": 3}, {"name": "long", "max_steps": 2}]
    recipe.write_text(yaml.safe_dump(values), encoding="utf-8")
    arguments = ["export-megatron", str(recipe), "--data", str(tmp_path / "build"), "--output", str(tmp_path / "out")]
    assert run(arguments) == 0
    short, long = (
        set((tmp_path / "out" / name / "arguments.txt").read_text(encoding="utf-8").splitlines())
        for name in ("short", "long")
    )
    assert {"--train-iters 3", "--lr-decay-iters 5"} <= short
    assert {"--train-iters 5", "--lr-decay-iters 5", "--override-opt_param-scheduler"} <= long


def test_no_data_is_the_user_s_error(tmp_path: Path, recipe: Path) -> None:
    assert run(["export-megatron", str(recipe), "--data", str(tmp_path / "nowhere"), "--output", str(tmp_path)]) == 2


@pytest.mark.parametrize("method", ["yarn", "ntk", "dynamic", "longrope", "llama3"])
def test_rope_file_holds_the_frequencies_of_the_length_that_is_reached(
    tmp_path: Path, recipe: Path, method: str
) -> None:
    rope: dict[str, object] = {"method": method, "factor": 4.0}
    if method == "longrope":
        rope |= {"long_factors": [1.0, 1.5, 2.0, 2.5, 3.0, 3.5, 4.0, 4.5], "attention_factor": 1.25}
    values = yaml.safe_load(recipe.read_text(encoding="utf-8"))
    values["finetune"]["rope"] = rope
    recipe.write_text(yaml.safe_dump(values), encoding="utf-8")
    arguments = ["export-megatron", str(recipe), "--data", str(tmp_path / "build"), "--output", str(tmp_path / "out")]
    assert run(arguments) == 0
    written = json.loads((tmp_path / "out" / "main" / "rope.json").read_text(encoding="utf-8"))
    (stage,) = resolve_stages(load_recipe(str(recipe), overrides=[]).finetune, base_model=str(tmp_path / "base"))
    unscaled = [10000.0 ** (-i / 8) for i in range(8)]
    expected = [frequency / divisor for frequency, divisor in zip(unscaled, stage.scaling.divisors, strict=True)]
    assert written["inverse_frequencies"] == pytest.approx(expected)
    assert written["inverse_frequencies"] != pytest.approx(unscaled)
    assert (written["method"], written["max_tokens"]) == (method, 4 * ORIGINAL_TOKENS)
    assert written["attention_factor"] == pytest.approx({"yarn": 1.1386, "longrope": 1.25}.get(method, 1.0), abs=1e-4)
