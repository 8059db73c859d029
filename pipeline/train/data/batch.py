"""Turns a pack of rows into tensors.

Takes tokenized rows. Returns ids, positions that restart in each row, and the positions whose next token is trained.
Packs have no padding: a pack is as long as its rows together. Shapes: T tokens in the pack, N trained positions.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import torch
from torch import Tensor

from pipeline.train.data.rows import TokenizedRow


@dataclass(frozen=True, slots=True)
class PackBatch:
    """One pack, ready for the model."""

    ids_1T: Tensor
    positions_1T: Tensor
    """Positions that start at 0 in every row; the restart separates documents."""
    lengths: tuple[int, ...]
    """Number of tokens in each row, in order."""
    predictors_N: Tensor
    """Indices into T whose *next* token is part of an answer in the same row."""
    targets_N: Tensor
    """Ids of those next tokens."""
    num_targets: tuple[int, ...]
    """Number of trained tokens in each row, in order; the sum is N."""

    @property
    def num_answer_tokens(self) -> int:
        """Number of trained positions, N."""
        return int(self.targets_N.shape[0])


def collate(rows: Sequence[TokenizedRow], *, device: torch.device) -> PackBatch:
    """Return the rows as one pack, one row after the other."""
    starts = np.cumsum([0, *(row.num_tokens for row in rows)])[:-1]
    predictors = [np.flatnonzero(row.is_answer_T[1:]) for row in rows]
    targets = [row.ids_T[positions + 1] for row, positions in zip(rows, predictors, strict=True)]
    predictors_in_pack = [positions + start for positions, start in zip(predictors, starts, strict=True)]
    return PackBatch(
        ids_1T=torch.from_numpy(np.concatenate([row.ids_T for row in rows]).astype(np.int64))[None].to(device),
        positions_1T=torch.from_numpy(np.concatenate([np.arange(row.num_tokens) for row in rows]))[None].to(device),
        lengths=tuple(row.num_tokens for row in rows),
        predictors_N=torch.from_numpy(np.concatenate(predictors_in_pack)).to(device),
        targets_N=torch.from_numpy(np.concatenate(targets).astype(np.int64)).to(device),
        num_targets=tuple(positions.size for positions in predictors),
    )
