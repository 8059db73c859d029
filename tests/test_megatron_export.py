"""`pipeline export-megatron`: what would be trained on, token for token."""

from __future__ import annotations

import json
import struct
from pathlib import Path

import numpy as np
import pytest
import yaml
from packed_build import write_small_corpus
from small_architectures import write_random_model
from small_student import ORIGINAL_TOKENS, small_recipe, small_tokenizer, write_small_build, write_small_model

from pipeline.cli.app import run
from pipeline.config.load import load_recipe
from pipeline.io.layout import BuildFolder
from pipeline.io.parts import read_parts
from pipeline.records import Context, SftExample
from pipeline.tokens.conversation import tokenize_conversation
from pipeline.train.run.stages import resolve_stages


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


def _exported(tmp_path: Path, recipe: Path, **finetune: object) -> Path:
    values = yaml.safe_load(recipe.read_text(encoding="utf-8"))
    values["finetune"] |= finetune
    recipe.write_text(yaml.safe_dump(values), encoding="utf-8")
    arguments = ["export-megatron", str(recipe), "--data", str(tmp_path / "build"), "--output", str(tmp_path / "out")]
    assert run(arguments) == 0
    return tmp_path / "out"


def test_rope_file_holds_the_frequencies_in_force_at_the_length_reached(tmp_path: Path, recipe: Path) -> None:
    longrope = {"method": "longrope", "factor": 2.0, "long_factors": [1, 1, 1.2, 1.4, 1.6, 1.8, 2, 2]}
    stages = [
        {"name": "dynamic", "max_steps": 1, "rope": {"method": "dynamic", "factor": 2.0}},
        {"name": "longrope", "max_steps": 1, "rope": longrope},
        {"name": "yarn", "max_steps": 1, "rope": {"method": "yarn", "factor": 2.0, "attention_factor": 1.25}},
    ]
    out = _exported(tmp_path, recipe, stages=stages)
    unscaled = [10000.0 ** (-i / 8) for i in range(8)]
    found = {name: json.loads((out / name / "rope.json").read_text(encoding="utf-8")) for name in
             ("dynamic", "longrope", "yarn")}  # fmt: skip
    # At twice the original length the base is 10000 · (2 · 2 − 1)^(16/14).
    base = 10000.0 * 3.0 ** (16 / 14)
    assert found["dynamic"] == {
        "method": "dynamic",
        "max_tokens": 1024,
        "attention_factor": 1.0,
        "inverse_frequencies": pytest.approx([base ** (-i / 8) for i in range(8)]),
    }
    assert found["longrope"] == {
        "method": "longrope",
        "max_tokens": 1024,
        "attention_factor": pytest.approx((1 + 1 / 9) ** 0.5),  # √(1 + ln 2 / ln 512)
        "inverse_frequencies": pytest.approx(
            [f / d for f, d in zip(unscaled, [1, 1, 1.2, 1.4, 1.6, 1.8, 2, 2], strict=True)]
        ),
    }
    assert (found["yarn"]["method"], found["yarn"]["attention_factor"]) == ("yarn", 1.25)
    assert found["yarn"]["inverse_frequencies"][-1] == pytest.approx(unscaled[-1] / 2)


