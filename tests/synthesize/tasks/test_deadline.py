import pytest
from structural_documents import KOREAN_LEASE, answer_to, findings

from pipeline.languages import Language
from pipeline.synthesize.structural.facts import Findings
from pipeline.synthesize.structural.phrasing import phrase
from pipeline.synthesize.structural.task import Form
from pipeline.synthesize.tasks.deadline import DEADLINE_DUE, DEADLINE_DUTY, DEADLINE_ONLY


def deadlines(sentence: str, language: str) -> Findings:
    text = f"제7조 (대금) {sentence}\n" if language == "ko" else f"7. Price\n\n7.1 {sentence}\n"
    return findings(text, "deadline", domain="legal", language=language)


def asked(found: Findings, form: Form, language: Language) -> list[tuple[str, str]]:
    return [(phrase(fact=fact, language=language, choice=0), fact.answer) for fact in found.facts if fact.form is form]


@pytest.mark.parametrize(
    ("sentence", "question", "answer"),
    [
        (
            "The Supplier shall accept each Order within four Business Days after receipt.",
            "Under Section 7.1, within what time must the Supplier accept each Order?",
            "within four Business Days after receipt",
        ),
        (
            "Landlord shall deliver a statement by April 30 of each year.",
            "Under Section 7.1, by when must Landlord deliver a statement?",
            "by April 30 of each year",
        ),
        (
            "Buyer shall within ten (10) days return the samples.",
            "Under Section 7.1, within what time must Buyer return the samples?",
            "within ten (10) days",
        ),
    ],
)
def test_deadline_facts_english_duty(sentence: str, question: str, answer: str) -> None:
    found = deadlines(sentence, "en")
    assert (question, answer) in asked(found, DEADLINE_DUTY, "en")


def test_deadline_facts_english_payment_due() -> None:
    found = deadlines("Each undisputed invoice is payable within 45 days after receipt.", "en")
    assert asked(found, DEADLINE_DUE, "en") == [
        ("Under Section 7.1, when is each undisputed invoice payable?", "within 45 days after receipt")
    ]


@pytest.mark.parametrize(
    "sentence",
    [
        "Tenant shall not sublet within ten days after notice.",
        "The Buyer shall return them within ten days after arrival.",
        "If the Buyer is late, it shall pay within ten days.",
    ],
)
def test_deadline_facts_duty_that_is_unclear_alone_is_not_asked(sentence: str) -> None:
    assert asked(deadlines(sentence, "en"), DEADLINE_DUTY, "en") == []


@pytest.mark.parametrize(
    ("sentence", "answer"),
    [
        (
            "A claim is made within 20 days after the notice under clause 7.3, in writing.",
            "within 20 days after the notice under clause 7.3",
        ),
        (
            "Money is returned within 45 days after the later of delivery and payment.",
            "within 45 days after the later of delivery and payment",
        ),
        (
            "Each party shall within twelve (12) Business Days after request certify the rent.",
            "within twelve (12) Business Days after request",
        ),
    ],
)
def test_deadline_facts_only_deadline_ends_where_its_grammar_ends(sentence: str, answer: str) -> None:
    assert answer_to(deadlines(sentence, "en"), DEADLINE_ONLY) == answer


@pytest.mark.parametrize(
    "sentence",
    [
        "Goods are replaced within 20 days after the notice or refunded.",
        "Goods are replaced within 20 days and repaired within 30 days.",
        "A fee is due on 1 May 2021.",
    ],
)
def test_deadline_facts_no_deadline_is_guessed(sentence: str) -> None:
    found = deadlines(sentence, "en")
    assert not any(fact.form is DEADLINE_ONLY for fact in found.facts)


@pytest.mark.parametrize(
    ("sentence", "question", "answer"),
    [
        (
            "을은 검수 통지를 받은 날부터 10일 이내에 대금을 청구하여야 한다.",
            "제7조(대금)에 따르면 을은 언제까지 대금을 청구하여야 합니까?",
            "검수 통지를 받은 날부터 10일 이내",
        ),
        (
            "을은 제품을 발주일부터 30일 이내에 납품하여야 한다.",
            "제7조(대금)에 따르면 을은 제품을 언제까지 납품하여야 합니까?",
            "발주일부터 30일 이내",
        ),
        (
            "임차인은 매월 5일까지 차임을 지급하여야 한다.",
            "제7조(대금)에 따르면 임차인은 언제까지 차임을 지급하여야 합니까?",
            "매월 5일까지",
        ),
    ],
)
def test_deadline_facts_korean_duty(sentence: str, question: str, answer: str) -> None:
    found = deadlines(sentence, "ko")
    assert asked(found, DEADLINE_DUTY, "ko") == [(question, answer)]


