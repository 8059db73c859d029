from __future__ import annotations

import prose
from hypothesis import given
from hypothesis import strategies as st

from pipeline.evaluate.documents.chunks import chunk_spans
from pipeline.evaluate.documents.retrieval import index_of, search_words
from pipeline.evaluate.meter import Meter

WORDS = ("harbour", "tenant", "boiler", "invoice", "slipway", "surveyor", "임차인은", "보일러를", "해지하고")
METER = Meter("embedded:smollm2-135m-instruct")
texts = st.lists(st.sampled_from(WORDS), min_size=1, max_size=8).map(" ".join)
chunks = st.lists(texts, min_size=1, max_size=6)


@given(st.sets(st.frozensets(st.sampled_from(WORDS[:6]), min_size=3, max_size=3), min_size=2), st.data())
def test_question_that_equals_a_chunk_finds_it_first(sets: set[frozenset[str]], data: st.DataObject) -> None:
    parts = sorted(" ".join(sorted(words)) for words in sets)
    asked = data.draw(st.integers(0, len(parts) - 1))
    assert index_of(parts).ranked(parts[asked])[0] == asked


@given(chunks, texts, st.randoms(use_true_random=False))
def test_scores_do_not_depend_on_the_order_of_chunks(parts: list[str], question: str, random) -> None:  # type: ignore[no-untyped-def]
    order = list(range(len(parts)))
    random.shuffle(order)
    scores = index_of(parts).scores(question)
    assert index_of([parts[number] for number in order]).scores(question) == [scores[number] for number in order]


@given(chunks, texts)
def test_chunk_scores_above_zero_if_and_only_if_it_shares_a_word(parts: list[str], question: str) -> None:
    asked = set(search_words(question))
    for part, score in zip(parts, index_of(parts).scores(question), strict=True):
        assert (score > 0) == bool(asked & set(search_words(part)))


@given(chunks, texts)
def test_ranking_has_every_chunk_once(parts: list[str], question: str) -> None:
    assert sorted(index_of(parts).ranked(question)) == list(range(len(parts)))


def test_score_equals_the_published_formula() -> None:
    # Two chunks of 1 and 3 words, mean 2; "boiler" is in one of two: log(1 + 1.5 / 1.5) = 0.6931.
    scores = index_of(["boiler", "tenant tenant invoice"]).scores("boiler tenant")
    damping = [1.2 * (0.25 + 0.75 * length / 2) for length in (1, 3)]
    assert [round(score, 6) for score in scores] == [
        round(0.69314718 * 1 * 2.2 / (1 + damping[0]), 6),
        round(0.69314718 * 2 * 2.2 / (2 + damping[1]), 6),
    ]


def test_inflected_word_and_word_with_a_particle_find_their_chunk() -> None:
    parts = [
        "The landlord repairs boilers.",
        "The tenant pays rent.",
        "임대인이 보일러를 수선한다.",
        "임차인은 차임을 낸다.",
    ]
    index = index_of(parts)
    assert index.ranked("Who repaired the boiler?")[0] == 0
    assert index.ranked("보일러는 누가 고칩니까?")[0] == 2


def test_chunks_without_words_score_nothing() -> None:
    assert index_of(["—", "…"]).scores("boiler") == [0.0, 0.0]


def test_chunks_are_the_whole_text_and_hold_at_most_so_many_tokens() -> None:
    for language in ("en", "ko"):
        text = prose.document(language, 3, num_sentences=40)
        spans = chunk_spans(text, meter=METER, chunk_tokens=128)
        parts = [text[span.start : span.end] for span in spans]
        assert "".join(parts) == text and len(parts) > 5
        assert max(METER.count_all(parts)) <= 128 + 1
        assert all(part.rstrip()[-1] in ".;:" for part in parts)


def test_sentence_longer_than_a_chunk_is_a_chunk_of_its_own() -> None:
    text = f"Short one. {'word ' * 300}end. Short two."
    spans = chunk_spans(text, meter=METER, chunk_tokens=64)
    assert [text[span.start : span.end][:5] for span in spans] == ["Short", "word ", "Short"]
