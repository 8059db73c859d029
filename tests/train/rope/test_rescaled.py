"""A built model takes another scaling, and gets its own back."""

from __future__ import annotations

from pathlib import Path

import pytest
import torch
from small_student import ORIGINAL_TOKENS, write_small_model

from pipeline.train.model.student import load_scaled_model
from pipeline.train.rope.in_force import assert_rope_in_force
from pipeline.train.rope.methods import make_method
from pipeline.train.rope.rescaled import rescaled


@pytest.mark.parametrize("method", ["linear", "yarn", "dynamic"])
def test_rescaled_model_computes_as_one_loaded_with_the_scaling_and_gets_its_own_back(
    tmp_path: Path, method: str
) -> None:
    reference = write_small_model(tmp_path)
    none, scaled = make_method("none", factor=2.0), make_method(method, factor=2.0)
    model, own = load_scaled_model(reference, none, dtype=torch.float32)
    wanted, scaling = load_scaled_model(reference, scaled, dtype=torch.float32)
    ids = torch.arange(ORIGINAL_TOKENS + 100)[None] % 256

    def logits(of: torch.nn.Module) -> torch.Tensor:
        with torch.inference_mode():
            return of(input_ids=ids).logits

    before = logits(model)
    with rescaled(model, wanted.config):
        assert_rope_in_force(model, scaling)
        assert model.config.max_position_embeddings == wanted.config.max_position_embeddings
        torch.testing.assert_close(logits(model), logits(wanted))
        assert not torch.allclose(logits(model), before)
    assert_rope_in_force(model, own)
    assert model.config.max_position_embeddings == ORIGINAL_TOKENS
    torch.testing.assert_close(logits(model), before)


def test_rescaled_model_gets_its_own_scaling_back_after_an_error(tmp_path: Path) -> None:
    reference = write_small_model(tmp_path)
    model, own = load_scaled_model(reference, make_method("none", factor=2.0), dtype=torch.float32)
    other, _ = load_scaled_model(reference, make_method("yarn", factor=2.0), dtype=torch.float32)
    with pytest.raises(ZeroDivisionError), rescaled(model, other.config):
        raise ZeroDivisionError
    assert_rope_in_force(model, own)
