import random
import unicodedata
from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from prose import document

from pipeline.dedup.items import LetterCase, letter_case
from pipeline.dedup.shingles import Shingling, shingles_by_chunk, shingles_of

TEXT = st.text(alphabet=st.sampled_from("abcXYZ019 \n\t.,;_(){}가나다라마바사각힣漢字ｶé𝒳́"), max_size=300)


FOLDING = Shingling(case=LetterCase.FOLD, word_shingle=5, hangul_shingle=8)
KEEPING = Shingling(case=LetterCase.KEEP, word_shingle=5, hangul_shingle=8)


def shingles(text: str, shingling: Shingling = FOLDING) -> set[int]:
    return set(shingles_of([text], shingling).hashes.tolist())


def shingles_in_chunks(text: str, chunk_chars: int) -> set[int]:
    chunks = shingles_by_chunk(text, FOLDING, chunk_chars=chunk_chars)
    return {value for chunk in chunks for value in chunk.hashes.tolist()}


def reference_shingles(text: str) -> set[tuple[str, ...]]:
    """The definition, spelled out one character at a time."""
    items: list[tuple[str, bool]] = []
    word = ""
    for character in text:
        is_unspaced = any(
            low <= ord(character) <= high
            for low, high in (
                (0x1100, 0x11FF),
                (0x3040, 0x30FF),
                (0x3130, 0x318F),
                (0x3400, 0x4DBF),
                (0x4E00, 0x9FFF),
                (0xAC00, 0xD7A3),
            )
        )
        if (character.isalnum() or character == "\u0301") and not is_unspaced:
            word += character.lower()
            continue
        if word:
            items.append((word, True))
            word = ""
        if is_unspaced:
            items.append((character, False))
    if word:
        items.append((word, True))
    found = set()
    for index, (_, is_word) in enumerate(items):
        size = 5 if is_word else 8
        if index + size <= len(items):
            found.add(tuple(item for item, _ in items[index : index + size]))
    if not found and items:
        found.add(tuple(item for item, _ in items))
    return found


@given(TEXT)
def test_shingle_hashes_of_any_text_are_as_many_as_the_definition_says(text: str) -> None:
    assert len(shingles(text)) == len(reference_shingles(text))


@given(TEXT, TEXT)
def test_shingle_hashes_of_two_texts_share_what_the_definition_shares(first: str, second: str) -> None:
    shared = reference_shingles(first) & reference_shingles(second)
    assert len(shingles(first) & shingles(second)) == len(shared)


@pytest.mark.parametrize("language", ["en", "ko"])
@pytest.mark.parametrize("chunk_chars", [64, 100, 1000])
def test_shingle_hashes_do_not_depend_on_the_chunk(language: str, chunk_chars: int) -> None:
    text = document(language, 1, num_sentences=40)
    assert len(shingles(text)) > 100
    assert shingles_in_chunks(text, chunk_chars) == shingles(text)


@given(TEXT, st.integers(1, 40))
def test_shingle_starts_point_at_the_first_item_in_whole_and_in_chunks(text: str, chunk_chars: int) -> None:
    placed = unicodedata.normalize("NFC", text) == text
    spaced = " ".join(text)  # no run is longer than a chunk
    for whole in [text] if placed else []:
        found = shingles_of([whole], FOLDING)
        assert all(whole[start].isalnum() or whole[start] == "\u0301" for start in found.starts.tolist())
        assert sorted(found.starts.tolist()) == found.starts.tolist()
    pairs = {
        (int(value), int(start))
        for chunk in shingles_by_chunk(spaced, FOLDING, chunk_chars=2 * chunk_chars)
        for value, start in zip(chunk.hashes, chunk.starts, strict=True)
    }
    found = shingles_of([spaced], FOLDING)
    assert pairs == set(zip(found.hashes.tolist(), found.starts.tolist(), strict=True))


