import pytest
from synthesis_documents import CONTRACT_KO, LEASE

from pipeline.records import Checks, Dropped
from pipeline.synthesize.evidence import locate_quote
from pipeline.synthesize.faults import question_fault
from pipeline.synthesize.sentences import Span
from pipeline.synthesize.small_teacher.answer_checks import check_answer, check_summary, index_document


@pytest.mark.parametrize(
    ("question", "answer", "language"),
    [("How much rent does the Kittiwake Rowing Club pay each year?", "GBP 4,800", "en"),
     ("Who may appoint a surveyor at its own cost?", "Either party", "en"),
     ("Within what time must the Board repair the roof after notice?", "45 days", "en"),
     ("How long does it take to calibrate the gauge?", "5 hours", "en"),
     ("을이 갑에게 매월 지급하는 대금은 얼마입니까?", "12,500,000원", "ko"),
     ("갑은 하자 통지를 받은 뒤 며칠 안에 부품을 교체해야 하나요?", "10영업일 이내", "ko"),
     ("부품 공급 계약은 언제 체결되었는가?", "2023년 3월 2일", "ko")],
)  # fmt: skip
def test_question_fault_of_a_good_question_is_none(question, answer, language):
    assert question_fault(question, answer=answer, language=language) is None


@pytest.mark.parametrize(
    ("question", "answer", "language", "reason"),
    [("What is the rent according to the passage?", "GBP 4,800", "en", "refers_to_passage"),
     ("What does this sentence say about the roof?", "45 days", "en", "refers_to_passage"),
     ("What is the answer to this question?", "45 days", "en", "refers_to_passage"),
     ("Which of the following options is the yearly rent?", "GBP 4,800", "en", "refers_to_passage"),
     ("How much does he pay for the shed?", "GBP 4,800", "en", "unresolved_pronoun"),
     ("By what date must they repaint the doors?", "30 September 2024", "en", "unresolved_pronoun"),
     ("Does the Club pay rent for the shed?", "Yes, GBP 4,800", "en", "yes_no_question"),
     ("Is the roof of the shed repaired by the Board?", "Yes", "en", "yes_no_question"),
     ("How much is the rent?", "GBP 4,800", "en", "generic_question"),
     ("What is the amount?", "GBP 4,800", "en", "generic_question"),
     ("How much of the GBP 4,800 does the Club pay for the shed?", "GBP 4,800", "en", "answer_in_question"),
     ("How much of 4,800 pounds does the Club pay for the shed?", "a sum of 4800", "en", "answer_in_question"),
     ("Which bank is the Tenby Savings Bank of the deposit?", "Tenby Savings Bank", "en", "answer_in_question"),
     ("The Club pays rent for the shed.", "GBP 4,800", "en", "not_a_question"),
     ("How much rent does the Club pay?\nAnswer:", "GBP 4,800", "en", "not_a_question"),
     ("을이 갑에게 지급하는 대금은 얼마입니까?", "12,500,000원", "en", "wrong_language"),
     ("How much does the buyer pay every month?", "12,500,000원", "ko", "wrong_language"),
     ("How much does the Board pay and how much does the Club pay?", "GBP 4,800", "en", "repeats_itself"),
     ("How much rent does the Club pay for the shed?", " ", "en", "empty_answer"),
     ("이 대목에 따르면 매월 대금은 얼마입니까?", "12,500,000원", "ko", "refers_to_passage"),
     ("위 내용에서 매월 지급하는 대금은 얼마입니까?", "12,500,000원", "ko", "refers_to_passage"),
     ("그는 매월 대금으로 얼마를 지급합니까?", "12,500,000원", "ko", "unresolved_pronoun"),
     ("을은 갑에게 매월 대금을 지급합니까?", "예", "ko", "yes_no_question"),
     ("대금은 얼마입니까?", "12,500,000원", "ko", "generic_question"),
     ("매월 12,500,000원의 대금은 얼마입니까?", "12,500,000원", "ko", "answer_in_question"),
     ("을은 갑에게 대금을 지급한다.", "12,500,000원", "ko", "not_a_question")],
)  # fmt: skip
def test_question_fault_names_the_reason(question, answer, language, reason):
    fault = question_fault(question, answer=answer, language=language)
    assert fault is not None
    assert fault.reason == reason


def checked(question, answer, evidence, *, text=LEASE, language="en", support=0.6, grounding=0.4):
    span = locate_quote(evidence, text=text, start=0, end=len(text))
    assert span is not None
    start = text.rfind("\n\n", 0, span[0]) + 2
    end = text.find("\n\n", span[1])
    return check_answer(
        question=question,
        answer=answer,
        evidence=Span(*span),
        segment=Span(start, end if end >= 0 else len(text)),
        document=index_document(text, language),
        min_answer_support=support,
        min_question_grounding=grounding,
    )


INSPECTION = "The Board inspected the slipway on 12 April 2021."
RENT = "The Club shall pay the Board an annual rent of GBP 4,800 for the shed."
PRICE_KO = "을은 갑에게 매월 대금 12,500,000원을 지급한다."


