"""What the prediction says of sizes that can be computed by hand, and how it moves with the recipe."""

from __future__ import annotations

from dataclasses import replace
from itertools import pairwise
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from model_shapes import LLAMA_8B

from pipeline.config.finetune import FinetuneRecipe
from pipeline.train.memory.predict import MemoryPrediction, ModelShape, Moment, predict_memory
from pipeline.train.memory.process import Division, longest_pack
from pipeline.train.memory.remedies import Remedy, remedies

GIB = 2**30
ALONE = Division(processes=1, shards=1, slices=1)


def _recipe(**sections: Any) -> FinetuneRecipe:
    return FinetuneRecipe.model_validate(sections)


def _remedies(
    recipe: FinetuneRecipe,
    *,
    device: str = "cuda",
    process_bytes: int = 80 * GIB,
    division: Division = ALONE,
    pinned_bytes: int | None = None,
) -> tuple[Remedy, ...]:
    return remedies(
        recipe,
        lambda _: LLAMA_8B,
        device=device,
        process_bytes=process_bytes,
        division=division,
        pinned_bytes=pinned_bytes,
    )


def _gib(prediction: MemoryPrediction, *names: str) -> float:
    found = [term.num_bytes for term in prediction.terms if term.name in names]
    assert len(found) == len(names), f"{names} among {[term.name for term in prediction.terms]}"
    return sum(found) / GIB


def test_layer_inputs_leave_a_gpu_alone() -> None:
    kept = {}
    for device in ("cpu", "cuda"):
        recipe = _recipe(device=device, memory={"layer_inputs": "host"})
        kept[device] = _gib(predict_memory(LLAMA_8B, recipe, num_tokens=32768), "layer inputs, checkpointed")
    assert kept == {"cpu": 8.0, "cuda": 0.5}


@pytest.mark.parametrize(
    ("num_tokens", "layer_inputs", "mlp", "attention", "logits"),
    [(32768, 8, 5.3, 1.9, 15.7), (131072, 32, 21, 7.5, 63)],
)
def test_prediction_of_an_8b_equals_the_published_table(
    num_tokens: int, layer_inputs: float, mlp: float, attention: float, logits: float
) -> None:
    recipe = _recipe(memory={"mlp_tile_tokens": None}, loss={"chunk_tokens": num_tokens})
    prediction = predict_memory(LLAMA_8B, recipe, num_tokens=num_tokens)
    weights = _gib(prediction, "frozen weights", "trained weights", "gradients", "optimizer state")
    assert weights == pytest.approx(15.6, abs=0.05)
    assert _gib(prediction, "layer inputs, checkpointed") == pytest.approx(layer_inputs, rel=0.02)
    assert _gib(prediction, "a layer's MLP") == pytest.approx(mlp, rel=0.02)
    assert _gib(prediction, "a layer's attention and norms") == pytest.approx(attention, rel=0.03)
    assert _gib(prediction, "logits of a chunk") == pytest.approx(logits, rel=0.02)


def test_remedies_of_an_8b_on_80_gb_reach_beyond_400k_tokens() -> None:
    recipe = _recipe(max_tokens=400_000)
    machine = int(78.5 * GIB)
    assert longest_pack(LLAMA_8B, recipe, memory_bytes=machine, shards=1, slices=1) < 400_000
    found = _remedies(recipe, device="cuda", process_bytes=machine)
    by_setting = {remedy.setting: remedy for remedy in found}
    offload = by_setting["finetune.memory.layer_inputs=host"]
    assert offload.longest_tokens > 400_000
    assert offload.saves_bytes == pytest.approx(30 * 400_000 * 8192, rel=0.01)
    assert all(remedy.saves_bytes > 0 for remedy in found)
    assert [remedy.peak_bytes for remedy in found] == sorted((remedy.peak_bytes for remedy in found), reverse=True)


def test_remedies_on_a_cpu_name_nothing_that_needs_cuda() -> None:
    found = _remedies(_recipe(max_tokens=4096), device="cpu", process_bytes=64 * GIB)
    assert {remedy.setting for remedy in found}.isdisjoint(
        {
            "finetune.memory.layer_inputs=host",
            "finetune.optimizer.kind=paged_adamw_8bit",
            "finetune.tuning.method=qlora",
        }
    )


def test_remedies_of_several_processes_divide_the_weights_and_the_packs() -> None:
    recipe = _recipe(max_tokens=32768, distributed={"strategy": "ddp"})
    found = {each.setting: each for each in _remedies(recipe, division=Division(8, shards=1, slices=1))}
    fsdp2 = found["finetune.distributed.strategy=fsdp2"]
    assert fsdp2.saves_bytes > 10 * GIB
    assert found["finetune.distributed.sequence_parallel=8"].longest_tokens > 4 * fsdp2.longest_tokens
    # What is proposed together can be trained together.
    assert not {setting for setting in found if "optimizer" in setting or "qlora" in setting}
    alone = _remedies(recipe)
    assert alone and not [each for each in alone if "distributed" in each.setting]


