from __future__ import annotations

from pipeline.documents.grammar.turns.reading import holds_dialogue

from ..said import said

SCRIPT = """S#1. 가마실 / 밤

지훈, 문을 열고 들어온다.
지훈    (놀라며) 아직 안 갔어?
수아    배치 12가 아직 안에 있어.
        내일까지 기다려야 해.
수아, 의자에 앉는다.
지훈\t그럼 같이 기다리자.
수아(E) 고마워. 커피 마실래?

S#2. 마당 / 아침

수아    비가 그쳤네.
"""


def test_script_columns_narration_is_nobodys_words() -> None:
    assert said(SCRIPT) == [
        ("지훈", "아직 안 갔어?"),
        ("수아", "배치 12가 아직 안에 있어.\n        내일까지 기다려야 해."),
        ("지훈", "그럼 같이 기다리자."),
        ("수아", "고마워. 커피 마실래?"),
        ("수아", "비가 그쳤네."),
    ]
    assert holds_dialogue(SCRIPT)


def test_script_columns_tables_and_lists_are_no_dialogue() -> None:
    table = (
        "품목    수량    단가\n타일    40      1,250\n벽돌    12      900\n타일    20      1,250\n벽돌    30      900\n"
    )
    items = "a.  Data means what is made available.\nb.  Model means the result.\n" * 4
    assert not holds_dialogue(table)
    assert not holds_dialogue(items)
    assert said(table) == []
