import pytest
from worked_examples import planned, planned_about, read, worked_examples, written_document

from pipeline.records import Dropped

EN = """CYCLE HIRE TERMS

1. Return

1.1 The Hirer shall return the cycle within 10 days after the Start Date. 1.2 For each day of delay the Hirer shall pay
EUR 12. 1.3 A refund of 20% of the fee of EUR 300 is paid if the cycle is returned no later than 5 days after the
Start Date.

2. Load

The total load of rider and luggage must not exceed 120 kg. If the load is at least 100 kg, the rear tyre must be pumped
to 4 bar.

3. About us

The shop has been run by the Lindqvist family since it opened beside the old lighthouse, and its cat sleeps there.
"""
KO = """자전거 대여 약관

제1조(반납) ① 이용자는 대여일부터 10일 이내에 자전거를 반납하여야 한다.
② 기한을 넘긴 이용자는 1일마다 12,000원을 지급하여야 한다.

제2조(적재) 이용자와 짐의 무게는 합하여 120kg을 초과하여서는 아니 된다.
다만, 100kg 이상인 때에는 뒷바퀴의 공기압을 4bar로 하여야 한다.

제3조(소개) 가게는 옛 등대 옆에서 문을 연 뒤로 줄곧 한 가족이 꾸려 왔으며, 고양이가 그곳에서 잠을 잔다.
"""
RULE = "The Hirer shall return the cycle within 10 days after the Start Date."
RULE_KO = "이용자는 대여일부터 10일 이내에 자전거를 반납하여야 한다."


def english():
    titles = ("1. Return", "2. Load", "3. About us")
    return written_document(EN, domain="legal", titles=titles, segment_tokens=128)


def korean():
    titles = ("제1조(반납)", "제2조(적재)", "제3조(소개)")
    return written_document(KO, domain="legal", language="ko", titles=titles, segment_tokens=128)


def late(**change):
    return {
        "question": "The Start Date of a hire is 3 May, and the Hirer returns the cycle on 16 May. Is the return late?",
        "answer": "Yes. Under clause 1.1 the cycle must be returned within 10 days after the Start Date, so it was due "
        "on 13 May, and the return on 16 May is 3 days late.",
        "case": "16 May",
        "limit": "10 days",
        "evidence": [RULE],
        **change,
    }


def late_in_korean(**change):
    return {
        "question": "이용자가 5월 3일에 자전거를 빌려 5월 16일에 반납했습니다. 반납이 늦었습니까?",
        "answer": "예, 늦었습니다. 제1조 제1항에 따르면 대여일부터 10일 이내에 반납해야 하므로 기한은 "
        "5월 13일인데, 5월 16일에 반납했습니다.",
        "case": "5월 16일",
        "limit": "10일",
        "evidence": [RULE_KO],
        **change,
    }


KOREAN_QUESTION, KOREAN_ANSWER = (str(late_in_korean()[key]) for key in ("question", "answer"))


def asked(document, words, reply):
    return read(document, planned_about(document, "application", words), **reply)


def test_plan_asks_only_about_segments_with_rules():
    for document, unsuitable in ((english(), "lighthouse"), (korean(), "등대")):
        texts = [document.text(item.segment) for item in planned(document, "application")]
        assert len(texts) == 2 and not any(unsuitable in text for text in texts)


@pytest.mark.parametrize(
    ("document", "words", "reply"), [(english(), "within 10", late()), (korean(), "10일", late_in_korean())]
)
def test_computed_deadline_and_delay_are_accepted(document, words, reply):
    draft = asked(document, words, reply)
    assert not isinstance(draft, Dropped), draft
    assert (draft.question, draft.answer) == (reply["question"], reply["answer"])


