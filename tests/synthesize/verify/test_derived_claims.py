"""Values, names and exceptions that an answer words in its own way: recomputed, they pass; wrong ones do not."""

from __future__ import annotations

import pytest
from reading_claims import claim_of

from pipeline.synthesize.verify.chain import FACT_CHECKS, first_fault
from pipeline.synthesize.verify.claim import Claim
from pipeline.synthesize.verify.exceptions import exception_turned_round
from pipeline.synthesize.verify.foreign_sides import other_denial_of_identifier
from pipeline.synthesize.verify.name_check import missing_name
from pipeline.synthesize.verify.replacements import replaced_term
from pipeline.synthesize.verify.table_cells import other_cell
from pipeline.synthesize.verify.value_check import (
    missing_value,
    other_bound,
    strange_value_of_question,
)

BOAT_HIRE = "A rowing boat costs €18 an hour. The deposit for it is €45. Paddles cost €7 each."


def reason(found: object) -> str:
    return str(getattr(found, "reason", ""))


@pytest.mark.parametrize(
    ("answer", "evidence", "language", "expected"),
    [
        ("The boat is €18 and the deposit €45, €63 in all.", BOAT_HIRE, "en", ""),
        ("The boat is €18 and the deposit €45, €64 in all.", BOAT_HIRE, "en", "value_not_in_evidence"),
        ("The guest pays €63.", BOAT_HIRE, "en", "value_not_in_evidence"),
        ("At €18 the boat is €27 cheaper than the deposit of €45.", BOAT_HIRE, "en", ""),
        ("At €18 the boat is €28 cheaper than the deposit of €45.", BOAT_HIRE, "en", "value_not_in_evidence"),
        ("The chain is oiled every six months.", "Oil the chain every half year.", "en", ""),
        ("The chain is oiled every seven days.", "Oil the chain weekly.", "en", ""),
        ("The chain is oiled every eight days.", "Oil the chain weekly.", "en", "value_not_in_evidence"),
        ("The chain is oiled within seven days.", "Oil the chain weekly.", "en", "value_not_in_evidence"),
        ("필터는 12개월마다 교체한다.", "필터는 매년 교체한다.", "ko", ""),
        ("필터는 10개월마다 교체한다.", "필터는 매년 교체한다.", "ko", "value_not_in_evidence"),
        ("입장료 3,000원과 대여료 9,000원을 더해 12,000원이다.", "입장료는 3,000원, 대여료는 9,000원이다.", "ko", ""),
        (
            "입장료 3,000원과 대여료 9,000원을 더해 13,000원이다.",
            "입장료는 3,000원, 대여료는 9,000원이다.",
            "ko",
            "value_not_in_evidence",
        ),
        ("창고를 2년간 빌렸다.", "임대 기간은 2021. 4. 1.부터 2023. 3. 31.까지로 한다.", "ko", ""),
        ("창고를 3년간 빌렸다.", "임대 기간은 2021. 4. 1.부터 2023. 3. 31.까지로 한다.", "ko", "value_not_in_evidence"),
    ],
)
def test_value_made_of_values_passes_only_if_it_is_right(answer, evidence, language, expected):
    assert reason(missing_value(claim_of(answer, evidence, language=language))) == expected


def test_count_of_cases_beside_an_index_of_code_passes():
    code = "if row is None or row[1] > limit:\n    raise RowTooLong(row)"
    answer = "In two cases: if there is no row, or if it is longer than `limit`."
    assert missing_value(claim_of(answer, code, domain="code")) is None


def test_one_in_english_evidence_is_the_1_of_a_korean_answer():
    evidence = "Each retry adds one to the counter."
    assert missing_value(claim_of("재시도할 때마다 횟수가 1 늘어난다.", evidence, language="ko")) is None
    assert reason(missing_value(claim_of("재시도할 때마다 횟수가 2 늘어난다.", evidence, language="ko")))


@pytest.mark.parametrize(
    ("answer", "evidence", "expected"),
    [
        ("The roof lasts at least thirty years.", "The roof does not need repair in under thirty years.", ""),
        ("The roof lasts under thirty years.", "The roof lasts at least thirty years.", "bound_differs"),
        ("A stay of no shorter than 9 days.", "A stay of no longer than 9 days.", "bound_differs"),
        (
            "The guest may cancel if at least 9 days are left before arrival.",
            "The guest may cancel up to 9 days before arrival.",
            "",
        ),
        (
            "No earlier than 9 days before arrival.",
            "The guest pays no later than 9 days before arrival.",
            "bound_differs",
        ),
    ],
)
def test_bound_behind_a_negation_or_of_the_time_left_is_turned_round(answer, evidence, expected):
    assert reason(other_bound(claim_of(answer, evidence))) == expected


