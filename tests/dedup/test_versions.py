import pytest
from prose import document, edited

from pipeline.dedup.versions import are_versions, differences

LEASE = {
    "ko": "제1조 임차인은 보증금 {amount}만 원을 {date}까지 지급한다.\n임대인 성명 {name}\n",
    "en": "1. The lessee pays a deposit of {amount} dollars by {date}.\nThe lessor is {name}, of this city.\n",
}
FACTS = {
    "ko": [
        {"amount": "5,000", "date": "2024년 3월 5일", "name": "김민수"},
        {"amount": "7,500", "date": "2025년 11월 20일", "name": "박서연"},
    ],
    "en": [
        {"amount": "2,900", "date": "March 5, 2024", "name": "Dana Whitfield"},
        {"amount": "3,100", "date": "October 20, 2025", "name": "Orchard Holdings"},
    ],
}


def lease(language: str, **facts: str) -> str:
    return LEASE[language].format(**facts) + document(language, 7, num_sentences=40)


@pytest.mark.parametrize("language", ["ko", "en"])
def test_texts_that_differ_in_amounts_dates_and_names_are_versions(language: str) -> None:
    first, second = (lease(language, **facts) for facts in FACTS[language])
    assert first != second
    assert are_versions(first, second)
    assert are_versions(second, first)


@pytest.mark.parametrize("language", ["ko", "en"])
@pytest.mark.parametrize("fact", ["amount", "date", "name"])
def test_one_kind_of_fact_is_enough(language: str, fact: str) -> None:
    first, second = FACTS[language]
    assert are_versions(lease(language, **first), lease(language, **{**first, fact: second[fact]}))


@pytest.mark.parametrize("language", ["ko", "en"])
def test_a_version_with_a_reworded_sentence_is_still_a_version(language: str) -> None:
    first, second = (lease(language, **facts) for facts in FACTS[language])
    assert are_versions(
        first, second + " 이 계약은 갱신할 수 있다." if language == "ko" else second + " It may be renewed."
    )


@pytest.mark.parametrize("language", ["ko", "en"])
@pytest.mark.parametrize("share", [0.01, 0.05, 0.2])
def test_edits_at_random_make_copies_and_no_versions(language: str, share: float) -> None:
    text = lease(language, **FACTS[language][0])
    assert not are_versions(text, edited(text, share=share, seed=5))


@pytest.mark.parametrize("language", ["ko", "en"])
def test_the_same_words_in_other_lines_are_no_version(language: str) -> None:
    text = lease(language, **FACTS[language][0])
    assert not are_versions(text, text)
    assert list(differences(text, text.replace(". ", ".\n"))) == []


def test_a_text_rewritten_as_a_whole_is_no_version() -> None:
    first, second = ("word " * 3_000 + "end 1.", "other " * 3_000 + "end 2.")
    assert not are_versions(first, second)


def test_differences_name_both_sides_and_what_stands_before() -> None:
    (difference,) = differences("The rent is 1,200 dollars.", "The rent is 1,300 dollars.")
    assert (difference.first, difference.second, difference.before) == (("1,200",), ("1,300",), "is")


@pytest.mark.parametrize(
    ("first", "second", "is_name"),
    [
        ("김민수", "박서연", True),
        ("김영은", "박지은", True),
        ("이가을", "최고은", True),
        ("김민수는", "박서연은", True),
        ("김영은은", "박지은은", True),
        ("임대인은", "임차인은", False),
        ("이행자가", "하자인이", False),
        ("계약서는", "영수증은", False),
        ("김씨", "박씨", False),
    ],
)
def test_korean_names_are_facts_whatever_they_end_in_and_other_words_are_not(
    first: str, second: str, is_name: bool
) -> None:
    """No label before them, so that the word itself has to say what it is."""
    rest = document("ko", 7, num_sentences=20)
    assert are_versions(f"그날 {first} 열쇠를 받았다.\n{rest}", f"그날 {second} 열쇠를 받았다.\n{rest}") is is_name
