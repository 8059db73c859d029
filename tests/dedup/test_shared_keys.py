"""Pairs of documents that share keys do not depend on how the keys are cut into ranges and blocks."""

from __future__ import annotations

from collections import Counter, defaultdict
from itertools import chain

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipeline.dedup.candidates import DocumentRef, Pair, bucket_pairs, passage_pairs
from pipeline.dedup.shared_keys import (
    MIN_RANGES,
    UNKNOWN_RANGES,
    KeyBlock,
    KeyKind,
    RowPairs,
    enough_votes,
    key_blocks,
    num_ranges,
    pair_blocks,
    shared_key_pairs,
)

KEYS = st.sets(st.sampled_from([*range(12), 2**47, 2**48 - 1]))


def documents_of(keys: list[set[int]]) -> list[tuple[DocumentRef, np.ndarray]]:
    return [
        (DocumentRef(f"{row:03}", "0/00000", row, 100 + row % 3, 2, row % 4 == 0), np.array(sorted(own), np.uint64))
        for row, own in enumerate(keys)
    ]


def one_by_one(kind: KeyKind, documents: list[tuple[DocumentRef, np.ndarray]]) -> Counter[Pair]:
    """The pairs of each key's documents, key by key."""
    by_key = defaultdict(list)
    for document, keys in documents:
        for key in keys.tolist():
            by_key[key].append(document)
    if kind is KeyKind.BAND:
        return Counter({pair: 2 for members in by_key.values() for pair in bucket_pairs(members)})
    return Counter(chain.from_iterable(set(passage_pairs(members)) for members in by_key.values()))


@pytest.mark.parametrize("kind", list(KeyKind))
@given(keys=st.lists(KEYS, max_size=14), ranges=st.integers(1, 5), size=st.integers(1, 5), backwards=st.booleans())
def test_pairs_are_those_of_each_key_for_any_ranges_and_blocks(
    kind: KeyKind, keys: list[set[int]], ranges: int, size: int, backwards: bool
) -> None:
    documents = documents_of(keys)
    by_range: defaultdict[int, list[KeyBlock]] = defaultdict(list)
    for start in range(0, len(documents), size):
        for number, block in key_blocks(documents[start : start + size], num_ranges=ranges):
            by_range[number].append(block)
    found: Counter[Pair] = Counter()
    for blocks in by_range.values():
        pairs = shared_key_pairs(kind, blocks[::-1] if backwards else blocks)
        found = found | Counter(pairs) if kind is KeyKind.BAND else found + Counter(pairs)
    assert found == one_by_one(kind, documents)


def test_block_has_only_documents_with_a_key_in_its_range() -> None:
    blocks = dict(key_blocks(documents_of([{0, 4}, {1}, set(), {4, 5}]), num_ranges=4))
    assert sorted(blocks) == [0, 1]
    assert [document.row for document in blocks[0].documents] == [0, 3]
    assert blocks[0].keys == b"".join(key.to_bytes(6, "little") for key in (0, 4, 4))
    assert np.frombuffer(blocks[0].owners, "<u2").tolist() == [0, 0, 1]
    assert KeyBlock(*tuple(blocks[0])) == blocks[0]
    assert {type(field) for field in blocks[0]} == {str, bytes}
    assert list(key_blocks([], num_ranges=4)) == []


def test_number_of_ranges_grows_with_the_documents() -> None:
    assert num_ranges(1) == num_ranges(64_000) == MIN_RANGES
    assert num_ranges(64_001) == MIN_RANGES + 1
    assert num_ranges(None) == UNKNOWN_RANGES


def test_more_documents_than_a_block_names_are_in_several() -> None:
    _, (one, _) = documents_of([set(), set()])
    documents = [(one._replace(doc_id=f"x{row:05}", row=row), np.array([row // 2], np.uint64)) for row in range(65_538)]
    blocks = [block for _, block in key_blocks(documents, num_ranges=1)]
    assert [len(block.documents) for block in blocks] == [65_536, 2]
    pairs = shared_key_pairs(KeyKind.ANCHOR, blocks)
    assert len(pairs) == 32_769
    assert all((first.row ^ second.row) == 1 for first, second in pairs)


def test_pairs_with_enough_votes_in_all_blocks_together_are_verified_in_order() -> None:
    (a, _), (b, _), (c, _) = documents_of([set(), set(), set()])
    other, third = (c._replace(part=part, row=7) for part in ("0/00001", "0/00002"))
    first = [block for _, block in pair_blocks({(a, b): 1, (b, third): 3, (a, other): 2, (b, other): 1, (a, third): 2})]
    second = [block for _, block in pair_blocks({(b, c): 1, (b, a): 1, (a, b): 1})]
    assert [block.parts for block in (*first, *second)] == [("0/00000", "0/00002", "0/00001"), ("0/00000",)]
    expected = [
        RowPairs("0/00000", [0], [1]),
        RowPairs("0/00001", [0], [7]),
        RowPairs("0/00002", [0, 1], [7, 7]),
    ]
    assert enough_votes([*second, *first]) == enough_votes([*first, *second]) == expected
    assert enough_votes([]) == []


def test_many_votes_and_many_pairs_fit_their_blocks() -> None:
    (one, _), *_ = documents_of([set()])
    many = [one._replace(doc_id=f"x{row:05}", row=row) for row in range(10_001)]
    blocks = [block for _, block in pair_blocks({(one, other): 70_000 for other in many})]
    assert [len(block.votes) for block in blocks] == [10_000, 1]
    assert enough_votes(blocks) == [RowPairs("0/00000", [0] * 10_001, list(range(10_001)))]
