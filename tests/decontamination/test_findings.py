"""Which items a document contains: copies in any form are found, quotations and shared words are not."""

from __future__ import annotations

import random
import re
from collections.abc import Callable

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from prose import document

from pipeline.decontamination.findings import ItemFinder, ItemFinding, Limits
from pipeline.decontamination.index import IndexBuilder, NGramIndex
from pipeline.decontamination.items import ItemPart, ItemTexts, PartText
from pipeline.decontamination.ngrams import read_text

QUESTION = {
    "en": "Which of the two ferry companies on the northern lake must repay the harbour dues of the spring season, and "
    "by what date does the council expect the money to arrive?",
    "ko": "북쪽 호수에서 운항하는 두 여객선 회사 가운데 어느 회사가 봄철 항만 사용료를 돌려주어야 하며, "
    "의회는 그 돈이 언제까지 들어오기를 기대합니까?",
}
ANSWER = {
    "en": "The older company, Brightwater Ferries, must repay them before the last day of September.",
    "ko": "더 오래된 회사인 맑은물여객선이 구월 말일까지 돌려주어야 합니다.",
}


def finder_of(*items: tuple[PartText, ...], limits: Limits | None = None) -> tuple[NGramIndex, ItemFinder]:
    builder = IndexBuilder(max_item_share=1.0)
    for number, texts in enumerate(items):
        builder.add(0, ItemTexts(str(number), texts))
    index = builder.build().index
    return index, ItemFinder(index, limits or Limits(min_words=13, min_share=0.5))


def find(text: str, *items: tuple[PartText, ...]) -> list[ItemFinding]:
    index, finder = finder_of(*items)
    read = read_text(text)
    return finder.find(read, index.find(read))


def pair(language: str) -> tuple[PartText, ...]:
    return PartText(ItemPart.QUESTION, QUESTION[language]), PartText(ItemPart.ANSWER, ANSWER[language])