@pytest.mark.parametrize(
    ("answer", "evidence"),
    [
        ("It answers false, and no lock is taken then.", "Answers false if the key is gone; no lock is taken then."),
        ("It gives None when no page is open; otherwise it gives a page.", "Give a page, or None if none is open."),
        ("The dent is in the lid and not in the boiler's wall.", "I see the dent in the lid, not in your wall."),
    ],
)
def test_answer_that_denies_the_same_passes(answer, evidence):
    assert first_fault(claim_of(answer, evidence, domain="code")) is None


@pytest.mark.parametrize(
    ("answer", "evidence"),
    [
        ("The ferry will carry bicycles on Sundays.", "The ferry will no longer carry bicycles on Sundays."),
        ("It answers false, and a lock is taken then.", "Answers false if the key is gone; no lock is taken then."),
    ],
)
def test_answer_that_leaves_the_negation_out_is_rejected(answer, evidence):
    assert reason(first_fault(claim_of(answer, evidence))) == "negation_differs"


@pytest.mark.parametrize(
    ("answer", "evidence", "language", "is_turned"),
    [
        ("The pass stays valid, even if it was lent.", "The pass is valid unless it was lent to someone.", "en", True),
        ("The pass is valid unless it was lent.", "The pass is valid unless it was lent to someone.", "en", False),
        ("The pass is valid even if it is not signed.", "The pass is valid unless it is signed.", "en", False),
        ("The gate is locked, unless a guard is there.", "The gate is not locked unless a guard is there.", "en", True),
        (
            "보증은 기계를 개조한 경우에도 유효하다.",
            "보증은 유효하다. 다만, 기계를 개조한 경우에는 그러하지 아니하다.",
            "ko",
            True,
        ),
        ("보증은 유효하다.", "보증은 유효하다. 다만, 기계를 개조한 경우에는 그러하지 아니하다.", "ko", False),
    ],
)
def test_exception_that_the_answer_includes_is_found(answer, evidence, language, is_turned):
    found = exception_turned_round(claim_of(answer, evidence, language=language))
    assert (reason(found) == "negation_differs") is is_turned


RING_SHOP = 'Made between Olla Ring Co (the "Lender") and Tam Vesey (the "Guest").\n'


@pytest.mark.parametrize(
    ("evidence", "passes"),
    [
        ("Either party may end the loan if the other breaks a ring.", True),
        ("The loan may be ended if a ring is broken.", False),
    ],
)
def test_party_of_the_document_is_meant_by_either_party(evidence, passes):
    claim = claim_of("It may end the loan if the Lender breaks a ring.", evidence, document=RING_SHOP + evidence)
    assert (missing_name(claim) is None) is passes


def test_parties_that_the_head_of_a_document_names_as_one_are_not_exchanged():
    evidence = "The respondent showed no photograph of the stairs."
    answer = "The landlord showed no photograph of the stairs."
    one = claim_of(answer, evidence, document=f"Respondent: Hollin Homes (landlord)\n{evidence}")
    two = claim_of(answer, evidence, document=f"Applicant: Hollin Homes (landlord)\n{evidence}")
    assert missing_name(one) is None
    assert reason(missing_name(two)) == "name_not_in_evidence"


PIER = "Boats under 6 metres may moor at the pier. "
FARES = "A late return of less than 20 minutes costs €4, of less than 40 minutes €9."
WITHDRAWAL = "All of the fee up to 20 days before the course, half of it up to 72 hours before, and nothing after that."


def supposed(question: str, answer: str, evidence: str, language: str = "en") -> Claim:
    return claim_of(answer, evidence, question=question, language=language)


@pytest.mark.parametrize(
    ("question", "right", "wrong", "evidence", "language"),
    [
        (
            "May a boat of 7 metres moor at the pier?",
            "No, only shorter boats may.",
            "Yes, it may moor there.",
            PIER,
            "en",
        ),
        (
            "How much of the fee does a pupil get back who withdraws 5 days before the course?",
            "Half of the fee.",
            "Nothing at all.",
            WITHDRAWAL,
            "en",
        ),
        (
            "만 11세인 어린이는 파도 미끄럼틀을 탈 수 있는가?",
            "탈 수 없다. 12세 이상이어야 한다.",
            "탈 수 있다. 12세 이상이면 된다.",
            "파도 미끄럼틀은 12세 이상인 사람만 탈 수 있다.",
            "ko",
        ),
        (
            "출석률이 83%인 수강생은 수강료를 얼마나 돌려받을 수 있는가?",
            "10%를 돌려받는다.",
            "30%를 돌려받는다.",
            "출석률이 80% 이상이면 수강료의 10%를, 90% 이상이면 30%를 돌려준다.",
            "ko",
        ),
    ],
)
def test_question_may_suppose_a_value_if_the_answer_follows(question, right, wrong, evidence, language):
    assert strange_value_of_question(supposed(question, right, evidence, language)) is None
    found = strange_value_of_question(supposed(question, wrong, evidence, language))
    assert reason(found) == "question_value_not_in_document"


