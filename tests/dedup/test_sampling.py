"""Signatures of texts with more shingles or anchors than are kept, and of words longer than an item."""

from __future__ import annotations

import random

import numpy as np

from pipeline.dedup.items import LetterCase, read_items
from pipeline.dedup.shingles import Shingling, shingles_of
from pipeline.dedup.sketch import ANCHOR_BITS, MAX_ANCHORS, MAX_SHINGLES, sketch_texts

SHINGLING = Shingling(case=LetterCase.FOLD, word_shingle=5, hangul_shingle=8)


def syllables(count: int, *, seed: int) -> str:
    return "".join(random.Random(seed).choices([chr(code) for code in range(0xAC00, 0xAC00 + 2000)], k=count))


def test_texts_of_one_batch_are_sampled_alone_and_only_where_they_have_too_many_shingles() -> None:
    long, short = syllables(MAX_SHINGLES + 2000, seed=1), syllables(500, seed=2)
    together = sketch_texts([short, long, short], SHINGLING, num_permutations=64)
    assert [sketch.sampling_bits for sketch in together] == [0, 1, 0]
    assert [len(sketch.shingles) for sketch in together[::2]] == [493, 493]
    assert MAX_SHINGLES // 4 < len(together[1].shingles) <= MAX_SHINGLES
    (alone,) = sketch_texts([long], SHINGLING, num_permutations=64)
    assert np.array_equal(alone.shingles, together[1].shingles)
    halves = np.unique(shingles_of([long], SHINGLING).hashes) >> np.uint64(32)
    assert together[1].shingles.tolist() == [half for half in halves.tolist() if half < 2**31]


def test_text_of_exactly_as_many_shingles_as_are_kept_is_kept_whole() -> None:
    (sketch,) = sketch_texts([syllables(MAX_SHINGLES + 7, seed=3)], SHINGLING, num_permutations=64)
    assert (len(sketch.shingles), sketch.sampling_bits) == (MAX_SHINGLES, 0)
    (more,) = sketch_texts([syllables(MAX_SHINGLES + 8, seed=3)], SHINGLING, num_permutations=64)
    assert more.sampling_bits == 1


def test_anchors_of_a_huge_text_are_thinned_and_stay_in_its_order() -> None:
    text = syllables(5_000_000, seed=4)
    (sketch,) = sketch_texts([text], SHINGLING, num_permutations=64)
    assert sketch.anchor_bits > ANCHOR_BITS
    assert MAX_ANCHORS // 4 < len(sketch.anchors) <= MAX_ANCHORS
    assert sketch.anchors.max() < 2 ** (64 - sketch.anchor_bits)
    assert len(np.unique(sketch.anchors)) == len(sketch.anchors)
    assert (np.diff(sketch.anchor_starts) > 0).all()
    assert sketch.anchor_starts[-1] > 0.99 * len(text)


def test_word_longer_than_an_item_is_several_beside_hangul_as_it_is_alone() -> None:
    alone = read_items("x" * 130, LetterCase.FOLD)
    assert len(alone.hashes) == 3
    beside = read_items("가 " + "x" * 130 + " 나", LetterCase.FOLD)
    assert beside.is_word is not None
    assert beside.is_word.tolist() == [False, True, True, True, False]
    assert beside.first_characters.tolist() == [0, 2, 66, 130, 133]
    assert beside.hashes[1:4].tolist() == alone.hashes.tolist()
    assert len(read_items("x" * 64, LetterCase.FOLD).hashes) == 1
    assert len(read_items("x" * 65, LetterCase.FOLD).hashes) == 2
