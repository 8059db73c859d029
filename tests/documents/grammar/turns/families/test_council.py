from __future__ import annotations

import pytest

from pipeline.documents.grammar.turns.reading import holds_dialogue

from ..said import open_turns, said

MINUTES = """제12회 본회의 회의록

(10시 03분 개의)
○의장 김다온  성원이 되었으므로 개의하겠습니다.
1. 가마 구입의 건(의장 제의)
○의장 김다온  의사일정 제1항을 상정합니다.
  의견을 말씀해 주시기 바랍니다.
○한누리 위원  예산이 부족하지 않습니까?
(「맞습니다」 하는 위원 있음)
○총무과장 이가람  2천만 원이 남아 있습니다.
  (웃음소리)
  그래서 충분합니다.
○의장 김다온  수고하셨습니다.
○한누리 위원  고맙습니다.
○출석위원(12인)
"""


@pytest.mark.parametrize("circle", ["○", "◯", "◎", "○ "])
def test_council_minutes_part_name_and_words_by_a_gap(circle: str) -> None:
    text = MINUTES.replace("○", circle)
    assert said(text) == [
        ("의장 김다온", "성원이 되었으므로 개의하겠습니다."),
        ("의장 김다온", "의사일정 제1항을 상정합니다.\n  의견을 말씀해 주시기 바랍니다."),
        ("한누리 위원", "예산이 부족하지 않습니까?"),
        ("총무과장 이가람", "2천만 원이 남아 있습니다.\n  (웃음소리)\n  그래서 충분합니다."),
        ("의장 김다온", "수고하셨습니다."),
        ("한누리 위원", "고맙습니다."),
    ]
    assert open_turns(text) == ["2천만 원이 남아 있습니다.\n  (웃음소리)\n  그래서 충분합니다."]
    assert holds_dialogue(text)


def test_council_one_space_is_enough_where_beginnings_come_back() -> None:
    text = (
        "◯위원장 김다온 개의하겠습니다.\n◯한누리 위원 예산이 부족합니까?\n◯위원장 김다온 답변해 주십시오.\n"
        "◯총무과장 이가람 남아 있습니다.\n◯한누리 위원 알겠습니다.\n◯총무과장 이가람 감사합니다.\n"
    )
    assert said(text)[:2] == [("위원장 김다온", "개의하겠습니다."), ("한누리 위원", "예산이 부족합니까?")]
    assert holds_dialogue(text)


def test_council_outline_with_circles_is_no_dialogue() -> None:
    text = (
        "○ 추진 배경 : 가마가 낡아 교체가 필요함\n○ 추진 방향 : 생산량 확대\n - 예산 : 2천만 원\n"
        "○ 사업 기간 : 2024. 3. ~ 12.\n○ 사업 내용 : 가마 2기 구입\n○ 기대 효과 : 생산량 20% 증가\n"
    )
    assert not holds_dialogue(text)
    assert not holds_dialogue(text.replace(" : ", " "))
