"""Lean forms give the stock model's logits and gradients, and leave it as it was."""

from __future__ import annotations

from collections.abc import Callable

import pytest
import torch
from peft import LoraConfig, get_peft_model
from small_architectures import random_model
from small_student import small_config
from torch import Tensor, nn
from transformers import (
    Gemma3ForCausalLM,
    Gemma3TextConfig,
    LlamaForCausalLM,
    Phi3Config,
    Phi3ForCausalLM,
    Qwen3Config,
    Qwen3ForCausalLM,
)
from transformers.models.qwen3_5.modeling_qwen3_5 import apply_rotary_pos_emb as stock_partial_rotary

from pipeline.train.layers.fused import remove_fused_layers, use_fused_layers
from pipeline.train.layers.lora import lora_linear
from pipeline.train.layers.norms import rms_norm, row_blocks
from pipeline.train.layers.rotary import rotate_queries_and_keys
from pipeline.train.layers.tiles import TileActivations, tiled

_SMALL = {
    "vocab_size": 259,
    "hidden_size": 32,
    "intermediate_size": 64,
    "num_hidden_layers": 2,
    "num_attention_heads": 2,
    "num_key_value_heads": 1,
    "head_dim": 16,
    "pad_token_id": 0,
}


def _llama() -> nn.Module:
    return LlamaForCausalLM(small_config())


def _qwen() -> nn.Module:
    return Qwen3ForCausalLM(Qwen3Config(**_SMALL))


def _gemma() -> nn.Module:
    return Gemma3ForCausalLM(Gemma3TextConfig(**_SMALL, sliding_window=16, query_pre_attn_scalar=16))


def _phi() -> nn.Module:
    return Phi3ForCausalLM(Phi3Config(**_SMALL))


def _adapted(build: Callable[[], nn.Module], *, dropout: float = 0.0) -> nn.Module:
    torch.manual_seed(3)
    model = build()
    get_peft_model(model, LoraConfig(r=4, lora_alpha=8, lora_dropout=dropout, target_modules="all-linear"))
    for name, parameter in model.named_parameters():
        if "lora_B" in name:
            nn.init.normal_(parameter, std=0.2)
        if "lora_" in name or "norm" in name:
            parameter.requires_grad_(True)
    model.get_input_embeddings().weight.requires_grad_(True)
    return model.double()


def _step(model: nn.Module) -> tuple[Tensor, dict[str, Tensor]]:
    torch.manual_seed(11)
    model.zero_grad()
    ids_1T = torch.arange(37)[None] * 7 % 259
    logits = model.train()(input_ids=ids_1T, use_cache=False).logits
    logits.square().mean().backward()
    return logits.detach(), {n: p.grad.clone() for n, p in model.named_parameters() if p.grad is not None}


@pytest.mark.parametrize("checkpointing", [False, True], ids=["kept", "checkpointed"])
@pytest.mark.parametrize("build", [_llama, _qwen, _gemma, _phi])
def test_lean_forms_float64_give_stock_logits_and_gradients(
    build: Callable[[], nn.Module], checkpointing: bool
) -> None:
    model = _adapted(build)
    if checkpointing:
        model.gradient_checkpointing_enable()
    logits, gradients = _step(model)
    changed = use_fused_layers(model, fused_layers=True, mlp_tile_tokens=8)
    assert changed["lora"] >= 8 and changed["mlp"] == 2
    lean_logits, lean_gradients = _step(model)
    assert gradients.keys() == lean_gradients.keys() and len(gradients) > 20
    # Stock norms and rotary tables are float32 inside, whatever the model's dtype is.
    tolerance = 1e-5
    assert torch.allclose(logits, lean_logits, atol=tolerance, rtol=tolerance)
    for name, gradient in gradients.items():
        assert torch.allclose(gradient, lean_gradients[name], atol=tolerance * float(gradient.abs().max())), name


def test_lean_forms_taken_out_leave_the_stock_model() -> None:
    model = _adapted(_llama)
    logits, gradients = _step(model)
    changed = use_fused_layers(model, fused_layers=True, mlp_tile_tokens=8)
    assert changed == {"lora": 14, "norm": 5, "rotary": 2, "mlp": 2}
    remove_fused_layers(model)
    again, gradients_again = _step(model)
    assert torch.equal(logits, again)
    assert all(torch.equal(gradient, gradients_again[name]) for name, gradient in gradients.items())
    assert not any("forward" in vars(module) for module in model.modules())


