import tracemalloc
import unicodedata

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from prose import document, edited

from pipeline.dedup.items import LetterCase
from pipeline.dedup.shingles import Shingling
from pipeline.dedup.signature import exact_hash, packed, packed_ascending, unpacked, unpacked_ascending
from pipeline.dedup.similarity import overlap
from pipeline.dedup.sketch import ANCHOR_BITS, MAX_SHINGLES, ShingleSketch, _minhashes, densified, sketch_texts

EMPTY_BIN = 2**64 - 1


SHINGLING = Shingling(case=LetterCase.FOLD, word_shingle=5, hangul_shingle=8)


def sketch(text: str, *, num_permutations: int = 128) -> ShingleSketch:
    return sketch_texts([text], SHINGLING, num_permutations=num_permutations)[0]


def similarity(first: ShingleSketch, second: ShingleSketch) -> float:
    return overlap(
        first.shingles, second.shingles, first_bits=first.sampling_bits, second_bits=second.sampling_bits
    ).jaccard


def assert_equal(first: ShingleSketch, second: ShingleSketch) -> None:
    for name in ("minhash", "shingles", "sampling_bits", "anchors", "anchor_starts", "anchor_bits"):
        assert np.array_equal(getattr(first, name), getattr(second, name)), name


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
    assert packed_ascending(first.shingles) == packed_ascending(second.shingles)


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
    minima = np.full((2, 64), EMPTY_BIN, dtype=np.uint64)
    places = np.random.default_rng(seed).choice(64, size=len(values), replace=False)
    minima[1, places] = np.array(values, dtype=np.uint64)
    empty, filled = densified(minima)
    assert (empty == EMPTY_BIN).all()
    assert set(filled.tolist()) <= set(values)
    assert (filled[places] == minima[1, places]).all()
    assert (filled == densified(minima[1:])[0]).all()


@given(st.lists(st.sampled_from(["", "!?", "one two", "임대차 계약서", "a b c d e f g h", "Ä 漢 x"]), max_size=6))
def test_sketches_of_a_batch_are_those_of_each_text(texts: list[str]) -> None:
    for text, together in zip(texts, sketch_texts(texts, SHINGLING, num_permutations=16), strict=True):
        assert_equal(together, sketch(text, num_permutations=16))


def test_sketches_of_a_batch_of_long_and_short_texts_are_those_of_each() -> None:
    texts = [
        document(("en", "ko")[seed % 2], seed, num_sentences=count) for seed, count in enumerate((5, 900, 3, 60, 1))
    ]
    texts.append(unicodedata.normalize("NFD", texts[1]))
    texts.append(texts[0] + " \U0001f600 \U0001d4b3 " + texts[3])
    for text, together in zip(texts, sketch_texts(texts, SHINGLING, num_permutations=128), strict=True):
        assert_equal(together, sketch(text))


@pytest.mark.parametrize("language", ["en", "ko"])
def test_anchors_are_one_shingle_in_thirty_two_with_their_places(language: str) -> None:
    text = " ".join(document(language, seed, num_sentences=40) for seed in range(40))
    passage_start = len(text) // 2
    whole, passage = sketch(text), sketch(text[passage_start : passage_start + 4_000])
    place_of = dict(zip(whole.anchors.tolist(), whole.anchor_starts.tolist(), strict=True))
    assert whole.anchor_bits == passage.anchor_bits == ANCHOR_BITS
    assert len(place_of) == len(whole.anchors) > 50
    found = [
        place_of[anchor] - start
        for anchor, start in zip(passage.anchors.tolist(), passage.anchor_starts.tolist(), strict=True)
        if anchor in place_of
    ]
    assert len(found) >= len(passage.anchors) - 1 > 5
    assert max(found, key=found.count) == passage_start, "what repeats in the text is found at its first place"


def test_sketch_of_a_text_without_letters_is_empty() -> None:
    empty = sketch("—— *** ––– !!!")
    assert (len(empty.minhash), len(empty.shingles)) == (0, 0)


def test_sketch_of_decomposed_hangul_equals_that_of_composed() -> None:
    text = document("ko", 2, num_sentences=10)
    decomposed = unicodedata.normalize("NFD", text)
    assert decomposed != text
    assert_equal(sketch(decomposed), sketch(text))


def test_sketch_of_a_very_long_text_is_sampled_and_still_measures_similarity() -> None:
    rng = np.random.default_rng(0)
    words = [f"w{number}" for number in rng.integers(0, 10**7, 300_000)]
    changed = list(words)
    for index in range(0, len(changed), 20):
        changed[index] = "changed"
    first, second = sketch(" ".join(words)), sketch(" ".join(changed))
    assert first.sampling_bits > 0
    assert MAX_SHINGLES / 4 < len(first.shingles) <= MAX_SHINGLES
    # Every twentieth word spoils five of twenty shingles: 15 of 25 are shared.
    assert similarity(first, second) == pytest.approx(0.6, abs=0.03)
    assert similarity(first, sketch(" ".join(words[:20_000]))) == pytest.approx(20_000 / 300_000, abs=0.02)


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


@given(st.lists(st.integers(0, 2**32 - 1)))
def test_unpacked_ascending_inverts_packed_ascending(values: list[int]) -> None:
    ascending = np.array(sorted(values), dtype=np.uint32)
    assert unpacked_ascending(packed_ascending(ascending)).tolist() == ascending.tolist()


@given(st.lists(st.lists(st.integers(0, 2**64 - 2), max_size=40, unique=True), min_size=1, max_size=4))
def test_minhashes_are_the_smallest_hash_of_each_bin(texts: list[list[int]]) -> None:
    num_bins = 4
    ascending = [np.array(sorted(hashes), dtype=np.uint64) for hashes in texts]
    bounds = np.cumsum([0, *(len(hashes) for hashes in ascending)])
    for hashes, row in zip(texts, _minhashes(np.concatenate(ascending), bounds, num_bins), strict=True):
        smallest: dict[int, int] = {}
        for one in sorted(hashes):
            smallest.setdefault((one & 0xFFFFFFFF) * num_bins >> 32, one)
        assert {number: int(row[number]) for number in smallest} == smallest
        assert len(row) == (num_bins if hashes else 0)
