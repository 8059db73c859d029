"""What `auto` keeps: as much as fits, by a prediction that is held against the tensors that autograd saves."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from model_shapes import LLAMA_8B
from small_student import write_small_model
from torch import Tensor
from torch.autograd.graph import saved_tensors_hooks
from transformers import AutoModelForCausalLM, MistralConfig, PreTrainedConfig, Qwen2Config, Qwen3Config

from pipeline.config.finetune import FinetuneRecipe
from pipeline.train.data.batch import collate
from pipeline.train.data.rows import TokenizedRow
from pipeline.train.layers.kept import NOTHING_KEPT, KeptActivations
from pipeline.train.memory.activations import choose_activations
from pipeline.train.memory.predict import ModelShape, predict_memory
from pipeline.train.memory.shapes import model_shape
from pipeline.train.model.forward import pack_loss
from pipeline.train.model.student import build_student
from pipeline.train.rope.scaled_config import scaled_config

GIB = 2**30
KNOWN = replace(LLAMA_8B, has_known_activations=True)
AUTO = FinetuneRecipe(device="cpu", max_tokens=8192)
DOCUMENT_TOKENS = (384, 96, 32)
FAMILIES: dict[str, type[PreTrainedConfig] | None] = {
    "llama": None,
    "mistral": MistralConfig,
    "qwen2": Qwen2Config,
    "qwen3": Qwen3Config,
}
SIZES: dict[str, Any] = {
    "hidden_size": 64,
    "intermediate_size": 160,
    "num_attention_heads": 4,
    "num_key_value_heads": 2,
    "head_dim": 16,
    "vocab_size": 300,
    "max_position_embeddings": 1024,
    "sliding_window": None,
    "tie_word_embeddings": True,
}


def _write(folder: Any, family: str, num_layers: int) -> str:
    reference = write_small_model(folder, **SIZES, num_hidden_layers=num_layers)
    if (config := FAMILIES[family]) is not None:
        AutoModelForCausalLM.from_config(config(**SIZES, num_hidden_layers=num_layers)).save_pretrained(reference)
    return reference


def _saved_bytes(reference: str, recipe: FinetuneRecipe, kept: KeptActivations) -> int:
    """Bytes of all tensors that autograd saves for the backward pass of a pack, apart from weights."""
    student = build_student(reference, recipe, seed=1, kept=kept)
    student.model.train()
    rows = [
        TokenizedRow(f"{n}", np.arange(n, dtype=np.int32) % 251, np.ones(n, dtype=np.bool_), 1.0)
        for n in DOCUMENT_TOKENS
    ]
    saved: dict[int, Tensor] = {}

    def pack(tensor: Tensor) -> Tensor:
        saved[tensor.untyped_storage().data_ptr()] = tensor
        return tensor

    with saved_tensors_hooks(pack, lambda tensor: tensor):
        sums = pack_loss(student, collate(rows, device=student.device), [1.0] * len(rows), z_loss=0.0, chunk_tokens=64)
    assert sums.loss.requires_grad
    weights = {p.untyped_storage().data_ptr() for p in student.model.parameters()}
    return sum(tensor.untyped_storage().nbytes() for where, tensor in saved.items() if where not in weights)


@pytest.mark.parametrize(
    ("family", "keeps_mlps", "settings"),
    [
        *((family, True, {}) for family in FAMILIES),
        ("qwen3", False, {}),
        ("llama", True, {"dtype": "float32"}),
        ("llama", True, {"tuning": {"method": "full"}}),
    ],
)
def test_prediction_of_a_kept_layer_is_near_what_autograd_saves_of_it(
    tmp_path: Any, family: str, keeps_mlps: bool, settings: dict[str, Any]
) -> None:
    recipe = FinetuneRecipe.model_validate(
        {"device": "cpu", "rope": {"method": "none"}, "max_tokens": 512, "memory": {"mlp_tile_tokens": 100}, **settings}
    )
    saved, predicted = [], []
    for num_layers in (2, 4):
        reference = _write(tmp_path / str(num_layers), family, num_layers)
        kept = KeptActivations(num_layers, num_layers * keeps_mlps)
        shape = model_shape(scaled_config(reference, recipe.rope), recipe)
        assert shape.has_known_activations and shape.model_type == family
        terms = predict_memory(shape, recipe, num_tokens=sum(DOCUMENT_TOKENS), kept=kept).terms
        counted = ("activations of kept layers", "casts of trained weights")
        predicted.append(sum(term.num_bytes for term in terms if term.name in counted))
        saved.append(_saved_bytes(reference, recipe, kept))
    of_layers, predicted_of_layers = saved[1] - saved[0], predicted[1] - predicted[0]
    assert of_layers > 100_000
    assert 0.99 * of_layers <= predicted_of_layers <= 1.1 * of_layers


@pytest.mark.parametrize(
    ("changes", "device", "processes", "reason"),
    [
        ({}, "cpu", 2, "2 processes"),
        ({}, "cuda", 1, "on a GPU"),
        ({"memory": {"fused_layers": False}}, "cpu", 1, "not fused"),
        ({"tuning": {"dropout": 0.1}}, "cpu", 1, "adapters"),
        ({"tuning": {"dora": True}}, "cpu", 1, "adapters"),
        ({"attention": {"pattern": "s2"}}, "cpu", 1, "full attention"),
        ({"attention": {"kernel": "eager"}}, "cpu", 1, "full attention"),
        ({"memory": {"gradient_checkpointing": True}}, "cpu", 1, "the recipe says so"),
    ],
)
def test_every_layer_is_recomputed_where_its_activations_cannot_be_predicted(
    changes: dict[str, Any], device: str, processes: int, reason: str
) -> None:
    recipe = FinetuneRecipe.model_validate({"max_tokens": 4096, **changes})
    choice = choose_activations(KNOWN, recipe, device=device, processes=processes, free_bytes=4096 * GIB)
    assert choice.kept == NOTHING_KEPT
    assert reason in choice.described and choice.described.startswith("recomputing every layer")


def test_every_layer_is_recomputed_in_an_unknown_model_or_with_unknown_memory() -> None:
    for shape, free, reason in ((LLAMA_8B, 4096 * GIB, "llama model"), (KNOWN, None, "unknown")):
        choice = choose_activations(shape, AUTO, device="cpu", processes=1, free_bytes=free)
        assert choice.kept == NOTHING_KEPT and reason in choice.described


def test_plentiful_memory_keeps_everything() -> None:
    choice = choose_activations(KNOWN, AUTO, device="cpu", processes=1, free_bytes=4096 * GIB)
    assert choice.kept == KeptActivations(32, 32)
    assert choice.described.startswith("keeping the activations of 32 of 32 layers, of 32 with their MLP: ")


def test_mlp_without_tiles_is_kept_with_its_layer() -> None:
    recipe = FinetuneRecipe.model_validate({"max_tokens": 8192, "memory": {"mlp_tile_tokens": None}})
    choice = choose_activations(KNOWN, recipe, device="cpu", processes=1, free_bytes=4096 * GIB)
    assert choice.kept == KeptActivations(32, 0)


def test_recipe_that_recomputes_nothing_keeps_all_layers_whatever_the_memory() -> None:
    recipe = FinetuneRecipe.model_validate({"memory": {"gradient_checkpointing": False}})
    choice = choose_activations(KNOWN, recipe, device="cuda", processes=8, free_bytes=0)
    assert choice.kept == KeptActivations(32, 0)


@given(free_gib=st.floats(0.0, 500.0), more_gib=st.floats(0.0, 100.0), tokens=st.integers(64, 65536))
def test_what_is_kept_fits_its_part_of_the_free_memory_and_grows_with_it(
    free_gib: float, more_gib: float, tokens: int
) -> None:
    recipe = AUTO.model_copy(update={"max_tokens": tokens})

    def choose(free_bytes: int) -> KeptActivations:
        return choose_activations(KNOWN, recipe, device="cpu", processes=1, free_bytes=free_bytes).kept

    free = int(free_gib * GIB)
    kept, more = choose(free), choose(free + int(more_gib * GIB))
    assert 0 <= kept.num_mlps <= kept.num_layers <= 32
    assert (more.num_layers, more.num_mlps) >= (kept.num_layers, kept.num_mlps)
    if kept != NOTHING_KEPT:
        assert predict_memory(KNOWN, recipe, num_tokens=tokens, kept=kept).peak_bytes <= 0.4 * free


def test_resumed_run_keeps_what_it_kept_if_that_still_fits() -> None:
    def choose(free_gib: int, saved: KeptActivations) -> KeptActivations:
        return choose_activations(KNOWN, AUTO, device="cpu", processes=1, free_bytes=free_gib * GIB, saved=saved).kept

    assert choose(4096, KeptActivations(5, 0)) == KeptActivations(5, 0)
    assert choose(4096, NOTHING_KEPT) == NOTHING_KEPT
    less = choose(60, KeptActivations(32, 32))
    assert NOTHING_KEPT != less != KeptActivations(32, 32)


def test_kept_activations_are_a_term_of_the_plan_and_leave_no_layer_inputs() -> None:
    def terms(shape: ModelShape, kept: KeptActivations) -> dict[str, int]:
        return {term.name: term.num_bytes for term in predict_memory(shape, AUTO, num_tokens=8192, kept=kept).terms}

    nothing, half, everything = (terms(KNOWN, KeptActivations(n, n)) for n in (0, 16, 32))
    assert "activations of kept layers" not in nothing and "layer inputs, checkpointed" not in everything
    assert 2 * half["activations of kept layers"] == everything["activations of kept layers"]
    assert 2 * half["layer inputs, checkpointed"] == nothing["layer inputs, checkpointed"]
