"""Very small random models of many architectures, on the vocabulary of `small_student.small_tokenizer`."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import torch
from small_student import ORIGINAL_TOKENS, small_tokenizer
from transformers import (
    CohereConfig,
    CohereForCausalLM,
    Ernie4_5_MoeConfig,
    Ernie4_5_MoeForCausalLM,
    Exaone4Config,
    Exaone4ForCausalLM,
    Gemma2Config,
    Gemma2ForCausalLM,
    Gemma3Config,
    Gemma3ForCausalLM,
    Gemma3ForConditionalGeneration,
    Gemma3TextConfig,
    Gemma4ForCausalLM,
    Gemma4TextConfig,
    GraniteConfig,
    GraniteForCausalLM,
    HyperCLOVAXConfig,
    HyperCLOVAXForCausalLM,
    LlamaConfig,
    LlamaForCausalLM,
    MambaConfig,
    MambaForCausalLM,
    PhiConfig,
    PhiForCausalLM,
    PreTrainedModel,
    Qwen3_5ForCausalLM,
    Qwen3_5TextConfig,
    Qwen3Config,
    Qwen3ForCausalLM,
    Qwen3MoeConfig,
    Qwen3MoeForCausalLM,
    Qwen3NextConfig,
    Qwen3NextForCausalLM,
    RwkvConfig,
    RwkvForCausalLM,
    SmolLM3Config,
    SmolLM3ForCausalLM,
)

_SHAPE: dict[str, Any] = {
    "vocab_size": 259,
    "hidden_size": 32,
    "num_hidden_layers": 2,
    "bos_token_id": 257,
    "eos_token_id": 258,
    "pad_token_id": 256,
    "initializer_range": 0.2,
}
_ATTENTION: dict[str, Any] = {
    **_SHAPE,
    "intermediate_size": 64,
    "num_attention_heads": 2,
    "num_key_value_heads": 1,
    "max_position_embeddings": ORIGINAL_TOKENS,
}
_MIXTURE: dict[str, Any] = {**_ATTENTION, "num_experts": 4, "num_experts_per_tok": 2, "moe_intermediate_size": 16}
CAP = 0.5
"""Far below the logits of these models, so that a cap that is left out is noticed."""


def _phi() -> PreTrainedModel:
    model = PhiForCausalLM(PhiConfig(**_ATTENTION))
    torch.nn.init.normal_(model.lm_head.bias)
    return model


def _gemma3_that_sees() -> PreTrainedModel:
    text = {**_ATTENTION, "head_dim": 16, "sliding_window": 32, "layer_types": ["sliding_attention", "full_attention"]}
    vision = {"hidden_size": 16, "intermediate_size": 32, "num_hidden_layers": 1, "num_attention_heads": 2}
    config = Gemma3Config(
        text_config=text,
        vision_config={**vision, "image_size": 28, "patch_size": 14},
        mm_tokens_per_image=4,
        image_token_index=250,
        boi_token_index=251,
        eoi_token_index=252,
    )
    model = Gemma3ForConditionalGeneration(config)
    torch.nn.init.normal_(model.model.multi_modal_projector.mm_input_projection_weight)
    return model


def _qwen3_next() -> PreTrainedModel:
    linear = {f"linear_{name}": 2 for name in ("num_key_heads", "num_value_heads")}
    dims = {f"linear_{name}": 8 for name in ("key_head_dim", "value_head_dim")}
    shared = {"shared_expert_intermediate_size": 16, "head_dim": 16}
    return Qwen3NextForCausalLM(Qwen3NextConfig(**_MIXTURE, **linear, **dims, **shared))


_SLIDING_AND_FULL = ["sliding_attention", "full_attention"]


def _qwen3_5() -> PreTrainedModel:
    heads = {f"linear_{name}": 2 for name in ("num_key_heads", "num_value_heads")}
    dims = {f"linear_{name}": 8 for name in ("key_head_dim", "value_head_dim")}
    kinds = ["linear_attention", "full_attention"]
    return Qwen3_5ForCausalLM(Qwen3_5TextConfig(**_ATTENTION, **heads, **dims, head_dim=32, layer_types=kinds))


def _llama31() -> PreTrainedModel:
    scaled = {"rope_type": "llama3", "rope_theta": 500_000.0, "factor": 4.0, "low_freq_factor": 1.0}
    more = {"high_freq_factor": 4.0, "original_max_position_embeddings": ORIGINAL_TOKENS // 4}
    return LlamaForCausalLM(LlamaConfig(**_ATTENTION, head_dim=16, rope_parameters=scaled | more))


TODAYS_STUDENTS: dict[str, Callable[[], PreTrainedModel]] = {
    "qwen3.5": _qwen3_5,
    "qwen3": lambda: Qwen3ForCausalLM(Qwen3Config(**_ATTENTION, head_dim=16)),
    "exaone4": lambda: Exaone4ForCausalLM(
        Exaone4Config(**_ATTENTION, head_dim=16, sliding_window=32, layer_types=_SLIDING_AND_FULL)
    ),
    "gemma3": lambda: ARCHITECTURES["gemma3"](),
    "gemma4": lambda: Gemma4ForCausalLM(
        Gemma4TextConfig(
            **_ATTENTION,
            head_dim=16,
            global_head_dim=16,
            sliding_window=32,
            layer_types=_SLIDING_AND_FULL,
            hidden_size_per_layer_input=0,
            num_kv_shared_layers=0,
        )
    ),
    "llama3.1": _llama31,
    # Kanana 1.5 and 2's small models are Llama models with a larger base.
    "kanana": lambda: LlamaForCausalLM(
        LlamaConfig(**_ATTENTION, head_dim=16, rope_parameters={"rope_type": "default", "rope_theta": 8_000_000.0})
    ),
    # HyperCLOVA X SEED 0.5B and 1.5B are Llama models; 14B Think is of the family `hyperclovax`.
    "hyperclovax": lambda: ARCHITECTURES["hyperclovax"](),
    "smollm3": lambda: SmolLM3ForCausalLM(SmolLM3Config(**_ATTENTION, no_rope_layer_interval=2)),
}
"""The students of 2026, as far as transformers has them; see `tests/train/model/test_todays_students.py`."""

ARCHITECTURES: dict[str, Callable[[], PreTrainedModel]] = {
    "mamba": lambda: MambaForCausalLM(MambaConfig(**_SHAPE, state_size=4)),
    "rwkv": lambda: RwkvForCausalLM(RwkvConfig(**_SHAPE, attention_hidden_size=32, intermediate_size=64)),
    "gemma2": lambda: Gemma2ForCausalLM(Gemma2Config(**_ATTENTION, head_dim=16, final_logit_softcapping=CAP)),
    "gemma3": lambda: Gemma3ForCausalLM(
        Gemma3TextConfig(
            **_ATTENTION,
            head_dim=16,
            sliding_window=32,
            layer_types=["sliding_attention", "full_attention"],
            final_logit_softcapping=CAP,
        )
    ),
    "gemma3 that sees": _gemma3_that_sees,
    "cohere": lambda: CohereForCausalLM(CohereConfig(**_ATTENTION, logit_scale=0.0625)),
    "granite": lambda: GraniteForCausalLM(GraniteConfig(**_ATTENTION, logits_scaling=8.0, embedding_multiplier=12.0)),
    "hyperclovax": lambda: HyperCLOVAXForCausalLM(
        HyperCLOVAXConfig(**_ATTENTION, head_dim=16, logits_scaling=0.125, embedding_multiplier=10.0)
    ),
    "phi": _phi,
    "qwen3_moe": lambda: Qwen3MoeForCausalLM(Qwen3MoeConfig(**_MIXTURE, head_dim=16)),
    "qwen3_next": _qwen3_next,
    "ernie4_5_moe": lambda: Ernie4_5_MoeForCausalLM(
        Ernie4_5_MoeConfig(**_ATTENTION, moe_num_experts=4, moe_k=2, moe_intermediate_size=16, moe_layer_start_index=0)
    ),
}


def random_model(architecture: str) -> PreTrainedModel:
    """A random model, the same each time, as `from_pretrained` would give it."""
    torch.manual_seed(5)
    return (ARCHITECTURES | TODAYS_STUDENTS)[architecture]().eval()


def write_random_model(folder: Path, architecture: str) -> str:
    """Save a random model and the tokenizer; returns the folder as a model reference."""
    random_model(architecture).save_pretrained(folder)
    small_tokenizer().save_pretrained(folder)
    return str(folder)
