import pytest
from structural_documents import MANUAL, answer_to, findings, refused, slots_of

from pipeline.synthesize.structural.facts import Findings
from pipeline.synthesize.structural.task import Form
from pipeline.synthesize.tasks.steps import STEPS_ALL, STEPS_COUNT, STEPS_ITEM, STEPS_ITEMS, STEPS_NEXT, STEPS_ONE


def steps(text: str, language: str) -> Findings:
    return findings(text, "steps", domain="manual", language=language)


def test_step_facts_whole_procedure_in_order_with_continuation_lines() -> None:
    found = steps(MANUAL, "en")
    assert answer_to(found, STEPS_ALL, title="1.2 Switching off") == (
        "1. Press the key for 3 seconds.\n2. Pull the plug. Hold the plug, not the cable.\n"
        "3. Wait until the light is off."
    )
    assert answer_to(found, STEPS_COUNT, title="2.1 Descaling") == "4"


def test_step_facts_single_step_and_the_one_after() -> None:
    found = steps(MANUAL, "en")
    assert answer_to(found, STEPS_ONE, title="2.1 Descaling", number="3") == "Wait 30 minutes."
    assert answer_to(found, STEPS_NEXT, title="2.1 Descaling", previous="Wait 30 minutes") == "Rinse twice."


def test_step_facts_step_ends_before_the_prose_below_the_list() -> None:
    found = steps(MANUAL, "en")
    assert answer_to(found, STEPS_ONE, title="2.1 Descaling", number="4") == "Rinse twice."


def test_step_facts_two_lists_under_one_heading_are_refused() -> None:
    found = steps(MANUAL, "en")
    assert ("several_lists", "3.1 Winter") in refused(found)
    assert not any(slots_of(fact)["title"] == "3.1 Winter" for fact in found.facts)


def test_step_facts_same_heading_twice_takes_the_heading_above() -> None:
    text = (
        "# T2\n\n## Filter\n\n1. Open it.\n2. Wash it.\n3. Close it.\n\n# T3\n\n## Filter\n\n"
        "1. Turn it.\n2. Pull it.\n3. Push it.\n"
    )
    titles = {slots_of(fact)["title"] for fact in steps(text, "en").facts}
    assert titles == {"T2 > Filter", "T3 > Filter"}


def test_step_facts_list_that_is_no_procedure_is_not_called_one() -> None:
    text = "# Reasons\n\n1. The index is fast.\n2. It is small.\n3. Each entry is checked.\n"
    found = steps(text, "en")
    assert {fact.form for fact in found.facts} == {STEPS_ITEMS, STEPS_ITEM}


def test_step_facts_numbers_inside_a_code_block_are_no_steps() -> None:
    text = "# Log\n\n```\n1. Open the file.\n2. Read the file.\n3. Close the file.\n```\n"
    assert steps(text, "en").facts == ()


def test_step_facts_nested_numbers_belong_to_their_step() -> None:
    text = "# Fit\n\n1. Open the box:\n   1. Cut the tape.\n   2. Lift the lid.\n2. Take the part.\n3. Close the box.\n"
    found = steps(text, "en")
    assert answer_to(found, STEPS_COUNT) == "3"
    assert "2. Lift the lid." in answer_to(found, STEPS_ONE, number="1")


def test_step_facts_korean() -> None:
    text = (
        "# 안내서\n\n## 거름망 청소\n\n1. 전원을 끕니다.\n2. 거름망을 빼냅니다.\n3. 물에 헹구십시오.\n\n"
        "## 설치\n\n1단계 상자를 엽니다.\n2단계 받침을 놓습니다.\n3단계 본체를 올립니다.\n"
    )
    found = steps(text, "ko")
    assert answer_to(found, STEPS_COUNT, title="거름망 청소") == "3단계"
    assert answer_to(found, STEPS_NEXT, title="거름망 청소", previous="거름망을 빼냅니다") == "물에 헹구십시오."
    assert answer_to(found, STEPS_ONE, title="설치", number="2") == "받침을 놓습니다."


def test_step_facts_last_item_with_an_open_end_is_not_given() -> None:
    text = (
        "# Pump\n\n1) The tank is filled with clean water\n\nIt takes ten minutes.\n\n"
        "2) The valve opens by itself\n\n3) The motor notes how long it runs\n\nAs we know, it stops then.\n"
    )
    found = steps(text, "en")
    assert {slots_of(fact)["number"] for fact in found.facts} == {"1", "2"}
    korean = (
        "# 펌프\n\n1) 물통에 깨끗한 물이 채워진다\n\n10분이 걸린다.\n\n2) 밸브가 저절로 열린다\n\n"
        "3) 모터가 시간을 잰다\n\n그래서 곧 멈춘다.\n"
    )
    assert {slots_of(fact)["number"] for fact in steps(korean, "ko").facts} == {"1", "2"}


