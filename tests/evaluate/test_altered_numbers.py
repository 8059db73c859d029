from __future__ import annotations

import re
from random import Random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipeline.evaluate.documents.altered_numbers import Altered, Spoilt, alter_number
from pipeline.scoring.answers import answer_numbers


def altered(
    text: str, answer: str, *, question: str = "What is it?", titles: tuple[str, ...] = (), language: str = "en"
) -> Altered | Spoilt:
    return alter_number(text, question=question, answer=answer, titles=titles, language=language, random=Random(5))


def test_number_is_replaced_everywhere_with_its_separators() -> None:
    found = altered("The fee is USD 1,250. Later 1250 again, and USD 1,250,000 not.", "USD 1,250")
    assert isinstance(found, Altered)
    assert re.fullmatch(r"[1-9]\d{3}", found.new) and found.new != "1250" == found.old
    grouped = f"{found.new[0]},{found.new[1:]}"
    assert found.text == f"The fee is USD {grouped}. Later {found.new} again, and USD 1,250,000 not."
    assert found.answer == f"USD {grouped}"


def test_decimals_keep_their_form() -> None:
    found = altered("Interest of 1.5% a month.", "1.5%")
    assert isinstance(found, Altered) and re.fullmatch(r"[1-9]\.\d", found.new)
    assert found.text == f"Interest of {found.new}% a month."


def test_year_moves_by_up_to_ten_in_dates_too() -> None:
    text = "The mill was built in 1987. It burnt down on 4 May 1987 and in 1999."
    years = set()
    for seed in range(60):
        found = alter_number(text, question="When?", answer="1987", titles=(), language="en", random=Random(seed))
        assert isinstance(found, Altered) and found.text.count(found.new) == 2
        years.add(int(found.new))
    assert years <= set(range(1977, 1998)) - {1987} and len(years) > 10


def test_year_in_the_letters_of_another_script_is_replaced() -> None:
    found = altered("공장은 1987년에 세웠다. 1987년 5월 4일에 불탔다.", "1987년", language="ko")
    assert isinstance(found, Altered)
    assert found.text == f"공장은 {found.new}년에 세웠다. {found.new}년 5월 4일에 불탔다."


def test_amount_before_a_unit_of_another_script_is_replaced() -> None:
    found = altered("보증금은 30,500,000원이다. 위약금도 30,500,000원으로 한다.", "30,500,000원", language="ko")
    assert isinstance(found, Altered)
    assert found.text.count(found.answer) == 2 and re.fullmatch(r"[1-9]\d,\d{3},\d{3}원", found.answer)


@pytest.mark.parametrize(
    ("text", "answer", "reason"),
    [
        ("Pay 30 days and 40 days.", "30 or 40", Spoilt.NO_NUMBER),
        ("Pay at once.", "at once", Spoilt.NO_NUMBER),
        ("Model E24 needs 24 screws.", "24 screws", Spoilt.NAME),
        ("Model E24 is needed.", "E24", Spoilt.NO_NUMBER),
        ("File 24-07 holds 24 letters.", "24 letters", Spoilt.NAME),
        ("24. Rent\nThe rent is due within 24 days.", "24 days", Spoilt.HEADING),
        ("Return it within ten (10) days.", "10 days", Spoilt.NO_OTHER),
        ("Return it within thirty five (30) days. Then 30 days more.", "30 days", Spoilt.WORDS),
        ("Return it within 6 days. There are six conditions.", "6 days", Spoilt.WORDS),
        ("Return it within 30 days, on the thirty-first day.", "30 days", Spoilt.WORDS),
        ("The fee is 60 % within 2 days, or 48 hours.", "2 days", Spoilt.OTHER_FORM),
        ("The meeting is on 14 May 2021. It lasts 14 days.", "14 days", Spoilt.DATE),
        ("See section 14. It lasts 14 days.", "14 days", Spoilt.PLACE),
        ("It costs USD 500.00, or USD 500 in cash.", "USD 500.00", Spoilt.OTHER_FORM),
        ("It is due on 14 May 2021.", "14 May 2021", Spoilt.NO_NUMBER),
        ("Directive 96/9/EC was adopted in 1996.", "1996", Spoilt.OTHER_FORM),
        ("The summer of ’96 was hot. It was 1996.", "1996", Spoilt.OTHER_FORM),
    ],
)
def test_document_that_would_be_spoilt_is_left_alone(text: str, answer: str, reason: Spoilt) -> None:
    assert altered(text, answer) is reason


@pytest.mark.parametrize(
    ("text", "answer", "reason"),
    [
        ("제24조는 24일을 정한다.", "24일", Spoilt.NAME),
        ("대금은 1억 2천만 원이고 위약금은 1억 원이다.", "1억 2천만 원", Spoilt.NO_NUMBER),
        ("대금은 300만 원이고, 곧 3,000,000원을 낸다.", "300만 원", Spoilt.OTHER_FORM),
        ("2024. 5. 14.에 만나 14일 동안 쉰다.", "14일", Spoilt.DATE),
    ],
)
def test_other_script_is_read_with_the_rules_of_its_language(text: str, answer: str, reason: Spoilt) -> None:
    assert altered(text, answer, language="ko") is reason