def test_lean_forms_gemma_norms_stay_stock() -> None:
    # Gemma multiplies by 1 + weight, and its weights start at 0.
    assert use_fused_layers(_adapted(_gemma), fused_layers=True, mlp_tile_tokens=None)["norm"] == 0


def test_lora_linear_float64_equals_autograd() -> None:
    torch.manual_seed(0)
    x, weight, bias = torch.randn(2, 5, 6).double(), torch.randn(7, 6).double(), torch.randn(7).double()
    down, up = torch.randn(3, 6).double().requires_grad_(), torch.randn(7, 3).double().requires_grad_()
    x.requires_grad_()
    cotangent = torch.randn(2, 5, 7).double()
    plain = x @ weight.T + bias + 0.5 * (x @ down.T) @ up.T
    lean = lora_linear(x, weight, bias, down, up, scaling=0.5)
    assert torch.allclose(plain, lean, atol=1e-12)
    for ours, theirs in zip(
        torch.autograd.grad(lean, (x, down, up), cotangent),
        torch.autograd.grad(plain, (x, down, up), cotangent),
        strict=True,
    ):
        assert torch.allclose(ours, theirs, atol=1e-12)


def test_rms_norm_float64_passes_gradcheck_over_several_blocks(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("pipeline.train.layers.norms._CPU_BLOCK_ROWS", 2)
    x, weight = torch.randn(5, 4, dtype=torch.float64), torch.randn(4, dtype=torch.float64)
    expected = x * torch.rsqrt(x.square().mean(-1, keepdim=True) + 1e-6) * weight
    assert torch.allclose(rms_norm(x, weight, epsilon=1e-6), expected, atol=1e-12)
    inputs = (x.requires_grad_(), weight.requires_grad_())
    assert torch.autograd.gradcheck(lambda x, w: rms_norm(x, w, epsilon=1e-6), inputs)


def test_rms_norm_bfloat16_with_float32_weight_keeps_the_dtype_of_the_pack() -> None:
    x = torch.randn(700, 16).bfloat16().requires_grad_()
    weight = torch.ones(16, requires_grad=True)
    y = rms_norm(x, weight, epsilon=1e-6)
    y.sum().backward()
    assert (y.dtype, x.grad.dtype, weight.grad.dtype) == (torch.bfloat16, torch.bfloat16, torch.float32)


def test_rotation_float64_passes_gradcheck() -> None:
    angles = torch.randn(1, 3, 2, dtype=torch.float64)
    cos, sin = (torch.cat([part, part], -1) for part in (angles.cos(), angles.sin()))
    query = torch.randn(1, 2, 3, 4, dtype=torch.float64, requires_grad=True)
    key = torch.randn(1, 1, 3, 4, dtype=torch.float64, requires_grad=True)
    assert torch.autograd.gradcheck(lambda q, k: rotate_queries_and_keys(q, k, cos, sin), (query, key))


class _CountedMlp(nn.Module):
    def __init__(self, dropout: float) -> None:
        super().__init__()
        self.up = nn.Linear(6, 10)
        self.dropout = nn.Dropout(dropout)
        self.down = nn.Linear(10, 6, bias=False)
        self.tokens_seen = 0

    def forward(self, x: Tensor) -> Tensor:
        self.tokens_seen += x.shape[-2]
        out: Tensor = self.down(self.dropout(torch.relu(self.up(x))))
        return out


@pytest.mark.parametrize("activations", TileActivations)
@pytest.mark.parametrize("tile_tokens", [1, 4, 13, 100])
def test_tiled_mlp_float64_gradients_equal_the_whole(tile_tokens: int, activations: TileActivations) -> None:
    torch.manual_seed(1)
    mlp = _CountedMlp(0.0).double()
    x = torch.randn(1, 13, 6, dtype=torch.float64, requires_grad=True)
    cotangent = torch.randn(1, 13, 6, dtype=torch.float64)
    wanted = (x, *mlp.parameters())
    whole, parts = mlp(x), tiled(mlp, mlp.forward, x, tile_tokens=tile_tokens, activations=activations)
    assert torch.allclose(whole, parts, atol=1e-12)
    ours, theirs = (torch.autograd.grad(y, wanted, cotangent) for y in (parts, whole))
    assert all(torch.allclose(a, b, atol=1e-10) for a, b in zip(ours, theirs, strict=True))


@pytest.mark.parametrize("activations", TileActivations)
def test_tiled_mlp_with_dropout_has_the_same_masks_and_leaves_the_random_stream_alone(
    activations: TileActivations,
) -> None:
    mlp = _CountedMlp(0.5).double().train()
    with torch.no_grad():
        mlp.up.weight.fill_(0.0), mlp.up.bias.fill_(1.0), mlp.down.weight.fill_(1.0)
    x = torch.randn(1, 12, 6, dtype=torch.float64)
    torch.manual_seed(4)
    y = tiled(mlp, mlp.forward, x, tile_tokens=5, activations=activations)
    drawn_after_forward = torch.get_rng_state()
    y.sum().backward()
    assert torch.equal(torch.get_rng_state(), drawn_after_forward)
    # With these weights each output counts the shards kept, and so does the gradient of `down`.
    assert torch.allclose(mlp.down.weight.grad.sum(), y.sum())
    assert 0.0 < float(y.detach().min()) < float(y.detach().max())


def test_tiled_mlp_checkpointed_runs_twice_and_no_more() -> None:
    mlp = _CountedMlp(0.0)
    norm = nn.LayerNorm(6)
    x = torch.randn(1, 12, 6, requires_grad=True)

    def layer(x: Tensor) -> Tensor:
        return x + tiled(mlp, mlp.forward, norm(x), tile_tokens=4)

    torch.utils.checkpoint.checkpoint(layer, x, use_reentrant=False).sum().backward()
    assert mlp.tokens_seen == 2 * 12


def test_tiled_mlp_that_keeps_its_activations_runs_once_and_frees_them() -> None:
    mlp = _CountedMlp(0.0)
    x = torch.randn(1, 12, 6, requires_grad=True)
    y = tiled(mlp, mlp.forward, x, tile_tokens=4, activations=TileActivations.KEPT)
    y.sum().backward(retain_graph=True)
    assert mlp.tokens_seen == 12
    with pytest.raises(AssertionError, match="freed"):
        y.sum().backward()


def test_tiled_mlp_without_gradients_keeps_no_graph() -> None:
    mlp = _CountedMlp(0.0)
    with torch.no_grad():
        y = tiled(mlp, mlp.forward, torch.randn(1, 9, 6), tile_tokens=4)
    assert y.shape == (1, 9, 6) and not y.requires_grad


def test_lora_dropout_is_drawn_by_peft_itself() -> None:
    model = _adapted(_llama, dropout=0.3)
    _, gradients = _step(model)
    use_fused_layers(model, fused_layers=True, mlp_tile_tokens=None)
    _, lean_gradients = _step(model)
    for name, gradient in gradients.items():
        assert torch.allclose(gradient, lean_gradients[name], atol=1e-5 * float(gradient.abs().max())), name


def test_norm_on_a_gpu_takes_few_blocks_of_bounded_size_for_hidden_states_and_for_heads() -> None:
    cuda, num_tokens = torch.device("cuda"), 16384
    for num_rows, width in ((num_tokens + 1, 4096), (num_tokens * 32 + 1, 128)):
        blocks = row_blocks(num_rows, width, device=cuda)
        assert len(blocks) == 5 and blocks[0].stop * width == 1 << 24
        rows = torch.arange(num_rows)
        assert torch.equal(torch.cat([rows[block] for block in blocks]), rows)
    assert len(row_blocks(num_tokens, 4096, device=torch.device("cpu"))) == 32


def test_rotation_of_part_of_a_head_gives_the_stock_numbers_and_gradients() -> None:
    torch.manual_seed(3)
    query, key = (torch.randn(1, heads, 5, 16, dtype=torch.float64, requires_grad=True) for heads in (4, 2))
    angles = torch.randn(1, 5, 2, dtype=torch.float64)
    cos, sin = (torch.cat([part, part], dim=-1) for part in (angles.cos(), angles.sin()))
    outcomes = [rotate(query, key, cos, sin) for rotate in (rotate_queries_and_keys, stock_partial_rotary)]
    for ours, theirs in zip(*outcomes, strict=True):
        assert torch.allclose(ours, theirs, atol=1e-12)
        assert torch.equal(ours[..., 4:], theirs[..., 4:]) and not torch.allclose(ours[..., :4], theirs[..., 4:8])
    gradients = [torch.autograd.grad(sum(part.pow(3).sum() for part in parts), (query, key)) for parts in outcomes]
    for ours, theirs in zip(*gradients, strict=True):
        assert torch.allclose(ours, theirs, atol=1e-12)


def test_layers_that_rotate_part_of_a_head_are_fused() -> None:
    assert use_fused_layers(random_model("qwen3.5"), fused_layers=True, mlp_tile_tokens=None)["rotary"] == 1
