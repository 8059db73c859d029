"""Turn conversations into token ids with the answers marked, and prompts into token ids.

Takes messages and a model reference; returns `TokenizedConversation`, or ids. Used by export (counts, and the ids kept
for training), by the trainer, and by teachers that run in this process. No message can open or end a turn
(`rendering`).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import accumulate

import numpy as np
import numpy.typing as npt

from pipeline.records import Message
from pipeline.tokens.encode import Ids, encode_documents, encode_parted
from pipeline.tokens.rendering import render_conversation, render_prompt


@dataclass(frozen=True, slots=True, eq=False)
class TokenizedConversation:
    """The ids of a rendered conversation."""

    ids: npt.NDArray[np.uint32]
    """Shape [tokens]."""
    answer_spans: tuple[tuple[int, int], ...]
    """[start, end) in tokens of every assistant turn, ascending: the tokens that the loss counts."""
    num_control_strings: int
    """Number of places in the messages that this tokenizer or a common model family would read as a control token. Here
    they are text."""

    @property
    def is_answer(self) -> npt.NDArray[np.bool_]:
        """Shape [tokens]; True for the tokens of `answer_spans`."""
        marks = np.zeros(self.ids.size, dtype=np.bool_)
        for start, end in self.answer_spans:
            marks[start:end] = True
        return marks


def tokenize_conversation(messages: Sequence[Message], reference: str) -> TokenizedConversation:
    """Return the ids of a conversation in its chat template; every assistant turn, with its end of turn, is an answer.

    The ids are those of the rendered text, except that control tokens in messages are text and no token spans the
    beginning of an answer. So a prompt has the same ids here as when a model answers it.

    Raises:
        InputError: The tokenizer has no chat template; or the template refuses the messages, changes what they say, or
            rewrites earlier turns.
    """
    rendered = render_conversation(messages, reference)
    ends = list(accumulate(len(part) for part in rendered.parts))
    ids, tokens = encode_parted("".join(rendered.parts), reference, ends)
    # Prompts and answers alternate.
    spans = tuple(zip(tokens[0::2], tokens[1::2], strict=True))
    return TokenizedConversation(ids=ids, answer_spans=spans, num_control_strings=rendered.num_control_strings)


def encode_prompt(messages: Sequence[Message], reference: str) -> Ids:
    """Return the ids of messages and of the opening of the assistant's turn, shape [tokens].

    Raises:
        InputError: The tokenizer has no chat template, or the template refuses the messages or changes what they say.
    """
    return encode_documents([render_prompt(messages, reference)], reference)[0]
