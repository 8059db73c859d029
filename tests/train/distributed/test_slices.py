"""Slices of a pack put together are the pack; nothing is trained twice or left out."""

from __future__ import annotations

import numpy as np
import torch
from hypothesis import given
from hypothesis import strategies as st

from pipeline.train.batch import collate
from pipeline.train.distributed.slices import slice_pack
from pipeline.train.rows import TokenizedRow


@given(lengths=st.lists(st.integers(2, 12), min_size=1, max_size=6), degree=st.integers(1, 8), data=st.data())
def test_slices_hold_every_token_and_every_target_once(lengths: list[int], degree: int, data: st.DataObject) -> None:
    rows = []
    for number, length in enumerate(lengths):
        answers = data.draw(st.lists(st.booleans(), min_size=length, max_size=length))
        ids_T = np.arange(100 * number + 1, 100 * number + 1 + length, dtype=np.int32)
        rows.append(TokenizedRow(str(number), ids_T, np.asarray(answers, dtype=np.bool_), 1.0))
    batch = collate(rows, device=torch.device("cpu"))
    slices = [slice_pack(batch, number=number, degree=degree) for number in range(degree)]
    num_tokens, size = sum(lengths), slices[0].ids_1S.shape[1]
    assert {part.ids_1S.shape for part in slices} == {part.positions_1S.shape for part in slices} == {(1, size)}
    joined_ids, joined_positions = (
        torch.cat([getattr(part, name) for part in slices], dim=1) for name in ("ids_1S", "positions_1S")
    )
    assert torch.equal(joined_ids[:, :num_tokens], batch.ids_1T)
    assert torch.equal(joined_positions[:, :num_tokens], batch.positions_1T)
    for part in slices:
        assert sum(part.lengths) == size * degree and part.lengths[: len(lengths)] == tuple(lengths)
        assert size * degree - num_tokens < degree
        assert part.last_position == int(batch.positions_1T.max())
    predictors = [part.predictors_M + number * size for number, part in enumerate(slices)]
    assert torch.equal(torch.cat(predictors), batch.predictors_N)
    assert torch.equal(torch.cat([part.targets_M for part in slices]), batch.targets_N)
    numbers_N = torch.arange(batch.predictors_N.numel())
    assert torch.equal(torch.cat([numbers_N[part.trained_here] for part in slices]), numbers_N)
