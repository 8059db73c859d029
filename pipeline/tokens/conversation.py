"""Turns conversations into token ids and the spans of the answers in them, and turns prompts into token ids.

Takes messages and a model reference; returns a `TokenizedConversation`, or ids. Control tokens in messages become plain
text, so the text of a message cannot start or end a turn (see `rendering`). Used by the export stage, the trainer,
and the teachers that run in this process.
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
    """[start, end) of every assistant turn, in tokens and in ascending order. The loss counts only these tokens."""
    num_control_strings: int
    """Number of strings in the messages that this tokenizer or a common model family would read as control tokens. In
    `ids` they are plain text."""

    @property
    def is_answer(self) -> npt.NDArray[np.bool_]:
        """Shape [tokens]; True for the tokens of `answer_spans`."""
        mask = np.zeros(self.ids.size, dtype=np.bool_)
        for start, end in self.answer_spans:
            mask[start:end] = True
        return mask


def tokenize_conversation(messages: Sequence[Message], reference: str) -> TokenizedConversation:
    """Return the ids of a conversation, rendered with the model's chat template, up to the last assistant turn.

    Every assistant turn, including its end-of-turn token, is an answer. The ids are those of the rendered text, except
    that control tokens in messages are plain text and no token spans an edge of an answer. So a prompt has the same ids
    here as when a model answers it.

    Raises:
        InputError: The reference has no fast tokenizer; the tokenizer has no chat template, or has a control token that
            cannot be renamed; or the template refuses the messages, changes what they say, or rewrites earlier turns.
    """
    rendered = render_conversation(messages, reference)
    ends = list(accumulate(len(part) for part in rendered.parts))
    ids, tokens = encode_parted("".join(rendered.parts), reference, ends)
    # Prompts and answers alternate.
    spans = tuple(zip(tokens[0::2], tokens[1::2], strict=True))
    return TokenizedConversation(ids=ids, answer_spans=spans, num_control_strings=rendered.num_control_strings)


def check_template(reference: str, *, num_turns: int) -> None:
    """Check that a model can be trained on conversations, before a build that ends with them.

    Args:
        reference: the model.
        num_turns: the number of questions and answers in the conversation that is tried.

    Raises:
        InputError: as for `tokenize_conversation`.
    """
    turns = [Message(role=role, content=f"{role} {n}") for n in range(num_turns) for role in ("user", "assistant")]
    tokenize_conversation(turns, reference)


def encode_prompt(
    messages: Sequence[Message], reference: str, template_options: Sequence[tuple[str, object]] = ()
) -> Ids:
    """Return the ids of messages followed by the start of an assistant turn, shape [tokens].

    Args:
        messages: the conversation so far.
        reference: the model.
        template_options: options of the chat template, such as `enable_thinking`.

    Raises:
        InputError: The reference has no fast tokenizer; the tokenizer has no chat template, or has a control token that
            cannot be renamed; or the template refuses the messages or changes what they say.
    """
    return encode_documents([render_prompt(messages, reference, template_options)], reference)[0]
