from __future__ import annotations

from pipeline.documents.grammar.turns.reading import holds_dialogue

from ..said import said


def test_bracketed_names_are_speakers_where_they_come_back() -> None:
    text = "[철수] 가마 온도가 몇 도예요?\n[영희] 900도입니다.\n[철수] 언제 열 수 있나요?\n[영희] 내일 아침에요.\n"
    assert said(text)[0] == ("철수", "가마 온도가 몇 도예요?")
    assert holds_dialogue(text)


def test_bracketed_parts_of_a_song_and_references_are_no_dialogue() -> None:
    song = "[Chorus]\nWe open the kiln at dawn\n[Verse]\nThe fire is low\n" * 3
    notes = "[1] Lind, Kilns, 1990.\n[2] Park, Pots, 1991.\n[3] Osei, Clay, 1992.\n"
    assert not holds_dialogue(song)
    assert not holds_dialogue(notes)
