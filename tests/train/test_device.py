"""The device a recipe asks for, and the one process that trains alone."""

from __future__ import annotations

import pytest
import torch
from small_architectures import random_model
from small_student import small_config, small_recipe
from transformers import LlamaForCausalLM

from pipeline.errors import InputError
from pipeline.train.device import resolve_device
from pipeline.train.distributed.parallel import WHOLE
from pipeline.train.ranks import OneRank
from pipeline.train.text_stack import decoder_layers, has_other_parts, text_modules, text_stack


@pytest.mark.parametrize(
    ("requested", "has_cuda", "device"),
    [
        ("auto", True, "cuda"), ("auto", False, "cpu"), ("cpu", True, "cpu"), ("cpu", False, "cpu"),
        ("cuda", True, "cuda"), ("cuda:1", True, "cuda:1"), ("cuda", False, None), ("cuda:1", False, None),
    ],
)  # fmt: skip
def test_device_is_what_is_asked_for_or_cuda_where_there_is_one(
    requested: str, has_cuda: bool, device: str | None, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(torch.cuda, "is_available", lambda: has_cuda)
    if device is not None:
        assert resolve_device(requested, setting="finetune.device") == device
        return
    with pytest.raises(InputError) as refused:
        resolve_device(requested, setting="rope_search.device")
    assert refused.value.message == f"rope_search.device is {requested}, but torch sees no CUDA device."
    assert refused.value.remedy == "Set rope_search.device to auto or cpu."


def test_one_rank_computes_all_and_changes_nothing() -> None:
    ranks = OneRank()
    model = LlamaForCausalLM(small_config(num_hidden_layers=1))
    assert ranks.place(model, small_recipe("none").finetune, torch.device("cpu")) is WHOLE
    assert (ranks.is_first, ranks.slice_number, WHOLE.shards, WHOLE.slices) == (True, 0, 1, 1)
    assert list(ranks.share([5, 9, 2])) == [0, 1, 2] and list(ranks.share([])) == []
    assert ranks.sum([1.5, 2.0]) == [1.5, 2.0] and ranks.gather(["a", "b"]) == ["a", "b"]
    assert [ranks.any(flag) for flag in (True, False)] == [True, False]
    assert [WHOLE.anywhere(flag, torch.device("cpu")) for flag in (True, False)] == [True, False]
    assert ranks.once(lambda: "done") == "done"
    (weight, *_) = model.parameters()
    weight.grad = torch.full_like(weight, 3.0)
    ranks.sum_gradients([weight])
    ranks.wait()
    assert float(weight.grad.min()) == float(weight.grad.max()) == 3.0


def test_text_of_a_model_that_sees_is_its_language_model_and_its_head() -> None:
    seeing, plain = random_model("gemma3 that sees"), LlamaForCausalLM(small_config())
    assert (has_other_parts(seeing.config), has_other_parts(plain.config)) == (True, False)
    names = {id(module): name for name, module in seeing.named_modules()}
    of_text = [names[id(module)] for module in text_modules(seeing)]
    assert of_text[-1] == "lm_head" and not any("vision" in name or "projector" in name for name in of_text)
    assert text_stack(plain) is plain.model
    assert [id(module) for module in text_modules(plain)] == [id(module) for module in plain.modules()]
    assert decoder_layers(plain) == list(plain.model.layers)
    assert len(decoder_layers(seeing)) == seeing.config.get_text_config().num_hidden_layers
    assert all("vision" not in names[id(layer)] for layer in decoder_layers(seeing))
