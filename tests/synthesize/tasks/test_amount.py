import pytest
from structural_documents import KOREAN_LEASE, LEASE, answer_to, findings, slots_of

from pipeline.synthesize.structural.facts import Findings
from pipeline.synthesize.tasks.amount import AMOUNT_ALL, AMOUNT_NAMED, AMOUNT_ONLY, AMOUNT_PLACE, AMOUNT_SHARE


def amounts(text: str, language: str) -> Findings:
    return findings(text, "amount", domain="legal", language=language)


def test_amount_facts_sum_named_by_its_sentence() -> None:
    found = amounts(LEASE, "en")
    assert answer_to(found, AMOUNT_NAMED, name="Security Deposit") == "USD 9,600"
    [fact] = [fact for fact in found.facts if fact.form is AMOUNT_NAMED]
    assert slots_of(fact)["lead"] == "before any amendment, "


def test_amount_facts_several_sums_are_listed_in_order() -> None:
    found = amounts(LEASE, "en")
    assert answer_to(found, AMOUNT_ALL, clause="Section 3.1") == "USD 85; USD 40"


def test_amount_facts_place_is_asked_only_for_a_sum_that_occurs_once() -> None:
    found = amounts(LEASE, "en")
    assert answer_to(found, AMOUNT_PLACE, amount="USD 310") == "item 2 of Schedule A"
    assert not any(slots_of(fact).get("amount") == "USD 9,600" for fact in found.facts)


@pytest.mark.parametrize(
    ("sentence", "stated"),
    [
        ("Buyer pays up to USD 3,500, and no more.", "up to USD 3,500"),
        ("Buyer pays EUR 3.20 for each Set of the shortfall.", "EUR 3.20 for each Set"),
        ("Buyer pays USD 205 per month in advance.", "USD 205 per month"),
        ("Buyer pays USD 15.00 per rentable square foot.", "USD 15.00 per rentable square foot"),
        ("Buyer pays $25 million at once.", "$25 million"),
        ("Buyer pays not more than 1,200 euros.", "not more than 1,200 euros"),
    ],
)
def test_amount_facts_english_limits_and_rates_belong_to_the_sum(sentence: str, stated: str) -> None:
    found = amounts(f"1. Price\n\n1.1 {sentence}\n", "en")
    assert answer_to(found, AMOUNT_ONLY) == stated


def test_amount_facts_korean() -> None:
    found = amounts(KOREAN_LEASE, "ko")
    assert answer_to(found, AMOUNT_NAMED, name="보증금") == "금 30,000,000원"
    assert answer_to(found, AMOUNT_NAMED, name="월 차임") == "1,200,000원"
    assert answer_to(found, AMOUNT_ALL) == "30,000,000원; 40,000,000원"


@pytest.mark.parametrize(
    ("sentence", "stated"),
    [
        ("갑은 잔금 150,000,000원을 지급한다.", "150,000,000원"),
        ("한도는 5억 원 이상으로 한다.", "5억 원 이상"),
        ("갑은 매월 3,000만원을 지급한다.", "매월 3,000만원"),
        ("갑은 1개당 2,400원을 지급한다.", "1개당 2,400원"),
        ("갑은 2백5십만원을 지급한다.", "2백5십만원"),
        ("갑은 1억 5천만 원을 지급한다.", "1억 5천만 원"),
        ("갑은 일금 삼천만원을 지급한다.", "일금 삼천만원"),
        ("제3항 5,000원을 지급한다.", "5,000원"),
    ],
)
def test_amount_facts_korean_limits_and_rates_belong_to_the_sum(sentence: str, stated: str) -> None:
    assert answer_to(amounts(f"제1조 (대금) {sentence}\n", "ko"), AMOUNT_ONLY) == stated


@pytest.mark.parametrize("sentence", ["3원칙을 지킨다.", "피고는 2원고 중 한 명이다.", "제2조의 10%로 한다."])
def test_amount_facts_korean_words_that_only_contain_won_are_no_money(sentence: str) -> None:
    found = amounts(f"제1조 (대금) {sentence}\n", "ko")
    assert [fact for fact in found.facts if fact.form is not AMOUNT_SHARE] == []


