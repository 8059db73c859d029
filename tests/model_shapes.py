"""Shapes and configs of published models, for what memory they need."""

from __future__ import annotations

from transformers import LlamaConfig, PreTrainedConfig, Qwen3Config

from pipeline.train.memory.predict import ModelShape

# Llama 3 8B with LoRA of rank 16 on every linear layer, and nothing else trained.
LLAMA_8B = ModelShape(
    model_type="llama",
    num_layers=32,
    hidden=4096,
    query_width=4096,
    key_width=1024,
    num_heads=32,
    mlp_width=14336,
    has_gated_mlp=True,
    vocabulary=128256,
    outside_layers=2 * 128256 * 4096 + 4096,
    frozen=8_030_261_248,
    quantized=0,
    trained=41_943_040,
    trained_in_products=41_943_040,
    head_trains=False,
    embeddings_train=False,
    one_by_one=False,
)


def published_configs() -> dict[str, PreTrainedConfig]:
    """The dimensions of the models that bundled recipes train, by reference; the rest as the class has it."""
    return {
        "embedded:smollm2-135m-instruct": LlamaConfig(
            vocab_size=49152,
            hidden_size=576,
            intermediate_size=1536,
            num_hidden_layers=30,
            num_attention_heads=9,
            num_key_value_heads=3,
            max_position_embeddings=8192,
            rope_parameters={"rope_type": "default", "rope_theta": 100_000.0},
            tie_word_embeddings=True,
            dtype="bfloat16",
        ),
        "meta-llama/Meta-Llama-3-8B-Instruct": LlamaConfig(
            vocab_size=128256,
            hidden_size=4096,
            intermediate_size=14336,
            num_hidden_layers=32,
            num_attention_heads=32,
            num_key_value_heads=8,
            max_position_embeddings=8192,
            rope_parameters={"rope_type": "default", "rope_theta": 500_000.0},
            dtype="bfloat16",
        ),
        "Qwen/Qwen3-8B": Qwen3Config(
            vocab_size=151936,
            hidden_size=4096,
            intermediate_size=12288,
            num_hidden_layers=36,
            num_attention_heads=32,
            num_key_value_heads=8,
            head_dim=128,
            max_position_embeddings=40960,
            rope_parameters={"rope_type": "default", "rope_theta": 1_000_000.0},
            dtype="bfloat16",
        ),
    }
