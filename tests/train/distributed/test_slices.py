"""Slices of a pack put together are the pack; nothing is trained twice or left out."""

from __future__ import annotations

import numpy as np
import torch
from hypothesis import given
from hypothesis import strategies as st
from small_student import small_config
from transformers import LlamaForCausalLM

from pipeline.train.data.batch import collate
from pipeline.train.data.rows import TokenizedRow
from pipeline.train.distributed.slices import rotary_of_whole_pack, slice_pack


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


def test_slice_of_a_pack_is_these_tokens_positions_and_targets() -> None:
    rows = [
        TokenizedRow("a", np.arange(1, 6, dtype=np.int32), np.array([0, 0, 1, 1, 1], np.bool_), 1.0),
        TokenizedRow("b", np.arange(11, 13, dtype=np.int32), np.array([0, 1], np.bool_), 1.0),
    ]
    batch = collate(rows, device=torch.device("cpu"))
    first, second, third = (slice_pack(batch, number=number, degree=3) for number in range(3))
    assert [part.ids_1S.tolist() for part in (first, second, third)] == [[[1, 2, 3]], [[4, 5, 11]], [[12, 0, 0]]]
    assert [part.positions_1S.tolist() for part in (first, second, third)] == [[[0, 1, 2]], [[3, 4, 0]], [[1, 0, 1]]]
    assert {part.lengths for part in (first, second, third)} == {(5, 2, 2)}
    assert {part.last_position for part in (first, second, third)} == {4}
    # Tokens 1, 2, 3 and 5 of the pack predict 3, 4, 5 and 12.
    assert [part.predictors_M.tolist() for part in (first, second, third)] == [[1, 2], [0, 2], []]
    assert [part.targets_M.tolist() for part in (first, second, third)] == [[3, 4], [5, 12], []]
    assert [part.trained_here for part in (first, second, third)] == [slice(0, 2), slice(2, 4), slice(4, 4)]
    whole = slice_pack(batch, number=0, degree=1)
    assert (whole.lengths, whole.trained_here) == ((5, 2), slice(None))
    assert torch.equal(whole.ids_1S, batch.ids_1T)


class Rotary(torch.nn.Module):
    """Keeps the positions it is asked for."""

    rope_type = "dynamic"

    def __init__(self) -> None:
        super().__init__()
        self.register_buffer("inv_freq", torch.ones(2))
        self.asked: list[list[list[int]]] = []

    def forward(self, x: torch.Tensor, position_ids: torch.Tensor, layer_type: str = "") -> tuple[torch.Tensor, ...]:
        self.asked.append(position_ids.tolist())
        return position_ids[..., None].float(), -position_ids[..., None].float()


def test_rotary_module_sees_the_packs_last_position_and_gives_the_slices_rotation() -> None:
    model = LlamaForCausalLM(small_config())
    rotary = model.model.rotary_emb = Rotary()
    x, positions_1S = torch.zeros(1), torch.tensor([[3, 4, 0]])
    with rotary_of_whole_pack(model, 9):
        found = [rotary(x, positions_1S), rotary(x, position_ids=positions_1S), rotary(x=x, position_ids=positions_1S)]
    outside = rotary(x, positions_1S)
    assert rotary.asked == [[[3, 4, 0, 9]]] * 3 + [[[3, 4, 0]]]
    for cos, sin in found:
        assert cos.tolist() == [[[3.0], [4.0], [0.0]]] and torch.equal(sin, -cos)
    assert torch.equal(outside[0], found[0][0])