@pytest.mark.parametrize(
    ("text", "answer"),
    [
        ("Return it within thirty (30) days. Then 30 days more.", "thirty (30) days"),
        ("Return it within THIRTY (30) days, or 30 (thirty) hours.", "30"),
        ("Thirty days is a long time; thirty-day terms of 30 days end.", "30 days"),
        ("One Hundred Eighty-Five (185) days, or one hundred eighty five days.", "185"),
        ("Return it within five (5) days. Five conditions: 6, 7, (8).", "5 days"),
    ],
)
def test_number_in_words_is_replaced_with_its_figures(text: str, answer: str) -> None:
    found = altered(text, answer)
    if "Five conditions" in text:
        assert found is Spoilt.WORDS  # the second five may only count what follows
        return
    assert isinstance(found, Altered) and len(found.new_words) == len(found.old_words) > 0
    assert len(found.text) == len(text) and found.old not in answer_numbers(found.text)
    plain, was = found.text.casefold().replace("-", " "), text.casefold().replace("-", " ")
    old, new = found.old_words.replace("-", " "), found.new_words.replace("-", " ")
    assert old not in plain and plain.count(new) == was.count(old) and found.answer in found.text
    changed = [one for one, other in zip(text, found.text, strict=True) if one != other]
    assert changed and sum(map(str.isupper, found.text)) == sum(map(str.isupper, text))


def test_new_number_keeps_its_order_in_its_passage() -> None:
    for seed in range(30):
        found = alter_number(
            "It is no less than 30% but no more than 40%, of 100 tiers, for 12 months.",
            question="?",
            answer="30%",
            titles=(),
            language="en",
            random=Random(seed),
        )
        assert isinstance(found, Altered) and int(found.new) < 40


def test_percentage_does_not_exceed_a_hundred() -> None:
    assert altered("Up to 100% of it is paid.", "100%") is Spoilt.NO_OTHER


def test_whole_number_with_a_unit_is_no_year() -> None:
    for seed in range(10):
        found = alter_number(
            "It is 1500 times as much.", question="?", answer="1500", titles=(), language="en", random=Random(seed)
        )
        assert isinstance(found, Altered) and found.new.endswith("00") and abs(int(found.new) - 1500) > 10


def test_number_in_question_or_title_is_left_alone() -> None:
    assert altered("Keep 35 keys.", "35 keys", question="Who keeps 35 keys?") is Spoilt.IN_QUESTION
    assert altered("Keep 35 keys.", "35 keys", titles=("Part 35",)) is Spoilt.HEADING


def test_all_numbers_of_one_digit_in_use_leave_none() -> None:
    assert altered("Take 5 of 1, 2, 3, 4, 6, 7, 8 and 9 cups.", "5") is Spoilt.NO_OTHER


WORDS = st.sampled_from(["keys", "rent", "of", "USD", "the", "원", "일 이내", ".", ",", "(", ")", "\n", "№"])
NUMBERS = st.sampled_from(
    ["7", "31", "31.5", "1,250", "1250", "1987", "48,000,000", "A31", "3-1", "2024. 5. 31.", "0.5"]
)
ANSWERS = st.sampled_from(["31", "1,250", "USD 1250", "1987년", "31.5%", "48,000,000원", "7 days", "0.5"])


@given(st.lists(st.one_of(WORDS, NUMBERS), max_size=30), ANSWERS, st.integers(0, 9), st.sampled_from(["en", "ko"]))
def test_altered_document_never_holds_the_old_number(parts: list[str], answer: str, seed: int, language: str) -> None:
    text = " ".join([*parts, answer])
    found = alter_number(text, question="?", answer=answer, titles=(), language=language, random=Random(seed))
    if not isinstance(found, Altered):
        assert found in Spoilt
        return
    assert len(found.text) == len(text)
    assert found.old not in answer_numbers(found.text) and found.new in answer_numbers(found.text)
    assert found.new not in answer_numbers(text)
    assert found.answer in found.text and answer_numbers(found.answer) == [found.new]
    same = [old for old, new in zip(text, found.text, strict=True) if old != new]
    assert same and all(char.isdecimal() for char in same)
    assert answer_numbers(found.text).count(found.new) == answer_numbers(text).count(found.old)


@pytest.mark.parametrize("number", ["30,000,000", "1,200", "50", "105000"])
def test_whole_number_stays_as_round_as_it_is(number: str) -> None:
    def zeros(digits: str) -> int:
        return len(digits) - len(digits.rstrip("0"))

    for seed in range(20):
        random = Random(seed)
        found = alter_number(
            f"The sum is {number} won.", question="?", answer=number, titles=(), language="en", random=random
        )
        assert isinstance(found, Altered) and zeros(found.new) == zeros(found.old)


@pytest.mark.parametrize(
    ("text", "answer"),
    [
        (
            "The rent is USD 39,600 a year, being USD 15.00 per square foot.\n\nThe area is 2,640 square feet.",
            "USD 39,600",
        ),
        (
            "The rent is USD 39,600 a year, being USD 15.00 per square foot.\n\nThe area is 2,640 square feet.",
            "USD 15.00",
        ),
        ("The fee of 24,500 is 12.25% of the price. The price is 200,000.", "24,500"),
        ("Both pay 740 and 260, together 1,000.", "1,000"),
        ("Both pay 740 and 260, together 1,000.", "260"),
        ("The rent is USD 205 per month. Notes.\n\nA year costs USD 2,460.", "USD 205"),
        ("A year costs USD 2,460 a year." + " Notes." * 90 + " The rent is USD 205 monthly.", "USD 2,460"),
        ("Payments of $164.50 are shown as $165.", "$165"),
        ("Over 175 percent of it, i.e., 176 or more, is extraordinary.", "175 percent"),
        ("A period of 30 months is shown as “2.5/1 Rate”.", "30 months"),
        ("It ends on 1 May 2001, 30 months after 1 November 1998.", "1998"),
    ],
)
def test_number_that_others_give_is_left_alone(text: str, answer: str) -> None:
    assert altered(text, answer) is Spoilt.COMPUTABLE


def test_numbers_without_relation_are_replaced() -> None:
    assert isinstance(
        altered("The rent is USD 39,600 a year. The area is 2,641 square feet, 15 rooms.", "39,600"), Altered
    )