def test_remedies_for_sharded_weights_leave_out_what_cannot_be_sharded() -> None:
    recipe = _recipe(max_tokens=32768, distributed={"strategy": "fsdp2"})
    full = replace(LLAMA_8B, frozen=0, trained=LLAMA_8B.frozen)
    for division, expected in ((Division(8, 8, 1), False), (ALONE, True)):
        found = remedies(
            recipe, lambda _: full, device="cuda", process_bytes=80 * GIB, division=division, pinned_bytes=None
        )
        assert found
        assert any("8bit" in each.setting for each in found) is expected


def test_remedy_that_the_host_has_no_memory_for_is_left_out() -> None:
    recipe = _recipe(max_tokens=131072)
    # 32 layers, 131,072 × 4,096 numbers of 2 bytes: 1 GiB each.
    for pinned, expected in ((32 * GIB, True), (32 * GIB - 1, False)):
        found = [each for each in _remedies(recipe, pinned_bytes=pinned) if "layer_inputs" in each.setting]
        assert bool(found) is expected
    assert "32.0 GiB per process" in next(each.effect for each in _remedies(recipe) if "layer_inputs" in each.setting)


@given(tokens=st.integers(1, 1 << 22), more=st.integers(0, 1 << 20))
def test_peak_never_falls_with_length(tokens: int, more: int) -> None:
    recipe = _recipe()
    shorter, longer = (predict_memory(LLAMA_8B, recipe, num_tokens=n).peak_bytes for n in (tokens, tokens + more))
    assert 0 < shorter <= longer


@given(memory_gib=st.floats(0.0, 200.0))
def test_longest_pack_fits_and_one_token_more_does_not(memory_gib: float) -> None:
    recipe, memory = _recipe(), int(memory_gib * GIB)
    longest = longest_pack(LLAMA_8B, recipe, memory_bytes=memory, shards=1, slices=1)
    if longest:
        assert predict_memory(LLAMA_8B, recipe, num_tokens=longest).peak_bytes <= memory
    assert predict_memory(LLAMA_8B, recipe, num_tokens=longest + 1).peak_bytes > memory


@pytest.mark.parametrize(
    "costlier",
    [
        {"memory": {"gradient_checkpointing": False}},
        {"memory": {"mlp_tile_tokens": None}},
        {"memory": {"fused_layers": False}},
        {"dtype": "float32"},
        {"attention": {"pattern": "s2"}},
    ],
)
def test_peak_rises_with_what_costs_memory(costlier: dict[str, Any]) -> None:
    usual = predict_memory(LLAMA_8B, _recipe(), num_tokens=65536)
    raised = predict_memory(LLAMA_8B, _recipe(**costlier), num_tokens=65536)
    sums = [sum(term.num_bytes for term in prediction.terms) for prediction in (usual, raised)]
    assert raised.peak_bytes >= usual.peak_bytes and (sums[1] > sums[0] or raised.peak_bytes > usual.peak_bytes)


def test_gradients_stand_through_the_forward_pass_of_a_second_pack() -> None:
    one, two = (predict_memory(LLAMA_8B, _recipe(packs_per_step=n), num_tokens=4096) for n in (1, 2))
    assert two.bytes_at(Moment.LOSS) - one.bytes_at(Moment.LOSS) == 4 * LLAMA_8B.trained


def test_trained_head_and_embeddings_cost_their_gradients() -> None:
    trained = replace(LLAMA_8B, trained=2 * 128256 * 4096, head_trains=True, embeddings_train=True)
    names = {term.name for term in predict_memory(trained, _recipe(), num_tokens=1024).terms}
    assert {"gradient of the head", "gradient of the embeddings"} <= names


@pytest.mark.parametrize(
    ("dtype", "deterministic", "kernel_bytes"),
    [
        # dQ in float32; the attention's gradient, dQ, dK, dV; dK and dV of all query heads.
        ("bfloat16", False, 4 * 4096 + 2 * (2 * 4096 + 2 * 1024 + 2 * 4096)),
        # 32 heads leave room for 5 blocks each on 132 multiprocessors.
        ("bfloat16", True, 5 * 4 * 4096 + 2 * (2 * 4096 + 2 * 1024 + 2 * 4096)),
        # Expanded keys and values are kept; their gradients, and the others.
        ("float32", False, 4 * (2 * 4096 + 2 * 1024 + 2 * 4096)),
    ],
)
def test_gpu_attention_kernels_need_room_in_the_backward_pass_of_grouped_queries(
    dtype: str, deterministic: bool, kernel_bytes: int
) -> None:
    settings = {"dtype": dtype, "deterministic": deterministic}
    on_cpu, on_gpu = (
        predict_memory(LLAMA_8B, _recipe(device=device, **settings), num_tokens=1 << 20) for device in ("cpu", "cuda")
    )
    assert _gib(on_gpu, "gradients within attention") == kernel_bytes / 1024
    assert _gib(on_cpu, "gradients within attention") == (3 * 4096 + 3 * 1024) * (4 if dtype == "float32" else 2) / 1024
    kept = (_gib(prediction, "a layer's attention and norms") for prediction in (on_gpu, on_cpu))
    expanded = 4 * 2 * 4096 / 1024 if dtype == "float32" else 0.0
    assert next(kept) - next(kept) == expanded