@given(st.lists(TEXT, min_size=1, max_size=5))
def test_shingles_of_several_texts_are_those_of_each(texts: list[str]) -> None:
    together = shingles_of(texts, FOLDING)
    assert len(together.bounds) == len(texts) + 1
    for text, (first, end) in zip(texts, pairwise(together.bounds.tolist()), strict=True):
        alone = shingles_of([text], FOLDING)
        assert together.hashes[first:end].tolist() == alone.hashes.tolist()
        assert together.starts[first:end].tolist() == alone.starts.tolist()


@pytest.mark.parametrize(
    ("first", "second"),
    [
        ("Éléonore a signé le bail à Genève hier", "éléonore A SIGNÉ le BAIL À GENÈVE hier"),
        ("the word Straße has a sharp s in it", "the word STRASSE has a sharp s in it"),
        ("АКТ приёмки подписан обеими сторонами сегодня", "акт ПРИЁМКИ подписан обеими сторонами СЕГОДНЯ"),
    ],
)
def test_shingles_fold_letters_beyond_ascii(first: str, second: str) -> None:
    assert len(shingles(first)) > 1
    assert shingles(first) == shingles(second)
    assert shingles(unicodedata.normalize("NFD", first)) == shingles(second)


def test_shingles_tell_letters_apart_whose_low_bits_agree() -> None:
    """One byte of a word's load stands for such a letter; the rest of its code has to count as well."""
    first, second = "caf\u00e9 is open all day long", "caf\u0169 is open all day long"
    assert len(shingles(first) & shingles(second)) == len(shingles(first)) - 1


@pytest.mark.parametrize("size", [63, 64, 65, 200, 5_000])
def test_shingles_of_a_very_long_run_of_letters_tell_its_end_apart(size: int) -> None:
    first, second = "a" * size + "b", "a" * size + "c"
    assert len(shingles(first)) > 0
    assert shingles(first).isdisjoint(shingles(second)) or len(shingles(first) - shingles(second)) > 0
    assert shingles(first) == shingles(first.upper())


@pytest.mark.parametrize(
    ("first", "second"),
    [
        ("the lessee shall pay the rent", "The lessee shall\n  pay, the RENT."),
        ("임차인은 차임을 매월 말일에 지급한다", "임차인은 차임을 매월말일에\n지급한다."),
        ("a “quoted” word in a sentence", 'a "quoted" word in a sentence'),
    ],
)
def test_shingle_hashes_ignore_spacing_punctuation_and_case_of_prose(first: str, second: str) -> None:
    assert shingles(first)
    assert shingles(first) == shingles(second)


def test_shingle_hashes_keep_case_in_code() -> None:
    first, second = "return Price of item in cart", "return price of item in cart"
    assert letter_case("code") is LetterCase.KEEP
    assert letter_case("legal") is LetterCase.FOLD
    assert shingles(first, KEEPING) != shingles(second, KEEPING)


@pytest.mark.parametrize(
    ("first", "second"),
    [
        ("the rent is 1,200 dollars a month", "the rent is 1,300 dollars a month"),
        ("보증금은 5,000만 원으로 한다고 정한다", "보증금은 7,000만 원으로 한다고 정한다"),
    ],
)
def test_shingle_hashes_tell_numbers_apart(first: str, second: str) -> None:
    assert shingles(first) != shingles(second)


def test_shingle_hashes_spread_over_all_bins() -> None:
    rng = random.Random(0)
    text = " ".join(f"w{rng.randrange(10**6)}" for _ in range(64_000))
    counts = np.bincount([value >> 58 for value in shingles(text)], minlength=64)
    # 64 bins of 1,000: five standard deviations are 157.
    assert counts.min() > 840
    assert counts.max() < 1160


@pytest.mark.parametrize("letter", ["ß", "ﬃ", "ŉ"])
def test_shingles_of_text_that_grows_when_folded_end_with_its_last_item(letter: str) -> None:
    words = [f"wort{number} stra{letter}e" for number in range(40)]
    text = " ".join([*words, "the very last words of it"])
    folded = unicodedata.normalize("NFC", text.casefold())
    assert len(folded) > len(text)
    assert shingles(text) == shingles(folded)
    assert len(shingles_of([text, text], FOLDING).hashes) == 2 * len(shingles_of([text], FOLDING).hashes)
