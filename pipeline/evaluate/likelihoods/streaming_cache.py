"""A key-value cache of constant size for endless streams: attention sinks and a window (StreamingLLM).

Source: Xiao et al. 2023, arXiv 2309.17453, section 3.2. A token attends to the first S tokens of the stream (the sinks)
and to the last W − S tokens, itself included. Positions are those inside the cache, not those in the stream: while the
cache is full, every token is at position W − 1 and the sinks are at 0 … S − 1. With S = 0, this is plain window
attention. transformers has no such cache since its `SinkCache` was removed.

Tokens come in chunks, with the same result as one by one. The keys of the window keep their distance to all tokens of a
chunk, so they are rotated once. The distance of a sink to a token depends on the token, so each token of the chunk gets
its own rotated copy of the sinks, and a mask that hides the copies of the others. Keys are kept as the model rotated
them, with their positions, and turned from there each time; rounding errors do not add up.

Cost: a chunk of C tokens attends to W + C + C·S keys. Memory: W keys and values in each layer, and during a chunk those
of its tokens and the copies of the sinks.

Shapes: C tokens of a chunk, K cached keys, A keys that the chunk attends to, H heads, D features of a head, R rotated
features of a head.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor
from transformers import Cache, DynamicCache
from transformers.cache_utils import DynamicLayer

from pipeline.errors import InputError
from pipeline.train.rope.in_force import reset_rotary, rotary_modules
from pipeline.train.rope.scaled_config import config_scaling

_FULL_ATTENTION = "full_attention"
_PROBE_TOKENS, _PROBE_SHIFT = 8, 97
_PROBE_ERROR = 0.1
"""Relative error of turned keys that rounding explains. Over 30 layers in bfloat16 it is 0.014; keys that are not
rotated differ by at least 0.4. At the first ids, which are special tokens, both are about 0.2."""


@dataclass(frozen=True, slots=True)
class CachePolicy:
    """Which tokens stay in the cache."""

    num_keys: int
    """W: the number of tokens that a token attends to at most, itself included."""
    num_sinks: int
    """S: how many of them are the first tokens of the stream; less than W."""


@dataclass(frozen=True, slots=True)
class _Turn:
    """A rotation of keys by whole positions."""

    cos_KR: Tensor
    sin_KR: Tensor

    def applied(self, keys_1HKD: Tensor) -> Tensor:
        """Return the keys, turned in float32 and rounded once."""
        cos, sin = self.cos_KR.to(keys_1HKD.device), self.sin_KR.to(keys_1HKD.device)
        width = cos.shape[-1]
        rotary, rest = keys_1HKD[..., :width].float(), keys_1HKD[..., width:]
        first, second = rotary.chunk(2, dim=-1)
        turned = rotary * cos + torch.cat([-second, first], dim=-1) * sin
        return torch.cat([turned.to(keys_1HKD.dtype), rest], dim=-1)


def _turn(shifts_K: Tensor, inverse_frequencies: Tensor) -> _Turn:
    angles = shifts_K.float()[:, None] * inverse_frequencies.float()[None, :]
    both = torch.cat([angles, angles], dim=-1)
    return _Turn(both.cos(), both.sin())


@dataclass(frozen=True, slots=True)
class _Step:
    """What all layers do with a chunk."""

    num_tokens: int
    num_sinks: int
    """Number of sinks among the cached tokens and the chunk."""
    num_recent: int
    """Number of other tokens that stay in the cache."""
    sink_turn: _Turn
    recent_turn: _Turn


class StreamingCache(Cache):  # type: ignore[misc]  # transformers has no types here
    """The keys and values of the sinks and the window, in all layers.

    For each chunk, call `begin`, run the model with the returned positions and mask and with this cache, then go on.
    """

    def __init__(self, policy: CachePolicy, *, inverse_frequencies: Tensor, num_layers: int) -> None:
        assert 0 <= policy.num_sinks < policy.num_keys, f"a token needs a key besides the sinks: {policy}"
        self._policy = policy
        self._inverse_frequencies = inverse_frequencies
        self._num_seen = 0
        self._tokens_K = torch.empty(0, dtype=torch.long)
        self._positions_K = torch.empty(0, dtype=torch.long)
        super().__init__(layers=[_StreamingLayer() for _ in range(num_layers)])

    def begin(self, num_tokens: int, *, dtype: torch.dtype) -> tuple[Tensor, Tensor]:
        """Prepare for the next tokens of the stream.

        Returns:
            The positions of the tokens, shape [1, C], and the mask to add to their attention scores, shape
            [1, 1, C, A]; both on the device of the frequencies.
        """
        num_keys, num_sinks = self._policy.num_keys, min(self._policy.num_sinks, self._num_seen + num_tokens)
        start = min(self._num_seen, num_keys - 1)
        own_C = torch.arange(self._num_seen, self._num_seen + num_tokens)
        positions_C = torch.arange(start, start + num_tokens)
        tokens_K, stored_K = torch.cat([self._tokens_K, own_C]), torch.cat([self._positions_K, positions_C])
        recent_K, sinks_S = tokens_K[num_sinks:], torch.arange(num_sinks)
        # Where a sink must be, so that it is at its place in the cache for a token that is not at its own.
        moved_C = positions_C - own_C.clamp(max=num_keys - 1)
        sink_shifts = (moved_C[:, None] + sinks_S - stored_K[:num_sinks]).flatten()
        recent_shifts = start + recent_K - self._num_seen - stored_K[num_sinks:]
        num_recent = min(len(recent_K), num_keys - self._policy.num_sinks)
        step = _Step(num_tokens, num_sinks, num_recent, self._turned(sink_shifts), self._turned(recent_shifts))
        for layer in self.layers:
            layer.step = step
        kept = [*range(num_sinks), *range(len(tokens_K) - num_recent, len(tokens_K))]
        self._tokens_K, self._positions_K = tokens_K[kept], stored_K[kept]
        self._num_seen += num_tokens
        sees_CS = sinks_S <= own_C[:, None]
        sees_copies = torch.eye(num_tokens, dtype=torch.bool)[:, :, None] & sees_CS[:, None, :]
        oldest_C = own_C - (num_keys - self._policy.num_sinks)
        sees_recent = (recent_K <= own_C[:, None]) & (recent_K > oldest_C[:, None])
        sees_CA = torch.cat([sees_copies.flatten(1), sees_recent], dim=1)
        mask_CA = torch.zeros(sees_CA.shape, dtype=dtype).masked_fill_(~sees_CA, torch.finfo(dtype).min)
        device = self._inverse_frequencies.device
        return positions_C[None].to(device), mask_CA[None, None].to(device)

    def num_bytes(self) -> int:
        """Return the size of the keys and values that are kept between chunks."""
        return sum(layer.keys.nbytes + layer.values.nbytes for layer in self.layers if layer.is_initialized)

    def _turned(self, shifts_K: Tensor) -> _Turn:
        return _turn(shifts_K.to(self._inverse_frequencies.device), self._inverse_frequencies)


class _StreamingLayer(DynamicLayer):  # type: ignore[misc]
    """The keys and values of one layer: the sinks, then the window."""

    step: _Step

    def update(self, key_states: Tensor, value_states: Tensor, *args: Any, **kwargs: Any) -> tuple[Tensor, Tensor]:
        """Add the keys and values of a chunk; return those that the chunk attends to: copies of sinks, then others."""
        if not self.is_initialized:
            self.lazy_initialization(key_states, value_states)
            self.keys, self.values = key_states[:, :, :0], value_states[:, :, :0]
        step = self.step
        keys, values = torch.cat([self.keys, key_states], dim=-2), torch.cat([self.values, value_states], dim=-2)
        self.keys, self.values = self._kept(keys), self._kept(values)
        copies = (1, 1, step.num_tokens, 1)
        sink_keys = step.sink_turn.applied(keys[:, :, : step.num_sinks].repeat(copies))
        sink_values = values[:, :, : step.num_sinks].repeat(copies)
        recent_keys = step.recent_turn.applied(keys[:, :, step.num_sinks :])
        recent_values = values[:, :, step.num_sinks :]
        return torch.cat([sink_keys, recent_keys], dim=-2), torch.cat([sink_values, recent_values], dim=-2)

    def _kept(self, cached_1HKD: Tensor) -> Tensor:
        num_tokens, num_kept = cached_1HKD.shape[-2], self.step.num_sinks + self.step.num_recent
        if num_tokens == num_kept:
            return cached_1HKD
        recent = cached_1HKD[:, :, num_tokens - self.step.num_recent :]
        return torch.cat([cached_1HKD[:, :, : self.step.num_sinks], recent], dim=-2)


def streaming_cache(model: Any, policy: CachePolicy) -> StreamingCache:
    """Return an empty cache for a model inside `turnable_keys`."""
    (rotary,) = rotary_modules(model)
    num_layers = model.config.get_text_config().num_hidden_layers
    return StreamingCache(policy, inverse_frequencies=rotary.inv_freq.detach().clone(), num_layers=num_layers)


@contextmanager
def turnable_keys(model: Any, *, num_tokens: int) -> Iterator[None]:
    """Make sure that a model's cached keys can be moved to other positions by a rotation, while the block runs.

    If the model's frequencies depend on the length, they are those of a sequence of `num_tokens` in the whole block.
    Besides the config, a few tokens are run at two places: turned, their keys must be equal.

    Args:
        model: a transformers causal language model in evaluation mode, on its device.
        num_tokens: the number of tokens that the cache holds at most.

    Raises:
        InputError: not all layers use full attention, the frequencies differ by layer, or the model rotates its keys in
            another way.
    """
    config = model.config.get_text_config()
    name, remedy = config.model_type, "Leave out the task streaming for this model."
    kinds = set(getattr(config, "layer_types", None) or [])
    if kinds - {_FULL_ATTENTION} or (not kinds and getattr(config, "sliding_window", None)):
        raise InputError(
            f"Some layers of a {name} model do not attend to all tokens ({', '.join(sorted(kinds)) or 'window'}), so "
            "it already limits its cache.",
            remedy=remedy,
        )
    tables = rotary_modules(model)
    if len(tables) != 1 or not hasattr(tables[0], "inv_freq"):
        raise InputError(f"A {name} model does not have one table of rotary frequencies.", remedy=remedy)
    with _constant_frequencies(model, tables[0], num_tokens):
        if not _probe_error(model, tables[0].inv_freq) <= _PROBE_ERROR:
            raise InputError(f"A {name} model does not rotate all its keys in the usual way.", remedy=remedy)
        yield


@contextmanager
def _constant_frequencies(model: Any, rotary: Any, num_tokens: int) -> Iterator[None]:
    scaling = config_scaling(model.config)
    if not scaling.depends_on_length:
        yield
        return
    frequencies, kind = rotary.inv_freq, rotary.rope_type
    wanted = torch.tensor(scaling.inverse_frequencies_at(num_tokens), dtype=torch.float64)
    rotary.inv_freq = wanted.to(dtype=frequencies.dtype, device=frequencies.device)
    rotary.rope_type = "default"  # transformers updates the frequencies of other types at each forward pass
    try:
        yield
    finally:
        rotary.inv_freq, rotary.rope_type = frequencies, kind
        reset_rotary(model)


def _probe_error(model: Any, inverse_frequencies: Tensor) -> float:
    """Return the largest relative error of turned keys in a layer; infinite if a layer does not cache keys."""
    early, late = _probe_keys(model, start=0), _probe_keys(model, start=_PROBE_SHIFT)
    if not early or len(early) != len(late) or len(early) != model.config.get_text_config().num_hidden_layers:
        return float("inf")
    if early[0].shape[-1] < 2 * len(inverse_frequencies):
        return float("inf")
    shifts = torch.full((_PROBE_TOKENS,), _PROBE_SHIFT, device=inverse_frequencies.device)
    turn = _turn(shifts, inverse_frequencies)
    errors = [
        float((turn.applied(at_start) - moved).float().norm() / moved.float().norm().clamp(min=1e-12))
        for at_start, moved in zip(early, late, strict=True)
    ]
    return max(errors) if all(error == error for error in errors) else float("inf")


def _probe_keys(model: Any, *, start: int) -> list[Tensor]:
    vocabulary = model.config.get_text_config().vocab_size
    drawn = torch.randint(vocabulary // 4, vocabulary, (1, _PROBE_TOKENS), generator=torch.Generator().manual_seed(1))
    ids = drawn.to(model.device)
    positions = torch.arange(start, start + _PROBE_TOKENS, device=model.device)[None]
    cache = DynamicCache()
    with torch.inference_mode():
        model(input_ids=ids, position_ids=positions, past_key_values=cache, use_cache=True, logits_to_keep=1)
    keys = [getattr(layer, "keys", None) for layer in cache.layers]
    return [found for found in keys if found is not None and found.shape[-2] == _PROBE_TOKENS]
