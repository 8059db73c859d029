"""Items and n-grams of a text: the same for every spelling that does not matter, and with offsets into the text."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipeline.decontamination import ngrams
from pipeline.decontamination.ngrams import CHARACTERS, WORDS, ngrams_by_block, read_text

TEXTS = st.text(alphabet="ab Z9.\n-가나다라마 ßİ한국é", max_size=300)


def hashes_of(text: str) -> list[int]:
    return [int(value) for block in ngrams_by_block(read_text(text)) for value in block.hashes]


@given(TEXTS)
def test_items_start_where_the_text_has_letters_or_digits(text: str) -> None:
    items = read_text(text)
    assert all(text[start].isalnum() or not text[start].isascii() for start in items.starts.tolist())
    assert (np.diff(items.starts) >= 0).all()


@given(TEXTS, st.integers(min_value=3, max_value=40))
def test_items_do_not_depend_on_the_size_of_chunks(text: str, chunk: int) -> None:
    whole = read_text(text.replace("İ", "i"))
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(ngrams, "_CHUNK_CHARS", chunk + max(map(len, text.split()), default=0))
        parts = read_text(text.replace("İ", "i"))
    assert parts.hashes.tolist() == whole.hashes.tolist()
    assert parts.starts.tolist() == whole.starts.tolist()


@given(TEXTS, st.integers(min_value=1, max_value=20))
def test_ngrams_do_not_depend_on_the_size_of_blocks(text: str, block: int) -> None:
    whole = hashes_of(text)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(ngrams, "_BLOCK_ITEMS", block)
        assert hashes_of(text) == whole


@given(st.lists(st.sampled_from(["rent", "is", "due", "on", "Monday", "12"]), max_size=30))
def test_english_has_an_ngram_for_each_run_of_words(words: list[str]) -> None:
    plain = hashes_of(" ".join(words))
    assert len(plain) == max(0, len(words) - WORDS + 1)
    assert hashes_of(", ".join(word.upper() for word in words) + "!") == plain
    assert hashes_of("\n| ".join(words)) == plain


@given(st.text(alphabet="가나다라마바사", max_size=60), st.data())
def test_hangul_has_the_same_ngrams_however_it_is_spaced(text: str, data: st.DataObject) -> None:
    spaced = "".join(char + data.draw(st.sampled_from(["", " ", "\n", "·"])) for char in text)
    assert hashes_of(spaced) == hashes_of(text)
    assert len(hashes_of(text)) == max(0, len(text) - CHARACTERS + 1)


def test_offsets_behind_letters_that_fold_to_several_are_those_of_the_text() -> None:
    text = "Straße der Größe und ihre Maße"
    assert [text[start:].split()[0] for start in read_text(text).starts.tolist()] == text.split()
