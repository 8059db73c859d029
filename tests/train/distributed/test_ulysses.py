"""Which heads a process attends with."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipeline.errors import InputError
from pipeline.train.distributed.ulysses import HeadsOfSlice, divide_heads


@given(num_keys=st.integers(1, 8), per_key=st.integers(1, 8), degree=st.integers(1, 16))
def test_heads_are_divided_evenly_and_bring_the_keys_they_read(num_keys: int, per_key: int, degree: int) -> None:
    num_heads = num_keys * per_key
    if degree > num_heads:
        with pytest.raises(InputError, match=rf"a layer has {num_heads} query head{'s' if num_heads > 1 else ''}\."):
            divide_heads(num_heads, num_keys, degree)
        return
    shares = divide_heads(num_heads, num_keys, degree)
    queries = [head for share in shares for head in range(share.first_query, share.first_query + share.num_queries)]
    assert queries == list(range(num_heads))
    assert max(share.num_queries for share in shares) - min(share.num_queries for share in shares) <= 1
    for share in shares:
        each, rest = divmod(share.num_queries, len(share.keys))
        assert rest == 0, "attention serves as many query heads by each key head"
        read = [share.keys[at // each] for at in range(share.num_queries)]
        assert read == [head // per_key for head in range(share.first_query, share.first_query + share.num_queries)]


@pytest.mark.parametrize(
    ("heads", "keys", "degree", "brought"),
    [
        (32, 8, 4, [(0, 1), (2, 3), (4, 5), (6, 7)]),
        (32, 8, 16, [(head // 2,) for head in range(16)]),
        (9, 3, 2, [(0, 0, 0, 1), (1, 1, 2, 2, 2)]),
    ],
)
def test_key_heads_are_copied_only_where_a_group_is_cut_or_shared(
    heads: int, keys: int, degree: int, brought: list[tuple[int, ...]]
) -> None:
    assert [share.keys for share in divide_heads(heads, keys, degree)] == brought


def test_heads_of_each_process_are_these() -> None:
    assert divide_heads(9, 3, 2) == (HeadsOfSlice(0, 4, (0, 0, 0, 1)), HeadsOfSlice(4, 5, (1, 1, 2, 2, 2)))
    assert divide_heads(8, 2, 2) == (HeadsOfSlice(0, 4, (0,)), HeadsOfSlice(4, 4, (1,)))
    assert divide_heads(4, 4, 4) == tuple(HeadsOfSlice(head, 1, (head,)) for head in range(4))
    with pytest.raises(InputError) as refused:
        divide_heads(4, 2, 5)
    assert refused.value.message == "finetune.distributed.sequence_parallel is 5, but a layer has 4 query heads."
    assert refused.value.remedy == "Set finetune.distributed.sequence_parallel to 4 or less."
