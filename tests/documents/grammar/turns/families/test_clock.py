from __future__ import annotations

import pytest

from pipeline.documents.grammar.turns.reading import holds_dialogue

from ..said import days, open_turns, said, said_at

MINUTES = """Steering group

Date: Thursday
Present: Mara Lind, Declan Osei

ITEM 1. BATTERY

[10:03] Mara Lind: The battery lasts two years only.

[10:04] Declan Osei: I checked it twice.
The second run took nine hours.

The meter was new.

(Laughter)

[10:05] Mara Lind: Agreed.

ITEM 2. NEXT MEETING

[10:06] Declan Osei: On Monday?
"""


@pytest.mark.parametrize(
    ("line", "speaker", "time"),
    [
        ("[10:02] Mara Lind: the mirror is down", "Mara Lind", "10:02"),
        ("10:02 Ann: the mirror is down", "Ann", "10:02"),
        ("(10:02:11) Ann Lee: the mirror is down", "Ann Lee", "10:02:11"),
        ("00:03:11 김 과장(구매팀): the mirror is down", "김 과장(구매팀)", "00:03:11"),
        ("[오후 2:03] 박소라：the mirror is down", "박소라", "오후 2:03"),
        ("[2024/03/05 오후 2:03] 박소라:the mirror is down".replace(":the", ": the"), "박소라", "2024/03/05 오후 2:03"),
        ("[2024-03-05T10:02:11Z] mun__: the mirror is down", "mun__", "2024-03-05T10:02:11Z"),
        ("**[10:02] Ann Lee:** the mirror is down", "Ann Lee", "10:02"),
        ("- 10:02 - Ann Lee: the mirror is down", "Ann Lee", "10:02"),
        ("10:02:11 From Ann Lee to Everyone: the mirror is down", "Ann Lee", "10:02:11"),
        ("10:02:11 From Ann Lee To Everyone:\n\tthe mirror is down", "Ann Lee", "10:02:11"),
        ("[10:02] Speaker 1 [NAME]: the mirror is down", "Speaker 1 [NAME]", "10:02"),
    ],
)
def test_clock_ways_to_write_a_turn_with_its_time(line: str, speaker: str, time: str) -> None:
    text = f"{line}\n[11:00] Zoe: what now?\n{line}\n[11:01] Zoe: I will look.\n"
    assert said_at(text)[0] == (speaker, time, "the mirror is down")
    assert holds_dialogue(text)


def test_clock_minutes_leave_form_captions_and_directions_out() -> None:
    assert said(MINUTES) == [
        ("Mara Lind", "The battery lasts two years only."),
        ("Declan Osei", "I checked it twice.\nThe second run took nine hours.\n\nThe meter was new."),
        ("Mara Lind", "Agreed."),
        ("Declan Osei", "On Monday?"),
    ]
    assert open_turns(MINUTES) == ["I checked it twice.\nThe second run took nine hours.\n\nThe meter was new."]


def test_clock_day_line_names_the_day_of_what_stands_below() -> None:
    text = "[23:59] Ann: good night\n----- 2024-03-06 -----\n[00:01] Bob: good morning\n[00:02] Ann: already?\n"
    assert days(text) == ["", "2024-03-06", "2024-03-06"]


def test_clock_log_of_a_service_is_no_dialogue() -> None:
    levels = ("INFO pump.service", "WARNING pump.valve", "INFO pump.service", "ERROR pump.valve")
    text = "".join(f"2024-03-05 10:03:1{n} {level}: pressure is low at 2 bar\n" for n, level in enumerate(levels * 2))
    assert not holds_dialogue(text)
    assert said(text) == []
