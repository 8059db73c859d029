"""What the evaluation computes, computed again with nothing but transformers: answers, and losses of a stream."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import torch
from torch import Tensor
from transformers import AutoModelForCausalLM, AutoTokenizer, GenerationConfig

from pipeline.evaluate.prompt import Prompt, PromptForm


def load_plain(folder: str, *, dtype: torch.dtype = torch.float32) -> tuple[Any, Any]:
    """A model in evaluation mode and its tokenizer."""
    model = AutoModelForCausalLM.from_pretrained(folder, dtype=dtype).eval()
    return model, AutoTokenizer.from_pretrained(folder)


def plain_ids(prompt: Prompt, tokenizer: Any) -> list[int]:
    """The ids of a prompt, rendered by the tokenizer itself; texts must not contain control strings."""
    if prompt.form is PromptForm.CHAT and tokenizer.chat_template:
        messages = [{"role": message.role, "content": message.content} for message in prompt.messages]
        text = tokenizer.apply_chat_template(messages, tokenize=False, add_generation_prompt=True)
        asked = tokenizer(text, add_special_tokens=False)["input_ids"]
        return [*asked, *tokenizer(prompt.answer_start, add_special_tokens=False)["input_ids"]]
    text = "\n\n".join(message.content for message in prompt.messages)
    if prompt.answer_start:
        text += prompt.answer_start if prompt.form is PromptForm.TEXT else f"\n\n{prompt.answer_start}"
    return list(tokenizer(text)["input_ids"])


def plain_answers(prompts: Sequence[Prompt], folder: str, *, dtype: torch.dtype = torch.float32) -> list[str]:
    """The greedy answer to each prompt, one at a time: no batch, no padding, no shared cache.

    Args:
        prompts: what is asked; each must have the length that it says.
        folder: a transformers model folder with its tokenizer, or a hub name.
        dtype: of the weights.
    """
    model, tokenizer = load_plain(folder, dtype=dtype)
    # What generate would take from the model's own settings besides these, such as a repetition penalty, is not greedy.
    ends = model.generation_config.eos_token_id
    answers = []
    for prompt in prompts:
        ids = plain_ids(prompt, tokenizer)
        assert len(ids) == prompt.num_tokens, f"{prompt.item}: {len(ids)} tokens, not {prompt.num_tokens}"
        settings = GenerationConfig(
            do_sample=False,
            max_new_tokens=prompt.max_answer_tokens,
            eos_token_id=tokenizer.eos_token_id if ends is None else ends,
            pad_token_id=tokenizer.pad_token_id if tokenizer.pad_token_id is not None else tokenizer.eos_token_id,
        )
        given = torch.tensor([ids])
        with torch.no_grad():
            whole = model.generate(given, attention_mask=torch.ones_like(given), generation_config=settings)
        answers.append(tokenizer.decode(whole[0, len(ids) :], skip_special_tokens=True).strip())
    return answers


def plain_losses(model: Any, ids: Sequence[int], *, window: int | None = None) -> list[float]:
    """Nats of every token but the first, in one pass; with a window, tokens attend to the last `window` tokens."""
    num_tokens = len(ids)
    mask = None
    if window is not None:
        distance = torch.arange(num_tokens)[:, None] - torch.arange(num_tokens)
        hidden = (distance < 0) | (distance >= window)
        mask = torch.zeros(num_tokens, num_tokens).masked_fill(hidden, torch.finfo(torch.float32).min)[None, None]
    with torch.no_grad():
        logits = model(torch.tensor([list(ids)]), attention_mask=mask).logits[0]
    log_probabilities = logits.double().log_softmax(-1)
    return [-float(log_probabilities[at - 1, ids[at]]) for at in range(1, num_tokens)]


def plain_stream(model: Any, ids: Sequence[int], *, num_keys: int, num_sinks: int) -> list[float]:
    """Nats of every token but the first, for a Llama, as in section 3.2 of StreamingLLM (arXiv 2309.17453).

    Token by token: keys before rotation are kept, and their places in the cache are their positions.
    """
    config = model.config
    shape = (config.num_key_value_heads, config.head_dim)
    groups = config.num_attention_heads // config.num_key_value_heads
    kept: list[list[tuple[Tensor, Tensor]]] = [[] for _ in model.model.layers]
    losses: list[float] = []
    logits = torch.empty(0)
    with torch.no_grad():
        for at, token in enumerate(ids):
            if at:
                losses.append(-float(logits.double().log_softmax(-1)[token]))
            hidden = model.model.embed_tokens(torch.tensor(token))
            for layer, entries in zip(model.model.layers, kept, strict=True):
                normed = layer.input_layernorm(hidden)
                attention = layer.self_attn
                entries.append((attention.k_proj(normed).view(shape), attention.v_proj(normed).view(shape)))
                if len(entries) > num_keys:
                    del entries[num_sinks]
                places = torch.arange(len(entries))[None]
                cos, sin = (part[0] for part in model.model.rotary_emb(hidden, places))
                keys = _rotated(torch.stack([key for key, _ in entries]), cos[:, None], sin[:, None])
                query = _rotated(attention.q_proj(normed).view(-1, config.head_dim), cos[-1], sin[-1])
                keys = keys.repeat_interleave(groups, dim=1)
                values = torch.stack([value for _, value in entries]).repeat_interleave(groups, dim=1)
                scores = torch.einsum("hd,khd->hk", query, keys) / config.head_dim**0.5
                read = torch.einsum("hk,khd->hd", scores.softmax(-1), values)
                hidden = hidden + attention.o_proj(read.flatten())
                hidden = hidden + layer.mlp(layer.post_attention_layernorm(hidden))
            logits = model.lm_head(model.model.norm(hidden))
    return losses


def _rotated(states: Tensor, cos: Tensor, sin: Tensor) -> Tensor:
    first, second = states.chunk(2, dim=-1)
    return states * cos + torch.cat([-second, first], dim=-1) * sin
