from __future__ import annotations

import pytest

from pipeline.documents.grammar.turns.reading import holds_dialogue

from ..said import open_turns, said, said_at

CHAT = "철수: 가마 온도가 몇 도예요?\n영희: 900도입니다.\n철수: 언제 열 수 있나요?\n영희: 내일 아침에요.\n"


@pytest.mark.parametrize(
    "pattern", ["{name}: {words}", "**{name}:** {words}", "**{name}**: {words}", "- {name}: {words}", "{name}：{words}"]
)
@pytest.mark.parametrize(
    "names",
    [
        ("Mara Lind", "Dr. Jo Park"),
        ("mun__", "Second_unit"),
        ("$ally_name", "Hon. Jo Park (Minister of Women and of the North, Lib.)"),
        ("김 과장(구매팀)", "이 대리(영업팀)"),
        ("🌸지은🌸", "민호"),
    ],
)
def test_colon_names_stay_as_written(pattern: str, names: tuple[str, str]) -> None:
    words = ("Is batch 12 inside?", "900도입니다.", "Then we wait.", "내일 열겠습니다.")
    turns = list(zip(names * 2, words, strict=True))
    text = "\n\n".join(pattern.format(name=name, words=said) for name, said in turns)
    assert said(text) == turns
    assert holds_dialogue(text)


def test_colon_time_behind_the_name_is_read() -> None:
    text = "Ann Lee (09:14): the mirror is down\nBob [09:15]: which one?\nAnn Lee (09:16): the second\n"
    assert said_at(text) == [
        ("Ann Lee", "09:14", "the mirror is down"),
        ("Bob", "09:15", "which one?"),
        ("Ann Lee", "09:16", "the second"),
    ]


def test_colon_words_may_stand_below_the_name() -> None:
    text = "Interviewer:\nWhat did you do?\n\nMara Lind:\nI opened the door.\nIt was hot.\n\n" * 2
    assert said(text)[:2] == [("Interviewer", "What did you do?"), ("Mara Lind", "I opened the door.\nIt was hot.")]


def test_colon_form_above_labels_and_times_alone_are_no_turns() -> None:
    text = (
        "Kiln review\nVenue: Heron Room\nChair: Mara Lind\n\n00:00:00\n\n"
        "Mara Lind: Shall we begin?\nNote: unconfirmed\nJo Park: Yes, all six shelves.\n\n00:05:00\n\n"
        "Mara Lind: And batch 13?\nJo Park: On Friday.\n"
    )
    assert said(text) == [
        ("Mara Lind", "Shall we begin?"),
        ("Jo Park", "Yes, all six shelves."),
        ("Mara Lind", "And batch 13?"),
        ("Jo Park", "On Friday."),
    ]


def test_colon_manner_of_speaking_is_no_part_of_a_name() -> None:
    text = (
        "지훈: 아직 안 갔어?\n수아(고개를 들며): 배치 12가 안에 있어.\n지훈(놀라며): 그럼 기다려야 해?\n"
        "수아(웃으며): 응, 같이 기다리자.\n"
    )
    assert [speaker for speaker, _ in said(text)] == ["지훈", "수아", "지훈", "수아"]


def test_colon_paragraph_behind_a_blank_line_leaves_a_turn_open() -> None:
    text = (
        "Hon. Mary Park: We will publish it in June.\n\nIt will be complete.\n\nThe Chair: Mr. Baker.\n\n"
        "(Applause)\n\nHon. Mary Park: Thank you.\n\nThe Chair: We go on.\n"
    )
    assert said(text)[0] == ("Hon. Mary Park", "We will publish it in June.\n\nIt will be complete.")
    assert len(said(text)) == 4
    assert open_turns(text) == ["We will publish it in June.\n\nIt will be complete."]


def test_colon_line_that_may_be_of_a_name_no_pattern_knows_leaves_a_turn_open() -> None:
    text = "Ann: I think so.\n=x=: we should go.\nBob: Not yet.\nAnn: Then later.\nBob: Fine.\n"
    assert open_turns(text) == ["I think so.\n=x=: we should go."]


def test_colon_direction_inside_a_turn_leaves_it_open() -> None:
    text = "Ann: I think\n(laughs)\nwe should go.\nBob: Not yet.\n(He sits.)\nAnn: Then later.\nBob: Fine.\n"
    assert said(text)[0] == ("Ann", "I think\n(laughs)\nwe should go.")
    assert open_turns(text) == ["I think\n(laughs)\nwe should go."]


@pytest.mark.parametrize(
    "text",
    [
        "Fix the pump to the wall and connect the hose to the valve.\nNote: the hose must be dry.\n"
        "Open the valve and wait.\nWarning: the pump is hot.\nClose the valve and wait.\nNote: never open it.\n",
        "Model: P-40 is for gardens of all sizes.\nMotor: It runs at two bar.\nUse it: Gardens and pools.\n\n"
        "Model: P-41 is for farms of all sizes.\nMotor: It runs at four bar.\nUse it: Farms and fields.\n\n"
        "Model: P-42 is for towns of all sizes.\nMotor: It runs at nine bar.\nUse it: Towns and ports.\n",
        "Pump one: 3 kg\nPump two: 4 kg\nPump one: 5 kg\nPump two: 6 kg\nPump one: 5 kg\n",
        "Fixed: crash when the valve is opened twice\nAdded: an option for the speed of the pump\n" * 4,
        "Q: How do I open the kiln?\nA: Wait until it has cooled.\n\nQ: How long does it take?\nA: Nine hours.\n" * 2,
        "질문: 가마는 어떻게 엽니까?\n답변: 식을 때까지 기다리세요.\n" * 4,
        "Kiln: a furnace for firing pottery.\nBisque: pottery fired once.\nGlaze: a glassy coat on clay.\n"
        "Saggar: a box that protects the ware.\nCone: a pyramid that bends.\n",
        "INFO: started the pump service\nWARNING: pressure is low\nERROR: cannot reach the host\n" * 3,
        "By: ____\nName: Mara Lind\nTitle: Director\nDate: March 5, 2024\n\n" * 3,
        "pump: it is made in the north.\n  first: it is small and for gardens.\n    motor: it runs at two bar.\n"
        "  first: it is large and for farms.\n    motor: it runs at four bar and more.\n" * 2,
        "Pumps:\n\n- the small one for gardens\n\nValves:\n\n- the large one for farms\n\n" * 3,
        "https://example.org/a: a page about kilns\nhttps://example.org/b: a page about pots\n" * 3,
    ],
    ids=[
        "notes",
        "records",
        "figures",
        "changes",
        "faq",
        "faq-ko",
        "glossary",
        "log",
        "signatures",
        "tree",
        "lists",
        "links",
    ],
)
def test_colon_lines_that_nobody_says_are_no_dialogue(text: str) -> None:
    assert not holds_dialogue(text)


def test_colon_chat_is_a_dialogue_until_prose_outweighs_it() -> None:
    assert holds_dialogue(CHAT)
    prose = "가마를 열기 전에는 온도를 확인하고 장갑을 끼고 문을 천천히 당긴다.\n" * 40
    assert not holds_dialogue(prose + CHAT)
