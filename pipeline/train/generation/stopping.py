"""Finds the tokens that end a model's answer.

Takes a model reference and the model's generation config. Used by `loop.answering`, by subjects of
`evaluate` and by `benchmarks.rows`.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from pipeline.errors import InputError
from pipeline.records import Message
from pipeline.tokens.conversation import tokenize_conversation
from pipeline.tokens.tokenizer import chat_templates, control_tokens_of, load_tokenizer

_ANSWER = "Yes."
"""An answer that is not a control token in any tokenizer."""


def stop_ids_of(reference: str, generation_eos: int | Sequence[int] | None = None) -> frozenset[int]:
    """Return the tokens that end an answer.

    These are the tokenizer's end of text, those of the generation config, and the control tokens with which the chat
    template ends an assistant's turn, such as `<|im_end|>`.

    Args:
        reference: the model.
        generation_eos: `eos_token_id` in the model's generation config.
    """
    named = generation_eos if isinstance(generation_eos, Sequence) else (generation_eos,)
    ends: Iterable[int | None] = (load_tokenizer(reference).eos_token_id, *named, *_ends_of_turn(reference))
    return frozenset(int(number) for number in ends if number is not None)


def _ends_of_turn(reference: str) -> set[int]:
    """Return the control tokens that a chat template puts after an answer. Those before it, as in `<think>`, stay."""
    if not chat_templates(reference):
        return set()
    try:
        conversation = tokenize_conversation([Message("user", "Is it?"), Message("assistant", _ANSWER)], reference)
    except InputError:  # a template that refuses this conversation; prompts fail with its reason
        return set()
    tokenizer = load_tokenizer(reference)
    control = {int(tokenizer.convert_tokens_to_ids(name)) for name in control_tokens_of(reference).hidden_names}
    start, end = conversation.answer_spans[-1]
    ids = conversation.ids[start:end].tolist()
    after = next(at for at in range(len(ids) - 1, -1, -1) if _ANSWER in tokenizer.decode(ids[at:]))
    return control & set(ids[after:])
