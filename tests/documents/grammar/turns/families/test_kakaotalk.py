from __future__ import annotations

import pytest

from pipeline.documents.grammar.turns.reading import holds_dialogue

from ..said import days, open_turns, said, said_at

PC = """거래처 님과 카카오톡 대화
저장한 날짜 : 2024-03-06 09:12:44

--------------- 2024년 3월 5일 화요일 ---------------
[김 과장(구매팀)] [오후 2:31] 견적서 보냈습니다
아직 초안입니다

단가만 봐 주세요
[이서연] [오후 2:32] 사진
[이서연] [오후 2:32] 네 확인했습니다
박소라님이 들어왔습니다.
[김 과장(구매팀)] [오후 2:33] 파일: 견적서_3월.xlsx
--------------- 2024년 3월 6일 수요일 ---------------
[이서연] [오전 9:01] 사진 잘 받았습니다
"""
PC_TURNS = [
    ("김 과장(구매팀)", "오후 2:31", "견적서 보냈습니다\n아직 초안입니다\n\n단가만 봐 주세요"),
    ("이서연", "오후 2:32", "네 확인했습니다"),
    ("이서연", "오전 9:01", "사진 잘 받았습니다"),
]


def test_kakaotalk_pc_export_gives_names_times_and_whole_messages() -> None:
    assert said_at(PC) == PC_TURNS
    assert days(PC) == ["2024년 3월 5일 화요일"] * 2 + ["2024년 3월 6일 수요일"]
    assert open_turns(PC) == []
    assert holds_dialogue(PC)


@pytest.mark.parametrize(
    ("first", "second", "notice"),
    [
        ("2024년 3월 5일 오후 2:31", "2024년 3월 5일 오후 2:32", "2024년 3월 5일 오후 2:33, 박소라님이 들어왔습니다."),
        ("2024. 3. 5. 오후 2:31", "2024. 3. 5. 오후 2:32", "2024. 3. 5. 오후 2:33: 박소라님이 나갔습니다."),
        ("2024년 3월 5일 14:31", "2024년 3월 5일 14:32", "2024년 3월 5일 화요일"),
        ("March 5, 2024 at 2:31 PM", "Mar 5, 2024, 2:32 PM", "March 5, 2024, 2:33 PM"),
    ],
)
def test_kakaotalk_phone_exports_are_read_in_both_languages(first: str, second: str, notice: str) -> None:
    text = (
        f"{first}, 홍길동 : 가마 온도가 900도입니다\n{notice}\n"
        f"{second}, Jo Park : 확인: 했습니다\n{second}, 홍길동 : 네\n"
    )
    assert said_at(text) == [
        ("홍길동", first, "가마 온도가 900도입니다"),
        ("Jo Park", second, "확인: 했습니다"),
        ("홍길동", second, "네"),
    ]
    assert holds_dialogue(text)


def test_kakaotalk_english_export_of_pc_is_read() -> None:
    text = (
        "--------------- Tuesday, March 5, 2024 ---------------\n"
        "[Mara Lind] [2:31 PM] Photo\n"
        "[Mara Lind] [2:31 PM] the kiln is hot\n"
        "Jo joined this chatroom.\n"
        "[Jo (night)] [2:32 PM] This message was deleted.\n"
        "[Jo (night)] [2:33 PM] I will look at six\n"
    )
    assert said_at(text) == [
        ("Mara Lind", "2:31 PM", "the kiln is hot"),
        ("Jo (night)", "2:33 PM", "I will look at six"),
    ]
    assert days(text) == ["March 5, 2024"] * 2


def test_kakaotalk_part_without_its_head_is_still_read() -> None:
    part = PC[PC.index("[이서연] [오후 2:32] 네") :]
    assert said(part) == [(speaker, words) for speaker, _, words in PC_TURNS[1:]]