def test_deadline_facts_korean_paragraphs_of_a_contract() -> None:
    found = findings(KOREAN_LEASE, "deadline", domain="legal", language="ko")
    assert answer_to(found, DEADLINE_ONLY, clause="제2조(보증금) 제2항") == "계약을 체결한 날부터 7일 이내"
    assert answer_to(found, DEADLINE_DUTY, clause="제2조(보증금) 제2항") == "계약을 체결한 날부터 7일 이내"
    assert answer_to(found, DEADLINE_ONLY, clause="제3조(차임)") == "매월 5일까지"


@pytest.mark.parametrize(
    ("sentence", "language"),
    [
        (
            "The claim is lost unless raised within 60 days after the flood. Complaints come before the due date.",
            "en",
        ),
        ("The board answers within 90 days after such notice.", "en"),
        ("If the master does not leave within ten days, the boat sails.", "en"),
        ("The mooring may be claimed within 30 days after the flood. The keeper must promptly answer.", "en"),
        ("거주자가 인도일부터 소급하여 5년 이내에 받은 배는 제외한다.", "ko"),
        ("비교할 나룻배는 상속개시일 전후 6개월 이내에 팔렸다.", "ko"),
        ("나룻배를 등록하면 30일 이내에 알린다.", "ko"),
        ("사공은 그 날부터 10일 이내에 알린다.", "ko"),
        ("배를 받은 날부터 10일 이내에 알리고 지체 없이 등록한다.", "ko"),
        ("불합격된 배는 사공이 회수하고 10일 이내에 다른 배를 보낸다.", "ko"),
        ("The keeper pays within ten days after the flood a lump sum in shells.", "en"),
        ("The keeper answers within ten days after the earlier of (i) the flood and (ii) the frost.", "en"),
        ("The keeper pays within ten days after demand therefor.", "en"),
        ("The keeper pays no later than March 15 of the year that follows the flood.", "en"),
    ],
)
def test_deadline_facts_one_of_several_limits_or_without_its_start_is_not_the_only_one(
    sentence: str, language: str
) -> None:
    text = f"제6조 (기한) {sentence}\n" if language == "ko" else f"6. Time\n\n6.1 {sentence}\n"
    found = findings(text, "deadline", domain="legal", language=language)
    assert not [fact for fact in found.facts if fact.form is DEADLINE_ONLY]


def test_deadline_facts_start_of_a_term_that_ends_is_no_day_of_effect() -> None:
    text = "6. Term\n\n6.1 The Agreement is effective from the Sailing Day until it is ended (the “Term”).\n"
    assert not findings(text, "deadline", domain="legal", language="en").facts


@pytest.mark.parametrize(
    ("sentence", "limit"),
    [
        (
            "구매자는 공급자가 발행한 영수증을 받은 날부터 30일 이내에 값을 낸다.",
            "공급자가 발행한 영수증을 받은 날부터 30일 이내",
        ),
        ("정기총회는 매 회계연도 개시 후 2개월 이내에 이사장이 연다.", "매 회계연도 개시 후 2개월 이내"),
        (
            "회원은 계약내용에 관한 서면을 받은 날부터 7일 이내에 물릴 수 있다.",
            "계약내용에 관한 서면을 받은 날부터 7일 이내",
        ),
        ("배는 수출신고 수리일부터 6개월 이내에 돌아온다.", "수출신고 수리일부터 6개월 이내"),
        ("배가 나루를 떠난 후 출항신고 수리일부터 6개월 이내에 돌아온다.", "출항신고 수리일부터 6개월 이내"),
        ("배의 값은 이 법 시행일부터 2년 이내에 정한다.", "이 법 시행일부터 2년 이내"),
        ("사공은 결정서 정본을 받은 날부터 7일 이내에 다툴 수 있다.", "결정서 정본을 받은 날부터 7일 이내"),
        ("나룻배(강에서 만들어진 날부터 30일 이내에 등록된 배를 말한다)를 둔다.", "강에서 만들어진 날부터 30일 이내"),
    ],
)
def test_deadline_facts_korean_period_has_all_the_words_it_runs_from(sentence: str, limit: str) -> None:
    assert answer_to(deadlines(sentence, "ko"), DEADLINE_ONLY) == limit


