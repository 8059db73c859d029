"""Find the token that separates documents in continued pre-training.

An instruct model's `eos_token` ends a turn. Its base model saw the end-of-text token of its family between documents,
and that token is still in the vocabulary. The plan of packs counts it after each document; the reader of corpus packs
adds it.
"""

from __future__ import annotations

from dataclasses import dataclass

from pipeline.tokens.tokenizer import load_tokenizer

_OF_FAMILIES = ("<|endoftext|>", "<|end_of_text|>", "</s>", "<eos>")
"""The tokens of GPT-2, SmolLM and Qwen; Llama 3; Llama 2 and Mistral; Gemma."""


@dataclass(frozen=True, slots=True)
class EndOfText:
    """An end-of-text token of the vocabulary."""

    token: str
    token_id: int


def end_of_text(reference: str) -> EndOfText | None:
    """Return the token after each document: that of a known family, else the tokenizer's `eos_token`, else None.

    Raises:
        InputError: The reference has no tokenizer.
    """
    tokenizer = load_tokenizer(reference)
    special = tokenizer.get_added_vocab()
    token = next((name for name in _OF_FAMILIES if name in special), tokenizer.eos_token)
    return EndOfText(token, int(tokenizer.convert_tokens_to_ids(token))) if token else None
