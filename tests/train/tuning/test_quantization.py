"""QLoRA: refused where it cannot train, and merged into plain weights without loss."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest
import torch
from small_student import small_config, write_small_model
from transformers import AutoModelForCausalLM, Gemma3Config

from pipeline.config.tuning import TuningMethod, TuningRecipe
from pipeline.errors import InputError, MissingExtraError
from pipeline.train.tuning.quantization import merge_into_dequantized, quantization_config
from pipeline.train.tuning.trainable import make_trainable

QLORA = TuningRecipe(method=TuningMethod.QLORA, rank=4, alpha=8.0)
CUDA = torch.device("cuda")
_ON_CUDA = pytest.mark.skipif(not torch.cuda.is_available(), reason="needs CUDA")


def test_other_methods_quantise_nothing() -> None:
    assert quantization_config(TuningRecipe(), small_config(), dtype=torch.bfloat16, device=CUDA) is None


def test_cpu_is_refused() -> None:
    with pytest.raises(InputError, match=r"qlora cannot train on a CPU.* Set finetune.device to cuda"):
        quantization_config(QLORA, small_config(), dtype=torch.bfloat16, device=torch.device("cpu"))


def test_models_that_read_more_than_text_are_refused() -> None:
    with pytest.raises(InputError, match="parts of a gemma3 model that do not read text"):
        quantization_config(QLORA, Gemma3Config(), dtype=torch.bfloat16, device=CUDA)


def test_missing_bitsandbytes_is_named_with_the_install_command(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "bitsandbytes", None)
    with pytest.raises(MissingExtraError, match=r"longdoc-pipeline\[qlora\]"):
        quantization_config(QLORA, small_config(), dtype=torch.bfloat16, device=CUDA)


@pytest.mark.parametrize(("device", "tolerance"), [("cpu", 1e-4), pytest.param("cuda", 1e-3, marks=_ON_CUDA)])
def test_merged_weights_are_dequantised_plus_adapter_on_the_host(device: str, tolerance: float, tmp_path: Path) -> None:
    # On a CPU, where a layer can be trained until it is first evaluated.
    pytest.importorskip("bitsandbytes", reason="the extra qlora is not installed")
    reference = write_small_model(tmp_path / "base", hidden_size=64, intermediate_size=128, head_dim=32)
    settings = quantization_config(QLORA, small_config(), dtype=torch.float32, device=CUDA)
    model = AutoModelForCausalLM.from_pretrained(
        reference, dtype=torch.float32, quantization_config=settings, device_map=device
    )
    adapted = make_trainable(model, QLORA, dtype=torch.float32)
    assert adapted is not None
    model.to(device)
    assert model.model.layers[0].mlp.up_proj.base_layer.weight.dtype is torch.uint8
    model.train()
    ids = torch.arange(64, device=device)[None]
    optimizer = torch.optim.AdamW([p for p in model.parameters() if p.requires_grad], lr=0.01)
    losses = []
    for _ in range(4):
        loss = model(input_ids=ids, labels=ids, use_cache=False).loss
        loss.backward()
        optimizer.step()
        optimizer.zero_grad()
        losses.append(loss.item())
    assert losses[-1] < losses[0]
    with torch.no_grad():
        trained = model(input_ids=ids, use_cache=False).logits.cpu()
        ids = ids.cpu()
        merged = merge_into_dequantized(adapted)
        assert type(merged.model.layers[0].mlp.up_proj) is torch.nn.Linear and not merged.is_quantized
        assert {p.device.type for p in merged.parameters()} == {"cpu"}
        assert torch.allclose(merged(input_ids=ids, use_cache=False).logits, trained, atol=tolerance)
        merged.save_pretrained(tmp_path / "out")
        reloaded = AutoModelForCausalLM.from_pretrained(tmp_path / "out")
        assert torch.equal(reloaded(input_ids=ids).logits, merged.eval()(input_ids=ids).logits)
    assert not getattr(reloaded.config, "quantization_config", None)


def test_refusals_of_four_bits_say_which_setting_would_do() -> None:
    with pytest.raises(InputError) as on_cpu:
        quantization_config(QLORA, small_config(), dtype=torch.bfloat16, device=torch.device("cpu"))
    assert on_cpu.value.message == (
        "tuning.method qlora cannot train on a CPU, where no gradient passes through 4-bit weights."
    )
    assert on_cpu.value.remedy == "Set finetune.device to cuda, or tuning.method to lora."
    with pytest.raises(InputError) as seeing:
        quantization_config(QLORA, Gemma3Config(), dtype=torch.bfloat16, device=CUDA)
    assert seeing.value.message == (
        "tuning.method qlora would also quantise the parts of a gemma3 model that do not read text."
    )
    assert seeing.value.remedy == "Set tuning.method to lora, or use a text-only model of the same family."


@pytest.mark.parametrize("dtype", [torch.bfloat16, torch.float32])
def test_four_bits_are_doubly_quantised_normal_floats_computed_in_the_students_dtype(dtype: torch.dtype) -> None:
    pytest.importorskip("bitsandbytes", reason="the extra qlora is not installed")
    found = quantization_config(QLORA, small_config(), dtype=dtype, device=CUDA)
    assert found is not None
    assert (found.load_in_4bit, found.bnb_4bit_quant_type, found.bnb_4bit_use_double_quant) == (True, "nf4", True)
    assert found.bnb_4bit_compute_dtype is dtype
