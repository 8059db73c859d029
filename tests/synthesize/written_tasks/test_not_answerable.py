from dataclasses import replace

import pytest
from worked_examples import document_of, planned, planned_about, read, written_document

from pipeline.languages import language_rules
from pipeline.records import Dropped
from pipeline.synthesize.verify.absence_check import key_words, sentence_with
from pipeline.synthesize.verify.reading import compiled_ignoring_case
from pipeline.synthesize.written_tasks import written_tasks

EN = """BOAT SHED LEASE

1. Repairs

The Contractor shall repair a defect of the shed within ten working days after the Club's notice. The removed boards are
stored in the yard, and the Board appropriately lists them in its register of 14 March 2021.

2. Rent

The Club shall pay the Board an annual rent of GBP 4,800. The rent is due on 1 May of each year.
"""
KO = """보트 창고 임대차 계약

제1조(보수) 수급인은 조합의 통지를 받은 날부터 10일 이내에 창고의 하자를 보수하여야 한다.
떼어 낸 판자는 2021년 3월 14일 목록에 적는다.

제2조(임대료) 조합은 매년 5월 1일에 임대료 4,800,000원을 지급하여야 한다.
"""


def english():
    return written_document(EN, domain="legal", titles=("1. Repairs", "2. Rent"), segment_tokens=128)


def reply(**change):
    return {
        "question": "What penalty does the Contractor pay if it does not repair a defect of the shed in time?",
        "missing": "penalty",
        "refusal": "The lease does not specify a penalty for a Contractor that does not repair a defect in time.",
        "nearest": "It only says that the Contractor shall repair a defect within ten working days after the Club's "
        "notice.",
        "evidence": [
            "The Contractor shall repair a defect of the shed within ten working days after the Club's notice."
        ],
        **change,
    }


def asked(**change):
    document = english()
    return read(document, planned_about(document, "not_answerable", "defect"), **reply(**change))


def test_answer_is_the_refusal_and_the_nearest_matter():
    draft = asked()
    assert not isinstance(draft, Dropped), draft
    assert draft.answer == f"{reply()['refusal']} {reply()['nearest']}"
    assert written_tasks()["not_answerable"].family == "not_answerable"


def test_korean_answer_is_the_refusal_and_the_nearest_matter():
    document = written_document(KO, domain="legal", language="ko", segment_tokens=128)
    request = planned_about(document, "not_answerable", "하자")
    told = {
        "question": "수급인이 창고의 하자를 기한까지 보수하지 않으면 위약금은 얼마입니까?",
        "missing": "위약금",
        "refusal": "해당 문서에는 하자를 기한까지 보수하지 않은 수급인의 위약금이 정해져 있지 않습니다.",
        "nearest": "제1조는 수급인이 조합의 통지를 받은 날부터 10일 이내에 창고의 하자를 보수해야 한다고만 "
        "정하고 있습니다.",
        "evidence": ["수급인은 조합의 통지를 받은 날부터 10일 이내에 창고의 하자를 보수하여야 한다."],
    }
    draft = read(document, request, **told)
    assert not isinstance(draft, Dropped), draft
    present = read(document, request, **{**told, "missing": "하자를 보수하지"})
    assert isinstance(present, Dropped) and present.reason == "asked_thing_present", present


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        ({"missing": "repair a defect"}, "asked_thing_present"),
        ({"missing": "warranty"}, "missing_not_asked"),
        ({"missing": "the"}, "missing_not_asked"),
        ({"refusal": "The lease fixes a penalty for a Contractor that is late."}, "not_a_refusal"),
        ({"refusal": "The lease does not specify what happens then."}, "not_a_refusal"),
        ({"refusal": reply()["refusal"].replace("a penalty", "a penalty of GBP 90")}, "value_not_in_evidence"),
        (
            {"refusal": reply()["refusal"].replace("a penalty for", "a penalty by Lord Barham for")},
            "name_not_in_evidence",
        ),
        ({"nearest": reply()["nearest"].replace("ten", "twelve")}, "value_not_in_evidence"),
        ({"nearest": reply()["nearest"].replace("shall repair", "shall not repair")}, "negation_differs"),
        ({"nearest": ""}, "empty_answer"),
        ({"evidence": ["The Contractor pays nothing."]}, "evidence_not_found"),
        ({"evidence": reply()["evidence"] * 4}, "wrong_fields"),
        (
            {"question": "What penalty of GBP 77 does the Contractor pay for a defect?"},
            "question_value_not_in_document",
        ),
    ],
)
def test_reply_with_a_fault_is_dropped(change, reason):
    fault = asked(**change)
    assert isinstance(fault, Dropped) and fault.reason == reason, fault


def test_only_whole_documents_that_the_teacher_sees_whole_are_asked():
    document = english()
    assert planned(document, "not_answerable")
    part = replace(document.context, num_parts=2)
    assert planned(document_of(part, segment_tokens=128), "not_answerable") == []
    long = written_document("\n\n".join(f"{n}. {EN}" for n in range(40)), domain="legal", segment_tokens=128)
    assert planned(long, "not_answerable")
    assert planned(document_of(long.context, window=2500, segment_tokens=128), "not_answerable") == []


@pytest.mark.parametrize(
    ("missing", "language", "document", "found"),
    [
        ("removal", "en", "The removed boards are here.", True),
        ("approve", "en", "The Board appropriately lists them.", False),
        ("retry", "en", "limit = config.maxRetries", True),
        ("late", "en", "Related matters.", False),
        ("late fee", "en", "It is late. A fee is due.", False),
        ("`load`", "en", "def load(path):", True),
        ("교체", "ko", "필터를 교체한다.", True),
        ("위약금", "ko", "계약위약금은 없다.", True),
        ("보증 기간", "ko", "보증은 없다. 기간은 길다.", False),
    ],
)
def test_sentence_with_finds_words_in_other_forms_but_not_in_other_words(missing, language, document, found):
    assert bool(sentence_with(key_words(missing, language), document)) is found


@pytest.mark.parametrize(
    ("language", "sentence", "expected"),
    [
        ("en", "The manual does not say how often the filter is replaced.", True),
        ("en", "No period for the objection is given in the contract.", True),
        ("en", "Nobody mentions who pays for the hall.", True),
        ("en", "The document contains no warranty.", True),
        ("en", "The Tenant shall not sublet the premises.", False),
        ("en", "The pump must not run dry.", False),
        ("ko", "해당 문서에는 교체 주기가 나와 있지 않습니다.", True),
        ("ko", "위약금에 관한 규정이 없습니다.", True),
        ("ko", "비용을 누가 내는지는 언급되어 있지 않습니다.", True),
        ("ko", "보증 기간은 따로 정하고 있지 않습니다.", True),
        ("ko", "임차인은 전대할 수 없습니다.", False),
        ("ko", "펌프를 물 없이 돌리지 마십시오.", False),
    ],
)
def test_words_that_say_that_something_is_absent(language, sentence, expected):
    assert bool(compiled_ignoring_case(language_rules(language).answers.refusals).search(sentence)) is expected
