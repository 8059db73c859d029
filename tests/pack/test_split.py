from collections.abc import Sequence
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st
from prose import document

from pipeline.pack.boundaries import Boundary, boundaries
from pipeline.pack.split import Part, Unsplittable, split_text


def count_words(texts: Sequence[str]) -> list[int]:
    return [len(text.split()) for text in texts]


def count_words_and_ends(texts: Sequence[str]) -> list[int]:
    """A tokenizer whose counts do not add up: each text costs one more where it is joined from several sentences."""
    return [len(text.split()) + max(0, text.count(". ") // 2) for text in texts]


def split(text: str, max_tokens: int, domain: str = "legal") -> list[Part]:
    parts = split_text(
        text,
        boundaries=boundaries(text, domain=domain, sections=()),
        max_tokens=max_tokens,
        count_tokens=count_words_and_ends,
    )
    assert isinstance(parts, list)
    return parts


@given(
    language=st.sampled_from(["en", "ko"]),
    seed=st.integers(0, 50),
    num_sentences=st.integers(1, 80),
    max_tokens=st.integers(40, 400),
)
def test_split_text_parts_concatenate_fit_and_start_at_sentences(
    language: str, seed: int, num_sentences: int, max_tokens: int
) -> None:
    text = document(language, seed, num_sentences=num_sentences)
    parts = split(text, max_tokens)
    assert "".join(text[part.start : part.end] for part in parts) == text
    assert all(0 < part.num_tokens <= max_tokens for part in parts)
    assert all(first.end == second.start for first, second in pairwise(parts))
    # Documents are joined from sentences by one space or a blank line, and no sentence has a mark inside it.
    for part in parts[1:]:
        assert text[: part.start].rstrip()[-1] in ".?!"


@given(seed=st.integers(0, 50), num_sentences=st.integers(40, 120), max_tokens=st.integers(120, 400))
def test_split_text_leaves_no_tiny_part(seed: int, num_sentences: int, max_tokens: int) -> None:
    sizes = [part.num_tokens for part in split(document("en", seed, num_sentences=num_sentences), max_tokens)]
    if len(sizes) > 1:
        assert min(sizes) > max_tokens / 5


def test_split_text_that_fits_is_one_part() -> None:
    assert split("One sentence. Another one.", 50) == [Part(start=0, end=26, num_tokens=4)]


def test_split_text_prefers_a_higher_section_to_equal_parts() -> None:
    text = "word " * 100
    places = [Boundary(offset=5 * words, rank=rank) for words, rank in ((35, 1), (50, 2), (65, 3))]
    parts = split_text(text, boundaries=places, max_tokens=70, count_tokens=count_words)
    assert isinstance(parts, list)
    assert [part.num_tokens for part in parts] == [35, 65]


def test_split_text_takes_the_most_equal_of_like_boundaries() -> None:
    text = "word " * 100
    places = [Boundary(offset=5 * words, rank=2) for words in range(1, 100)]
    parts = split_text(text, boundaries=places, max_tokens=70, count_tokens=count_words)
    assert isinstance(parts, list)
    assert [part.num_tokens for part in parts] == [50, 50]


@pytest.mark.parametrize("num_words", [31, 400])
def test_split_text_with_a_sentence_longer_than_the_limit_is_unsplittable(num_words: int) -> None:
    text = "A short one. And this " + "goes on " * (num_words // 2) + "at last. The end."
    result = split_text(
        text, boundaries=boundaries(text, domain="legal", sections=()), max_tokens=30, count_tokens=count_words
    )
    assert isinstance(result, Unsplittable)
    assert text[result.start :].startswith("And this")
    assert result.num_tokens > 30
