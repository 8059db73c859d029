"""The token that separates documents in continued pre-training.

An instruct model's `eos_token` ends a turn; between documents its base model saw its family's end-of-text token, which
is still in the vocabulary. The plan of packs counts it after each document, the reader of corpus packs adds it.
"""

from __future__ import annotations

from dataclasses import dataclass

from pipeline.tokens.tokenizer import load_tokenizer

_OF_FAMILIES = ("<|endoftext|>", "<|end_of_text|>", "</s>", "<eos>")
"""GPT-2, SmolLM and Qwen; Llama 3; Llama 2 and Mistral; Gemma."""


@dataclass(frozen=True, slots=True)
class EndOfText:
    """A token of the vocabulary."""

    token: str
    token_id: int


def end_of_text(reference: str) -> EndOfText | None:
    """The token after each document; the tokenizer's `eos_token` where it is of no family we know, else None.

    Raises:
        InputError: there is no tokenizer under that reference.
    """
    tokenizer = load_tokenizer(reference)
    special = tokenizer.get_added_vocab()
    token = next((name for name in _OF_FAMILIES if name in special), tokenizer.eos_token)
    return EndOfText(token, int(tokenizer.convert_tokens_to_ids(token))) if token else None
