from __future__ import annotations

from pipeline.documents.grammar.turns.reading import holds_dialogue

from ..said import said

SCRIPT = """FADE IN:

INT. KILN ROOM - NIGHT

A door opens. MARA walks in.

                    MARA (V.O.)
              (quietly)
         Shall we begin with the kiln?
         It is hot.

                    JO
         Yes, all six shelves.

She turns.

                    MARA (CONT'D)
         Good.

                                        CUT TO:

EXT. YARD - DAY

                    JO
         The rain has stopped.
"""
TURNS = [
    ("MARA", "Shall we begin with the kiln?\n         It is hot."),
    ("JO", "Yes, all six shelves."),
    ("MARA", "Good."),
    ("JO", "The rain has stopped."),
]


def test_screenplay_names_stand_above_what_is_said() -> None:
    assert said(SCRIPT) == TURNS
    assert holds_dialogue(SCRIPT)


def test_screenplay_fountain_file_at_the_margin_is_read() -> None:
    text = "\n".join(line.strip() for line in SCRIPT.split("\n"))
    assert said(text) == [(name, words.replace("         ", "")) for name, words in TURNS]
    assert holds_dialogue(text)


def test_screenplay_korean_names_need_scene_headings() -> None:
    turns = (
        "          지훈\n아직 안 갔어?\n\n          수아\n배치 12가 안에 있어.\n\n"
        "          지훈\n그럼 기다리자.\n\n          수아\n고마워.\n"
    )
    assert said(f"S#1. 가마실 / 밤\n\n{turns}")[0] == ("지훈", "아직 안 갔어?")
    assert said(turns) == []


def test_screenplay_blocks_that_parties_sign_are_no_dialogue() -> None:
    block = "{0}\nBy: ____________\nName: Mara Lind\nTitle: Director\n\n"
    assert not holds_dialogue("".join(block.format(party) for party in ("LANDLORD", "TENANT") * 3))


def test_screenplay_pages_of_a_reference_are_no_dialogue() -> None:
    page = (
        "NAME\n       {0} - copies files\n\nSYNOPSIS\n       {0} [OPTION]... FILE...\n\n"
        "GENERAL USE\n       It is fast.\n\nDESCRIPTION\n       Copy FILE to where it belongs.\n\n"
    )
    assert not holds_dialogue("".join(page.format(name) for name in ("cp", "mv", "ln", "dd")))
