import pytest
from structural_documents import answer_to, findings

from pipeline.synthesize.structural.facts import Findings
from pipeline.synthesize.tasks.entry import ENTRY_ROLE, ENTRY_USE
from pipeline.synthesize.tasks.passage import PASSAGE_ADVICE, PASSAGE_REASON, PASSAGE_TRAIT


def found(body: str, task: str, language: str = "ko", *, title: str = "밸브") -> Findings:
    return findings(f"# 펌프\n\n## {title}\n\n{body}\n", task, domain="manual", language=language)


def test_use_facts_what_a_thing_is_used_for() -> None:
    sentence = "부표 밸브를 사용하면 물통의 물이 넘치기 전에 펌프를 멈출 수 있습니다."
    told = found(sentence, "entry")
    assert answer_to(told, ENTRY_USE, term="부표 밸브", lead="“밸브”에서 ") == sentence
    button = "확인 단추를 사용하여 물의 양을 다시 잴 수 있습니다."
    assert answer_to(found(button, "entry"), ENTRY_USE, term="확인 단추") == button
    english = "The `--lid` option is used to open the lid before the pump starts."
    told = found(english, "entry", "en", title="Lid")
    assert answer_to(told, ENTRY_USE, term="--lid") == english


def test_use_facts_what_a_thing_does() -> None:
    sentence = "`pump-check` 명령은 모든 밸브를 차례로 열고 새는 곳을 알려 줍니다."
    assert answer_to(found(sentence, "entry"), ENTRY_ROLE, term="pump-check 명령") == sentence
    english = "The `pump-check` command opens all valves in turn and marks those that leak."
    told = found(english, "entry", "en", title="Lid")
    assert answer_to(told, ENTRY_ROLE, term="pump-check") == english


def test_use_facts_thing_of_which_two_sentences_speak_is_left_alone() -> None:
    one = "`pump-check` 명령은 모든 밸브를 차례로 열고 새는 곳을 알려 줍니다."
    assert found(f"{one}\n\n`pump-check` 명령은 느립니다.", "entry").facts == ()
    english = "The `pump-check` command opens all valves in turn and marks those that leak."
    assert found(f"{english} The `pump-check` command is slow.", "entry", "en", title="Lid").facts == ()


@pytest.mark.parametrize(
    "sentence",
    [
        "이 밸브를 사용하면 물통의 물이 넘치기 전에 펌프를 멈출 수 있습니다.",
        "해당 기능은 모든 밸브를 차례로 열고 새는 곳을 알려 줍니다.",
        "펌프 기능은 물이 없으면 모든 밸브를 닫아야 합니다.",
        "`w` 값은 물의 무게를 의미합니다.",
    ],
)
def test_use_facts_sentence_that_needs_others_is_left_alone(sentence: str) -> None:
    assert found(sentence, "entry").facts == ()


def test_reason_facts_reason_in_both_orders() -> None:
    sentence = "뚜껑을 왼쪽으로 여는 이유는 오른쪽에 뜨거운 모터가 있기 때문입니다."
    told = found(sentence, "passage")
    assert answer_to(told, PASSAGE_REASON, case="뚜껑을 왼쪽으로 여는") == sentence
    clause = "뚜껑은 왼쪽으로만 열 수 있는데, 이는 오른쪽에 뜨거운 모터가 있기 때문입니다."
    told = found(clause, "passage")
    assert answer_to(told, PASSAGE_REASON, case="뚜껑은 왼쪽으로만 열 수 있는데, 그") == clause
    english = "The reason that the lid opens to the left is that the hot motor stands on the right."
    told = found(english, "passage", "en", title="Lid")
    assert answer_to(told, PASSAGE_REASON, case="the lid opens to the left") == english


def test_reason_facts_clause_that_points_back_is_left_alone() -> None:
    for clause in ("이렇게 하는 이유는", "이 뚜껑을 왼쪽으로 여는 이유는", "그렇게 열 수 있는데, 이는"):
        told = found(f"{clause} 오른쪽에 뜨거운 모터가 있기 때문입니다.", "passage")
        assert not any(fact.form is PASSAGE_REASON for fact in told.facts)


def test_reason_facts_purpose_and_best_way() -> None:
    sentence = "부표 밸브의 목적은 물통의 물이 넘치지 않게 하는 것입니다."
    assert answer_to(found(sentence, "passage"), PASSAGE_TRAIT, case="부표 밸브의 목적") == sentence
    way = "물통을 청소하는 가장 쉬운 방법은 부드러운 솔과 따뜻한 물을 쓰는 것입니다."
    told = found(way, "passage")
    assert answer_to(told, PASSAGE_TRAIT, case="물통을 청소하는 가장 쉬운 방법") == way
    english = "The best way to clean the tank is to use a soft brush and warm water."
    told = found(english, "passage", "en", title="Lid")
    assert answer_to(told, PASSAGE_TRAIT, case="best way to clean the tank") == english
    assert found("The best way to clean it is to use a soft brush.", "passage", "en", title="Lid").facts == ()


def test_use_facts_thing_that_another_sentence_names_is_left_alone() -> None:
    sentence = "`pump-check` 명령은 밸브의 상태를 화면에 출력합니다."
    alone = found(f"{sentence} 열쇠는 초록색입니다.", "entry")
    assert answer_to(alone, ENTRY_ROLE, term="pump-check 명령") == sentence
    again = found(f"관리자의 `pump-check` 명령은 물통을 비웁니다. {sentence}", "entry")
    assert not any(fact.form is ENTRY_ROLE for fact in again.facts)


def test_requirement_facts_korean_section_with_a_second_demand_gives_no_advice() -> None:
    advice = "펌프에는 갈색 기름을 넣는 것이 바람직합니다."
    one = found(f"{advice} 열쇠는 초록색입니다.", "passage")
    assert answer_to(one, PASSAGE_ADVICE) == advice
    for second in ("물통에는 초록색 기름을 넣는 것이 더 적절합니다.", "물통은 매일 비워야 합니다."):
        both = found(f"{advice} {second}", "passage")
        assert not any(fact.form is PASSAGE_ADVICE for fact in both.facts)
