"""Generates a model's answers to the questions of conversations, greedily, one turn at a time.

Takes tokenized conversations: a prompt, its answer, the next prompt and so on. The model answers each turn after the
gold answers of the earlier turns, so a wrong answer does not spoil the next one. Used by `benchmarks.rows`.

All prompts of a conversation are prefixes of it, so one forward pass fills the cache for all of them. Answers are then
decoded in batches. The cached prefixes are padded at the left, so that the tokens of a prompt stay adjacent, as sliding
windows need. Cost: one prefill per conversation, and as many steps per batch as its longest answer has tokens. Memory:
the cache of the prompts of a batch. Models with a recurrent state instead of cached keys and values are refused.

Shapes: B prompts of a batch, T tokens of a conversation, K cached tokens, H heads, D features of a head.
"""

from __future__ import annotations

from collections.abc import Sequence, Set
from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor
from transformers import DynamicCache

from pipeline.errors import InputError
from pipeline.tokens.conversation import TokenizedConversation
from pipeline.tokens.tokenizer import load_tokenizer

_Layers = Sequence[tuple[Tensor, Tensor]]
"""The keys and values of each layer, each of shape [1, H, K, D]."""


@dataclass(frozen=True, slots=True)
class AnswerLimits:
    """When an answer ends, and how many answers are decoded together."""

    stop_ids: Set[int]
    """The tokens that end an answer; see `stop_ids_of`."""
    max_answer_tokens: int
    """The length at which an answer is cut; at least 1."""
    max_batch_tokens: int
    """The maximum number of prompt tokens in a batch, padding included. A longer prompt is answered alone."""


@dataclass(frozen=True, slots=True)
class GeneratedAnswer:
    """A model's answer to one question."""

    conversation: int
    """The number of the conversation in the call, from 0."""
    turn: int
    """The number of the turn in the conversation, from 0."""
    ids: tuple[int, ...]
    """The tokens of the answer, without the token that ended it."""
    is_cut: bool
    """Whether the answer reached the maximum length before it ended."""


def stop_ids_of(reference: str, conversations: Sequence[TokenizedConversation]) -> frozenset[int]:
    """Return the tokens that end an answer: the tokenizer's end of text, and all control tokens in the gold answers.

    A chat template ends a turn with a control token that need not be the end of text, such as `<|im_end|>`. Control
    tokens in the text of an answer do not count, because they are encoded as text.

    Args:
        reference: the model.
        conversations: conversations that were tokenized with the model's chat template.
    """
    tokenizer = load_tokenizer(reference)
    control = {number for number, token in tokenizer.added_tokens_decoder.items() if token.special}
    in_answers = {int(number) for conversation in conversations for number in conversation.ids[conversation.is_answer]}
    return frozenset({tokenizer.eos_token_id} - {None} | control & in_answers)


def generate_answers(
    model: Any, conversations: Sequence[TokenizedConversation], *, limits: AnswerLimits
) -> list[GeneratedAnswer]:
    """Return the model's answer to every turn of every conversation, in order.

    Args:
        model: a transformers causal language model in evaluation mode, on its device.
        conversations: the conversations; their answers are only read as the history of later turns.
        limits: when an answer ends, and the size of a batch.

    Raises:
        InputError: the model does not cache keys and values of all tokens.
    """
    answers: list[GeneratedAnswer] = []
    batch: list[_Prompt] = []
    with torch.inference_mode():
        for number, conversation in enumerate(conversations):
            for prompt in _prefill(model, number, conversation):
                longest = max([prompt.num_tokens, *(waiting.num_tokens for waiting in batch)])
                if batch and longest * (len(batch) + 1) > limits.max_batch_tokens:
                    answers += _decode(model, batch, limits)
                    batch = []
                batch.append(prompt)
        if batch:
            answers += _decode(model, batch, limits)
    return answers