@pytest.mark.parametrize(
    ("sentence", "question"),
    [
        ("뱃삯은 2030년 5월 1일까지 받지 않는다.", "제7조(대금)에 나오는 기한은 무엇입니까?"),
        ("회원은 배를 받은 날부터 7일 이내에 물릴 수 있다.", "제7조(대금)에 나오는 기간은 무엇입니까?"),
    ],
)
def test_deadline_facts_korean_question_tells_a_day_from_a_period(sentence: str, question: str) -> None:
    assert [question for question, _ in asked(deadlines(sentence, "ko"), DEADLINE_ONLY, "ko")] == [question]


def test_deadline_facts_ruling_sets_no_time() -> None:
    entry = (
        "## “배를 산 사람이 세금을 내는지 여부” {n}\n\n배를 산 날부터 30일 이내에 팔 수 있었는데도 팔지 아니하였음\n\n"
    )
    text = "".join(
        f"[2019-05-3{n}] 배를 산 사람이 세금을 내는지 여부 {n}\n\n{entry.partition(chr(10))[2]}" for n in range(3)
    )
    found = findings(text, "deadline", domain="legal", language="ko")
    assert found.facts == ()


@pytest.mark.parametrize(
    "sentence",
    [
        "The Company shall pay the fee on a yearly basis and shall be paid within ten days after the flood.",
        "The Closing Day shall have occurred on or before 1 May 2023.",
    ],
)
def test_deadline_facts_words_that_are_no_duty_are_not_asked(sentence: str) -> None:
    assert not asked(deadlines(sentence, "en"), DEADLINE_DUTY, "en")


@pytest.mark.parametrize(
    ("start", "answer"),
    [
        ("인도일부터", "인도일부터 30일 이내"),
        ("목적물의 인도일부터", "목적물의 인도일부터 30일 이내"),
        ("계약의 목적물의 인도일부터", "계약의 목적물의 인도일부터 30일 이내"),
        ("위 계약의 목적물의 부속의 인도일부터", "계약의 목적물의 부속의 인도일부터 30일 이내"),
        ("갑의 회사의 통지를 받은 날부터", "갑의 회사의 통지를 받은 날부터 30일 이내"),
    ],
)
def test_deadline_facts_korean_start_keeps_every_genitive_before_it(start: str, answer: str) -> None:
    found = deadlines(f"을은 {start} 30일 이내에 대금을 지급하여야 한다.", "ko")
    assert [got for _, got in asked(found, DEADLINE_DUTY, "ko")] == [answer]
    assert answer_to(found, DEADLINE_ONLY) == answer
    (question,) = [question for question, _ in asked(found, DEADLINE_DUTY, "ko")]
    left = "위 " if start.startswith("위") else ""
    assert question == f"제7조(대금)에 따르면 을은 {left}언제까지 대금을 지급하여야 합니까?"


@pytest.mark.parametrize(
    ("sentence", "language"),
    [
        ("Goods are replaced within 20 days after the notice. The guarantee lasts 24 months.", "en"),
        ("The guarantee lasts 24 months. Goods are replaced within 20 days after the notice.", "en"),
        ("Goods are replaced within 20 days after the notice, from 1 May 2021 on.", "en"),
        ("하자는 통지를 받은 날부터 10일 이내에 고친다. 보증은 2년으로 한다.", "ko"),
        ("보증은 2년으로 한다. 하자는 통지를 받은 날부터 10일 이내에 고친다.", "ko"),
    ],
)
def test_deadline_facts_limit_beside_another_time_is_not_the_only_one(sentence: str, language: str) -> None:
    alone = next(part for part in sentence.split(". ") if "20 days" in part or "10일" in part).split(", from")[0]
    only = {fact.form for fact in deadlines(alone.rstrip(".") + ".", language).facts}
    assert DEADLINE_ONLY in only, "asked about where it stands alone"
    assert DEADLINE_ONLY not in {fact.form for fact in deadlines(sentence, language).facts}
