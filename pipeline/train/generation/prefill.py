"""Computes the keys and values of prompts, one prompt after another, and reuses those of a shared beginning.

Takes token ids; returns a `Prefilled` prompt, which `decoding` continues. Questions about one document share almost all
their tokens, and so do the turns of a conversation. So the cache of the last prompt is kept, and only what differs from
it is computed. A long prompt is computed in pieces, so that the memory of a forward pass is bounded.

Cost: a forward pass over the tokens that are new, plus a copy of the reused keys and values. Memory: the cache of the
last prompt. Scalings that depend on the length (dynamic NTK, LongRoPE) get the frequencies of the whole prompt in every
piece, and a beginning is reused only if both prompts have the same frequencies.

Shapes: T tokens of a piece, K cached tokens, H heads, D features of a head.
"""

from __future__ import annotations

from collections.abc import Hashable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import torch
from torch import Tensor
from transformers import DynamicCache

from pipeline.errors import InputError
from pipeline.tokens.encode import Ids
from pipeline.train.rope.in_force import rotary_held_at, rotary_key

Layers = Sequence[tuple[Tensor, Tensor]]
"""The keys and values of each layer, each of shape [1, H, K, D]; with several GPUs, each on the device of its layer."""


@dataclass(frozen=True, slots=True, eq=False)
class Prefilled:
    """A prompt whose keys and values are known."""

    ids: Ids
    layers: Layers
    next_id: int
    """The most likely token after the prompt."""
    rotary: Hashable
    """What the frequencies of its rotary embeddings depend on; see `rotary_key`."""


class Prefiller:
    """Prefills the prompts of one model."""

    def __init__(self, model: Any, *, max_piece_tokens: int) -> None:
        self._model = model
        self._max_piece_tokens = max_piece_tokens
        self._last: Prefilled | None = None

    def prefill(self, ids: Ids) -> Prefilled:
        """Return a prompt with its keys and values. Call it without gradients.

        Raises:
            InputError: the model does not cache keys and values of all tokens.
        """
        rotary = rotary_key(self._model, ids.size)
        cache, num_shared = self._begin(ids, rotary)
        output: Any = None  # of the model
        with rotary_held_at(self._model, ids.size):
            for start in range(num_shared, ids.size, self._max_piece_tokens):
                piece = ids[start : start + self._max_piece_tokens]
                ids_1T = torch.from_numpy(piece.astype(np.int64))[None].to(self._model.device)
                positions_1T = torch.arange(start, start + piece.size, device=ids_1T.device)[None]
                output = self._model(
                    input_ids=ids_1T, position_ids=positions_1T, past_key_values=cache, use_cache=True, logits_to_keep=1
                )
        next_id = int(output.logits[0, -1].argmax())
        self._last = Prefilled(ids, _layers_of(output.past_key_values, num_tokens=ids.size), next_id, rotary)
        return self._last

    def _begin(self, ids: Ids, rotary: Hashable) -> tuple[DynamicCache, int]:
        """Return a cache with the shared beginning, and its number of tokens. The last token is always computed."""
        # An empty cache without a config keeps all tokens of all layers, also of those with a sliding window.
        cache = DynamicCache()
        if self._last is None or self._last.rotary != rotary:
            return cache, 0
        num_shared = min(num_common(self._last.ids, ids), ids.size - 1)
        if num_shared:
            for layer, (keys, values) in enumerate(self._last.layers):
                cache.update(keys[:, :, :num_shared], values[:, :, :num_shared], layer)
        return cache, num_shared


def num_common(first: Ids, second: Ids) -> int:
    """Return the number of tokens at the beginning that two prompts share."""
    size = min(first.size, second.size)
    differs = first[:size] != second[:size]
    return int(differs.argmax()) if differs.any() else size


def prefill_order(prompts: Sequence[Ids]) -> list[int]:
    """Return the numbers of the prompts in an order in which neighbours share their beginnings.

    Prompts of which each shares at least half of the shorter with the one before are a chain. Chains with shorter
    prompts come first, so that batches have prompts of similar lengths, and a prompt that does not fit into memory
    comes after those that do.
    """
    by_ids = sorted(range(len(prompts)), key=lambda number: prompts[number].astype(">u4").tobytes())
    chains: list[list[int]] = []
    for number in by_ids:
        ids = prompts[number]
        before = prompts[chains[-1][-1]] if chains else None
        if before is not None and 2 * num_common(before, ids) >= min(before.size, ids.size):
            chains[-1].append(number)
        else:
            chains.append([number])
    chains.sort(key=lambda chain: max(prompts[number].size for number in chain))
    return [number for chain in chains for number in chain]


def _layers_of(cache: Any, *, num_tokens: int) -> Layers:
    layers = [(getattr(layer, "keys", None), getattr(layer, "values", None)) for layer in getattr(cache, "layers", ())]
    found = [(keys, values) for keys, values in layers if keys is not None and values is not None]
    if not found or len(found) < len(layers) or any(keys.shape[-2] != num_tokens for keys, _ in found):
        raise InputError(
            "The model does not cache the keys and values of all tokens, so answers cannot be generated in batches.",
            remedy="Evaluate a model whose layers all use attention.",
        )
    return found
