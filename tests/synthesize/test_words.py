import pytest

from pipeline.synthesize.words import (
    content_stems,
    is_in_language,
    names,
    normalized,
    numbers,
    stem,
    supported_share,
)


@pytest.mark.parametrize(
    ("one", "other"),
    [("repairs", "repair"), ("tripped", "trip"), ("parties", "party"), ("paid", "pay"), ("paying", "pays"),
     ("임대인은", "임대인이"), ("계약서에", "계약서"), ("회사에게", "회사를"), ("12,500", "12500")],
)  # fmt: skip
def test_stem_of_two_forms_of_a_word_is_the_same(one, other):
    assert stem(one) == stem(other)


@pytest.mark.parametrize(("one", "other"), [("rent", "roof"), ("임대인", "임차인"), ("30", "300"), ("회의", "회사")])
def test_stem_of_two_words_differs(one, other):
    assert stem(one) != stem(other)


def test_content_stems_leave_question_words_out():
    assert content_stems("How much must the Club pay for the shed?") == ["club", "pay", "shed"]
    assert content_stems("을이 갑에게 지급하는 대금은 얼마입니까?")[-1] == "대금"


def test_numbers_are_compared_without_separators_and_trailing_zeros():
    assert numbers("GBP 4,800.50 and 1,560.00, 7.5 % of 30") == ["4800.5", "1560", "7.5", "30"]


def test_names_leave_sentence_openings_out():
    assert names("The roof leaks. Yesterday the Board met Owain Tudor.") == ["Board", "Owain", "Tudor"]


def test_supported_share_counts_stems_that_occur():
    source = "The Board shall repair the roof within 45 days."
    assert supported_share(content_stems("repairs of the roof"), source) == 1.0
    assert supported_share(content_stems("the leaking roof"), source) == 0.5
    assert supported_share(["하자"], "하자통지를 받은 날") == 1.0
    assert supported_share([], source) == 1.0


@pytest.mark.parametrize(
    ("text", "language", "expected"),
    [("How long is it?", "en", True), ("며칠입니까?", "en", False), ("며칠입니까?", "ko", True),
     ("How long?", "ko", False), ("IAM 정책의 TTL은 얼마입니까?", "ko", True), ("45", "ko", True)],
)  # fmt: skip
def test_is_in_language_decides_by_script(text, language, expected):
    assert is_in_language(text, language) is expected


def test_normalized_ignores_case_spacing_and_punctuation():
    assert normalized("How much is the  Rent?") == normalized("how much is the rent")
    assert normalized("대금은 얼마입니까?") != normalized("기한은 언제입니까?")
