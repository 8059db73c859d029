"""Estimates how long a subject that runs in this process takes, from two layers of its own architecture.

Takes a model reference; makes two decoder layers of the model's config with random weights, times them on the device,
and scales the times to all layers. So no weights are read. The estimate ignores that prompts share beginnings, and
what batches gain, so an evaluation usually takes less. Used by `pipeline evaluate --plan`. Cost: a few seconds.

Shapes: B batch (1), T tokens.
"""

from __future__ import annotations

import copy
import time
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import torch
from transformers import AutoConfig, AutoModel, DynamicCache

from pipeline.evaluate.prompt import Prompt
from pipeline.io.models import resolve_model
from pipeline.train.machine.device import resolve_device

_LAYERS = 2
_SHORT, _LONG = 256, 1024
"""The lengths that are timed, in tokens."""
_TRIES = 3


@dataclass(frozen=True, slots=True)
class ModelSpeed:
    """Seconds of a whole model, without its vocabulary projection, which runs for one position a prompt."""

    per_token: float
    """Of a prompt: the part that grows with its length."""
    per_token_pair: float
    """Of a prompt: the part that grows with the square of its length."""
    per_answer_token: float

    def seconds(self, prompts: Sequence[Prompt]) -> float:
        """Return the time for prompts, each with its longest answer."""
        return sum(
            self.pass_seconds(prompt.num_tokens, prompt.num_tokens) + self.per_answer_token * prompt.max_answer_tokens
            for prompt in prompts
        )

    def pass_seconds(self, num_tokens: int, length: int) -> float:
        """Return the time for sequences of a length that have so many tokens together, all of them attended to."""
        return self.per_token * num_tokens + self.per_token_pair * num_tokens * length


def measure_speed(reference: str, *, dtype: str, device: str) -> ModelSpeed:
    """Return the speed of a model on a device.

    Raises:
        InputError: the reference leads to no model, or the recipe asks for CUDA and there is none.
    """
    place = resolve_device("auto" if device == "spread" else device, setting="evaluate.device")
    config = AutoConfig.from_pretrained(resolve_model(reference), trust_remote_code=False)
    text = copy.deepcopy(config.get_text_config())
    num_layers = int(text.num_hidden_layers)
    text.num_hidden_layers = _LAYERS
    if getattr(text, "layer_types", None):
        text.layer_types = text.layer_types[:_LAYERS]
    text.vocab_size = min(int(text.vocab_size), 1024)  # embedding a token costs the same in a small vocabulary
    if text.pad_token_id is not None and text.pad_token_id >= text.vocab_size:
        text.pad_token_id = None
    model = AutoModel.from_config(text, dtype=getattr(torch, dtype), attn_implementation="sdpa").to(place).eval()
    scale = num_layers / _LAYERS
    short, long = (_prefill_seconds(model, length) * scale for length in (_SHORT, _LONG))
    pair = max(0.0, (long / _LONG - short / _SHORT) / (_LONG - _SHORT))
    token = max(0.0, short / _SHORT - pair * _SHORT)
    return ModelSpeed(token, pair, _step_seconds(model, _LONG) * scale)


def _prefill_seconds(model: Any, length: int) -> float:
    ids_BT = torch.ones((1, length), dtype=torch.long, device=model.device)
    return _fastest(lambda: model(input_ids=ids_BT, use_cache=False), model)


def _step_seconds(model: Any, length: int) -> float:
    ids_BT = torch.ones((1, length), dtype=torch.long, device=model.device)
    with torch.inference_mode():
        cache = model(input_ids=ids_BT, past_key_values=DynamicCache(), use_cache=True).past_key_values
    return _fastest(lambda: model(input_ids=ids_BT[:, :1], past_key_values=copy.deepcopy(cache), use_cache=True), model)


def _fastest(run: Any, model: Any) -> float:
    seconds = []
    with torch.inference_mode():
        for _ in range(_TRIES):
            started = time.perf_counter()
            run()
            if model.device.type == "cuda":
                torch.cuda.synchronize(model.device)
            seconds.append(time.perf_counter() - started)
    return min(seconds)
