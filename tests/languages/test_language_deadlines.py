"""What the rules of each language read as a deadline, by themselves: subject, action and limit of one sentence."""

from __future__ import annotations

import pytest

from pipeline.languages import language_rules
from pipeline.languages.legal_rules import DeadlineRules, Duty


def rules_of(language: str) -> DeadlineRules:
    rules = language_rules(language).legal.deadlines
    assert rules is not None
    return rules


def korean(subject: str, before: str, action: str, limit: str) -> Duty:
    slots = (("subject", subject), ("before", before), ("action", action))
    return Duty(form="deadline.duty", slots=slots, limit=limit)


def english(when: str, subject: str, action: str, limit: str) -> Duty:
    return Duty(form="deadline.duty", slots=(("when", when), ("subject", subject), ("action", action)), limit=limit)


def due(subject: str, verb: str, state: str, limit: str) -> Duty:
    return Duty(form="deadline.due", slots=(("subject", subject), ("verb", verb), ("state", state)), limit=limit)


@pytest.mark.parametrize(
    ("sentence", "expected"),
    [
        (
            "을은 검수 통지를 받은 날부터 10일 이내에 대금을 지급하여야 한다.",
            korean("을은", "", "대금을 지급하여야 합니까", "검수 통지를 받은 날부터 10일 이내"),
        ),
        (
            "을은 제품을 발주일부터 5영업일 이내에 납품하여야 합니다.",
            korean("을은", "제품을 ", "납품하여야 합니까", "발주일부터 5영업일 이내"),
        ),
        (
            "임차인은 계약의 해지의 통지일부터 30일 이내에 목적물을 반환하여야 한다.",
            korean("임차인은", "", "목적물을 반환하여야 합니까", "계약의 해지의 통지일부터 30일 이내"),
        ),
        (
            "임차인은 종전농지 양도 후 3개월 이내에 신고하여야 한다.",
            korean("임차인은", "", "신고하여야 합니까", "종전농지 양도 후 3개월 이내"),
        ),
        (
            "공급자는 2024. 3. 5.까지 보고서를 제출하여야 한다.",
            korean("공급자는", "", "보고서를 제출하여야 합니까", "2024. 3. 5.까지"),
        ),
        (
            "공급자는 매월 25일까지 사용료를 지급하여야 한다.",
            korean("공급자는", "", "사용료를 지급하여야 합니까", "매월 25일까지"),
        ),
        ("갑은 대금을 3일 안에 지급하여야 한다.", korean("갑은", "대금을 ", "지급하여야 합니까", "3일 안에")),
        ("갑은 대금을 3일 내 지급하여야 한다.", korean("갑은", "대금을 ", "지급하여야 합니까", "3일 내")),
        ("갑은 제품의 대금을 30일 이내에 지급한다.", None),
        ("을은 신속한 30일 이내에 대금을 지급하여야 한다.", None),
    ],
)
def test_korean_duty_has_subject_action_and_the_whole_limit(sentence: str, expected: Duty | None) -> None:
    assert rules_of("ko").read_duty(sentence) == expected


@pytest.mark.parametrize(
    ("text", "limit"),
    [
        (
            "임차인은 계약의 해지의 통지일부터 30일 이내에 목적물을 반환하여야 한다.",
            "계약의 해지의 통지일부터 30일 이내",
        ),
        (
            "임대인은 계약이 끝난 날부터 2주일 이내에 보증금을 돌려주고, 임차인은 열쇠를 건넨다.",
            "계약이 끝난 날부터 2주일 이내",
        ),
        ("대금은 검수가 끝난 후 7영업일 이내에 지급한다.", "검수가 끝난 후 7영업일 이내"),
        ("보고서는 다음 달 10일까지 제출한다.", "다음 달 10일까지"),
        ("보고서는 2024년 3월 5일까지 제출한다.", "2024년 3월 5일까지"),
        ("신청은 통지를 받은 날부터 30일 이내에 하고, 답변은 10일 이내에 한다.", ""),
        ("신청은 통지를 받은 날부터 30일 이내에 지체 없이 한다.", ""),
        ("신청은 그 날부터 30일 이내에 한다.", ""),
        ("사유가 발생한 날 또는 안 날부터 30일 이내에 신청한다.", ""),
        ("보고서는 기한까지, 늦어도 5일 이내에 제출한다.", ""),
        ("대금을 지급하여 7일 이내에 통지한다.", ""),
        ("보고서는 회의 뒤에 제출한다.", ""),
    ],
)
def test_korean_limit_is_the_only_one_of_its_text_or_none(text: str, limit: str) -> None:
    assert rules_of("ko").only_limit(text) == limit


