"""The formula of each family's logits, and the proof that refuses a model it does not hold for."""

from __future__ import annotations

import pytest
import torch
from small_architectures import CAP, random_model
from transformers import AutoModel, PreTrainedModel

from pipeline.errors import InputError
from pipeline.train.head import check_output_head, output_head

SCALES = {"cohere": 0.0625, "granite": 1 / 8, "hyperclovax": 0.125}


@pytest.mark.parametrize("family", ["gemma2", "gemma3", "cohere", "granite", "hyperclovax", "phi", "mamba", "rwkv"])
@pytest.mark.parametrize("dtype", [torch.float32, torch.bfloat16])
def test_head_gives_the_models_own_logits(family: str, dtype: torch.dtype) -> None:
    model = random_model(family).to(dtype)
    check_output_head(model)
    head = output_head(model)
    assert head.scale == SCALES.get(family, 1.0)
    assert head.cap == (CAP if family.startswith("gemma") else None)
    assert (head.bias_V is not None) == (family == "phi")


@pytest.mark.parametrize(
    ("family", "setting", "value"),
    [("gemma2", "final_logit_softcapping", None), ("cohere", "logit_scale", 1.0), ("granite", "logits_scaling", 4.0)],
)
def test_head_that_gives_other_logits_is_refused(
    family: str, setting: str, value: float | None, monkeypatch: pytest.MonkeyPatch
) -> None:
    # As a family would be whose scale or cap stands under a name we do not know.
    model = random_model(family)
    ids = torch.arange(8)[None]
    with torch.no_grad():
        logits = model(input_ids=ids, use_cache=False)
    monkeypatch.setattr(type(model), "forward", lambda self, **_: logits)
    monkeypatch.setattr(model.config, setting, value)
    with pytest.raises(InputError, match=f"A {family} model makes its logits in a way this loss does not know"):
        check_output_head(model)


def test_model_without_a_head_is_refused() -> None:
    config = random_model("gemma2").config
    headless: PreTrainedModel = AutoModel.from_config(config)
    with pytest.raises(InputError, match="has no output head"):
        check_output_head(headless)
