"""Indexed data sets, read back by a reader written from Megatron's, byte by byte."""

from __future__ import annotations

import struct
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipeline.config.stages import ScheduleSpan
from pipeline.export.megatron import NumberType, token_type, write_indexed
from pipeline.export.megatron_arguments import (
    MegatronArguments,
    argument_lines,
    model_arguments,
    rope_arguments,
    training_arguments,
    undescribed_model,
)
from pipeline.train.rope.method import Rotary, Tables
from pipeline.train.rope.methods import make_method, method_class
from pipeline.train.rope.parameters import written_scaling

DTYPES = {1: np.uint8, 4: np.int32, 8: np.uint16}


def read_indexed(prefix: Path) -> tuple[list[list[int]], list[int], type]:
    """Sequences, documents' borders and the type, with nothing left over in either file."""
    index = Path(f"{prefix}.idx").read_bytes()
    assert index[:9] == b"MMIDIDX\x00\x00"
    version, code = struct.unpack_from("<QB", index, 9)
    assert version == 1
    num_sequences, num_borders = struct.unpack_from("<QQ", index, 18)
    at = 34
    lengths = struct.unpack_from(f"<{num_sequences}i", index, at)
    at += 4 * num_sequences
    pointers = struct.unpack_from(f"<{num_sequences}q", index, at)
    at += 8 * num_sequences
    borders = struct.unpack_from(f"<{num_borders}q", index, at)
    assert at + 8 * num_borders == len(index)
    dtype = np.dtype(DTYPES[code])
    numbers = Path(f"{prefix}.bin").read_bytes()
    assert sum(lengths) * dtype.itemsize == len(numbers)
    sequences = [
        np.frombuffer(numbers, dtype=dtype, count=length, offset=pointer).tolist()
        for length, pointer in zip(lengths, pointers, strict=True)
    ]
    return sequences, list(borders), DTYPES[code]


@given(
    sequences=st.lists(st.lists(st.integers(0, 255), min_size=1, max_size=20), max_size=12),
    number_type=st.sampled_from(list(NumberType)),
)
def test_what_is_written_is_read_back(
    tmp_path_factory: pytest.TempPathFactory, sequences: list[list[int]], number_type: NumberType
) -> None:
    prefix = tmp_path_factory.mktemp("indexed") / "corpus_document"
    arrays = (np.asarray(sequence, dtype=np.int64) for sequence in sequences)
    counts = write_indexed(str(prefix), arrays, number_type=number_type)
    found, borders, dtype = read_indexed(prefix)
    assert found == sequences
    assert borders == list(range(len(sequences) + 1))
    assert np.dtype(dtype).itemsize == number_type.dtype.itemsize
    assert (counts.sequences, counts.numbers) == (len(sequences), sum(map(len, sequences)))


def test_bytes_are_those_of_the_format(tmp_path: Path) -> None:
    write_indexed(str(tmp_path / "x"), [np.array([1, 2, 65535]), np.array([7])], number_type=NumberType.UINT16)
    assert (tmp_path / "x.bin").read_bytes() == bytes.fromhex("01000200ffff0700")
    assert (
        (tmp_path / "x.idx").read_bytes()
        == bytes.fromhex(
            "4d4d49444944580000"  # MMIDIDX
            "0100000000000000" + "08"  # version, uint16
            "0200000000000000" + "0300000000000000"  # sequences, borders
            "03000000" + "01000000"  # lengths
            "0000000000000000" + "0600000000000000"  # byte offsets
            "0000000000000000" + "0100000000000000" + "0200000000000000"
        )
    )


def test_numbers_that_do_not_fit_leave_no_file(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="sequence 1 has numbers that do not fit UINT16"):
        write_indexed(str(tmp_path / "x"), [np.array([1]), np.array([65536])], number_type=NumberType.UINT16)
    with pytest.raises(ValueError, match="sequence 0 has the shape"):
        write_indexed(str(tmp_path / "x"), [np.array([], dtype=np.int32)], number_type=NumberType.INT32)
    assert not {"x.bin", "x.idx"} & {path.name for path in tmp_path.iterdir()}


def test_type_follows_the_vocabulary() -> None:
    assert token_type(49_152) is NumberType.UINT16
    assert token_type(65_500) is token_type(128_256) is NumberType.INT32


def _rope(method: str, *, factor: float = 4.0, original: int = 8192) -> tuple[dict[str, object], int]:
    scaling = written_scaling(make_method(method, factor=factor), Rotary(10000.0, 64, original, Tables.SHARED))
    reached = int(original * factor)
    rope = method_class(method).megatron(scaling)
    found = rope_arguments(rope, method=method, theta=10000.0, factor=factor, reached_tokens=reached)
    return dict(found.arguments), len(found.open_points)


