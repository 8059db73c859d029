"""Conversations as token ids with the answers marked.

In: messages and a model reference. Out: `TokenizedConversation`. Used by export (counts, and the ids kept for training)
and by the trainer.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from pipeline.errors import InputError
from pipeline.records import Message
from pipeline.tokens.encode import encode_documents
from pipeline.tokens.tokenizer import load_tokenizer


@dataclass(frozen=True, slots=True, eq=False)
class TokenizedConversation:
    """Ids of a rendered conversation."""

    ids: npt.NDArray[np.uint32]
    """Shape [tokens]."""
    answer_spans: tuple[tuple[int, int], ...]
    """[start, end) in tokens of every assistant turn, ascending: what the loss counts."""

    @property
    def is_answer(self) -> npt.NDArray[np.bool_]:
        """Shape [tokens]; true for the tokens of `answer_spans`."""
        marks = np.zeros(self.ids.size, dtype=np.bool_)
        for start, end in self.answer_spans:
            marks[start:end] = True
        return marks


def tokenize_conversation(messages: Sequence[Message], reference: str) -> TokenizedConversation:
    """Render with the chat template; every assistant turn, its end-of-turn token included, is answer.

    The template is rendered once per turn boundary and the pieces must be prefixes of each other as text; templates
    that rewrite earlier turns are refused. What stands before an answer and the answer are encoded apart, as they are
    when a model answers, so no token spans both.

    Raises:
        InputError: the tokenizer has no chat template, or the template rewrites earlier turns.
    """
    tokenizer = load_tokenizer(reference)
    if not getattr(tokenizer, "chat_template", None):
        raise InputError(
            f"The tokenizer of '{reference}' has no chat template.",
            remedy="Use an instruct model, or one whose tokenizer has a chat_template.",
        )
    texts: list[str] = []
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
        texts += [before[len(rendered) :], after[len(before) :]]
        rendered = after
    parts = encode_documents(texts, reference)
    ends = np.cumsum([part.size for part in parts], dtype=np.int64).tolist()
    ids = np.concatenate(parts) if parts else np.empty(0, dtype=np.uint32)
    # Prompts and answers alternate: the odd parts are answers.
    return TokenizedConversation(ids=ids, answer_spans=tuple(zip(ends[0::2], ends[1::2], strict=True)))