@pytest.mark.parametrize(
    ("question", "answer", "limit", "quote"),
    [
        (
            "A Hirer returns the cycle 4 days late. How much must the Hirer pay for the delay?",
            "The Hirer must pay EUR 48. Under clause 1.2 each day of delay costs EUR 12; the return is 4 days late.",
            "EUR 12",
            "For each day of delay the Hirer shall pay\nEUR 12.",
        ),
        (
            "A Hirer returns the cycle 4 days after the Start Date. Which refund does the Hirer get?",
            "The Hirer gets a refund. Under clause 1.3 a return no later than 5 days after the Start Date gives 20% of "
            "the fee of EUR 300, and 4 days are less than 5 days.",
            "5 days",
            "A refund of 20% of the fee of EUR 300 is paid if the cycle is returned no later than 5 days after the "
            "Start Date.",
        ),
    ],
)
def test_amounts_and_comparisons_with_a_limit_are_accepted(question, answer, limit, quote):
    reply = late(question=question, answer=answer, case="4 days", limit=limit, evidence=[quote])
    draft = asked(english(), "within 10", reply)
    assert not isinstance(draft, Dropped), draft


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        ({"answer": late()["answer"].replace("13 May", "14 May")}, "value_not_in_evidence"),
        ({"answer": late()["answer"].replace("3 days", "4 days")}, "value_not_in_evidence"),
        ({"answer": late()["answer"].replace("within 10", "within 12")}, "value_not_in_evidence"),
        ({"answer": late()["answer"].replace("Yes", "No")}, "conclusion_differs"),
        ({"question": late()["question"].replace("late?", "in time?")}, "conclusion_differs"),
        ({"answer": late()["answer"].replace("Yes. Under", "Under")}, "no_conclusion"),
        ({"answer": late()["answer"].replace("Under clause 1.1 the", "The")}, "no_reference"),
        ({"answer": late()["answer"].replace("clause 1.1", "clause 9.7")}, "value_not_in_evidence"),
        ({"case": "17 May"}, "case_not_in_question"),
        ({"limit": "12 days"}, "value_not_in_evidence"),
        ({"limit": ""}, "wrong_fields"),
        ({"evidence": ["The Hirer shall return the cycle at once."]}, "evidence_not_found"),
        ({"evidence": [RULE] * 4}, "wrong_fields"),
    ],
)
def test_reply_with_a_fault_is_dropped(change, reason):
    fault = asked(english(), "within 10", late(**change))
    assert isinstance(fault, Dropped) and fault.reason == reason, fault


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        ({"answer": KOREAN_ANSWER.replace("5월 13일", "5월 14일")}, "value_not_in_evidence"),
        ({"answer": KOREAN_ANSWER.replace("예, 늦었습니다", "아니요, 늦지 않았습니다")}, "conclusion_differs"),
        ({"question": KOREAN_QUESTION.replace("반납이 늦었습니까", "기한을 지켰습니까")}, "conclusion_differs"),
        ({"answer": KOREAN_ANSWER.replace("제1조 제1항에 따르면 ", "")}, "no_reference"),
    ],
)
def test_korean_reply_with_a_fault_is_dropped(change, reason):
    fault = asked(korean(), "10일", late_in_korean(**change))
    assert isinstance(fault, Dropped) and fault.reason == reason, fault


def load(weight, question, says, compared):
    return {
        "question": f"A rider and the luggage weigh {weight} kg together. Does this {question}?",
        "answer": f'{says}. Under "Load" the total load must not exceed 120 kg, and {weight} kg {compared} 120 kg.',
        "case": f"{weight} kg",
        "limit": "120 kg",
        "evidence": ["The total load of rider and luggage must not exceed 120 kg."],
    }


@pytest.mark.parametrize(
    ("weight", "question", "conclusion", "compared", "reason"),
    [
        (131, "exceed the permitted load", "Yes", "is more than", ""),
        (131, "exceed the permitted load", "No", "is more than", "conclusion_differs"),
        (118, "exceed the permitted load", "No", "is less than", ""),
        (118, "exceed the permitted load", "Yes", "is less than", "conclusion_differs"),
        (118, "exceed the permitted load", "No", "is more than", "bound_differs"),
        (118, "comply with the permitted load", "Yes", "is less than", ""),
        (131, "comply with the permitted load", "Yes", "is more than", "conclusion_differs"),
    ],
)
def test_direction_of_the_conclusion_is_recomputed(weight, question, conclusion, compared, reason):
    draft = asked(english(), "120 kg", load(weight, question, conclusion, compared))
    assert (draft.reason if isinstance(draft, Dropped) else "") == reason, draft


def test_worked_examples_name_a_case_and_a_limit():
    replies = [reply for language in ("en", "ko") for _, _, reply in worked_examples("application", language)]
    assert len(replies) == 4 and all(reply["case"] and reply["limit"] for reply in replies)
