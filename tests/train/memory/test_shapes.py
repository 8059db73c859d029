"""A model that was never loaded is counted as the one that is trained."""

from __future__ import annotations

from pathlib import Path

import pytest
from small_student import small_config, small_recipe, write_small_model
from transformers import LlamaConfig, MambaConfig

from pipeline.config.finetune import FinetuneRecipe
from pipeline.train.memory.shapes import model_shape
from pipeline.train.model.student import build_student


@pytest.mark.parametrize("tied", [True, False])
@pytest.mark.parametrize("tuning", [{"rank": 4}, {"rank": 4, "train_embeddings": False}, {"method": "full"}])
def test_shape_counts_what_a_built_student_holds(tmp_path: Path, tied: bool, tuning: dict[str, object]) -> None:
    model = write_small_model(tmp_path / "base", tie_word_embeddings=tied)
    recipe = small_recipe(model, tuning=tuning).finetune
    shape = model_shape(small_config(tie_word_embeddings=tied), recipe)
    student = build_student(model, recipe, seed=1)
    assert shape.trained == sum(p.numel() for p in student.trainables().values())
    assert shape.frozen == sum(p.numel() for p in student.model.parameters() if not p.requires_grad)
    assert (shape.num_layers, shape.hidden, shape.query_width, shape.key_width) == (2, 32, 32, 16)
    assert (shape.mlp_width, shape.has_gated_mlp, shape.vocabulary) == (64, True, 259)


def test_shape_of_an_8b_llama_is_read_without_its_weights() -> None:
    config = LlamaConfig(
        vocab_size=128256,
        hidden_size=4096,
        intermediate_size=14336,
        num_hidden_layers=32,
        num_attention_heads=32,
        num_key_value_heads=8,
    )
    recipe = FinetuneRecipe.model_validate({"tuning": {"train_embeddings": False, "train_norms": False}})
    shape = model_shape(config, recipe)
    assert (shape.frozen, shape.trained) == (8_030_261_248, 41_943_040)
    assert not (shape.head_trains or shape.embeddings_train)
    qlora = model_shape(config, FinetuneRecipe.model_validate({"tuning": {"method": "qlora"}}))
    # All linear layers but the head, which stays as it is and trains with the embeddings.
    assert qlora.quantized == 32 * (2 * 4096 * 4096 + 2 * 4096 * 1024 + 3 * 4096 * 14336)
    assert qlora.trained > 2 * 128256 * 4096


def test_shape_of_a_model_without_attention_is_known() -> None:
    config = MambaConfig(vocab_size=259, hidden_size=32, num_hidden_layers=2, state_size=4)
    shape = model_shape(config, FinetuneRecipe.model_validate({"rope": {"method": "none"}}))
    assert shape.trained > 0 and not shape.has_gated_mlp