def test_rope_is_said_in_arguments_where_megatron_has_the_method() -> None:
    plain = {"position-embedding-type": "rope", "max-position-embeddings": 32768, "rotary-base": 10000}
    assert _rope("linear") == ({**plain, "rotary-seq-len-interpolation-factor": 4}, 0)
    # base · s^(d/(d−2)), by hand: 10000 · 4^(64/62)
    assert _rope("ntk") == ({**plain, "rotary-base": 41829}, 0)
    assert _rope("llama3")[0] == {**plain, "use-rope-scaling": None, "rope-scaling-factor": 4.0}


@pytest.mark.parametrize(
    ("method", "factor", "original"),
    [("yarn", 4.0, 8192), ("linear", 2.5, 8192), ("llama3", 4.0, 4096)],
)
def test_rope_that_has_no_argument_is_an_open_point(method: str, factor: float, original: int) -> None:
    arguments, num_open = _rope(method, factor=factor, original=original)
    assert num_open == 1
    assert arguments == {
        "position-embedding-type": "rope",
        "max-position-embeddings": int(original * factor),
        "rotary-base": 10000,
    }


def test_an_unknown_family_is_left_to_the_user() -> None:
    dimensions = {"layers": 2, "hidden": 8, "mlp": 16, "heads": 2, "key_heads": 1, "head_dim": 4, "vocabulary": 100}
    fixed = {"norm_epsilon": 1e-5, "tied": False, "tokenizer": "here"}
    gemma = undescribed_model(family="gemma3_text", tokenizer="here")
    assert set(gemma.arguments) == {"tokenizer-type", "tokenizer-model"}
    assert "gemma3_text is not one of llama" in gemma.open_points[0]
    qwen = model_arguments(family="qwen3", **dimensions, **fixed).arguments
    assert {"qk-layernorm", "untie-embeddings-and-output-weights"} <= qwen.keys()
    assert "--num-layers 2\n" in argument_lines(qwen) and "--qk-layernorm\n" in argument_lines(qwen)


def _training(span: ScheduleSpan, *, before: int, warmup: int) -> MegatronArguments:
    """The second of two stages, 60 steps long."""
    return training_arguments(
        seq_length=4096,
        packs_per_step=2,
        steps=60,
        steps_before=before,
        steps_of_run=before + 60,
        schedule_over=span,
        learning_rate=1e-4,
        final_share=0.1,
        warmup_steps=warmup,
        weight_decay=0.0,
        beta1=0.9,
        beta2=0.95,
        max_grad_norm=1.0,
        bfloat16=True,
        slices=1,
        seed=17,
    )


def _schedule(found: MegatronArguments) -> tuple[object, ...]:
    names = ("train-iters", "lr-decay-iters", "lr-warmup-iters")
    return tuple(found.arguments[name] for name in names)


def test_schedule_over_the_run_counts_iterations_on_from_stage_to_stage() -> None:
    first, second = (_training(ScheduleSpan.RUN, before=before, warmup=10) for before in (0, 40))
    assert _schedule(first) == (60, 60, 10) and _schedule(second) == (100, 100, 10)
    assert "override-opt_param-scheduler" not in first.arguments and first.open_points == ()
    assert "override-opt_param-scheduler" in second.arguments
    assert "without --finetune: iterations continue from 40" in second.open_points[0]


def test_schedule_over_a_stage_is_its_own() -> None:
    second = _training(ScheduleSpan.STAGE, before=40, warmup=10)
    assert _schedule(second) == (60, 60, 10)
    assert "override-opt_param-scheduler" not in second.arguments
    assert "with --finetune" in second.open_points[0]


@pytest.mark.parametrize(("warmup", "written"), [(59, 59), (60, 59), (500, 59)])
def test_warm_up_is_shorter_than_the_schedule_as_megatron_asserts(warmup: int, written: int) -> None:
    found = _training(ScheduleSpan.STAGE, before=0, warmup=warmup)
    assert _schedule(found) == (60, 60, written)
    assert len(found.open_points) == (warmup > written)


@pytest.mark.parametrize(("peak", "share"), [(1e-4, 0.1), (2e-5, 0.0), (3e-3, 1.0)])
def test_every_number_of_the_recipe_stands_under_its_argument_and_the_rate_ends_at_its_share(
    peak: float, share: float
) -> None:
    found = training_arguments(
        seq_length=4096, packs_per_step=3, steps=60, steps_before=0, steps_of_run=60,
        schedule_over=ScheduleSpan.STAGE, learning_rate=peak, final_share=share, warmup_steps=7, weight_decay=0.25,
        beta1=0.8, beta2=0.95, max_grad_norm=1.5, bfloat16=True, slices=2, seed=17,
    )  # fmt: skip
    assert found.arguments == {
        "seq-length": 4096, "micro-batch-size": 1, "global-batch-size": 3, "train-iters": 60, "lr": peak,
        "min-lr": pytest.approx(peak * share), "lr-decay-style": "cosine", "lr-decay-iters": 60, "lr-warmup-iters": 7,
        "optimizer": "adam", "weight-decay": 0.25, "adam-beta1": 0.8, "adam-beta2": 0.95, "clip-grad": 1.5, "seed": 17,
        "bf16": None, "context-parallel-size": 2, "cp-comm-type": "a2a",
    }  # fmt: skip
