import random

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from prose import document

from pipeline.dedup.shingles import LetterCase, letter_case, shingle_hashes
from pipeline.records import Domain

TEXT = st.text(alphabet=st.sampled_from("abcXYZ019 \n\t.,;_(){}가나다라마바사각힣漢字ｶé𝒳́"), max_size=300)


def shingles(text: str, *, case: LetterCase = LetterCase.FOLD, chunk_chars: int = 4096) -> set[int]:
    chunks = shingle_hashes(text, case=case, word_shingle=5, hangul_shingle=8, chunk_chars=chunk_chars)
    return {value for chunk in chunks for value in chunk.tolist()}


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
    assert shingles(text, chunk_chars=chunk_chars) == shingles(text)


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
    assert letter_case(Domain.CODE) is LetterCase.KEEP
    assert letter_case(Domain.LEGAL) is LetterCase.FOLD
    assert shingles(first, case=LetterCase.KEEP) != shingles(second, case=LetterCase.KEEP)


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
