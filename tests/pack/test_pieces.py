"""Rows that are too long: left out, or cut at sections into parts that concatenate to the row."""

from __future__ import annotations

from itertools import pairwise

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from pipeline.config.packing import ConversationOverflow, DocumentOverflow
from pipeline.pack.packing import pack_pieces
from pipeline.pack.pieces import (
    conversation_edges,
    conversation_pieces,
    document_edges,
    document_pieces,
    part_starts,
)


def documents(lengths, *, max_tokens, overflow, sections=(), repeats=None, first_row=0):
    lengths_R = np.asarray(lengths, dtype=np.int64)
    return document_pieces(
        lengths_R,
        first_row=first_row,
        repeats_R=np.ones_like(lengths_R) if repeats is None else np.asarray(repeats, dtype=np.int64),
        max_tokens=max_tokens,
        overflow=overflow,
        section_starts=lambda row: sections,
    )


def test_rules_choose_the_edges():
    edges = (8, 16, 32)
    assert conversation_edges(edges, ConversationOverflow.NEXT_BUCKET) == edges
    assert conversation_edges(edges, ConversationOverflow.DROP) == (8,)
    assert document_edges(edges, DocumentOverflow.NEXT_BUCKET) == edges
    assert document_edges(edges, DocumentOverflow.SPLIT_AT_SECTION) == (8,)
    assert document_edges(edges, DocumentOverflow.DROP) == (8,)


def test_conversations_are_never_cut_and_the_long_ones_counted():
    lengths_R = np.array([5, 11, 10, 30], dtype=np.int64)
    pieces, left_out = conversation_pieces(lengths_R, first_row=100, classes_R=np.array([0, 0, 1, 0]), max_tokens=10)
    assert pieces.rows_N.tolist() == [100, 102]
    assert pieces.lengths_N.tolist() == [5, 10]
    assert pieces.classes_N.tolist() == [0, 1]
    assert not pieces.offsets_N.any()
    assert (left_out.dropped_rows.tolist(), left_out.dropped_tokens, left_out.num_split) == ([101, 103], 41, 0)


def test_documents_over_the_longest_pack_are_dropped_and_counted_where_the_rule_says_so():
    for overflow in (DocumentOverflow.DROP, DocumentOverflow.NEXT_BUCKET):
        pieces, left_out = documents([5, 11], max_tokens=10, overflow=overflow)
        assert pieces.rows_N.tolist() == [0]
        assert (left_out.dropped_rows.tolist(), left_out.dropped_tokens) == ([1], 11)


def test_split_ends_a_part_at_the_last_section_it_reaches():
    assert part_starts(25, section_starts=[0, 4, 9, 12, 22], max_tokens=10) == ([0, 9, 12, 22], 0)
    pieces, left_out = documents(
        [3, 25], max_tokens=10, overflow=DocumentOverflow.SPLIT_AT_SECTION, sections=[0, 4, 9, 12, 22], first_row=6
    )
    assert pieces.rows_N.tolist() == [6, 7, 7, 7, 7]
    assert pieces.offsets_N.tolist() == [0, 0, 9, 12, 22]
    assert pieces.lengths_N.tolist() == [3, 9, 3, 10, 3]
    assert (left_out.num_split, left_out.num_hard_cuts, left_out.dropped_tokens) == (1, 0, 0)


@given(
    lengths=st.lists(st.integers(1, 400), min_size=1, max_size=12),
    sections=st.sets(st.integers(0, 399), max_size=30),
    repeats=st.lists(st.integers(1, 3), min_size=12, max_size=12),
    max_tokens=st.integers(20, 120),
)
def test_parts_concatenate_to_their_rows_and_copies_never_share_a_pack(lengths, sections, repeats, max_tokens):
    pieces, left_out = documents(
        lengths,
        max_tokens=max_tokens,
        overflow=DocumentOverflow.SPLIT_AT_SECTION,
        sections=sorted(sections),
        repeats=repeats[: len(lengths)],
    )
    packs = pack_pieces(pieces, edges=(max_tokens,))
    assert (packs.tokens <= max_tokens).all()
    found: dict[tuple[int, int], int] = {}
    for row, offset, length in zip(
        packs.rows_N.tolist(), packs.offsets_N.tolist(), packs.lengths_N.tolist(), strict=True
    ):
        for token in range(offset, offset + length):
            found[row, token] = found.get((row, token), 0) + 1
    expected = {(row, token): repeats[row] for row, length in enumerate(lengths) for token in range(length)}
    assert found == expected
    for start, end in zip(packs.starts[:-1], packs.starts[1:], strict=True):
        inside = list(zip(packs.rows_N[start:end].tolist(), packs.offsets_N[start:end].tolist(), strict=True))
        assert len(set(inside)) == len(inside)
    assert left_out.num_split == sum(length > max_tokens for length in lengths)
    assert left_out.dropped_rows.size == left_out.dropped_tokens == 0


@given(
    num_tokens=st.integers(1, 500), sections=st.sets(st.integers(0, 499), max_size=20), max_tokens=st.integers(1, 90)
)
def test_parts_begin_at_sections_but_for_the_cuts_that_are_counted(num_tokens, sections, max_tokens):
    starts, hard_cuts = part_starts(num_tokens, section_starts=sorted(sections), max_tokens=max_tokens)
    assert starts[0] == 0
    assert all(0 < b - a <= max_tokens for a, b in zip(starts, [*starts[1:], num_tokens], strict=True))
    assert sum(start not in sections for start in starts[1:]) <= hard_cuts <= len(starts) - 1
    for start, end in pairwise(starts):
        if end not in sections:
            assert not [section for section in sections if start < section <= start + max_tokens]


def test_split_documents_are_counted_with_the_cuts_inside_their_sections():
    pieces, left_out = documents(
        [25, 8, 31], max_tokens=10, overflow=DocumentOverflow.SPLIT_AT_SECTION, sections=[0, 4, 25], first_row=3
    )
    assert pieces.rows_N.tolist() == [3, 3, 3, 3, 4, 5, 5, 5, 5]
    assert pieces.offsets_N.tolist() == [0, 4, 14, 24, 0, 0, 4, 14, 24]
    assert pieces.lengths_N.tolist() == [4, 10, 10, 1, 8, 4, 10, 10, 7]
    assert left_out.dropped_rows.tolist() == []
    assert (left_out.dropped_tokens, left_out.num_split, left_out.num_hard_cuts) == (0, 2, 4)
    assert pieces.num_tokens == 64


def test_parts_are_full_where_a_section_alone_is_longer_and_the_cuts_are_counted():
    assert part_starts(30, section_starts=[0], max_tokens=10) == ([0, 10, 20], 2)
    assert part_starts(31, section_starts=[0], max_tokens=10) == ([0, 10, 20, 30], 3)
    assert part_starts(30, section_starts=[], max_tokens=10) == ([0, 10, 20], 2)
    assert part_starts(30, section_starts=[0, 10, 20], max_tokens=10) == ([0, 10, 20], 0)
    assert part_starts(30, section_starts=[0, 11, 20], max_tokens=10) == ([0, 10, 20], 1)
    assert part_starts(10, section_starts=[0, 5], max_tokens=10) == ([0], 0)


def test_copies_of_a_document_follow_each_other_in_classes_of_their_own():
    pieces, _ = documents([3, 5], max_tokens=10, overflow=DocumentOverflow.DROP, repeats=[2, 1], first_row=4)
    assert pieces.rows_N.tolist() == [4, 4, 5]
    assert pieces.classes_N.tolist() == [0, 1, 0]
    assert pieces.lengths_N.tolist() == [3, 3, 5]
