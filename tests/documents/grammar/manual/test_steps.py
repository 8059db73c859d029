from __future__ import annotations

import pytest

from pipeline.nodes import NodeKind

from .read import body, nodes_of


def steps(text: str, language: str = "en") -> list[tuple[str, str]]:
    """Number and text of each step."""
    return [(node.label, body(text, node)) for node in nodes_of(text, NodeKind.STEP, language) if node.label]


def sorts(text: str, language: str = "en") -> list[str]:
    return [node.sort for node in nodes_of(text, NodeKind.STEPS, language)]


def test_read_steps_go_on_across_blank_lines_code_and_paragraphs() -> None:
    text = (
        "1. Open the valve:\n\n```\nvalve open\n```\n\nIt takes a minute.\n\n"
        "2. Fill the tank.\n\n3. Close it.\n\nDone.\n"
    )
    assert steps(text) == [
        ("1", "Open the valve: ``` valve open ``` It takes a minute."),
        ("2", "Fill the tank."),
        ("3", "Close it."),
    ]


def test_read_steps_nested_items_belong_to_their_step() -> None:
    text = "1. Open the box:\n   1. Cut the tape.\n   2. Lift the lid.\n2. Take the part.\n"
    assert [number for number, _ in steps(text)] == ["1", "2"]
    assert steps("1) 상자를 엽니다.\n① 테이프를 자릅니다.\n② 뚜껑을 듭니다.\n2) 부품을 꺼냅니다.\n", "ko")[-1] == (
        "2",
        "부품을 꺼냅니다.",
    )


@pytest.mark.parametrize(
    "text",
    [
        "① 전원을 끕니다.\n② 물을 뺍니다.\n③ 뚜껑을 닫으십시오.\n",
        "1단계: 전원을 끕니다.\n2단계: 물을 뺍니다.\n3단계: 뚜껑을 닫으십시오.\n",
        "(1) 전원을 끕니다.\n\n(2) 물을 뺍니다.\n\n(3) 뚜껑을 닫으십시오.\n",
    ],
)
def test_read_steps_of_korean_numbers_instruct(text: str) -> None:
    assert [words for _, words in steps(text, "ko")] == ["전원을 끕니다.", "물을 뺍니다.", "뚜껑을 닫으십시오."]
    assert sorts(text, "ko") == ["procedure"]


@pytest.mark.parametrize("mark", ["#.", "."])
def test_read_steps_that_a_converter_numbers_are_counted(mark: str) -> None:
    text = f"{mark} Open the valve.\n{mark} Fill the tank.\n{mark} Close it.\n"
    assert [number for number, _ in steps(text)] == ["1", "2", "3"]


def test_read_steps_below_code_explain_it() -> None:
    assert sorts("```\nvalve open <1>\nvalve fill <2>\n```\n\n1. Open the valve.\n2. Fill the tank.\n") == ["list"]


def test_read_steps_list_of_things_is_no_procedure() -> None:
    assert sorts("1. The index is fast.\n2. It is small.\n3. Each entry is checked.\n") == ["list"]
    assert sorts("1. 물통은 둥급니다.\n2. 펌프는 조용합니다.\n3. 값이 정해져 있어야 한다.\n", "ko") == ["list"]


def test_read_steps_announced_list_keeps_the_sentence() -> None:
    text = "The lid is hot. To open it, proceed as follows:\n\n1. Wait.\n2. Open it.\n"
    assert nodes_of(text, NodeKind.STEPS)[0].value == "To open it, proceed as follows:"
    korean = "뚜껑을 여는 방법은 다음과 같습니다.\n\n1. 기다립니다.\n2. 뚜껑을 엽니다.\n"
    assert nodes_of(korean, NodeKind.STEPS, "ko")[0].value == "뚜껑을 여는 방법은 다음과 같습니다."


def test_read_steps_number_that_is_left_out_ends_the_list() -> None:
    assert steps("1. Open it.\n3. Close it.\n") == []


def test_read_steps_contents_and_code_are_none() -> None:
    assert steps("1. Pump\n:   1.1. Start\n2. Tank\n:   2.1. Fill\n") == []
    assert steps("```\n1. Open.\n2. Close.\n```\n") == []


def test_read_bullets_need_a_sentence_that_announces_them() -> None:
    text = "The box holds:\n\n- a lid\n- a hose, with\n  its clamp\n\nMore.\n"
    [whole] = nodes_of(text, NodeKind.STEPS)
    assert (whole.sort, whole.value) == ("bullets", "The box holds:")
    assert [body(text, node) for node in nodes_of(text, NodeKind.STEP)] == ["a lid", "a hose, with its clamp"]
    assert nodes_of("Nothing here.\n\n- a lid\n- a hose\n", NodeKind.STEPS) == []