def edited(text: str) -> str:
    """Replace one word in ten."""
    words = text.split()
    rng = random.Random(5)
    for index in rng.sample(range(len(words)), max(1, len(words) // 10)):
        words[index] = "무엇" if re.search("[가-힣]", text) else "something"
    return " ".join(words)


FORMS: dict[str, Callable[[str, str], str]] = {
    "verbatim": lambda q, a: f"{q} {a}",
    "other case and punctuation": lambda q, a: re.sub(r"[,.?]", " -", f"{q} {a}").upper(),
    "other spacing": lambda q, a: re.sub(r"(?<=[가-힣]) (?=[가-힣])", "", f"{q}  {a}").replace(" ", "   "),
    "split over lines": lambda q, a: re.sub(r"((?:\S+ ){4})", r"\1\n", f"{q}\n{a}"),
    "in a table": lambda q, a: f"| 3 | {q} | {a} |",
    "one word in ten edited": lambda q, a: f"{edited(q)} {edited(a)}",
    "without the answer": lambda q, a: q,
}


@pytest.mark.parametrize("language", ["en", "ko"])
@pytest.mark.parametrize("form", FORMS)
def test_planted_item_is_found_in_any_form_and_at_its_place(language: str, form: str) -> None:
    planted = FORMS[form](QUESTION[language], ANSWER[language])
    before = document(language, 1, num_sentences=40) + "\n"
    text = f"{before}{planted}\n{document(language, 2, num_sentences=40)}"
    (found,) = find(text, pair(language))
    assert found.part is ItemPart.QUESTION
    assert found.share > (0.5 if form == "one word in ten edited" else 0.99)
    starts = read_text(text).starts
    first, end = starts[found.places[0].first], starts[found.places[0].end]
    assert len(before) <= first < end <= len(before) + len(planted) + 60


@pytest.mark.parametrize("language", ["en", "ko"])
@pytest.mark.parametrize("text", ["", "a third of the question", "the answer"])
def test_document_with_other_text_or_a_quotation_has_no_item(language: str, text: str) -> None:
    words = QUESTION[language].split()
    quoted = {"": "", "the answer": ANSWER[language]}.get(text, " ".join(words[: len(words) // 3]))
    around = document(language, 3, num_sentences=40), document(language, 4, num_sentences=40)
    assert not find(f"{around[0]} {quoted} {around[1]}", pair(language))


def test_long_answer_alone_is_not_the_item() -> None:
    statute = document("en", 7, num_sentences=6)
    item = PartText(ItemPart.QUESTION, QUESTION["en"]), PartText(ItemPart.ANSWER, statute)
    assert not find(statute, item), "a statute that an item asks for stays"
    asked = PartText(ItemPart.QUESTION, "What does section nine say?"), PartText(ItemPart.ANSWER, statute)
    assert not find(statute, asked), "also if the question is too short to be looked up"
    (found,) = find(f"Exam. What does section nine say? {statute}", asked)
    assert found.part is ItemPart.ANSWER


def test_short_question_counts_only_whole_and_with_its_answer() -> None:
    question = "Who was the first mayor of the village of Redmarsh?"
    item = PartText(ItemPart.QUESTION, question), PartText(ItemPart.ANSWER, "Edith Crane")
    filler = document("en", 8, num_sentences=10)
    assert find(f"{filler} {question} It was Edith Crane. {filler}", item)
    assert not find(f"{filler} {question} Nobody knows. {filler}", item)
    assert not find(f"{filler} Who was the first mayor of the village? Edith Crane. {filler}", item)


def test_context_alone_is_told_from_the_question() -> None:
    context = document("ko", 5, num_sentences=5)
    item = PartText(ItemPart.CONTEXT, context), *pair("ko")
    (found,) = find(f"{document('ko', 6, num_sentences=20)}\n{context}", item)
    assert found.part is ItemPart.CONTEXT
    (found,) = find(f"{context}\n{QUESTION['ko']}", item)
    assert found.part is ItemPart.QUESTION


def test_words_of_an_item_that_are_far_apart_are_not_the_item() -> None:
    words = QUESTION["en"].split()
    thirds = [" ".join(words[start : start + 10]) for start in range(0, 30, 10)]
    apart = f"\n{document('en', 9, num_sentences=60)}\n".join(thirds)
    assert not find(apart, pair("en"))
    assert find(" ".join(thirds), pair("en"))


WORDS = st.lists(
    st.sampled_from(["rent", "is", "due", "on", "the", "first", "day", "of", "each", "month", "가", "나", "다", "라"]),
    max_size=60,
)


@given(WORDS, WORDS, st.integers(min_value=1, max_value=20), st.floats(min_value=0.05, max_value=1.0))
def test_share_is_what_a_plain_count_of_covered_words_says(
    item: list[str], text: list[str], min_words: int, min_share: float
) -> None:
    texts = (PartText(ItemPart.TEXT, " ".join(item)),)
    index, finder = finder_of(texts, limits=Limits(min_words, min_share))
    own, read = read_text(" ".join(item)), read_text(" ".join(text))
    found = finder.find(read, index.find(read))
    total = covered_units(own.hashes.tolist(), own.sizes.tolist(), own.units, own.hashes.tolist(), own.sizes.tolist())
    most = covered_units(own.hashes.tolist(), own.sizes.tolist(), own.units, read.hashes.tolist(), read.sizes.tolist())
    assert finder.text_units.tolist() in ([total], [])
    for one in found:
        assert 0 < one.share <= 1.0 and one.share <= most / total + 1e-9
        assert one.share >= min_share and one.places[0].found_units >= 2 * min_words
        assert all(0 <= place.first < place.end for place in one.places)
    if own.hashes.tolist() == read.hashes.tolist() and total >= 2 * min_words:
        assert [one.share for one in found] == [1.0]


def covered_units(item: list[int], sizes: list[int], units: np.ndarray, text: list[int], text_sizes: list[int]) -> int:
    runs = {tuple(text[start : start + size]) for start, size in enumerate(text_sizes) if start + size <= len(text)}
    covered = {
        position
        for start, size in enumerate(sizes)
        if start + size <= len(item) and tuple(item[start : start + size]) in runs
        for position in range(start, start + size)
    }
    return int(sum(units[position] for position in covered))


@given(WORDS)
def test_item_that_a_document_repeats_many_times_is_found_once(item: list[str]) -> None:
    texts = (PartText(ItemPart.TEXT, " ".join(item)),)
    once, often = find(" ".join(item), texts), find(" . ".join([" ".join(item)] * 5), texts)
    assert [one.share for one in often][: len(once)] == [one.share for one in once]
