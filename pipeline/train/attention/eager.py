"""The reference kernel: computes the full scores and the full mask of each document, in the queries' dtype.

`attend_eager` has the arguments and the result of `attend_sdpa`. A document of n tokens needs memory for H × n² scores
(H query heads), so the kernel is used for tests, the leak check and small documents.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import torch
from torch import Tensor
from torch.nn import functional

from pipeline.train.attention.patterns import HeadShare, Pattern
from pipeline.train.attention.sdpa import Scores


def attend_eager(
    query_BHTD: Tensor,
    key_BGTD: Tensor,
    value_BGTD: Tensor,
    *,
    pattern: Pattern,
    lengths: Sequence[int],
    share: HeadShare,
    scores: Scores,
) -> Tensor:
    """Return softmax attention over the keys that each head sees, B × T × H × D; arguments as for `attend_sdpa`."""
    num_heads = query_BHTD.shape[1]
    per_key = num_heads // key_BGTD.shape[1]
    scale = query_BHTD.shape[-1] ** -0.5 if scores.scale is None else scores.scale
    keys_BHTD, values_BHTD = (x.repeat_interleave(per_key, dim=1) for x in (key_BGTD, value_BGTD))
    outputs = []
    for query, key, value in zip(
        *(torch.split(x, list(lengths), dim=2) for x in (query_BHTD, keys_BHTD, values_BHTD)), strict=True
    ):
        length = query.shape[2]
        seen = [pattern.sees(share.first + head, share.total, length, reach=None) for head in range(num_heads)]
        hidden_HTT = torch.from_numpy(~np.stack(seen)).to(query.device)
        logits = (query @ key.transpose(2, 3) * scale).masked_fill(hidden_HTT, float("-inf"))
        weights = functional.dropout(logits.softmax(dim=-1), scores.dropout)
        outputs.append(weights @ value)
    return torch.cat(outputs, dim=2).transpose(1, 2)
