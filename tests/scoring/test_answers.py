"""The scorer of answers, on known pairs and by its laws."""

from __future__ import annotations

import random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipeline.languages import all_rules
from pipeline.scoring.answers import answer_numbers, answer_tokens, is_refusal, score_answer, token_f1

TEXTS = st.text(alphabet=st.sampled_from("abcAB the 가나다 1234.,-−%$“”'’(){}_\n５ä"), max_size=40)
WORDS = st.lists(
    st.sampled_from(["rent", "월세", "1,450", "Boiler", "E4", "2.10", "보증금은", "%"]), min_size=1, max_size=8
)


@pytest.mark.parametrize(
    ("text", "tokens"),
    [
        ("The deposit is USD 9,600.", ["deposit", "is", "usd", "9600"]),
        ("An “Order Form”!", ["order", "form"]),
        ("Kim's house", ["kims", "house"]),
        ("E4 at clause 2.10", ["e4", "at", "clause", "2.10"]),
        ("제9조가 있다", ["제", "9", "조", "가", "있", "다"]),
        ("김민수 manager", ["김", "민", "수", "manager"]),
        ("-5 °C, or −5", ["-5", "c", "or", "-5"]),
        ("２０２４-03-01", ["2024", "03", "01"]),
        ("12:30", ["12:30"]),
        ("`find_all()`", ["find", "all"]),
        ("{}", ["{", "}"]),
        ("A", ["a"]),
        ("", []),
    ],
)
def test_answer_tokens_known_text_are_what_counts(text: str, tokens: list[str]) -> None:
    assert answer_tokens(text) == tokens


@pytest.mark.parametrize(
    ("answer", "gold", "is_exact", "f1"),
    [
        ("USD 9,600", "usd 9600.", True, 1.0),
        ("The USD 9,600", "USD 9,600", True, 1.0),
        ("EUR 9,600", "USD 9,600", False, 0.5),
        ("clause 2.1", "clause 2.10", False, 0.5),
        ("blue and red", "red and blue", False, 1.0),
        ("", "red", False, 0.0),
        ("5%", "5", False, 2 / 3),
        ("임차인이다", "임차인", False, 6 / 8),
        ("지체상금", "지체 상금", True, 1.0),
    ],
)
def test_score_known_pair_gives_exact_match_and_f1(answer: str, gold: str, is_exact: bool, f1: float) -> None:
    score = score_answer(answer, gold)
    assert score.is_exact is is_exact
    assert score.f1 == pytest.approx(f1)


@pytest.mark.parametrize(
    ("answer", "gold", "same"),
    [
        ("It is 1,450 dollars.", "1450", True),
        ("1450.0", "1450", False),
        ("3 and 4", "4, 3", True),
        ("3 and 3", "3", False),
        ("none", "3", False),
        ("3", "none", None),
        ("5", "-5", False),
        ("E4", "Code E4, twice: 2", False),
    ],
)
def test_score_numbers_are_compared_as_values_of_the_text(answer: str, gold: str, same: bool | None) -> None:
    assert score_answer(answer, gold).has_same_numbers is same


@given(TEXTS)
def test_score_of_a_text_with_itself_is_perfect(text: str) -> None:
    score = score_answer(text, text)
    assert score.is_exact and score.f1 == 1.0 and score.has_same_numbers is not False
    assert score.is_refusal == score.should_refuse


@given(TEXTS, TEXTS)
def test_score_any_pair_is_symmetric_and_between_0_and_1(one: str, other: str) -> None:
    first, second = score_answer(one, other), score_answer(other, one)
    assert 0.0 <= first.f1 == second.f1 <= 1.0
    assert first.is_exact == second.is_exact
    assert not first.is_exact or first.f1 == 1.0


@given(WORDS, st.integers(0, 99))
def test_score_case_punctuation_width_and_order_do_not_change_f1(words: list[str], seed: int) -> None:
    gold = " ".join(words)
    other = random.Random(seed).sample(words, len(words))
    changed = "“" + " ; ".join(word.upper() for word in other) + "!”"
    assert score_answer(changed, gold).f1 == 1.0
    assert score_answer("“" + gold.upper() + "!”", gold).is_exact
    assert score_answer(gold, gold + " extra").f1 < 1.0


@given(st.lists(st.integers(0, 10**12), min_size=1, max_size=5))
def test_numbers_any_integers_are_the_same_with_and_without_separators(numbers: list[int]) -> None:
    assert answer_numbers(" ".join(f"{number:,}" for number in numbers)) == [str(number) for number in numbers]


@given(st.lists(st.sampled_from("abc"), max_size=9), st.lists(st.sampled_from("abc"), max_size=9))
def test_token_f1_is_the_harmonic_mean_of_precision_and_recall(answer: list[str], gold: list[str]) -> None:
    left = list(gold)
    num_common = sum(1 for token in answer if token in left and (left.remove(token) or True))
    if num_common:
        precision, recall = num_common / len(answer), num_common / len(gold)
        assert token_f1(answer, gold) == pytest.approx(2 * precision * recall / (precision + recall))
    else:
        assert token_f1(answer, gold) == float(answer == gold == [])


NAMES = st.sampled_from(["Night Shift", "Section 9", "김가람", "제9조", "--max-depth", "Docket Number", "S. Osei"])


@given(NAMES, NAMES, NAMES)
def test_refusal_every_sentence_about_an_absent_thing_is_one(asked: str, first: str, last: str) -> None:
    for _, rules in all_rules():
        absence = rules.absence
        assert absence is not None
        sentences = [
            absence.provision(asked, first, last),
            absence.term(asked, [first, last]),
            absence.entry(asked, [first, last]),
            absence.function("src/tool.py", asked, [first, last]),
            absence.time(asked, "10:04", "10:02", "10:09"),
            absence.speaker(asked, [first, last]),
            absence.head_field(asked, [first, last]),
            absence.section(asked, [first, last]),
            absence.item("9", first, "7"),
        ]
        assert [sentence for sentence in sentences if not is_refusal(sentence)] == []


@pytest.mark.parametrize(
    "text",
    [
        "Not mentioned in the document.",
        "The contract does not specify a penalty.",
        "The agreement doesn’t say.",
        "It is not stated in the text.",
        "There is no such clause.",
        "That information cannot be found.",
        "문서에 나와 있지 않습니다.",
        "그 내용은 문서에서 찾을 수 없습니다.",
        "언급되지 않았습니다. 문서에는 그런 조항이 없습니다.",
    ],
)
def test_refusal_in_words_of_a_model_is_one(text: str) -> None:
    assert is_refusal(text)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "USD 9,600",
        "The Tenant shall not sublet the Premises.",
        "There is no warranty for the program, to the extent permitted by law.",
        "No later than 1 October 2021.",
        "This Agreement does not create a partnership.",
        "Notice is not given to the Supplier's agents before noon, but after it the pump is not stopped.",
        "임차인은 목적물을 전대할 수 없다.",
        "을은 갑의 동의 없이 양도하지 않는다.",
        "x" * 300 + " The document does not say.",
    ],
)
def test_refusal_answers_of_a_document_are_none(text: str) -> None:
    assert not is_refusal(text)
