"""Continues a batch of prefilled prompts greedily, until each answer ends.

Takes prompts from `prefill`; returns one `GeneratedAnswer` for each. The cached prompts are padded at the left, so that
the tokens of a prompt stay adjacent, as sliding windows need. Cost: as many steps as the longest answer has tokens.
Memory: the padded caches of the batch. Finished answers leave it when half of the batch is finished.

Shapes: B prompts of a batch, K cached tokens, H heads, D features of a head.
"""

from __future__ import annotations

from collections.abc import Sequence, Set
from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor
from transformers import DynamicCache

from pipeline.train.generation.prefill import Prefilled
from pipeline.train.rope.in_force import reset_rotary


@dataclass(frozen=True, slots=True)
class GeneratedAnswer:
    """A model's answer to one prompt."""

    ids: tuple[int, ...]
    """The tokens of the answer, without the token that ended it."""
    is_cut: bool
    """Whether the answer reached its maximum length before it ended."""


def decode(
    model: Any, prompts: Sequence[Prefilled], *, max_answer_tokens: Sequence[int], stop_ids: Set[int]
) -> list[GeneratedAnswer]:
    """Return the answers to a batch of prompts, in order. Call it without gradients.

    Args:
        model: a transformers causal language model in evaluation mode.
        prompts: if the model's scaling depends on the length, all of one length, or all on one side of the length at
            which it changes.
        max_answer_tokens: the length at which each answer is cut, at least 1.
        stop_ids: the tokens that end an answer.
    """
    reset_rotary(model)
    longest = max(prompt.ids.size for prompt in prompts)
    cache = _padded_cache(prompts, longest)
    device = model.device
    lengths_B = torch.tensor([prompt.ids.size for prompt in prompts], device=device)
    mask_BK = (torch.arange(longest, device=device) >= longest - lengths_B[:, None]).long()
    next_B = torch.tensor([prompt.next_id for prompt in prompts], device=device)
    rows = list(range(len(prompts)))  # the prompt of each row of the batch
    answers: list[list[int]] = [[] for _ in prompts]
    open_answers = set(rows)
    cut: set[int] = set()
    for step in range(max(max_answer_tokens)):
        for row, token in zip(rows, next_B.tolist(), strict=True):
            if row in open_answers and token in stop_ids:
                open_answers.remove(row)
            elif row in open_answers:
                answers[row].append(token)
                if len(answers[row]) == max_answer_tokens[row]:
                    open_answers.remove(row)
                    cut.add(row)
        if not open_answers:
            break
        if len(open_answers) <= len(rows) // 2:
            # The cost of a step is mostly that of reading the cache, so finished answers leave it.
            kept = torch.tensor([at for at, row in enumerate(rows) if row in open_answers], device=device)
            cache.reorder_cache(kept)  # selects rows, on the device of each layer
            lengths_B, mask_BK, next_B = lengths_B[kept], mask_BK[kept], next_B[kept]
            rows = [row for row in rows if row in open_answers]
        mask_BK = torch.cat([mask_BK, torch.ones_like(mask_BK[:, :1])], dim=1)
        output = model(
            input_ids=next_B[:, None],
            position_ids=(lengths_B + step)[:, None],
            attention_mask=mask_BK,
            past_key_values=cache,
            use_cache=True,
            logits_to_keep=1,
        )
        next_B = output.logits[:, -1].argmax(dim=-1)
    return [GeneratedAnswer(tuple(ids), is_cut=index in cut) for index, ids in enumerate(answers)]


def _padded_cache(prompts: Sequence[Prefilled], longest: int) -> DynamicCache:
    """Return a cache with the keys and values of all prompts, padded at the left to one length."""
    cache = DynamicCache()
    for layer in range(len(prompts[0].layers)):
        keys, values = (
            torch.cat([_padded(prompt.layers[layer][kind], longest) for prompt in prompts]) for kind in (0, 1)
        )
        cache.update(keys, values, layer)
    return cache


def _padded(cached_1HKD: Tensor, longest: int) -> Tensor:
    return torch.nn.functional.pad(cached_1HKD, (0, 0, longest - cached_1HKD.shape[2], 0))
