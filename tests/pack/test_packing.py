"""Best-fit decreasing: nothing lost, nothing overfull, the same for any order, whole or in windows."""

from __future__ import annotations

from bisect import bisect_left, insort
from collections.abc import Sequence

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipeline.pack.packing import Packs, pack_pieces, pack_windows
from pipeline.pack.pieces import Pieces


def whole_rows(lengths: Sequence[int], *, first_row: int = 0, classes: Sequence[int] | None = None) -> Pieces:
    lengths_N = np.asarray(lengths, dtype=np.int64)
    classes_N = np.zeros_like(lengths_N) if classes is None else np.asarray(classes, dtype=np.int64)
    return Pieces(np.arange(first_row, first_row + lengths_N.size), np.zeros_like(lengths_N), lengths_N, classes_N)


def as_tuples(packs: Packs) -> list[tuple[int, ...]]:
    return [tuple(packs.rows_N[a:b].tolist()) for a, b in zip(packs.starts[:-1], packs.starts[1:], strict=True)]


def plain_best_fit(lengths: Sequence[int], edges: Sequence[int]) -> list[int]:
    """Rooms left by best-fit decreasing, row by row, as the textbook has it."""
    rooms: list[int] = []
    for length in sorted(lengths, reverse=True):
        at = bisect_left(rooms, length)
        room = rooms.pop(at) if at < len(rooms) else edges[bisect_left(edges, length)]
        insort(rooms, room - length)
    return rooms


LENGTHS = st.lists(st.integers(1, 1500), min_size=1, max_size=120)
EDGES = st.sampled_from([(1500,), (2048,), (100, 400, 1500), (512, 1024, 4096)])


def test_best_fit_fills_the_fullest_pack_with_room():
    # 6 opens a pack (4 left), 5 another (5 left); 4 goes where exactly 4 is left, 3 and 2 into the other.
    packs = pack_pieces(whole_rows([2, 4, 6, 5, 3]), edges=(10,))
    assert as_tuples(packs) == [(1, 2), (0, 3, 4)]
    assert packs.tokens.tolist() == [10, 10]
    assert packs.costs.tolist() == [52, 38]
    assert packs.utilisation == 1.0


def test_long_row_goes_to_the_next_edge_and_its_room_is_filled_with_small_ones():
    packs = pack_pieces(whole_rows([3, 12, 8, 4]), edges=(8, 16))
    assert as_tuples(packs) == [(1, 3), (2,), (0,)]
    assert packs.capacities_P.tolist() == [16, 8, 8]


@pytest.mark.parametrize("length", [0, 11])
def test_piece_that_no_pack_holds_is_a_mistake_of_the_caller(length):
    with pytest.raises(ValueError, match=f"row 1 has a piece of {length} tokens, which is not within 1 to 10"):
        pack_pieces(whole_rows([3, length]), edges=(5, 10))


def test_no_pieces_make_no_packs():
    packs = pack_pieces(whole_rows([]), edges=(10,))
    assert (len(packs), packs.utilisation, packs.tokens.size, packs.costs.size) == (0, 1.0, 0, 0)


@given(lengths=LENGTHS, edges=EDGES, seed=st.integers(0, 5))
def test_no_row_is_lost_or_doubled_and_no_pack_overfull_in_any_order(lengths, edges, seed):
    shuffled = np.random.default_rng(seed).permutation(lengths)
    one, other = (pack_pieces(whole_rows(each), edges=edges) for each in (lengths, shuffled))
    for packs, given_lengths in ((one, lengths), (other, shuffled)):
        assert np.sort(packs.rows_N).tolist() == list(range(len(lengths)))
        assert packs.lengths_N.tolist() == [given_lengths[row] for row in packs.rows_N]
        assert (packs.tokens <= packs.capacities_P).all()
        assert (np.diff(packs.starts) > 0).all()
        assert packs.starts[-1] == len(lengths)
        assert set(packs.capacities_P.tolist()) <= set(edges)
    # Lengths alone decide, so the order changes nothing at all, let alone .1 %.
    assert one.utilisation == other.utilisation
    assert sorted(one.tokens.tolist()) == sorted(other.tokens.tolist())


