"""Shapes of published models, for what memory they need."""

from __future__ import annotations

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
    frozen=8_030_261_248,
    quantized=0,
    trained=41_943_040,
    trained_in_products=41_943_040,
    head_trains=False,
    embeddings_train=False,
    one_by_one=False,
)
