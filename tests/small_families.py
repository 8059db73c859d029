"""Very small models of several families, and the patterns at a size whose edges fall inside very small documents."""

from __future__ import annotations

from pathlib import Path

import torch
from small_student import small_tokenizer
from transformers import (
    Gemma3ForCausalLM,
    Gemma3TextConfig,
    LlamaConfig,
    LlamaForCausalLM,
    MambaConfig,
    MambaForCausalLM,
    MistralConfig,
    MistralForCausalLM,
    PreTrainedModel,
    Qwen2Config,
    Qwen2ForCausalLM,
)

from pipeline.config.attention import AttentionPattern, AttentionRecipe

RECIPES = {
    "full": AttentionRecipe(),
    "s2": AttentionRecipe(pattern=AttentionPattern.S2, group_tokens=16),
    "s2 of odd groups": AttentionRecipe(pattern=AttentionPattern.S2, group_tokens=7),
    "sliding window": AttentionRecipe(pattern=AttentionPattern.SLIDING_WINDOW, window_tokens=9),
    "window of one": AttentionRecipe(pattern=AttentionPattern.SLIDING_WINDOW, window_tokens=1),
    "dilated": AttentionRecipe(pattern=AttentionPattern.DILATED, window_tokens=7, dilation=3),
    "strided": AttentionRecipe(pattern=AttentionPattern.STRIDED, stride_tokens=8),
    "local and global": AttentionRecipe(pattern=AttentionPattern.LOCAL_GLOBAL, window_tokens=10, global_tokens=4),
    "more globals than window": AttentionRecipe(
        pattern=AttentionPattern.LOCAL_GLOBAL, window_tokens=3, global_tokens=12
    ),
}

# Weights large enough for attention to prefer some keys over others; 259 are the bytes and ChatML.
_SMALL = {"vocab_size": 259, "hidden_size": 32, "num_hidden_layers": 2, "initializer_range": 0.3}
_TOKENS = {"bos_token_id": 257, "eos_token_id": 258, "pad_token_id": 256}
_SHAPE = {**_SMALL, **_TOKENS, "intermediate_size": 64, "num_attention_heads": 4, "num_key_value_heads": 2}


def small_model(family: str) -> PreTrainedModel:
    """A random model in evaluation mode; windows of its own are 12 tokens."""
    torch.manual_seed(3)
    match family:
        case "llama":
            model = LlamaForCausalLM(LlamaConfig(**_SHAPE))
        case "gemma3":
            layers = ["sliding_attention", "full_attention"]
            model = Gemma3ForCausalLM(
                Gemma3TextConfig(**_SHAPE, head_dim=8, sliding_window=12, layer_types=layers, query_pre_attn_scalar=16)
            )
        case "gemma3 that sees what comes later":
            model = Gemma3ForCausalLM(Gemma3TextConfig(**_SHAPE, head_dim=8, use_bidirectional_attention=True))
        case "mistral":
            model = MistralForCausalLM(MistralConfig(**_SHAPE, sliding_window=12))
        case "qwen2":
            windows = {"use_sliding_window": True, "sliding_window": 12, "max_window_layers": 1}
            model = Qwen2ForCausalLM(Qwen2Config(**_SHAPE, **windows))
        case "mamba":
            model = MambaForCausalLM(MambaConfig(**_SMALL, **_TOKENS, state_size=4))
        case _:
            raise ValueError(family)
    return model.eval()


def write_family(family: str, folder: Path) -> str:
    """Save such a model with the byte tokenizer; returns the folder as a model reference."""
    small_model(family).save_pretrained(folder)
    small_tokenizer().save_pretrained(folder)
    return str(folder)
