"""Computes the negative log likelihood of a window's scored tokens.

Takes a causal language model and token ids. Returns nats per scored token. Used by `evaluate.measure`. Cost: one
forward pass per window. The vocabulary projection runs only for the scored positions, so no tensor of length ×
vocabulary ever exists.

Shapes: B batch (1), T tokens, S scored tokens, V vocabulary.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import torch

from pipeline.errors import RunError


def score_window(model: Any, ids: Sequence[int], *, num_scored: int) -> list[float]:
    """Return the negative log likelihood of each of the last `num_scored` tokens given all tokens before it, in nats.

    Args:
        model: a transformers causal language model in evaluation mode, on its device.
        ids: the window, with a leading special token if the tokenizer requires one.
        num_scored: number of tokens to score, less than `len(ids)`.

    Raises:
        RunError: the likelihoods are not finite.
    """
    ids_BT = torch.tensor([list(ids)], device=model.device)
    with torch.inference_mode():
        # The model projects its last S + 1 hidden states; the last one predicts a token beyond the window.
        logits_BSV = model(input_ids=ids_BT, logits_to_keep=num_scored + 1, use_cache=False).logits[:, :-1]
        nll_S = torch.nn.functional.cross_entropy(logits_BSV[0].float(), ids_BT[0, -num_scored:], reduction="none")
    if not bool(torch.isfinite(nll_S).all()):
        raise RunError(
            f"The model's likelihoods are not finite at {len(ids):,} tokens.",
            remedy="Check its weights, or set evaluate.dtype to float32.",
        )
    return [float(value) for value in nll_S.cpu()]
