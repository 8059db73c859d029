"""Draws the packs that a stage is validated on, so that they have enough trained tokens for a difference to be seen.

Pure. Used for packs of rows and for packs of documents.
"""

from __future__ import annotations

from collections.abc import Sequence
from random import Random

from pipeline.config.finetune import FinetuneRecipe


def sampled_packs(num_trained: Sequence[int], settings: FinetuneRecipe, *, random: Random) -> list[int]:
    """Return the numbers of the packs to validate on, ascending.

    Packs are drawn until there are `min_validation_packs` of them with `min_validation_tokens` trained tokens, or
    `max_validation_packs`.

    Args:
        num_trained: number of tokens that the loss counts in each pack.
        settings: the stage's settings.
        random: decides the order in which packs are drawn. Packs are ordered by their longest row, so the first ones
            would be the longest.
    """
    order = list(range(len(num_trained)))
    random.shuffle(order)
    chosen: list[int] = []
    tokens = 0
    for pack in order[: settings.max_validation_packs]:
        if len(chosen) >= settings.min_validation_packs and tokens >= settings.min_validation_tokens:
            break
        chosen.append(pack)
        tokens += num_trained[pack]
    return sorted(chosen)
