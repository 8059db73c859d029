"""Counts and cuts texts in the tokens of one model, so that a prompt has the length that a table says.

Takes a model reference; see `io.models`. Prompts are rendered here too, once for all subjects that run in this process,
so a length that was counted is the length that the model gets. Does not import torch.
"""

from __future__ import annotations

import re
from bisect import bisect_left, bisect_right
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from itertools import pairwise

import numpy as np

from pipeline.evaluate.prompt import Prompt, PromptForm
from pipeline.records import Message
from pipeline.tokens.conversation import encode_prompt
from pipeline.tokens.encode import Ids, count_tokens, encode_documents, encode_with_boundaries
from pipeline.tokens.tokenizer import chat_templates, leading_ids

_PLACES = re.compile(r"\n+|(?<=[.!?;:。])\s+")
"""Where a text may be cut: after lines and sentences."""


@dataclass(frozen=True, slots=True)
class CutPlaces:
    """The places where a text may be cut, from its start to its end."""

    offsets: tuple[int, ...]
    """In characters, ascending."""
    tokens: tuple[int, ...]
    """The number of tokens before each place."""

    def before(self, num_tokens: int) -> int:
        """Return the offset of the last place with at most so many tokens before it."""
        return self.offsets[bisect_right(self.tokens, num_tokens) - 1]

    def after(self, num_tokens: int) -> int:
        """Return the offset of the first place with at least so many tokens before it; the end if there is none."""
        return self.offsets[min(bisect_left(self.tokens, num_tokens), len(self.offsets) - 1)]


@dataclass(frozen=True, slots=True)
class Meter:
    """The tokens of one model."""

    reference: str
    """The model whose tokenizer counts."""
    template_options: tuple[tuple[str, object], ...] = ()
    """Options of the chat template, such as `enable_thinking`."""

    def count(self, text: str) -> int:
        """Return the number of tokens of a text alone, without special tokens."""
        return count_tokens([text], self.reference)[0]

    def count_all(self, texts: Sequence[str]) -> list[int]:
        """Return the number of tokens of each text, faster than one by one."""
        return count_tokens(texts, self.reference)

    def cut_places(self, text: str) -> CutPlaces:
        """Return the places after lines and sentences, with the exact number of tokens before each."""
        return _cut_places(text, self.reference)

    def first(self, text: str, num_tokens: int) -> str:
        """Return the longest beginning of a text with at most so many tokens, cut after a line or sentence."""
        return text[: self.cut_places(text).before(num_tokens)].rstrip()

    def last(self, text: str, num_tokens: int) -> str:
        """Return the longest end of a text with at most so many tokens, cut after a line or sentence."""
        places = self.cut_places(text)
        return text[places.after(places.tokens[-1] - num_tokens) :].lstrip()

    def count_prompt(
        self, messages: Sequence[Message], *, form: PromptForm = PromptForm.CHAT, answer_start: str = ""
    ) -> int:
        """Return the exact length of a rendered prompt."""
        return int(prompt_ids(messages, form, answer_start, self.reference, self.template_options).size)

    def ids(self, prompt: Prompt) -> Ids:
        """Return the ids of a rendered prompt, shape [tokens]."""
        return prompt_ids(prompt.messages, prompt.form, prompt.answer_start, self.reference, self.template_options)


def prompt_ids(
    messages: Sequence[Message],
    form: PromptForm,
    answer_start: str,
    reference: str,
    template_options: tuple[tuple[str, object], ...] = (),
) -> Ids:
    """Return the ids of a prompt as a model gets it, shape [tokens].

    A chat prompt is rendered with the chat template, up to the start of the assistant's turn. For a model without a
    template, the texts of the messages are separated by blank lines; control strings in them are plain text.

    Raises:
        InputError: the reference has no fast tokenizer, or the template refuses the messages.
    """
    if form is PromptForm.CHAT and chat_templates(reference):
        asked = encode_prompt(messages, reference, template_options)
        if not answer_start:
            return asked
        return np.concatenate([asked, encode_documents([answer_start], reference)[0]])
    text = plain_text(messages)
    joined = f"{text}{answer_start}" if form is PromptForm.TEXT or not answer_start else f"{text}\n\n{answer_start}"
    leading = np.array(leading_ids(reference), dtype=np.uint32)
    return np.concatenate([leading, encode_documents([joined], reference)[0]])


def plain_text(messages: Sequence[Message]) -> str:
    """Return the texts of the messages, separated by blank lines."""
    return "\n\n".join(message.content for message in messages)


def cut_offsets(text: str) -> list[int]:
    """Return the offsets of the places after lines and sentences, with the start and the end of the text."""
    return sorted({0, *(match.end() for match in _PLACES.finditer(text)), len(text)})


@lru_cache(maxsize=64)
def _cut_places(text: str, reference: str) -> CutPlaces:
    offsets = cut_offsets(text)
    ids, tokens = encode_with_boundaries(text, reference, offsets)
    counts = [*tokens[:-1], int(ids.size)]
    assert all(before <= after for before, after in pairwise(counts)), "tokens before a later place are not fewer"
    return CutPlaces(tuple(offsets), tuple(counts))
