"""The student's tokenizer: token counts, and conversations as token ids with the answer marked.

Used by pack and export (counts) and by the trainer (ids and mask), so that all agree to the token.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from typing import Any

from pipeline.errors import InputError
from pipeline.io.models import resolve_model
from pipeline.records import Message


@dataclass(frozen=True, slots=True)
class TokenizedConversation:
    """Ids of a rendered conversation; `is_answer[i]` says whether the loss counts token i."""

    ids: tuple[int, ...]
    is_answer: tuple[bool, ...]


@cache
def load_tokenizer(reference: str) -> Any:  # Any: a transformers tokenizer, a library without usable types
    """The transformers tokenizer of a model reference (see `io.models`), loaded once a process.

    Raises:
        InputError: there is no tokenizer under that reference.
    """
    from transformers import AutoTokenizer

    try:
        return AutoTokenizer.from_pretrained(resolve_model(reference))
    except (OSError, ValueError) as error:
        raise InputError(
            f"Cannot load the tokenizer of '{reference}': {error}.",
            remedy="Check the model reference and your access to the hub.",
        ) from error


def count_tokens(texts: Sequence[str], reference: str) -> list[int]:
    """Tokens of each text, without special tokens."""
    if not texts:
        return []
    backend = load_tokenizer(reference)(list(texts), add_special_tokens=False, return_attention_mask=False)
    return [len(ids) for ids in backend["input_ids"]]


def tokenize_conversation(messages: Sequence[Message], reference: str) -> TokenizedConversation:
    """Render with the chat template; every assistant turn, its end-of-turn token included, is answer.

    The template is rendered once per turn boundary and the pieces must be prefixes of each other as text; templates
    that rewrite earlier turns are refused.

    Raises:
        InputError: the tokenizer has no chat template, or the template rewrites earlier turns.
    """
    tokenizer = load_tokenizer(reference)
    if not getattr(tokenizer, "chat_template", None):
        raise InputError(
            f"The tokenizer of '{reference}' has no chat template.",
            remedy="Use an instruct model, or one whose tokenizer has a chat_template.",
        )
    ids: list[int] = []
    is_answer: list[bool] = []
    rendered = ""
    turns = [{"role": m.role, "content": m.content} for m in messages]
    for index, turn in enumerate(turns):
        if turn["role"] != "assistant":
            continue
        before = tokenizer.apply_chat_template(turns[:index], tokenize=False, add_generation_prompt=True)
        after = tokenizer.apply_chat_template(turns[: index + 1], tokenize=False)
        if not (before.startswith(rendered) and after.startswith(before)):
            raise InputError(
                f"The chat template of '{reference}' rewrites earlier turns.",
                remedy="Use rows with one question and one answer, or another template.",
            )
        for piece, answer in ((before[len(rendered) :], False), (after[len(before) :], True)):
            piece_ids = tokenizer(piece, add_special_tokens=False)["input_ids"]
            ids += piece_ids
            is_answer += [answer] * len(piece_ids)
        rendered = after
    return TokenizedConversation(ids=tuple(ids), is_answer=tuple(is_answer))
