"""Passkey retrieval: greedy answers to the prompts of `train.data.passkey`, and whether they contain the key.

In: a model and prompts of one length. Out: decoded answers. Used by `evaluate.run`. Cost: one prefill a prompt and a
dozen decoding steps a batch; prompts of a cell have equal lengths, so they batch without padding, and logits exist for
the last position only.

Shapes: B batch, T prompt tokens, V vocabulary.
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
        tokenizer: the model's.
        prompts: of equal length.
        max_batch_tokens: prompt tokens in one forward pass; a longer prompt runs alone.
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
