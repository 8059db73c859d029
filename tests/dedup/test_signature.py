import tracemalloc
import unicodedata

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from prose import document, edited

from pipeline.dedup.shingles import LetterCase
from pipeline.dedup.signature import (
    MAX_SKETCH_HASHES,
    ShingleSketch,
    densified,
    exact_hash,
    packed,
    sketch_text,
    unpacked,
)
from pipeline.dedup.similarity import jaccard

EMPTY_BIN = 2**64 - 1


def sketch(text: str, *, num_permutations: int = 128) -> ShingleSketch:
    return sketch_text(text, case=LetterCase.FOLD, word_shingle=5, hangul_shingle=8, num_permutations=num_permutations)


def similarity(first: ShingleSketch, second: ShingleSketch) -> float:
    return jaccard(first.shingles, second.shingles, first_bits=first.sampling_bits, second_bits=second.sampling_bits)


@given(
    st.text(alphabet="ab가 \n\t\u00a0", max_size=60), st.lists(st.sampled_from([" ", "\n", "\t ", "\r\n"]), min_size=1)
)
def test_exact_hash_ignores_how_white_space_is_written(text: str, spaces: list[str]) -> None:
    rewritten = "".join(spaces) + spaces[0].join(text.split()) + spaces[-1]
    assert exact_hash(rewritten) == exact_hash(text)


@given(st.text(alphabet="ab ", max_size=20), st.text(alphabet="ab ", max_size=20))
def test_exact_hash_differs_where_words_differ(first: str, second: str) -> None:
    assert (exact_hash(first) == exact_hash(second)) == (first.split() == second.split())


@pytest.mark.parametrize("shift", [0, 1, 2, 3])
def test_exact_hash_of_a_long_text_does_not_depend_on_where_chunks_end(shift: int) -> None:
    text = document("en", 3, num_sentences=2_000)
    assert len(text) > 2 * 2**16
    assert exact_hash(" " * shift + text) == exact_hash(text.replace(" ", "  \n"))


def test_sketch_of_equal_content_is_equal() -> None:
    text = document("ko", 5, num_sentences=30)
    first, second = sketch(text), sketch(text.replace(" ", "\n"))
    assert len(first.minhash) == 128
    assert packed(first.minhash) == packed(second.minhash)
    assert packed(first.shingles) == packed(second.shingles)


@pytest.mark.parametrize("language", ["en", "ko"])
@pytest.mark.parametrize("share", [0.01, 0.05, 0.1, 0.2])
def test_minhash_estimates_the_true_similarity(language: str, share: float) -> None:
    errors = []
    for seed in range(12):
        text = document(language, seed, num_sentences=60)
        first, second = (
            sketch(text, num_permutations=512),
            sketch(edited(text, share=share, seed=seed), num_permutations=512),
        )
        errors.append(float(np.mean(first.minhash == second.minhash)) - similarity(first, second))
    # One estimate has a standard error of at most .5/√512 = .022, the mean of twelve a third of that.
    assert max(map(abs, errors)) < 0.09
    assert abs(np.mean(errors)) < 0.025


def test_minhash_of_a_short_text_still_estimates_similarity() -> None:
    text = document("en", 9, num_sentences=3)
    first, second = sketch(text), sketch(edited(text, share=0.05, seed=1))
    assert len(first.shingles) < 128, "most bins are filled by densification"
    assert abs(np.mean(first.minhash == second.minhash) - similarity(first, second)) < 0.25


@given(st.lists(st.integers(0, EMPTY_BIN - 1), min_size=1, max_size=16), st.integers(0, 2**32))
def test_densified_fills_every_bin_from_an_occupied_one(values: list[int], seed: int) -> None:
    minima = np.full(64, EMPTY_BIN, dtype=np.uint64)
    places = np.random.default_rng(seed).choice(64, size=len(values), replace=False)
    minima[places] = np.array(values, dtype=np.uint64)
    filled = densified(minima)
    assert set(filled.tolist()) <= set(values)
    assert (filled[places] == minima[places]).all()


def test_sketch_of_a_text_without_letters_is_empty() -> None:
    empty = sketch("—— *** ––– !!!")
    assert (len(empty.minhash), len(empty.shingles)) == (0, 0)


def test_sketch_of_decomposed_hangul_equals_that_of_composed() -> None:
    text = document("ko", 2, num_sentences=10)
    decomposed = unicodedata.normalize("NFD", text)
    assert decomposed != text
    assert packed(sketch(decomposed).shingles) == packed(sketch(text).shingles)


def test_sketch_of_a_very_long_text_is_sampled_and_still_measures_similarity() -> None:
    rng = np.random.default_rng(0)
    words = [f"w{number}" for number in rng.integers(0, 10**7, 300_000)]
    changed = list(words)
    for index in range(0, len(changed), 20):
        changed[index] = "changed"
    first, second = sketch(" ".join(words)), sketch(" ".join(changed))
    assert first.sampling_bits > 0
    assert MAX_SKETCH_HASHES / 4 < len(first.shingles) <= MAX_SKETCH_HASHES
    # Every twentieth word spoils five of twenty shingles: 15 of 25 are shared.
    assert similarity(first, second) == pytest.approx(0.6, abs=0.01)
    assert similarity(first, sketch(" ".join(words[:20_000]))) == pytest.approx(20_000 / 300_000, abs=0.01)


@pytest.mark.parametrize("language", ["en", "ko"])
def test_sketch_and_hash_of_five_megabytes_need_little_memory(language: str) -> None:
    page = document(language, 1, num_sentences=500)
    num_bytes = len(page.encode())
    text = "\n".join(f"{number} {page}" for number in range(5 * 2**20 // num_bytes + 1))
    sketch(text[:1000])
    assert len(text.encode()) >= 5 * 2**20
    tracemalloc.start()
    sketch(text)
    exact_hash(text)
    _, peak_bytes = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert peak_bytes < 12 * 2**20


def test_unpacked_inverts_packed() -> None:
    values = np.array([0, 1, 2**63, 2**64 - 1], dtype=np.uint64)
    assert unpacked(packed(values)).tolist() == values.tolist()