@pytest.mark.parametrize(
    ("sentence", "expected"),
    [
        (
            "Landlord shall answer within twenty (20) Business Days.",
            english("within what time", "Landlord", "answer", "within twenty (20) Business Days"),
        ),
        (
            "The Supplier shall deliver the goods by March 5, 2025.",
            english("by when", "the Supplier", "deliver the goods", "by March 5, 2025"),
        ),
        (
            "Tenant must pay the Deposit no later than 1 June 2024.",
            english("by when", "Tenant", "pay the Deposit", "no later than 1 June 2024"),
        ),
        (
            "Licensee shall within 30 days notify Licensor of the breach.",
            english("within what time", "Licensee", "notify Licensor of the breach", "within 30 days"),
        ),
        (
            "Each party shall give notice within a further 10 working days of the request.",
            english("within what time", "each party", "give notice", "within a further 10 working days of the request"),
        ),
        (
            "The Fee is payable within 14 days after receipt of the invoice.",
            due("the Fee", "is", "payable", "within 14 days after receipt of the invoice"),
        ),
        (
            "Invoices are due on or before the 5th day of each month.",
            due("Invoices", "are", "due", "on or before the 5th day of each month"),
        ),
        ("Interest is due within 10 days.", due("interest", "is", "due", "within 10 days")),
        ("If the Tenant fails, Tenant shall pay within 5 days.", None),
        ("Tenant shall return them within 5 days.", None),
        ("Tenant shall not sublet within 5 days.", None),
        ("Buyer may pay within 10 days.", None),
    ],
)
def test_english_duty_has_subject_action_and_the_whole_limit(sentence: str, expected: Duty | None) -> None:
    assert rules_of("en").read_duty(sentence) == expected


AFTER = "within 30 days after the date of the notice"


@pytest.mark.parametrize(
    ("text", "limit"),
    [
        (f"The claim must be filed {AFTER}.", AFTER),
        (f"The claim must be filed {AFTER}, and answered within 10 days.", ""),
        (f"The claim must be filed {AFTER}, after a wait of 10 days.", ""),
        (f"The claim must be filed promptly, {AFTER}.", ""),
        ("The claim must be filed within 30 days.", ""),
        ("The claim must be filed within 30 days after such notice.", ""),
        ("Payment is made by March 5, 2025.", "by March 5, 2025"),
        ("Tenant shall, within 30 days after receipt of the notice and the invoice, pay the rent.", ""),
        ("Tenant shall within 30 days after receipt pay the rent.", "within 30 days after receipt"),
        (
            "Notice is given within 10 days of the earlier of delivery and payment.",
            "within 10 days of the earlier of delivery and payment",
        ),
        ("Notice is given within 10 days of delivery and payment.", ""),
        ("Rent falls due no later than the 5th day of each month.", "no later than the 5th day of each month"),
        ("Rent falls due by the 5th day of each month unless waived.", "by the 5th day of each month"),
        ("Rent falls due by the 5th day of each month and interest is due later.", ""),
        ("Tenant shall, by the 5th day of each month, pay the rent.", "by the 5th day of each month"),
        ("Tenant shall by the 5th day of each month pay the rent.", "by the 5th day of each month"),
        ("Rent falls due by the 1st day of the second month of the Term.", ""),
    ],
)
def test_english_limit_is_the_only_one_of_its_text_or_none(text: str, limit: str) -> None:
    assert rules_of("en").only_limit(text) == limit