@given(lengths=LENGTHS, edges=EDGES)
def test_packs_are_those_of_the_textbook(lengths, edges):
    packs = pack_pieces(whole_rows(lengths), edges=edges)
    assert sorted((packs.capacities_P - packs.tokens).tolist()) == plain_best_fit(lengths, edges)


@given(lengths=st.lists(st.integers(1, 300_000), min_size=1, max_size=60))
def test_rooms_beyond_a_word_of_the_bitmap_are_found(lengths):
    packs = pack_pieces(whole_rows(lengths), edges=(300_000,))
    assert sorted((packs.capacities_P - packs.tokens).tolist()) == plain_best_fit(lengths, (300_000,))


@given(lengths=LENGTHS, classes=st.lists(st.integers(0, 2), min_size=120, max_size=120))
def test_rows_of_different_classes_never_share_a_pack(lengths, classes):
    packs = pack_pieces(whole_rows(lengths, classes=classes[: len(lengths)]), edges=(1500,))
    assert sorted(packs.rows_N.tolist()) == list(range(len(lengths)))
    assert all(len({classes[row] for row in pack}) == 1 for pack in as_tuples(packs))
    for key in set(classes[: len(lengths)]):
        alone = [length for length, of in zip(lengths, classes, strict=False) if of == key]
        rooms = [
            int(capacity - tokens)
            for pack, capacity, tokens in zip(as_tuples(packs), packs.capacities_P, packs.tokens, strict=True)
            if classes[pack[0]] == key
        ]
        assert sorted(rooms) == plain_best_fit(alone, (1500,))


def windows_of(lengths: Sequence[int], size: int, classes: Sequence[int]) -> list[Pieces]:
    return [
        whole_rows(lengths[at : at + size], first_row=at, classes=classes[at : at + size])
        for at in range(0, len(lengths), size)
    ]


@given(
    lengths=LENGTHS,
    classes=st.lists(st.integers(0, 1), min_size=120, max_size=120),
    edges=EDGES,
    size=st.integers(1, 50),
    max_open=st.integers(0, 6),
)
def test_windows_lose_and_double_nothing(lengths, classes, edges, size, max_open):
    windows = windows_of(lengths, size, classes[: len(lengths)])
    blocks = list(pack_windows(windows, edges=edges, max_open_packs=max_open))
    rows = [row for block in blocks for pack in as_tuples(block) for row in pack]
    assert len(blocks) == len(windows)
    assert sorted(rows) == list(range(len(lengths)))
    assert all((block.tokens <= block.capacities_P).all() for block in blocks)
    assert all(len({classes[row] for row in pack}) == 1 for block in blocks for pack in as_tuples(block))
    again = list(pack_windows(windows, edges=edges, max_open_packs=max_open))
    assert [as_tuples(block) for block in blocks] == [as_tuples(block) for block in again]


@given(lengths=LENGTHS, edges=EDGES, max_open=st.integers(0, 6))
def test_one_window_is_the_whole_set(lengths, edges, max_open):
    (block,) = pack_windows([whole_rows(lengths)], edges=edges, max_open_packs=max_open)
    whole = pack_pieces(whole_rows(lengths), edges=edges)
    assert as_tuples(block) == as_tuples(whole)
    assert block.capacities_P.tolist() == whole.capacities_P.tolist()


def test_open_packs_of_a_window_are_filled_by_the_next():
    windows = [whole_rows([7, 6]), whole_rows([3, 4], first_row=2)]
    carried = list(pack_windows(windows, edges=(10,), max_open_packs=2))
    assert [as_tuples(block) for block in carried] == [[], [(0, 2), (1, 3)]]
    # The pack with less room is given out; the other one waits.
    one = list(pack_windows(windows, edges=(10,), max_open_packs=1))
    assert [as_tuples(block) for block in one] == [[(0,)], [(1, 3), (2,)]]


def test_many_log_normal_lengths_leave_less_than_a_thousandth_empty():
    lengths = np.clip(np.random.default_rng(7).lognormal(8.2, 1.1, 20_000), 200, 120_000).astype(np.int64)
    packs = pack_pieces(whole_rows(lengths), edges=(8192, 16384, 32768, 65536, 131072))
    assert packs.utilisation >= 0.999
    assert set(packs.capacities_P.tolist()) == {8192, 16384, 32768, 65536, 131072}
