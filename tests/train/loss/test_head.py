"""The formula of each family's logits, and the proof that refuses a model it does not hold for."""

from __future__ import annotations

import pytest
import torch
from small_architectures import CAP, random_model
from transformers import AutoModel, PreTrainedModel

from pipeline.errors import InputError
from pipeline.train.loss.head import OutputHead, check_output_head, output_head

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
    with pytest.raises(InputError, match=f"A {family} model computes logits in a way that the loss does not support"):
        check_output_head(model)


def test_model_without_a_head_is_refused() -> None:
    config = random_model("gemma2").config
    headless: PreTrainedModel = AutoModel.from_config(config)
    with pytest.raises(InputError, match="has no output head"):
        check_output_head(headless)


def test_refusals_of_a_head_say_the_family_and_what_would_do(monkeypatch: pytest.MonkeyPatch) -> None:
    model = random_model("gemma2")
    headless: PreTrainedModel = AutoModel.from_config(model.config)
    with pytest.raises(InputError) as without:
        check_output_head(headless)
    assert without.value.message == "A gemma2 model has no output head."
    assert without.value.remedy == "Use a causal language model."
    with torch.no_grad():
        logits = model(input_ids=torch.arange(8)[None], use_cache=False)
    largest = logits.logits.abs().max()
    monkeypatch.setattr(type(model), "forward", lambda self, **_: logits)
    for share, is_refused in ((0.015, False), (0.017, True)):
        changed = logits.logits.clone()
        changed[0, 3, 5] += share * largest
        monkeypatch.setattr(type(model), "forward", lambda self, changed=changed, **_: type(logits)(logits=changed))
        if not is_refused:
            check_output_head(model)
            continue
        with pytest.raises(InputError) as other:
            check_output_head(model)
        assert "A gemma2 model computes logits in a way that the loss does not support: " in other.value.message
        assert "differ by up to 0.017 × the largest logit" in other.value.message
        assert other.value.remedy == (
            "Use a model whose logits are head · hidden states, with a bias, or a scale or cap from its config."
        )
    broken = logits.logits.clone()
    broken[0, 0, 0] = float("inf")
    monkeypatch.setattr(type(model), "forward", lambda self, **_: type(logits)(logits=broken))
    with pytest.raises(InputError) as not_numbers:
        check_output_head(model)
    assert not_numbers.value.message == (
        "The logits of this gemma2 model are not finite, so its weights are broken or overflow."
    )
    assert not_numbers.value.remedy == "Test the model with a different program, and download its weights again."


def test_logits_are_scaled_biased_and_then_capped() -> None:
    weight_VH, bias_V = torch.tensor([[1.0, 2.0], [3.0, -4.0]]), torch.tensor([0.5, -1.0])
    hidden_NH = torch.tensor([[1.0, 1.0], [2.0, 0.0]])
    raw = torch.tensor([[3.5, -2.0], [2.5, 5.0]]) * 0.5
    assert torch.allclose(OutputHead(weight_VH, bias_V, 0.5, None).logits(hidden_NH), raw)
    assert torch.allclose(OutputHead(weight_VH, bias_V, 0.5, 2.0).logits(hidden_NH), 2.0 * torch.tanh(raw / 2.0))
