import pytest
from worked_examples import planned, planned_about, read, written_document

from pipeline.records import Dropped

EN = """Harbour choir, planning of the tour

Mina: Then the tour ends in Bergen on 12 April, agreed?
Tom: Agreed. Who books the coach?
Priya: I'll call the coach company tomorrow.
Mina: Fine. Tom, please send me the list of singers by Friday.
Tom: Yes.
Priya: We could hire a second pianist.
Mina: Let's see in March.

"""
KO = """항구 합창단 순회 공연 회의

박민아: 그러면 순회 공연은 4월 12일에 부산에서 마치는 걸로 정하겠습니다.
이준호: 좋습니다. 버스 예약은 누가 하죠?
최서연: 제가 내일 버스 회사에 전화하겠습니다.
박민아: 준호 씨는 금요일까지 단원 명단을 보내 주세요.
이준호: 네, 보내겠습니다.
최서연: 피아노 반주자를 한 명 더 부르면 어떨까요?
박민아: 그건 3월에 다시 봅시다.

"""
SMALL_TALK = "".join(
    f"Ola: The {word} rehearsal was lovely and the hall smelled of tea.\n" for word in ["one", "two", "six"]
)
SMALL_TALK_KO = "".join(
    f"오하나: {word} 연습은 즐거웠고 연습실에서는 차 향기가 났습니다.\n" for word in ("첫째", "둘째", "여섯째")
)


def english():
    return written_document(EN + 9 * (SMALL_TALK + "\n"), domain="dialogue", segment_tokens=110)


def korean():
    return written_document(KO + 9 * (SMALL_TALK_KO + "\n"), domain="dialogue", language="ko", segment_tokens=100)


def item(text, *quotes, person="", due=""):
    return {"item": text, "person": person, "due": due, "evidence": list(quotes)}


END = item("The tour ends in Bergen on 12 April.", "Then the tour ends in Bergen on 12 April, agreed?", "Agreed.")
COACH = item(
    "Priya calls the coach company tomorrow.", "I'll call the coach company tomorrow.", person="Priya", due="tomorrow"
)
LIST = item(
    "Tom sends Mina the list of singers by Friday.",
    "Tom, please send me the list of singers by Friday.",
    "Yes.",
    person="Tom",
    due="Friday",
)
QUESTION = "What was decided about the end of the choir's tour, and who does what for the tour by when?"


def reply(*items, question=QUESTION):
    return {"question": question, "items": list(items)}


def asked(*items):
    document = english()
    return document, read(document, planned_about(document, "decisions", "Bergen"), **reply(*items))


def test_plan_leaves_small_talk_out():
    for document, words in ((english(), "Bergen"), (korean(), "부산")):
        assert len(document.segments) > 1
        (only,) = planned(document, "decisions")
        assert words in document.text(only.segment)


def test_items_become_a_list_with_all_quotes_as_evidence():
    document, draft = asked(END, COACH, LIST)
    assert not isinstance(draft, Dropped), draft
    assert draft.answer.split("\n") == [f"- {one['item']}" for one in (END, COACH, LIST)]
    quotes = [document.text(span) for span in draft.evidence]
    assert quotes == [*END["evidence"], *COACH["evidence"], *LIST["evidence"]]


def test_korean_items_become_a_list():
    document = korean()
    end = item(
        "순회 공연은 4월 12일에 부산에서 마치기로 했습니다.",
        "순회 공연은 4월 12일에 부산에서 마치는 걸로 정하겠습니다.",
    )
    bus = item(
        "최서연이 내일 버스 회사에 전화하기로 했습니다.",
        "제가 내일 버스 회사에 전화하겠습니다.",
        person="최서연",
        due="내일",
    )
    question = "합창단 순회 공연의 마지막 날을 언제로 정했고, 버스는 누가 언제 알아보기로 했습니까?"
    request = planned_about(document, "decisions", "부산")
    draft = read(document, request, **reply(end, bus, question=question))
    assert not isinstance(draft, Dropped), draft
    assert draft.answer == f"- {end['item']}\n- {bus['item']}"
    wrong = {**bus, "item": bus["item"].replace("최서연이", "이준호가"), "person": "이준호"}
    fault = read(document, request, **reply(end, wrong, question=question))
    assert isinstance(fault, Dropped) and fault.reason == "name_not_in_evidence", fault


@pytest.mark.parametrize(
    ("items", "reason"),
    [
        ((END, {**COACH, "person": "Ola", "item": "Ola calls the coach company tomorrow."}), "name_not_in_evidence"),
        ((END, {**COACH, "item": "She calls the coach company tomorrow."}), "person_missing"),
        ((END, {**LIST, "due": "Monday", "item": LIST["item"].replace("Friday", "Monday")}), "date_not_in_evidence"),
        ((END, {**LIST, "item": "Tom sends Mina the list of singers."}), "date_not_in_evidence"),
        (({**END, "item": "The tour ends in Bergen on 14 April."},), "value_not_in_evidence"),
        (({**END, "item": "The tour does not end in Bergen on 12 April."},), "negation_differs"),
        (({**END, "evidence": ["Then the tour ends in Oslo."]},), "evidence_not_found"),
        (({**END, "item": ""},), "empty_answer"),
        (({**END, "item": "The tour ends\nin Bergen."},), "wrong_fields"),
        (({**END, "evidence": ["Agreed."] * 4},), "wrong_fields"),
        ((), "wrong_fields"),
    ],
)
def test_reply_with_a_faulty_item_is_dropped(items, reason):
    _, fault = asked(*items)
    assert isinstance(fault, Dropped) and fault.reason == reason, fault


def test_values_of_one_item_do_not_prove_another():
    """The date is in the document and in the quotes of another item."""
    _, fault = asked(END, {**COACH, "item": "Priya calls the coach company on 12 April.", "due": ""})
    assert isinstance(fault, Dropped) and fault.reason == "value_not_in_evidence", fault


def test_short_quote_is_found_behind_the_quote_before_it():
    yes = {**LIST, "evidence": ["Tom, please send me the list of singers by Friday.", "Yes."]}
    document = written_document("Ola: Yes.\n" + EN + 4 * SMALL_TALK, domain="dialogue", segment_tokens=120)
    draft = read(document, planned_about(document, "decisions", "Bergen"), **reply(END, yes))
    assert not isinstance(draft, Dropped), draft
    assert draft.evidence[-1].start > document.context.text.index("singers")
