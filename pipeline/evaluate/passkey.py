"""Passkey retrieval: generates greedy answers to the prompts of `train.data.passkey`, and checks them for the key.

Takes a model and prompts of one length. Returns decoded answers. Used by `evaluate.measure`. Cost: one prefill and a
dozen decoding steps per batch. The prompts have equal lengths, so batches need no padding, and logits exist only for
the last position.

Shapes: B batch, T prompt tokens.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Any

import torch

from pipeline.train.data.passkey import ANSWER_TOKENS, PasskeyPrompt


def answer_prompts(model: Any, tokenizer: Any, prompts: Sequence[PasskeyPrompt], *, max_batch_tokens: int) -> list[str]:
    """Return greedy answers of `ANSWER_TOKENS` tokens each, decoded with a KV cache.

    Args:
        model: a transformers causal language model in evaluation mode, on its device.
        tokenizer: the model's tokenizer.
        prompts: prompts of equal length, at least one.
        max_batch_tokens: maximum number of prompt tokens in a forward pass; longer prompts run one at a time.
    """
    batch_size = max(1, max_batch_tokens // len(prompts[0].ids))
    answers: list[str] = []
    for start in range(0, len(prompts), batch_size):
        ids = _decode_greedily(model, [prompt.ids for prompt in prompts[start : start + batch_size]])
        answers += tokenizer.batch_decode(ids, skip_special_tokens=True)
    return answers


def is_retrieved(answer: str, key: str) -> bool:
    """Return whether the first number in the answer is exactly the key."""
    first = re.search(r"\d+", answer)
    return first is not None and first.group() == key


def _decode_greedily(model: Any, prompts: Sequence[Sequence[int]]) -> list[list[int]]:
    step_BT = torch.tensor([list(ids) for ids in prompts], device=model.device)
    cache, answer = None, []
    with torch.inference_mode():
        for _ in range(ANSWER_TOKENS):
            output = model(input_ids=step_BT, past_key_values=cache, use_cache=True, logits_to_keep=1)
            cache, step_BT = output.past_key_values, output.logits[:, -1:].argmax(dim=-1)
            answer.append(step_BT)
        answer_BT = torch.cat(answer, dim=1)
    return [[int(token) for token in row] for row in answer_BT.tolist()]
