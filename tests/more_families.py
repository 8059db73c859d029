"""Very small random models of more families than training tests need, and of scalings that depend on the length."""

from __future__ import annotations

from typing import Any

import torch
from small_families import small_model
from transformers import AutoConfig, AutoModelForCausalLM, PreTrainedModel

ORIGINAL_TOKENS = 64
"""The length up to which the scaled models are unscaled."""

_TOKENS = {"bos_token_id": 257, "eos_token_id": 258, "pad_token_id": 256}
_SHAPE = {
    **_TOKENS,
    "vocab_size": 259,
    "hidden_size": 32,
    "num_hidden_layers": 2,
    "num_attention_heads": 4,
    "num_key_value_heads": 2,
    "intermediate_size": 64,
    "initializer_range": 0.3,
    "max_position_embeddings": 512,
}
_CONFIGS: dict[str, dict[str, Any]] = {
    "phi3": {},
    "olmo2": {},
    "cohere": {},
    "gemma2": {"head_dim": 8, "sliding_window": 12, "query_pre_attn_scalar": 16},
    "gpt_neox": {"rotary_pct": 0.25},
    "gpt2": {"n_embd": 32, "n_layer": 2, "n_head": 4, "n_positions": 512},
    "qwen3": {"head_dim": 8},
    "mixtral": {"num_local_experts": 2, "num_experts_per_tok": 1},
    "deepseek_v3": {
        "q_lora_rank": None,
        "kv_lora_rank": 16,
        "qk_rope_head_dim": 8,
        "qk_nope_head_dim": 8,
        "v_head_dim": 12,
        "first_k_dense_replace": 2,
        "num_key_value_heads": 4,
    },
    "qwen3_next": {
        "layer_types": ["linear_attention", "full_attention"],
        "head_dim": 8,
        "linear_num_value_heads": 2,
        "linear_num_key_heads": 2,
        "linear_key_head_dim": 8,
        "linear_value_head_dim": 8,
        "num_experts": 0,
        "mlp_only_layers": [0, 1],
    },
}
_LONG = [1.0 + index for index in range(4)]
_ROPES: dict[str, dict[str, Any]] = {
    "dynamic": {"rope_type": "dynamic", "factor": 4.0},
    "longrope": {
        "rope_type": "longrope",
        "factor": 4.0,
        "short_factor": [1.0] * 4,
        "long_factor": _LONG,
        "original_max_position_embeddings": ORIGINAL_TOKENS,
    },
}


def model_of(kind: str) -> PreTrainedModel:
    """A random model in evaluation mode: a family of `small_families` or of this module, or a scaling of Llama."""
    if kind in _ROPES:
        return _scaled_llama(kind)
    if kind not in _CONFIGS:
        return small_model(kind)
    torch.manual_seed(4)
    return AutoModelForCausalLM.from_config(AutoConfig.for_model(kind, **(_SHAPE | _CONFIGS[kind]))).eval()


def _scaled_llama(kind: str) -> PreTrainedModel:
    torch.manual_seed(4)
    positions = ORIGINAL_TOKENS if kind == "dynamic" else 4 * ORIGINAL_TOKENS
    rope = {"rope_theta": 100.0, **_ROPES[kind]}
    config = AutoConfig.for_model(
        "llama", **(_SHAPE | {"max_position_embeddings": positions, "rope_parameters": rope, "head_dim": 8})
    )
    return AutoModelForCausalLM.from_config(config).eval()