def test_check_answer_that_stands_in_the_evidence_gives_measured_shares():
    checks = checked("What annual rent does the Club pay for the shed?", "An annual rent of GBP 4,800", RENT)
    assert isinstance(checks, Checks)
    assert (checks.answer_support, checks.question_grounded, checks.numbers_supported) == (1.0, 1.0, True)


def test_check_answer_korean_with_other_particles_is_supported():
    checks = checked(
        "을이 갑에게 매월 지급하는 대금은 얼마입니까?", "매월 12,500,000원", PRICE_KO, text=CONTRACT_KO, language="ko"
    )
    assert isinstance(checks, Checks)
    assert checks.answer_support == 1.0


@pytest.mark.parametrize(
    ("question", "answer", "evidence", "reason"),
    [("What annual rent does the Club pay for the shed?", "GBP 4,900", RENT, "number_not_in_evidence"),
     ("What annual rent does the Club pay for the shed?", "GBP 4,800 within 30 days", RENT, "number_not_in_evidence"),
     ("What annual rent does the Club pay for the shed?", "A cheque from Wales", RENT, "answer_not_supported"),
     ("Which insurance covers storm damage to fishing nets?", "GBP 4,800", RENT, "question_not_grounded"),
     ("What must the Board do after notice?", "Inspect the slipway", INSPECTION, "not_unique"),
     ("What annual rent does the Club pay for the shed?", "연 GBP 4,800", RENT, "wrong_language")],
)  # fmt: skip
def test_check_answer_names_the_reason(question, answer, evidence, reason):
    fault = checked(question, answer, evidence)
    assert isinstance(fault, Dropped)
    assert fault.reason == reason


def test_check_answer_of_masked_personal_data_is_dropped():
    text = LEASE + " The caretaker of the shed answers calls at [PHONE-1] on weekdays."
    evidence = "answers calls at [PHONE-1] on weekdays"
    for question, answer in (
        ("On which number does the caretaker answer calls?", "[PHONE-1]"),
        ("When does the caretaker answer calls at [PHONE-1]?", "on weekdays"),
    ):
        dropped = checked(question, answer, evidence, text=text)
        assert isinstance(dropped, Dropped)
        assert dropped.reason == "masked_personal_data"
    assert not isinstance(checked("When does the caretaker answer?", "on weekdays", evidence, text=text), Dropped)


def test_check_answer_with_a_twin_sentence_elsewhere_is_not_unique():
    twins = LEASE + "\n4. SECOND SHED\n\nThe Club shall pay the Board an annual rent of GBP 5,200 for the shed.\n"
    fault = checked("What annual rent does the Club pay for the shed?", "GBP 4,800", RENT, text=twins)
    assert isinstance(fault, Dropped)
    assert fault.reason == "not_unique"
    assert "5,200" in fault.detail


def test_check_answer_repeated_word_for_word_is_unique():
    repeated = LEASE + "\n4. SUMMARY\n\nThe Club shall pay the Board an annual rent of GBP 4,800 for the shed.\n"
    assert isinstance(
        checked("What annual rent does the Club pay for the shed?", "GBP 4,800", RENT, text=repeated), Checks
    )


SECTION = LEASE[LEASE.index("2. RENT") : LEASE.index("3. REPAIRS")]


def test_check_summary_that_keeps_the_facts_is_accepted():
    summary = (
        "The Club pays an annual rent of GBP 4,800 within 30 days after the invoice; late payment bears 6 percent."
    )
    checks = check_summary(summary=summary, section=SECTION, language="en", min_answer_support=0.6)
    assert isinstance(checks, Checks)
    assert checks.answer_support > 0.8


def test_check_summary_tells_the_share_of_it_that_the_section_supports():
    half = "The Harbour Board repaints doors; penguins applaud cheerfully on 3 May 2021."
    section = "The Harbour Board repaints doors on 3 May 2021, and " + "nothing else is said in this long section. " * 3
    checks = check_summary(summary=half, section=section, language="en", min_answer_support=0.3)
    assert 0.3 <= checks.answer_support < 0.95
    assert checks.question_grounded == 1.0
    limit = checks.answer_support
    for least, is_kept in ((limit, True), (limit + 0.001, False)):
        judged = check_summary(summary=half, section=section, language="en", min_answer_support=least)
        assert hasattr(judged, "answer_support") is is_kept


@pytest.mark.parametrize(
    ("summary", "reason"),
    [("The Club pays the Board GBP 5,800 a year.", "not_in_section"),
     ("The rent of GBP 4,800 goes to the Aberdare Trust.", "not_in_section"),
     ("Nobody remembers why oysters open at noon near 30 lighthouses.", "answer_not_supported"),
     ("A late payment bears interest.", "covers_nothing"),
     ("클럽은 매년 4,800파운드를 낸다.", "wrong_language"),
     (SECTION + SECTION, "not_shorter")],
)  # fmt: skip
def test_check_summary_names_the_reason(summary, reason):
    fault = check_summary(summary=summary, section=SECTION, language="en", min_answer_support=0.6)
    assert isinstance(fault, Dropped)
    assert fault.reason == reason
