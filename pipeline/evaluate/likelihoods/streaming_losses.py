"""Scores every token of a stream, with a key-value cache that keeps all tokens or a bounded number of them.

Takes a causal language model and token ids. Returns nats per token and the size of the cache. Used by the task
`streaming`. Cost: one forward pass per chunk of tokens, whose attention reads the cache.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Any

import torch
from torch import Tensor
from transformers import DynamicCache

from pipeline.errors import RunError
from pipeline.evaluate.likelihoods.streaming_cache import CachePolicy, StreamingCache, streaming_cache, turnable_keys


@dataclass(frozen=True, slots=True)
class StreamLosses:
    """The losses of a stream, and the size of the cache that they took."""

    nll: tuple[float, ...]
    """In nats, of every token but the first, in order."""
    cache_bytes: int
    """The most bytes of keys and values that were kept between two chunks, measured on the tensors."""


def stream_losses(model: Any, ids: Sequence[int], *, policy: CachePolicy | None, chunk_tokens: int) -> StreamLosses:
    """Return the negative log likelihood of each token given those before it that the cache still has.

    Args:
        model: a transformers causal language model in evaluation mode, on its device.
        ids: the stream, with a leading special token if the tokenizer requires one; at least two tokens.
        policy: which tokens stay in the cache; None for all.
        chunk_tokens: number of tokens in a forward pass. It does not change the result.

    Raises:
        InputError: the model's cached keys cannot be moved to other positions.
        RunError: the likelihoods are not finite.
    """
    num_kept = len(ids) if policy is None else min(len(ids), policy.num_keys)
    losses: list[float] = []
    most_bytes = 0
    stream_N = torch.tensor(list(ids), device=model.device)
    starts = [*range(0, len(ids), chunk_tokens), len(ids)]
    with torch.inference_mode(), turnable_keys(model, num_tokens=num_kept):
        cache: Any = DynamicCache() if policy is None else streaming_cache(model, policy)
        for start, end in pairwise(starts):
            targets_C = stream_N[start + 1 : end + 1]
            logits_CV = _forward(model, stream_N[start:end], cache)[: len(targets_C)].float()
            nll_C = torch.nn.functional.cross_entropy(logits_CV, targets_C, reduction="none")
            losses += nll_C.tolist()
            most_bytes = max(most_bytes, _num_bytes(cache))
    if not bool(torch.isfinite(torch.tensor(losses)).all()):
        raise RunError(
            f"The model's likelihoods are not finite in a stream of {len(ids):,} tokens.",
            remedy="Check its weights, or set evaluate.dtype to float32.",
        )
    return StreamLosses(tuple(losses), most_bytes)


def cache_bytes_of(model: Any, num_tokens: int) -> int:
    """Return the size of the keys and values of so many tokens, computed from the model's config."""
    config = model.config.get_text_config()
    num_heads = getattr(config, "num_key_value_heads", None) or config.num_attention_heads
    head_dim = getattr(config, "head_dim", None) or config.hidden_size // config.num_attention_heads
    return int(2 * config.num_hidden_layers * num_heads * head_dim * model.dtype.itemsize * num_tokens)


def _forward(model: Any, ids_C: Tensor, cache: Any) -> Tensor:
    placed = {}
    if isinstance(cache, StreamingCache):
        positions, mask = cache.begin(len(ids_C), dtype=model.dtype)
        placed = {"position_ids": positions.to(model.device), "attention_mask": mask.to(model.device)}
    output = model(input_ids=ids_C[None], past_key_values=cache, use_cache=True, **placed)
    logits_CV: Tensor = output.logits[0]
    return logits_CV


def _num_bytes(cache: Any) -> int:
    return sum(layer.keys.nbytes + layer.values.nbytes for layer in cache.layers)