def test_step_facts_item_ends_without_the_mark_before_the_next() -> None:
    text = "# Data\n\n1. the number of valves;\n2. the length of the hose, and\n3. the name of the pump.\n"
    assert answer_to(steps(text, "en"), STEPS_ITEM, number="2") == "the length of the hose"
    korean = "# 자료\n\n1. 밸브의 개수와 종류,\n2. 호스의 길이와 굵기,\n3. 펌프의 이름과 번호\n"
    assert answer_to(steps(korean, "ko"), STEPS_ITEM, number="1") == "밸브의 개수와 종류"


def test_step_facts_list_inside_an_entry_makes_another_of_the_section_unclear() -> None:
    numbered = "1. The tank is full.\n2. The lid is closed.\n3. The lamp is green.\n"
    entry = "lid\n:   It closes by itself:\n\n" + "".join(f"    {line}\n" for line in numbered.splitlines())
    assert steps(f"# P\n\n## Start\n\n{numbered}", "en").facts
    assert steps(f"# P\n\n## Start\n\n{entry}\n{numbered}", "en").facts == ()


def test_step_facts_item_loses_a_joint_of_its_own_line() -> None:
    text = "# Data\n\n1. the number of valves\n\n   or\n2. the length of the hose\n3. the name of the pump\n"
    assert answer_to(steps(text, "en"), STEPS_ITEM, number="1") == "the number of valves"
    korean = "# 자료\n\n1. 밸브의 개수와 종류 또는\n2. 호스의 길이와 굵기\n3. 펌프의 이름과 번호\n"
    assert answer_to(steps(korean, "ko"), STEPS_ITEM, number="1") == "밸브의 개수와 종류"


def test_step_facts_list_whose_last_item_closes_the_sentence_of_all_is_left_alone() -> None:
    text = "# 자료\n\n크기는 다음에 달려 있습니다\n\n1. 밸브의 개수와 종류,\n2. 호스의 길이와 굵기,\n"
    assert steps(f"{text}3. 펌프의 이름과 번호에 따라 달라집니다.\n", "ko").facts == ()
    assert steps(f"{text}3. 펌프의 이름과 번호\n", "ko").facts


def test_step_facts_list_of_a_chapter_with_another_list_below_is_refused() -> None:
    numbered = "1. Open it.\n2. Wash it.\n3. Close it.\n"
    text = f"# P\n\n## Filter\n\n{numbered}\n### Housing\n\n{numbered}"
    found = steps(text, "en")
    assert {slots_of(fact)["title"] for fact in found.facts} == {"Housing"}
    assert ("several_lists", "Filter") in refused(found)


def test_step_facts_korean_letters_count_a_list() -> None:
    text = "# 펌프\n\n## 청소\n\n가. 전원을 끕니다.\n나. 거름망을 빼냅니다.\n다. 물에 헹구십시오.\n"
    found = steps(text, "ko")
    whole = "가. 전원을 끕니다.\n나. 거름망을 빼냅니다.\n다. 물에 헹구십시오."
    assert answer_to(found, STEPS_ALL, title="청소") == whole
    assert not any("number" in slots_of(fact) for fact in found.facts)


def test_step_facts_list_with_one_before_each_item_is_asked_as_a_whole() -> None:
    text = "# P\n\n## Filter\n\n1. Open the lid.\n1. Wash the filter.\n1. Close the lid.\n"
    found = steps(text, "en")
    whole = "1. Open the lid.\n2. Wash the filter.\n3. Close the lid."
    assert answer_to(found, STEPS_ALL, title="Filter") == whole
    assert {slots_of(fact).get("number") for fact in found.facts} <= {None, "1"}
    apart = "# P\n\n## Filter\n\n1. Open the lid.\n\nThen wait.\n\n1. Wash the filter.\n"
    assert steps(apart, "en").facts == ()


@pytest.mark.parametrize(
    ("lead", "form"),
    [
        ("Do this, in order:", STEPS_ALL),
        ("You can choose one of the two following schemes:", STEPS_ITEMS),
        ("Here is a checklist of things that help:", STEPS_ITEMS),
    ],
)
def test_step_facts_list_of_ways_or_points_is_no_procedure(lead: str, form: Form) -> None:
    text = (
        f"# Pump\n\n## Care\n\n{lead}\n\n1. Close the valve of the tank.\n2. Open the drain cock.\n3. Turn the key.\n"
    )
    forms = {fact.form for fact in steps(text, "en").facts}
    assert form in forms and len(forms & {STEPS_ALL, STEPS_ITEMS}) == 1


def test_step_facts_item_that_goes_on_with_the_sentence_above_is_not_given_alone() -> None:
    text = (
        "# Pump\n\n## Seals\n\nA seal of the old sort\n\n1. must be made of brown leather.\n"
        "2. is soaked in oil before winter.\n3. a box of them lies in the shed.\n"
    )
    numbers = {slots_of(fact)["number"] for fact in steps(text, "en").facts if fact.form is STEPS_ITEM}
    assert numbers == {"3"}