def test_every_number_of_the_recipe_reaches_its_argument(tmp_path: Path, recipe: Path) -> None:
    optimizer = {"learning_rate": 0.003, "weight_decay": 0.04, "beta1": 0.8, "beta2": 0.9, "warmup_steps": 2,
                 "final_learning_rate_share": 0.5, "max_grad_norm": 0.7}  # fmt: skip
    stages = [
        {"name": "read", "data": "sft", "max_steps": 3, "max_tokens": 512},
        {"name": "answer", "max_steps": 4, "packs_per_step": 5, "learning_rate": 0.001,
         "rope": {"method": "ntk", "factor": 2.0}},
    ]  # fmt: skip
    out = _exported(tmp_path, recipe, optimizer=optimizer, stages=stages, dtype="bfloat16",
                    distributed={"sequence_parallel": 1})  # fmt: skip
    lines = (out / "answer" / "arguments.txt").read_text(encoding="utf-8").splitlines()
    given = dict(
        line.removeprefix("--").split(" ", 1) if " " in line else (line.removeprefix("--"), "") for line in lines
    )
    model = str(tmp_path / "base")
    assert given == {
        "num-layers": "2", "hidden-size": "32", "ffn-hidden-size": "64", "num-attention-heads": "2",
        "group-query-attention": "", "num-query-groups": "1", "kv-channels": "16", "normalization": "RMSNorm",
        "norm-epsilon": "1e-06", "swiglu": "", "disable-bias-linear": "", "attention-dropout": "0.0",
        "hidden-dropout": "0.0", "tokenizer-type": "HuggingFaceTokenizer", "tokenizer-model": model,
        "vocab-size": "259", "position-embedding-type": "rope", "max-position-embeddings": "1024",
        "rotary-base": str(round(10000 * 2 ** (16 / 14))), "seq-length": "640", "micro-batch-size": "1",
        "global-batch-size": "5", "train-iters": "7", "lr": "0.001", "min-lr": "0.0005", "lr-decay-style": "cosine",
        "lr-decay-iters": "7", "lr-warmup-iters": "2", "optimizer": "adam", "weight-decay": "0.04",
        "adam-beta1": "0.8", "adam-beta2": "0.9", "clip-grad": "0.7", "seed": "17", "bf16": "",
        "override-opt_param-scheduler": "",
    }  # fmt: skip
    by_stage = _exported(tmp_path, recipe, schedule_over="stage") / "answer" / "arguments.txt"
    alone = by_stage.read_text(encoding="utf-8").splitlines()
    assert {"--train-iters 4", "--lr-decay-iters 4"} <= set(alone) and "--override-opt_param-scheduler" not in alone


def test_documents_of_a_stage_are_written_as_documents_and_said_how_to_use(tmp_path: Path, recipe: Path) -> None:
    model = str(tmp_path / "base")
    write_small_corpus(str(tmp_path / "build"), tokenizer=model, num_documents=5)
    stages = [{"name": "read", "data": "corpus", "max_steps": 1, "max_tokens": 256, "rope": {"method": "none"}},
              {"name": "both", "data": "mixed", "corpus_share": 0.5, "max_steps": 1}]  # fmt: skip
    out = _exported(tmp_path, recipe, stages=stages, distributed={"sequence_parallel": 1})
    documents = {d.doc_id: d.text for d in read_parts(BuildFolder(str(tmp_path / "build")).corpus, Context)}
    joined = "".join(small_tokenizer().decode(ids) for ids in _sequences(out / "read" / "corpus-train_document", "<u2"))
    held_out = "".join(
        small_tokenizer().decode(ids) for ids in _sequences(out / "read" / "corpus-validation_document", "<u2")
    )
    assert joined.count("<|endoftext|>") == 3 and held_out.count("<|endoftext|>") == 2
    assert sum(len(text.encode()) for text in documents.values()) == len(
        (joined + held_out).replace("<|endoftext|>", "").encode()
    )
    lines = set((out / "read" / "arguments.txt").read_text(encoding="utf-8").splitlines())
    assert {"--reset-position-ids", "--reset-attention-mask", "--eod-mask-loss"} <= lines
    read, both = ((out / name / "README.md").read_text(encoding="utf-8") for name in ("read", "both"))
    for text, has_rows in ((read, False), (both, True)):
        assert "--data-path corpus-train_document" in text and "$(cat arguments.txt)" in text
        assert ("`sft-*_tokens` holds conversations" in text) is has_rows
    written = (("sft-train_tokens", "<u2"), ("sft-train_answers", "<u1"), ("corpus-train_document", "<u2"))
    for name, dtype in written:
        sequences = _sequences(out / "both" / name, dtype)
        assert f"| `{name}` | {len(sequences)} | {sum(map(len, sequences)):,} |" in both


def test_tokenizer_without_an_end_of_text_token_is_refused_with_the_remedy(
    tmp_path: Path, recipe: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    tokenizer = small_tokenizer()
    tokenizer.eos_token = None
    tokenizer.save_pretrained(tmp_path / "base")
    arguments = ["export-megatron", str(recipe), "--data", str(tmp_path / "build"), "--output", str(tmp_path / "out")]
    assert run(arguments) == 2
    said = " ".join(capsys.readouterr().err.split())
    assert "has no end-of-text token, which Megatron's files need after each document." in said
    assert "Give the tokenizer an eos_token." in said