ALL_REMEDIES = [
    ("finetune.memory.gradient_checkpointing=true", "each layer is computed a second time"),
    ("finetune.memory.fused_layers=true", "faster as well"),
    ("finetune.memory.mlp_tile_tokens=2048", "same time, same result"),
    ("finetune.memory.layer_inputs=host",
     "layer inputs are kept in host memory, 8.0 GiB per process, copied during the computation"),
    ("finetune.loss.chunk_tokens=256", "same result"),
    ("finetune.distributed.strategy=fsdp2",
     "weights, gradients and optimizer state are divided by 6; layers are gathered in turn"),
    ("finetune.distributed.sequence_parallel=6",
     "6 processes share each pack and exchange heads; fewer packs are computed at a time"),
]  # fmt: skip
WASTEFUL: dict[str, Any] = {
    "max_tokens": 32768,
    "memory": {"gradient_checkpointing": False, "fused_layers": False, "mlp_tile_tokens": None},
    "distributed": {"strategy": "ddp"},
    "loss": {"chunk_tokens": 32768},
}


def test_remedies_are_named_in_this_order_each_on_top_of_those_before() -> None:
    recipe, division = _recipe(**WASTEFUL), Division(6, shards=1, slices=1)
    found = _remedies(recipe, division=division)
    possible = [pair for pair in ALL_REMEDIES if pair[0] in {each.setting for each in found}]
    assert [(each.setting, each.effect) for each in found] == possible and len(found) >= 5
    peaks = [predict_memory(LLAMA_8B, recipe, num_tokens=32768).peak_bytes, *(each.peak_bytes for each in found)]
    assert [each.saves_bytes for each in found] == [a - b for a, b in pairwise(peaks)]
    assert all(each.saves_bytes > 0 for each in found)


def test_remedy_is_what_the_changed_recipe_is_predicted_to_need() -> None:
    recipe = _recipe(max_tokens=32768, memory={"mlp_tile_tokens": None})
    first = _remedies(recipe, process_bytes=30 * GIB)[0]
    tiled = _recipe(max_tokens=32768, memory={"mlp_tile_tokens": 2048})
    assert first.setting == "finetune.memory.mlp_tile_tokens=2048"
    assert first.peak_bytes == predict_memory(LLAMA_8B, tiled, num_tokens=32768).peak_bytes
    assert first.longest_tokens == longest_pack(LLAMA_8B, tiled, memory_bytes=30 * GIB, shards=1, slices=1)


@pytest.mark.parametrize(
    ("changes", "device", "missing"),
    [
        ({"loss": {"chunk_tokens": 256}}, "cuda", "loss.chunk_tokens"),
        ({"optimizer": {"kind": "adamw_8bit"}}, "cuda", "optimizer.kind"),
        ({"tuning": {"method": "full"}}, "cuda", None),
        ({"tuning": {"dora": True}}, "cuda", "tuning.method=qlora"),
        ({"tuning": {"target_experts": True}}, "cuda", "tuning.method=qlora"),
        ({"memory": {"layer_inputs": "host"}}, "cuda", "layer_inputs"),
    ],
)
def test_remedy_that_the_recipe_has_already_or_cannot_have_is_not_named(
    changes: dict[str, Any], device: str, missing: str | None
) -> None:
    def shape_of(recipe: FinetuneRecipe) -> ModelShape:
        full = recipe.tuning.method == "full"
        in_four_bits = LLAMA_8B.frozen // 2 if recipe.tuning.method == "qlora" else 0
        frozen = LLAMA_8B.frozen - in_four_bits
        return replace(LLAMA_8B, frozen=0 if full else frozen, quantized=in_four_bits,
                       trained=LLAMA_8B.frozen if full else LLAMA_8B.trained)  # fmt: skip

    recipe = _recipe(max_tokens=4096, **changes)
    found = remedies(recipe, shape_of, device=device, process_bytes=80 * GIB, division=ALONE, pinned_bytes=None)
    settings = [each.setting for each in found]
    assert settings
    if missing is None:
        assert "finetune.tuning.method=lora" in settings and "finetune.tuning.method=qlora" in settings
    else:
        assert not any(missing in setting for setting in settings)
        assert any("tuning.method=qlora" in setting for setting in settings) is ("tuning" not in changes)


def test_packs_are_shared_by_as_many_processes_as_divide_all_and_have_heads() -> None:
    def most(processes: int, heads: int, one_by_one: bool = False) -> list[str]:
        shape = replace(LLAMA_8B, num_heads=heads, one_by_one=one_by_one)
        found = remedies(
            _recipe(max_tokens=65536), lambda _: shape, device="cuda", process_bytes=80 * GIB,
            division=Division(processes, 1, 1), pinned_bytes=None,
        )  # fmt: skip
        return [each.setting.rpartition("=")[2] for each in found if "sequence_parallel" in each.setting]

    assert [most(12, 32), most(12, 5), most(12, 1), most(7, 4)] == [["12"], ["4"], [], []]
    assert most(12, 32, one_by_one=True) == []
