from __future__ import annotations

from pipeline.documents.grammar.turns.reading import holds_dialogue

from ..said import days, said_at


def test_tabbed_line_export_takes_its_day_from_the_line_above() -> None:
    text = (
        '[LINE] Chat history in "Kiln"\nSaved on: 3/6/2024, 09:12\n\nTue, 3/5/2024\n'
        "10:03\tMara Lind\tthe kiln is hot\n10:04\tJo\t[Photo]\n10:04\tJo\tI will look\nat six\n"
        "10:07\tJo joined the group.\n"
    )
    assert said_at(text) == [("Mara Lind", "10:03", "the kiln is hot"), ("Jo", "10:04", "I will look\nat six")]
    assert days(text) == ["3/5/2024"] * 2
    assert holds_dialogue(text)


def test_tabbed_weechat_log_leaves_signs_and_modes_out() -> None:
    text = (
        "2024-03-05 10:03:11\tmun__\tthe kiln is hot\n2024-03-05 10:03:12\t-->\tpotter (~p@h) has joined\n"
        "2024-03-05 10:03:13\t@potter\tis batch 12 inside?\n2024-03-05 10:03:14\t *\tmun__ yawns\n"
    )
    assert said_at(text) == [
        ("mun__", "2024-03-05 10:03:11", "the kiln is hot"),
        ("potter", "2024-03-05 10:03:13", "is batch 12 inside?"),
    ]


def test_tabbed_table_of_figures_is_no_dialogue() -> None:
    assert not holds_dialogue("Pump\t3 kg\tred\nValve\t4 kg\tblue\n" * 6)
