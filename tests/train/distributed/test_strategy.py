"""How processes divide a training, and what they refuse to."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest
from model_shapes import LLAMA_8B

from pipeline.config.finetune import FinetuneRecipe
from pipeline.errors import InputError
from pipeline.train.distributed.strategy import divide, longest_divided_pack
from pipeline.train.memory.predict import ModelShape, predict_memory
from pipeline.train.memory.process import Division, longest_pack

GIB = 2**30


def _recipe(strategy: str, **sections: Any) -> FinetuneRecipe:
    distributed = {"strategy": strategy, "sequence_parallel": sections.pop("slices", 1)}
    return FinetuneRecipe.model_validate({"max_tokens": 8192, "distributed": distributed, **sections})


def _divide(recipe: FinetuneRecipe, *, processes: int = 8, shape: ModelShape = LLAMA_8B, gib: int = 80) -> Division:
    return divide(shape, recipe, processes=processes, process_bytes=gib * GIB)


def test_auto_shards_weights_just_where_a_whole_training_does_not_fit() -> None:
    recipe = _recipe("auto")
    needed = predict_memory(LLAMA_8B, recipe, num_tokens=8192).peak_bytes
    for spare, shards in ((0, 1), (-1, 8)):
        division = divide(LLAMA_8B, recipe, processes=8, process_bytes=needed + spare)
        assert division == Division(8, shards=shards, slices=1)


def test_auto_counts_a_processs_slice_of_a_pack() -> None:
    whole = predict_memory(LLAMA_8B, _recipe("auto"), num_tokens=8192).peak_bytes
    sliced = divide(LLAMA_8B, _recipe("auto", slices=8), processes=8, process_bytes=whole - 1)
    assert sliced == Division(8, shards=1, slices=8)


def test_auto_leaves_whole_what_cannot_be_sharded() -> None:
    changes: list[dict[str, Any]] = [{"tuning": {"method": "qlora"}}, {"optimizer": {"kind": "adamw_8bit"}}]
    for changed in changes:
        assert _divide(_recipe("auto", **changed), gib=1).shards == 1
    assert _divide(_recipe("auto"), shape=replace(LLAMA_8B, one_by_one=True), gib=1).shards == 1
    assert _divide(_recipe("auto"), gib=1).shards == 8


def test_one_process_divides_nothing() -> None:
    assert _divide(_recipe("fsdp2"), processes=1) == Division(1, shards=1, slices=1)


@pytest.mark.parametrize(
    ("recipe", "shape", "message"),
    [
        (_recipe("fsdp2", tuning={"method": "qlora"}), LLAMA_8B, "4-bit weights cannot be sharded"),
        (_recipe("fsdp2", optimizer={"kind": "adamw_8bit"}), LLAMA_8B, "adamw_8bit takes no sharded weights"),
        (_recipe("fsdp2"), replace(LLAMA_8B, one_by_one=True), "one by one"),
        (_recipe("ddp", slices=3), LLAMA_8B, "does not divide the 8 processes"),
        (_recipe("ddp", slices=8), replace(LLAMA_8B, num_heads=4), "a layer has 4 query heads"),
        (_recipe("ddp", slices=8), replace(LLAMA_8B, one_by_one=True), "read a document in order"),
    ],
)
def test_division_that_training_would_refuse_is_refused_by_the_plan(
    recipe: FinetuneRecipe, shape: ModelShape, message: str
) -> None:
    with pytest.raises(InputError, match=message):
        _divide(recipe, shape=shape)


def test_longest_pack_of_auto_is_the_longer_of_both_ways() -> None:
    memory = 40 * GIB
    shards, whole = (longest_pack(LLAMA_8B, _recipe("auto"), memory_bytes=memory, shards=n, slices=1) for n in (8, 1))
    assert shards > whole
    for strategy, expected in (("auto", shards), ("ddp", whole)):
        found = longest_divided_pack(
            LLAMA_8B, _recipe(strategy), division=Division(8, shards=1, slices=1), process_bytes=memory
        )
        assert found == expected