def test_question_that_supposes_a_value_without_a_limit_is_rejected():
    found = strange_value_of_question(supposed("May a boat of 7 kg moor at the pier?", "No, it may not.", PIER))
    assert reason(found) == "question_value_not_in_document"


def test_part_number_beside_the_evidence_does_not_replace_its_own():
    evidence = "The pump was moved to rack R-52."
    document = f"Rack R-51 is too warm. {evidence}"
    right, wrong = (
        claim_of(f"To rack {name}.", evidence, question="To which rack was the pump moved?", document=document)
        for name in ("R-52", "R-51")
    )
    assert missing_value(right) is None
    assert reason(missing_value(wrong)) == "value_not_in_evidence"


TABLE = "| Model | Lark | Larkx |\n| --- | --- | --- |\n| Weight | 12 kg | 17 kg |\n| Tank | 30 L | 55 L |"
ROWS = "| Weight | 12 kg | 17 kg |\n| Tank | 30 L | 55 L |"


@pytest.mark.parametrize(
    ("answer", "expected"),
    [
        ("The Lark has a weight of 12 kg and a tank of 30 L, the Larkx a weight of 17 kg and a tank of 55 L.", ""),
        (
            "The Lark has a weight of 17 kg and a tank of 30 L, the Larkx a weight of 12 kg and a tank of 55 L.",
            "values_exchanged",
        ),
        ("12 kg for the Lark and 17 kg for the Larkx.", ""),
        ("Lark and Larkx weigh 12 kg and 17 kg respectively.", ""),
    ],
)
def test_values_of_a_quoted_row_stand_with_the_heading_of_their_column(answer, expected):
    assert reason(other_cell(claim_of(answer, ROWS, domain="manual", document=TABLE))) == expected


@pytest.mark.parametrize(("name", "is_known"), [("도하준", True), ("도하진", False)])
def test_korean_name_with_one_other_syllable_is_another_name(name, is_known):
    claim = claim_of(
        f"측량사는 {name}이다.",
        "측량사 도하준의 보고서에 따르면 담이 기울었다.",
        question="측량사는 누구인가?",
        language="ko",
    )
    assert (replaced_term(claim) is None) is is_known


def test_identifiers_that_english_evidence_tells_apart_are_compared_one_by_one():
    evidence = "Opening locks the file.\nPeeking does not lock it."
    right = "`opening`은 파일을 잠그고, `peeking`은 잠그지 않는다."
    wrong = "`opening`은 파일을 잠그지 않고, `peeking`은 잠근다."
    question = "`opening`과 `peeking`은 파일을 어떻게 다루는가?"
    assert (
        other_denial_of_identifier(claim_of(right, evidence, question=question, language="ko", domain="code")) is None
    )
    found = other_denial_of_identifier(claim_of(wrong, evidence, question=question, language="ko", domain="code"))
    assert reason(found) == "negation_differs"


@pytest.mark.parametrize("is_right", [True, False])
def test_rates_of_two_things_are_not_exchanged(is_right):
    evidence = "소화기는 분기마다 1회 점검한다. 발전기는 매월 1회 점검한다."
    right, wrong = (
        "소화기는 분기마다 1회, 발전기는 매월 1회 점검한다.",
        "소화기는 매월 1회, 발전기는 분기마다 1회 점검한다.",
    )
    claim = claim_of(right if is_right else wrong, evidence, language="ko")
    assert (first_fault(claim, FACT_CHECKS) is None) is is_right


@pytest.mark.parametrize("is_right", [True, False])
def test_yes_to_a_question_with_a_leaving_word_is_compared_with_its_denial(is_right):
    evidence = "배송비는 포장비를 빼지 않고 계산한다."
    answer = "아니다. 배송비는 포장비를 빼지 않고 계산한다." if is_right else "그렇다. 배송비는 포장비를 빼고 계산한다."
    claim = claim_of(answer, evidence, question="배송비는 포장비를 빼고 계산하는가?", language="ko")
    assert (first_fault(claim, FACT_CHECKS) is None) is is_right
