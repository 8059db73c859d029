import pytest
from structural_documents import answer_to, findings, slots_of

from pipeline.synthesize.structural.facts import Findings
from pipeline.synthesize.structural.phrasing import phrase
from pipeline.synthesize.structural.task import Form
from pipeline.synthesize.tasks.clause import CLAUSE_AMENDED
from pipeline.synthesize.tasks.deadline import DEADLINE_EFFECTIVE
from pipeline.synthesize.tasks.duty import DUTY_BAN, DUTY_MAY, DUTY_MUST, DUTY_PENALTY


def stated(sentence: str, language: str, task: str = "duty") -> Findings:
    text = f"제7조 (의무) {sentence}\n" if language == "ko" else f"7. Duties\n\n7.1 {sentence}\n"
    return findings(text, task, domain="legal", language=language)


@pytest.mark.parametrize(
    ("sentence", "language", "form", "question", "answer"),
    [
        (
            "The Licensee shall keep a copy of the log.", "en", DUTY_MUST,
            "Under Section 7.1, what must the Licensee do?", "keep a copy of the log.",
        ),
        (
            "Customer may not resell the tool to a competitor.", "en", DUTY_BAN,
            "Under Section 7.1, what must Customer not do?", "resell the tool to a competitor.",
        ),
        (
            "A person may inspect the register at noon.", "en", DUTY_MAY,
            "Under Section 7.1, what may a person do?", "inspect the register at noon.",
        ),
        (
            "Any person who moors a barge at night is liable to a fine of $300.", "en", DUTY_PENALTY,
            "Under Section 7.1, what punishment or penalty is there for any person who moors a barge at "
            "night?",
            "a fine of $300",
        ),
        (
            "운영자는 구명조끼를 갖추어 두어야 한다.", "ko", DUTY_MUST,
            "제7조(의무)에 따르면 운영자는 어떻게 하여야 합니까?", "구명조끼를 갖추어 두어야 한다.",
        ),
        (
            "갑 또는 을은 권리를 제3자에게 양도할 수 없다.", "ko", DUTY_BAN,
            "제7조(의무)에서 갑 또는 을은 무엇을 할 수 없다고 정하고 있습니까?", "권리를 제3자에게 양도할 수 없다.",
        ),
        (
            "시장은 운항을 중지하게 할 수 있다.", "ko", DUTY_MAY,
            "제7조(의무)에 따르면 시장은 무엇을 할 수 있습니까?", "운항을 중지하게 할 수 있다.",
        ),
        (
            "허가를 받지 아니하고 나루터를 설치한 자는 3년 이하의 징역 또는 3천만원 이하의 벌금에 처한다.", "ko",
            DUTY_PENALTY,
            "제7조(의무)에 따르면 허가를 받지 아니하고 나루터를 설치한 자는 어떤 제재를 받습니까?",
            "3년 이하의 징역 또는 3천만원 이하의 벌금",
        ),
    ],
)  # fmt: skip
def test_duty_facts_ask_for_what_a_whole_sentence_states(
    sentence: str, language: str, form: Form, question: str, answer: str
) -> None:
    found = [fact for fact in stated(sentence, language).facts if fact.form is form]
    assert [(phrase(fact=fact, language=language, choice=0), fact.answer) for fact in found] == [(question, answer)]


@pytest.mark.parametrize(
    ("sentence", "language"),
    [
        ("If it rains, Tenant shall close the roof at once.", "en"),
        ("It shall keep a copy of the log.", "en"),
        ("Updates may not contain all features of the tool.", "en"),
        ("Tenant shall not hinder this inspection of the shed.", "en"),
        ("Tenant shall return them to the owner.", "en"),
        ("Tenant shall keep the log. Tenant shall show the log to the owner.", "en"),
        ("회원은 다음 행위를 하여서는 아니 된다.", "ko"),
        ("이 경우 운영자는 이를 알려야 한다.", "ko"),
        ("정기회는 100일을, 임시회는 30일을 초과할 수 없다.", "ko"),
        ("Tenant shall retain all right and title in the sails.", "en"),
        ("Tenant shall not, during the lease, in any way paint the mast.", "en"),
        ("Tenant agrees to pay the fee and Owner agrees to lend the boat.", "en"),
        ("Tenant may not lend the boat to a guest, and any loan of the boat is void.", "en"),
        ("Owner may sell the boat to anyone named in Part A. You may not sell the boat.", "en"),
        ("Tenant is entitled to fifteen shells for each day of the flood.", "en"),
        ("Each Loan shall bear interest at a rate of ten shells.", "en"),
        ("Tenant may experience delays in a flood of the river.", "en"),
        ("선박의 소유권은 그 일부를 양도할 수 있다.", "ko"),
        ("총회의 소집은 이사장이 회의 안건을 각 회원에게 알려야 한다.", "ko"),
        ("보증금은 배를 돌려준 날에 바로 반환되어야 한다.", "ko"),
        ("시장은 운영자가 위반한 경우에는 2천만원 이하의 과징금을 부과한다.", "ko"),
        ("운영자는 배를 갖추어야 한다. 운영자는 배를 닦아야 한다.", "ko"),
    ],
)
def test_duty_facts_sentence_that_is_unclear_alone_is_not_asked(sentence: str, language: str) -> None:
    assert stated(sentence, language).facts == ()


