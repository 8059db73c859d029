"""Negative log likelihood of the scored tokens of a window.

In: a causal language model and token ids. Out: nats per scored token. Used by `evaluate.run`.
Cost: one forward pass a window; the vocabulary projection runs for the scored positions only, so no tensor of
length × vocabulary ever exists.

Shapes: B batch (1), T tokens, S scored tokens, V vocabulary.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import torch

from pipeline.errors import RunError


def score_window(model: Any, ids: Sequence[int], *, num_scored: int) -> list[float]:
    """Return the negative log likelihood, in nats, of each of the last `num_scored` tokens given all tokens before it.

    Args:
        model: a transformers causal language model in evaluation mode, on its device.
        ids: the window, with a leading special token if the tokenizer requires one.
        num_scored: less than `len(ids)`.

    Raises:
        RunError: the likelihoods are not finite.
    """
    ids_BT = torch.tensor([list(ids)], device=model.device)
    with torch.inference_mode():
        # logits_to_keep: the model projects its last S + 1 hidden states; the last of them predicts beyond the window.
        logits_BSV = model(input_ids=ids_BT, logits_to_keep=num_scored + 1, use_cache=False).logits[:, :-1]
        nll_S = torch.nn.functional.cross_entropy(logits_BSV[0].float(), ids_BT[0, -num_scored:], reduction="none")
    if not bool(torch.isfinite(nll_S).all()):
        raise RunError(
            f"The model gives no finite likelihood at {len(ids):,} tokens.",
            remedy="Check its weights, or set evaluate.dtype: float32.",
        )
    return [float(value) for value in nll_S.cpu()]
