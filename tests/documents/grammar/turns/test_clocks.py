from __future__ import annotations

import pytest

from pipeline.documents.grammar.turns.clocks import day_of, seconds_of


@pytest.mark.parametrize(
    ("time", "seconds"),
    [
        ("10:03", 36_180),
        ("00:03:11.250", 191),
        ("오전 12:05", 300),
        ("오후 12:05", 43_500),
        ("2024년 3월 5일 오후 2:31", 52_260),
        ("3/5/24, 3:21 PM", 55_260),
        ("3/5/24, 12:00 a.m.", 0),
        ("", 0),
    ],
)
def test_seconds_of_a_time_in_every_way_of_writing_it(time: str, seconds: int) -> None:
    assert seconds_of(time) == seconds


@pytest.mark.parametrize(
    ("line", "day"),
    [
        ("--------------- 2024년 3월 5일 화요일 ---------------", "2024년 3월 5일 화요일"),
        ("--------------- Tuesday, March 5, 2024 ---------------", "March 5, 2024"),
        ("--- Day changed Wed Mar 06 2024", "Mar 06 2024"),
        ("Tue, 3/5/2024", "3/5/2024"),
        ("2024. 3. 5.", "2024. 3. 5."),
        ("On 2024-03-05 we met", ""),
        ("2024-03-05: we met", ""),
        ("12 apples", ""),
    ],
)
def test_day_of_a_separator_line_and_of_no_other(line: str, day: str) -> None:
    assert day_of(line) == day