@pytest.mark.parametrize(
    ("sentence", "language", "answer"),
    [
        ("이 법은 공포 후 6개월이 경과한 날부터 시행한다.", "ko", "공포 후 6개월이 경과한 날부터"),
        ("이 규정은 2023년 5월 1일부터 시행한다.", "ko", "2023년 5월 1일부터"),
        ("This Act takes effect on 1 May 2023.", "en", "on 1 May 2023"),
        ("This Agreement is effective as of the date of signature.", "en", "as of the date of signature"),
    ],
)
def test_deadline_facts_day_of_effect(sentence: str, language: str, answer: str) -> None:
    found = stated(sentence, language, "deadline")
    assert answer_to(found, DEADLINE_EFFECTIVE) == answer


def test_deadline_facts_supplement_of_one_sentence_is_named_as_a_part() -> None:
    text = "제1조(목적) 나루를 정한다.\n\n부      칙\n\n이 법은 공포한 날부터 시행한다.\n"
    found = findings(text, "deadline", domain="legal", language="ko")
    assert answer_to(found, DEADLINE_EFFECTIVE, clause="부칙") == "공포한 날부터"


def test_clause_facts_days_of_amendment_are_asked_where_one_whole_mark_stands() -> None:
    text = (
        "제1조(목적) 나루를 정한다. <개정 2014. 3. 18., 2021. 12. 31.>\n\n"
        "제2조(정의) 뜻을 정한다. <개정 2014. 3. 18., 20…\n\n"
        "제3조(요금) ① 요금은 없다. <신설 2015. 1. 2.>\n② 뱃삯도 없다.\n[전문개정 2016. 2. 3.]\n"
    )
    found = findings(text, "clause", domain="legal", language="ko")
    days = {slots_of(f)["clause"]: f.answer for f in found.facts if f.form is CLAUSE_AMENDED}
    assert days["제1조(목적)"] == "2014. 3. 18., 2021. 12. 31."
    assert days["제3조(요금) 제1항"] == "2015. 1. 2."
    assert "제2조(정의)" not in days


@pytest.mark.parametrize(
    ("sentence", "language"),
    [
        ("Customer may not lend, and may not let anyone lend, the boat to a rival.", "en"),
        ("Customer shall keep a log of the boat. Within two days, Customer shall send the log to the harbour.", "en"),
        ("Both parties agree to the use of lanterns on the ferry at night.", "en"),
        ("Lanterns must show the side of the boat at night.", "en"),
        ("Denials must answer each claim in turn; general denials are not allowed.", "en"),
        ("The fees for a day may be raised on notice. Owner may raise the fees for a season.", "en"),
        ("Owner may raise the fees for a season. It may lower the fees for a day.", "en"),
        ("Boats are hired as follows:\n\n1.   Owner may keep the oars of the boat.\n   2–3. Reserved.", "en"),
        ("사공은 구명조끼를 갖추어 두어야 한다. 또한 날마다 등불을 닦아 두어야 한다.", "ko"),
        ("사공은 구명조끼를 갖추어 두어야 한다. 비가 오면 사공은 등불을 달아 두어야 한다.", "ko"),
        ("나루지기는 물이 넘친다고 판단\n\n되는 경우 배를 강가에 매어 둘 수 있다.", "ko"),
    ],
)
def test_duty_facts_half_of_what_a_provision_says_is_not_asked(sentence: str, language: str) -> None:
    assert not stated(sentence, language).facts


def test_duty_facts_what_either_party_may_do_is_part_of_what_each_may_do() -> None:
    found = stated("Either party may end the hire after a flood. The owner may sell the boat at once.", "en")
    assert [slots_of(fact)["subject"] for fact in found.facts] == ["either party"]


def test_duty_facts_common_noun_that_opens_a_sentence_is_no_name() -> None:
    text = (
        "7. Rules for Masters\n\n7.1 Masters must ring the bell of the ferry in fog.\n\n"
        "7.2 The bell is given to all masters.\n"
    )
    found = findings(text, "duty", domain="legal", language="en")
    assert not [fact for fact in found.facts if slots_of(fact)["subject"] == "Masters"]


@pytest.mark.parametrize(
    ("sentences", "language", "answer"),
    [
        (
            "Tenant shall keep a lantern at the mast. However, a boat in the harbour needs none.",
            "en",
            "keep a lantern at the mast. However, a boat in the harbour needs none.",
        ),
        (
            "사공은 돛대에 등불을 달아야 한다. 다만, 나루에 매어 둔 배는 그러하지 아니하다.",
            "ko",
            "돛대에 등불을 달아야 한다. 다만, 나루에 매어 둔 배는 그러하지 아니하다.",
        ),
    ],
)
def test_duty_facts_exception_in_the_next_sentence_belongs_to_the_answer(
    sentences: str, language: str, answer: str
) -> None:
    assert answer_to(stated(sentences, language), DUTY_MUST) == answer


def test_deadline_facts_day_of_effect_with_an_exception_is_not_asked() -> None:
    found = stated("이 규정은 2023년 5월 1일부터 시행한다. 다만, 제3조는 공포한 날부터 시행한다.", "ko", "deadline")
    assert not [fact for fact in found.facts if fact.form is DEADLINE_EFFECTIVE]


def test_duty_facts_rule_under_words_that_lead_in_is_not_asked() -> None:
    text = (
        "7. Floods\n\n7.1 If the river floods:\n\n(a) Tenant shall moor the boat.\n\n(b) Owner shall ring the bell.\n"
    )
    found = findings(text, "duty", domain="legal", language="en")
    assert found.facts == ()


@pytest.mark.parametrize(
    "other",
    [
        "No other use of the boat is allowed.",
        "No copy of the log shall be made.",
        "No part of the quay may be used at night.",
    ],
)
def test_duty_facts_second_ban_without_a_subject_leaves_both_out(other: str) -> None:
    assert stated(f"You may not lend the oars to guests. {other}", "en").facts == ()
    assert len(stated("You may not lend the oars to guests. The oars stay dry.", "en").facts) == 1
