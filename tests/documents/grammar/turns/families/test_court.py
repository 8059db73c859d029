from __future__ import annotations

from pipeline.documents.grammar.turns.reading import holds_dialogue

from ..said import said

DEPOSITION = """                DIRECT EXAMINATION
BY MR. LIND:

     Q.   Where were you on the night of the fire?

     A.   At the kiln. I was there
from six until midnight.

          MR. PARK:  Objection, leading.

          THE COURT:  Overruled. Go on.

          (Whereupon, a recess was taken.)

     Q.   Did you open the door?

     A.   No, I did not.
"""


def test_court_examination_and_objections_are_turns() -> None:
    assert said(DEPOSITION) == [
        ("Q", "Where were you on the night of the fire?"),
        ("A", "At the kiln. I was there\nfrom six until midnight."),
        ("MR. PARK", "Objection, leading."),
        ("THE COURT", "Overruled. Go on."),
        ("Q", "Did you open the door?"),
        ("A", "No, I did not."),
    ]
    assert holds_dialogue(DEPOSITION * 2)


def test_court_numbered_lines_are_read_past_their_numbers() -> None:
    text = (
        " 1      Q.  Where were you?\n 2      A.  At the kiln.\n 3           MR. PARK:  Objection.\n"
        " 4      Q.  Alone?\n 5      A.  Yes.\n"
    )
    assert said(text) == [
        ("Q", "Where were you?"),
        ("A", "At the kiln."),
        ("MR. PARK", "Objection."),
        ("Q", "Alone?"),
        ("A", "Yes."),
    ]
    assert holds_dialogue(text)


def test_court_frequently_asked_questions_are_no_dialogue() -> None:
    text = "Q. How do I open the kiln?\nA. Wait until it has cooled.\n\nQ. May I touch it?\nA. No.\n\n" * 3
    assert not holds_dialogue(text)
    assert said(text) == []
