from __future__ import annotations

from pipeline.documents.grammar.turns.reading import holds_dialogue

from ..said import said

PLAY = """ACT I

SCENE I. A kiln room.

Enter MARA and JO.

MARA. Shall we begin with the kiln?
It is hot tonight.

JO. [Aside] All six shelves. Good madam, wait.

MARA.
Then open it.

FIRST POTTER.
I dare not do it.

CLÉANTE.
Volontiers.

MARA. (To Jo.) Then I shall.

[Exeunt.]
"""


def test_plays_words_stand_behind_or_below_the_name() -> None:
    assert said(PLAY) == [
        ("MARA", "Shall we begin with the kiln?\nIt is hot tonight."),
        ("JO", "All six shelves. Good madam, wait."),
        ("MARA", "Then open it."),
        ("FIRST POTTER", "I dare not do it."),
        ("CLÉANTE", "Volontiers."),
        ("MARA", "Then I shall."),
    ]
    assert holds_dialogue(PLAY.replace("FIRST POTTER", "JO").replace("CLÉANTE", "JO"))


def test_plays_captions_of_clauses_are_no_dialogue() -> None:
    text = (
        "DEFINITIONS. In this lease the following terms apply.\n\nRENT. The tenant pays on the first day.\n\n"
        "TERM. The lease ends in May.\n\nNOTICES. A notice is sent by post.\n\nRENT. It may be raised once a year.\n"
    )
    assert not holds_dialogue(text)
