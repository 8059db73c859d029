"""Generates a model's answers to tokenized prompts: greedy decoding with a KV cache, shared beginnings and batches.

Takes the ids of prompts; yields answers as batches finish. Each answer equals that of `model.generate` without sampling
for this prompt alone, up to rounding. `prefill` computes the prompts and `decoding` the answers. Used by
`loop.answering`, `evaluate` and `benchmarks.rows`.

Models whose layers do not all cache keys and values, such as those with a recurrent state, answer through
`model.generate`: one prompt at a time, each computed whole.

No tensor is made in torch's inference mode: such a tensor could stay in the model, in its rotary frequencies or in a
gathered shard, and a training step that follows could not use it.
"""

from __future__ import annotations

import inspect
from collections.abc import Hashable, Iterator, Sequence, Set
from dataclasses import dataclass
from typing import Any

import numpy as np
import torch
from transformers import GenerationConfig

from pipeline.tokens.encode import Ids
from pipeline.train.generation.decoding import GeneratedAnswer, decode
from pipeline.train.generation.prefill import Prefilled, Prefiller, prefill_order
from pipeline.train.rope.in_force import reset_rotary, rotary_key

_CACHED_LAYERS = frozenset({"full_attention", "sliding_attention"})
"""The types of layers whose keys and values can be cut and padded."""


@dataclass(frozen=True, slots=True, eq=False)
class TokenizedPrompt:
    """The ids of a prompt, and how long its answer may be."""

    ids: Ids
    """Shape [tokens]; at least one."""
    max_answer_tokens: int
    """The length at which the answer is cut; at least 1."""


@dataclass(frozen=True, slots=True)
class GreedyLimits:
    """When answers end, and how many are decoded together."""

    stop_ids: Set[int]
    """The tokens that end an answer; see `stopping.stop_ids_of`."""
    max_batch_tokens: int
    """The maximum number of prompt tokens in a batch, padding included, and in a piece of a long prompt. A longer
    prompt is answered alone."""


def generate_answers(
    model: Any, prompts: Sequence[TokenizedPrompt], *, limits: GreedyLimits
) -> Iterator[tuple[int, GeneratedAnswer]]:
    """Yield the number of each prompt and its answer, batch by batch, shorter prompts first.

    Args:
        model: a transformers causal language model in evaluation mode, on its device.
        prompts: the prompts. Those that share a beginning may be in any order.
        limits: when an answer ends, and the size of a batch.

    Raises:
        InputError: the model does not cache keys and values of all tokens, and does not say so.
    """
    if not caches_all_tokens(model):
        for number in sorted(range(len(prompts)), key=lambda number: prompts[number].ids.size):
            yield number, _generate(model, prompts[number], limits.stop_ids)
        return
    prefiller = Prefiller(model, max_piece_tokens=limits.max_batch_tokens)
    batch: list[tuple[int, Prefilled]] = []
    company: Hashable = None
    for number in prefill_order([prompt.ids for prompt in prompts]):
        size, company_before = prompts[number].ids.size, company
        company = _company(model, prompts[number])
        longest = max([size, *(prefilled.ids.size for _, prefilled in batch)])
        if batch and (company != company_before or longest * (len(batch) + 1) > limits.max_batch_tokens):
            yield from _answered(model, batch, prompts, limits)
            batch = []
        with torch.no_grad():
            batch.append((number, prefiller.prefill(prompts[number].ids)))
    if batch:
        yield from _answered(model, batch, prompts, limits)


def caches_all_tokens(model: Any) -> bool:
    """Return whether all layers of a model cache keys and values, so that prompts can share beginnings and batches."""
    kinds = set(getattr(model.config.get_text_config(), "layer_types", None) or ())
    accepted = inspect.signature(model.forward).parameters
    return (
        not getattr(model, "_is_stateful", False)
        and kinds <= _CACHED_LAYERS
        and {"position_ids", "logits_to_keep", "past_key_values"} <= set(accepted)
    )


def _company(model: Any, prompt: TokenizedPrompt) -> Hashable:
    """Return what prompts that are decoded together have in common: the same frequencies at every step."""
    size = prompt.ids.size
    first, last = (rotary_key(model, length) for length in (size, size + prompt.max_answer_tokens))
    return (first, None) if first == last else (first, size)


def _answered(
    model: Any, batch: Sequence[tuple[int, Prefilled]], prompts: Sequence[TokenizedPrompt], limits: GreedyLimits
) -> Iterator[tuple[int, GeneratedAnswer]]:
    with torch.no_grad():
        answers = decode(
            model,
            [prefilled for _, prefilled in batch],
            max_answer_tokens=[prompts[number].max_answer_tokens for number, _ in batch],
            stop_ids=limits.stop_ids,
        )
    for (number, _), answer in zip(batch, answers, strict=True):
        yield number, answer


def _generate(model: Any, prompt: TokenizedPrompt, stop_ids: Set[int]) -> GeneratedAnswer:
    """Return an answer by the library's own decoding."""
    reset_rotary(model)
    ids_1T = torch.from_numpy(prompt.ids.astype(np.int64))[None].to(model.device)
    greedy = GenerationConfig(
        do_sample=False,
        num_beams=1,
        max_new_tokens=prompt.max_answer_tokens,
        repetition_penalty=1.0,
        no_repeat_ngram_size=0,
        eos_token_id=sorted(stop_ids) or None,
        pad_token_id=min(stop_ids, default=0),
    )
    with torch.no_grad():
        output = model.generate(ids_1T, attention_mask=torch.ones_like(ids_1T), generation_config=greedy)
    found = output[0, ids_1T.shape[1] :].tolist()
    ended = next((at for at, token in enumerate(found) if token in stop_ids), None)
    return GeneratedAnswer(tuple(found[:ended]), is_cut=ended is None)