@pytest.mark.parametrize(
    ("sentence", "language", "share"),
    [
        ("Buyer pays interest of 1.5% per month.", "en", "1.5%"),
        ("Buyer pays ten percent (10%) of the price.", "en", "ten percent (10%)"),
        ("갑은 대금의 100분의 10을 지급한다.", "ko", "100분의 10"),
        ("찬성은 3분의 2 이상으로 한다.", "ko", "3분의 2 이상"),
    ],
)
def test_amount_facts_only_share_of_a_provision(sentence: str, language: str, share: str) -> None:
    text = f"제1조 (대금) {sentence}\n" if language == "ko" else f"1. Price\n\n1.1 {sentence}\n"
    assert answer_to(amounts(text, language), AMOUNT_SHARE) == share


@pytest.mark.parametrize(
    ("sentence", "language"),
    [
        ("A vote needs a majority of the members and 40 percent of the boats.", "en"),
        ("One-half of the crew or 30 percent of the fleet may vote.", "en"),
        ("사공 과반수의 출석과 나룻배 3분의 2 이상의 찬성으로 정한다.", "ko"),
    ],
)
def test_amount_facts_share_in_words_is_a_second_share(sentence: str, language: str) -> None:
    text = f"제3조 (의결) {sentence}\n" if language == "ko" else f"3. Votes\n\n3.1 {sentence}\n"
    assert not [fact for fact in amounts(text, language).facts if fact.form is AMOUNT_SHARE]


def test_amount_facts_share_keeps_all_its_words() -> None:
    found = amounts("3. Votes\n\n3.1 At least seventy five percent (75%) of the ferries vote.\n", "en")
    assert answer_to(found, AMOUNT_SHARE) == "seventy five percent (75%)"


@pytest.mark.parametrize(
    ("text", "language"),
    [
        ("1. Price\n\n1.1 Buyer pays $40 for the sail and one hundred dollars for the mast.\n", "en"),
        ("1. Price\n\n1.1 For example, a sail at $40 makes a fee of 4 shells.\n", "en"),
        ("제1조(값) 돛은 3만원으로 하고 돛대는 50달러로 한다.\n", "ko"),
        ("제1조(값) 예를 들어 돛이 3만원이면 조개는 네 개로 한다.\n", "ko"),
        ("제1조(공제 3만원의 적용) 돛에서 3만원을 뺀다.\n", "ko"),
    ],
)
def test_amount_facts_sum_that_is_not_all_or_only_an_example_or_in_the_heading_is_not_asked(
    text: str, language: str
) -> None:
    forms = {fact.form for fact in amounts(text, language).facts}
    assert not forms & {AMOUNT_ONLY, AMOUNT_ALL}


def test_amount_facts_same_sum_with_and_without_its_limit_is_listed_once() -> None:
    text = "제1조(분납) 세금이 250만원 초과 500만원 이하이면 나누어 내고, 500만원을 넘으면 반을 낸다.\n"
    assert answer_to(amounts(text, "ko"), AMOUNT_ALL) == "250만원; 500만원"


def test_amount_facts_korean_topic_that_is_no_money_gives_the_sum_no_name() -> None:
    text = "제1조(입장료) 어른은 1천원으로 한다. 다만, 나루터 매표소는 800원으로 한다.\n"
    assert not [fact for fact in amounts(text, "ko").facts if fact.form is AMOUNT_NAMED]


def test_amount_facts_chapter_is_no_place_of_a_sum() -> None:
    text = "제1장 벌칙\n\n나루의 규칙을 어기면 500만원을 낸다.\n\n제2장 보칙\n\n제1조(목적) 나루를 정한다.\n"
    assert not [fact for fact in amounts(text, "ko").facts if "장" in fact.answer]


def test_amount_facts_share_in_brackets_alone_is_given_without_them() -> None:
    text = "1. Fees\n\n1.1 The master keeps a part of (5 %) of all tolls of the ferry.\n"
    assert answer_to(amounts(text, "en"), AMOUNT_SHARE) == "5 %"


def test_amount_facts_nothing_is_no_sum() -> None:
    assert amounts("1. Fees\n\n1.1 The toll is cut, but not to less than $0, by gifts.\n", "en").facts == ()
