"""Lets a student (the model in training) generate text as the exported model will, and then puts everything back.

Our attention computes whole packs and has no cache. So the block uses transformers' own attention, which has one: full
attention, or the layers' own windows. Embeddings are cast to the student's dtype, as in training. Adapters and fused
layers stay in place, and no weight changes. Used by `loop.answering`.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

import torch
from torch import Tensor, nn

from pipeline.train.attention.interface import PATTERN_ATTENTION
from pipeline.train.attention.placement import Isolation
from pipeline.train.layers.text_stack import text_stack
from pipeline.train.model.forward import autocast
from pipeline.train.model.student import Student

_CACHING_ATTENTION = "sdpa"


@contextmanager
def serving(student: Student) -> Iterator[None]:
    """Make the student's model a causal language model with a cache, in evaluation mode, while the block runs."""
    stack = text_stack(student.model)
    replaces_attention = student.attention.isolation is Isolation.LAYOUT

    def cast(module: nn.Module, inputs: object, embedded_BTH: Tensor) -> Tensor:
        # Float32 embeddings would make the whole residual stream float32.
        return embedded_BTH.to(student.dtype)

    hook = student.model.get_input_embeddings().register_forward_hook(cast)
    student.model.eval()
    if replaces_attention:
        stack.set_attn_implementation(_CACHING_ATTENTION)
    try:
        with torch.no_grad(), autocast(student):
            yield
    finally:
        hook.remove()
        if replaces_attention:
            stack.set_attn_implementation(PATTERN_ATTENTION)
