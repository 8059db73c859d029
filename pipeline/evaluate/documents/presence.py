"""Decides whether an answer contains the gold answer, as the accuracy of short-answer tasks counts.

Pure; linear in the length of the answer. Liu et al. (arXiv 2307.03172) and Giraffe (arXiv 2308.10882) count an answer
that contains the gold answer as a string after SQuAD's normalisation. Here, whole tokens are compared, so that `5` is
not found in `15`; see `answers` for the tokens of each language.
"""

from __future__ import annotations

from collections.abc import Sequence

from pipeline.scoring.answers import answer_tokens


def contains_answer(text: str, gold: str) -> bool:
    """Return whether all tokens of a gold answer come in a text, in order and side by side."""
    return _contains(answer_tokens(text), answer_tokens(gold))


def _contains(tokens: Sequence[str], wanted: Sequence[str]) -> bool:
    if not wanted:
        return False
    size = len(wanted)
    return any(tokens[start : start + size] == wanted for start in range(len(tokens) - size + 1))