@dataclass(frozen=True, slots=True)
class _Prompt:
    """A prompt whose keys and values are known."""

    conversation: int
    turn: int
    num_tokens: int
    layers: _Layers
    """Of the whole conversation; the prompt's own are the first `num_tokens`."""
    first_id: int
    """The first token of the answer."""


def _prefill(model: Any, number: int, conversation: TokenizedConversation) -> list[_Prompt]:
    """Return the prompts of a conversation, after one forward pass up to its last prompt."""
    lengths = [start for start, _ in conversation.answer_spans]
    if not lengths:
        return []
    ids_1T = torch.tensor([conversation.ids[: lengths[-1]].tolist()], device=model.device)
    ends = torch.tensor([length - 1 for length in lengths], device=model.device)
    # An empty cache without a config keeps all tokens of all layers, also of those with a sliding window.
    output = model(input_ids=ids_1T, past_key_values=DynamicCache(), use_cache=True, logits_to_keep=ends)
    layers = _layers_of(getattr(output, "past_key_values", None), num_tokens=lengths[-1])
    first_ids = output.logits[0].argmax(dim=-1).tolist()
    return [
        _Prompt(number, turn, length, layers, first_id)
        for turn, (length, first_id) in enumerate(zip(lengths, first_ids, strict=True))
    ]


def _layers_of(cache: Any, *, num_tokens: int) -> _Layers:
    layers = [(getattr(layer, "keys", None), getattr(layer, "values", None)) for layer in getattr(cache, "layers", ())]
    found = [(keys, values) for keys, values in layers if keys is not None and values is not None]
    if not found or len(found) < len(layers) or any(keys.shape[-2] != num_tokens for keys, _ in found):
        raise InputError(
            "The model does not cache the keys and values of all tokens, so answers cannot be generated in batches.",
            remedy="Evaluate a model whose layers all use attention.",
        )
    return found


def _decode(model: Any, prompts: Sequence[_Prompt], limits: AnswerLimits) -> list[GeneratedAnswer]:
    longest = max(prompt.num_tokens for prompt in prompts)
    cache = _padded_cache(prompts, longest)
    lengths_B = torch.tensor([prompt.num_tokens for prompt in prompts], device=model.device)
    mask_BK = (torch.arange(longest, device=model.device) >= longest - lengths_B[:, None]).long()
    next_B = torch.tensor([prompt.first_id for prompt in prompts], device=model.device)
    rows = list(range(len(prompts)))  # the prompt of each row of the batch
    answers: list[list[int]] = [[] for _ in prompts]
    open_answers = set(rows)
    for step in range(limits.max_answer_tokens):
        for row, token in zip(rows, next_B.tolist(), strict=True):
            if row in open_answers and token in limits.stop_ids:
                open_answers.remove(row)
            elif row in open_answers:
                answers[row].append(token)
        if not open_answers or step == limits.max_answer_tokens - 1:
            break
        if len(open_answers) <= len(rows) // 2:
            # The cost of a step is mostly that of reading the cache, so finished answers leave it.
            kept = torch.tensor([at for at, row in enumerate(rows) if row in open_answers], device=model.device)
            cache.batch_select_indices(kept)
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
    return [
        GeneratedAnswer(prompt.conversation, prompt.turn, tuple(ids), is_cut=index in open_answers)
        for index, (prompt, ids) in enumerate(zip(prompts, answers, strict=True))
    ]


def _padded_cache(prompts: Sequence[_Prompt], longest: int) -> DynamicCache:
    """Return a cache with the prefixes of all prompts, padded at the left to one length."""
    cache = DynamicCache()
    for layer in range(len(prompts[0].layers)):
        keys, values = (
            torch.cat([_padded(prompt.layers[layer][kind], prompt.num_tokens, longest) for prompt in prompts])
            for kind in (0, 1)
        )
        cache.update(keys, values, layer)
    return cache


def _padded(cached_1HKD: Tensor, num_tokens: int, longest: int) -> Tensor:
    return torch.nn.functional.pad(cached_1HKD[:, :, :num_tokens], (0, 0, longest - num_tokens, 0))
