"""Cuts an answer out of what a model wrote. Used by `train` and by all subjects of `evaluate`."""

from __future__ import annotations

_END_OF_REASONING = "</think>"


def answer_text(written: str, answer_start: str = "") -> str:
    """Return the answer without the model's reasoning, surrounding space, and a repeated beginning.

    Args:
        written: what the model wrote, without control tokens.
        answer_start: the beginning of the answer, if the model was asked for it and may have written it again.
    """
    text = written.rpartition(_END_OF_REASONING)[2].strip()
    return text.removeprefix(answer_start.strip()).lstrip() if answer_start.strip() else text
