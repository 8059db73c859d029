"""How processes divide a training, and what they refuse to."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest
from model_shapes import LLAMA_8B

from pipeline.config.finetune import FinetuneRecipe
from pipeline.errors import InputError
from pipeline.train.memory.division import divide, longest_divided_pack
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
        (_recipe("fsdp2", optimizer={"kind": "adamw_8bit"}), LLAMA_8B, "adamw_8bit does not support sharded weights"),
        (_recipe("fsdp2"), replace(LLAMA_8B, one_by_one=True), "one by one"),
        (_recipe("ddp", slices=3), LLAMA_8B, "does not divide the 8 processes"),
        (_recipe("ddp", slices=8), replace(LLAMA_8B, num_heads=4), "a layer has 4 query heads"),
        (_recipe("ddp", slices=8), replace(LLAMA_8B, one_by_one=True), "takes the documents of a pack one by one"),
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


@pytest.mark.parametrize(
    ("slices", "processes", "said"),
    [
        (2, 1, "the 1 process of this run"),
        (3, 8, "the 8 processes of this run"),
        (16, 8, "the 8 processes of this run"),
    ],
)
def test_degree_that_does_not_divide_the_processes_is_refused_with_the_call(
    slices: int, processes: int, said: str
) -> None:
    with pytest.raises(InputError) as refused:
        _divide(_recipe("ddp", slices=slices), processes=processes)
    assert refused.value.message == (
        f"finetune.distributed.sequence_parallel is {slices}, which does not divide {said}."
    )
    assert refused.value.remedy == (
        f"Start {slices} processes or a multiple: torchrun --nproc-per-node {slices} -m pipeline finetune …; "
        f"with --plan, use --processes {slices}"
    )


@pytest.mark.parametrize(("slices", "heads", "is_refused"), [(4, 4, False), (8, 4, True), (8, 8, False), (1, 1, False)])
def test_pack_is_shared_by_at_most_as_many_processes_as_there_are_heads(
    slices: int, heads: int, is_refused: bool
) -> None:
    shape = replace(LLAMA_8B, num_heads=heads)
    if not is_refused:
        assert _divide(_recipe("ddp", slices=slices), shape=shape) == Division(8, shards=1, slices=slices)
        return
    with pytest.raises(InputError) as refused:
        _divide(_recipe("ddp", slices=slices), shape=shape)
    assert refused.value.message == (
        f"finetune.distributed.sequence_parallel is {slices}, but a layer has {heads} query heads."
    )
    assert refused.value.remedy == "Lower finetune.distributed.sequence_parallel; with 1, no pack is shared."


@pytest.mark.parametrize(
    ("changes", "shape", "obstacle"),
    [
        ({}, replace(LLAMA_8B, one_by_one=True), "a llama model takes the documents of a pack one by one"),
        ({"tuning": {"method": "qlora"}}, LLAMA_8B, "4-bit weights cannot be sharded"),
        ({"optimizer": {"kind": "paged_adamw"}}, LLAMA_8B, "optimizer paged_adamw does not support sharded weights"),
    ],
)
def test_what_cannot_be_sharded_is_refused_with_ddp_as_the_remedy(
    changes: dict[str, Any], shape: ModelShape, obstacle: str
) -> None:
    with pytest.raises(InputError) as refused:
        _divide(_recipe("fsdp2", **changes), shape=shape)
    assert refused.value.message == f"finetune.distributed.strategy is fsdp2, but {obstacle}."
    assert refused.value.remedy == "Set finetune.distributed.strategy to ddp."
    assert _divide(_recipe("ddp", **changes), shape=shape) == Division(8, shards=1, slices=1)


def test_documents_read_in_order_cannot_be_shared() -> None:
    shape = replace(LLAMA_8B, one_by_one=True, model_type="mamba")
    with pytest.raises(InputError) as refused:
        _divide(_recipe("ddp", slices=2), shape=shape)
    assert "but a mamba model takes the documents of a pack one by one." in refused.value.message
    assert _divide(_recipe("fsdp2", slices=2)) == Division(8, shards=8, slices=2)


def test_longest_pack_counts_the_slices_and_shards_of_the_division() -> None:
    memory = 40 * GIB
    for division in (Division(8, 8, 1), Division(8, 1, 4), Division(8, 8, 4)):
        expected = longest_pack(
            LLAMA_8B, _recipe("fsdp2"), memory_bytes=memory, shards=division.shards, slices=division.slices
        )
        found = longest_divided_pack(LLAMA_8B, _recipe("fsdp2"), division=division, process_bytes=memory)
        assert found == expected
    unsharded = longest_pack(LLAMA_8B, _recipe("auto"), memory_bytes=memory, shards=1, slices=1)
    for changes in ({"tuning": {"method": "qlora"}}, {"optimizer": {"kind": "adamw_8bit"}}):
        recipe = _recipe("auto", **changes)
        alone = longest_pack(LLAMA_8B, recipe, memory_bytes=memory, shards=1, slices=1)
        assert longest_divided_pack(LLAMA_8B, recipe, division=Division(8, 1, 1), process_bytes=memory) == alone
    assert unsharded > 0
