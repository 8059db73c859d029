"""What the rules of each language read as a duty, a ban, a right, a penalty or a day of effect."""

from __future__ import annotations

import re

import pytest

from pipeline.languages import language_rules
from pipeline.languages.duty_rules import DutyRules, Statement


def rules_of(language: str) -> DutyRules:
    rules = language_rules(language).legal.duties
    assert rules is not None
    return rules


def stated(form: str, subject: str, answer: str, key: str = "") -> Statement:
    return Statement(form=f"duty.{form}", slots=(("subject", subject),), answer=answer, key=key or subject)


def penalty(who: str, answer: str, key: str) -> Statement:
    return Statement(form="duty.penalty", slots=(("who", who),), answer=answer, key=key)


def effect(what: str, when: str) -> Statement:
    return Statement(form="deadline.effective", slots=(("what", what),), answer=when, key="effect")


@pytest.mark.parametrize(
    ("sentence", "expected"),
    [
        ("이 계약은 서면으로만 변경하여야 한다.", stated("must", "이 계약", "서면으로만 변경하여야 한다.")),
        (
            "을은 갑의 동의 없이 목적물을 전대할 수 없다.",
            stated("ban", "을", "갑의 동의 없이 목적물을 전대할 수 없다."),
        ),
        (
            "사용자는 근로자에게 폭행을 하지 못한다.",
            stated("ban", "사용자", "근로자에게 폭행을 하지 못한다."),
        ),
        ("을은 언제든지 계약을 해지할 수 있다.", stated("may", "을", "언제든지 계약을 해지할 수 있다.")),
        (
            "허위로 신고한 자는 3년 이하의 징역 또는 3천만원 이하의 벌금에 처한다.",
            penalty("허위로 신고한 자는", "3년 이하의 징역 또는 3천만원 이하의 벌금", "허위로 신고한 자"),
        ),
        (
            "보고를 하지 아니한 자에게는 100만원 이하의 과태료를 부과한다.",
            penalty("보고를 하지 아니한 자에게는", "100만원 이하의 과태료", "보고를 하지 아니한 자"),
        ),
        ("이 법은 공포한 날부터 시행한다.", effect("이 법", "공포한 날부터")),
        ("이 경우는 그 서류를 제출하여야 한다.", None),
        ("신청인은 이를 즉시 제출하여야 한다.", None),
        ("신청인은 서류를 담당자에게 직접 낸다.", None),
        ("신청인은 내야 한다.", None),
        ("신청인은 서류를 제출하여야 하고, 담당자는 서류를 검토하여야 한다.", None),
    ],
)
def test_korean_sentence_states_its_whole_rest_or_nothing(sentence: str, expected: Statement | None) -> None:
    assert rules_of("ko").read(sentence) == expected


@pytest.mark.parametrize(
    ("sentence", "expected"),
    [
        (
            "The Licensee shall keep accurate records of all sales.",
            stated("must", "the Licensee", "keep accurate records of all sales.", "the licensee"),
        ),
        (
            "The Supplier must deliver the goods in sound condition.",
            stated("must", "the Supplier", "deliver the goods in sound condition.", "the supplier"),
        ),
        (
            "Supplier is required to insure the goods in transit.",
            stated("must", "Supplier", "insure the goods in transit.", "supplier"),
        ),
        (
            "Licensee agrees to pay the annual fee in advance.",
            stated("must", "Licensee", "pay the annual fee in advance.", "licensee"),
        ),
        (
            "Tenant may not assign the Lease without consent.",
            stated("ban", "Tenant", "assign the Lease without consent.", "tenant"),
        ),
        (
            "Licensee agrees not to copy the Software in any form.",
            stated("ban", "Licensee", "copy the Software in any form.", "licensee"),
        ),
        (
            "Either party may terminate this Agreement on notice.",
            stated("may", "either party", "terminate this Agreement on notice.", "either party"),
        ),
        (
            "Buyer is entitled to inspect the goods on arrival.",
            stated("may", "Buyer", "inspect the goods on arrival.", "buyer"),
        ),
        (
            "A person who obstructs an inspector is liable to a fine not exceeding $5,000.",
            penalty(
                "a person who obstructs an inspector",
                "a fine not exceeding $5,000",
                "a person who obstructs an inspector",
            ),
        ),
        ("This Agreement takes effect on 1 March 2024.", effect("this Agreement", "on 1 March 2024")),
        ("This Act comes into force on January 1, 2025.", effect("this Act", "on January 1, 2025")),
        ("It shall be kept in a dry place.", None),
        ("Tenant shall return it in good order.", None),
        ("Tenant shall pay rent; Landlord shall repair the roof.", None),
        ("Tenant shall pay.", None),
        ("Sections shall be numbered from one to ten.", None),
        ("No person shall enter the yard after dark.", None),
    ],
)
def test_english_sentence_states_its_whole_rest_or_nothing(sentence: str, expected: Statement | None) -> None:
    assert rules_of("en").read(sentence) == expected


@pytest.mark.parametrize(
    ("language", "text", "shares"),
    [
        ("ko", "발행주식의 과반수 또는 연 12퍼센트", ["과반수", "연 12퍼센트"]),
        ("ko", "100분의 10 이상, 15% 이내, 3.5 프로", ["100분의 10 이상", "15% 이내", "3.5 프로"]),
        ("ko", "10명 중 절반", ["절반"]),
        ("en", "a majority of votes or ten percent (10%) of them", ["majority", "ten percent (10%)"]),
        ("en", "twenty-five per cent, 12.5% and two-thirds", ["twenty-five per cent", "12.5%", "two-thirds"]),
        ("en", "ten of twelve (12) seats", []),
    ],
)
def test_share_is_found_with_what_bounds_it(language: str, text: str, shares: list[str]) -> None:
    assert [match.group() for match in rules_of(language).share.finditer(text)] == shares


def test_days_of_amendment_are_read_from_every_kind_of_mark() -> None:
    amended = rules_of("ko").amended
    assert amended is not None
    text = "<개정 2019. 1. 1., 2020. 2. 2.> [전문개정 2010. 3. 31.] <신설 2011. 5. 5.> <2012. 1. 1.>"
    assert [(match["days"], match["whole"]) for match in amended.finditer(text)] == [
        ("2019. 1. 1., 2020. 2. 2.", None),
        (None, "2010. 3. 31."),
        ("2011. 5. 5.", None),
    ]


@pytest.mark.parametrize(
    ("language", "subject", "text", "count"),
    [
        ("ko", "을", "을은 낸다. 을이 고친다. 갑을은 쉰다. 을의 집.", 2),
        ("en", "the Tenant", "Tenant shall pay. The tenant may leave. Either party may end. The tenants rest.", 3),
        ("en", "the Tenant", "Landlord shall pay the Tenant. The Parties agree on it.", 1),
    ],
)
def test_places_that_bind_the_same_subject_again_are_counted(
    language: str, subject: str, text: str, count: int
) -> None:
    assert len(re.findall(rules_of(language).subject_again(subject), text)) == count


@pytest.mark.parametrize(
    ("ground", "exception"),
    [
        ("을은 차임을 매월 말일에 지급하여야", "한다. 다만 휴업한 달에는 차임을 지급하지 아니하여야"),
        ("을은 차임을 매월 말일에 지급하여야", "하며 다만 휴업한 달에는 지급을 미루어야"),
        ("을은 차임을 매월 말일에 지급하여야", "하고(다만 휴업한 달에는 제외한다) 영수증을 보관하여야"),
        ("사용자는 근로자에게 벌칙을 부과하여서는 아니 된다", ". 다만 노동조합의 동의로 부과하여야"),
    ],
)
def test_korean_duty_with_an_exception_is_not_read_as_if_it_held_without_it(ground: str, exception: str) -> None:
    rules = rules_of("ko")
    plain = ground + ("." if ground.endswith("된다") else " 한다.")
    found = rules.read(plain)
    assert found is not None and found.answer == plain.partition(" ")[2]
    text = f"{ground}{'' if exception.startswith('.') else ' '}{exception} 한다."
    assert rules.read(text) is None
    without = text.replace("다만 ", "")
    assert rules.read(without) is not None, "nothing else in it stands in the way"
