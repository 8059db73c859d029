from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from pipeline.clean.windows import MAX_WINDOWS, WINDOW_CHARS, windows_of

TEXTS = st.lists(st.text(alphabet="ab 1-\n가", max_size=400), max_size=60).map("\n".join)


@given(text=TEXTS)
def test_windows_hold_lines_of_the_text_in_order(text: str) -> None:
    stripped = [line.strip() if any(map(str.isalnum, line)) else "" for line in text.split("\n")]
    joined = "\n".join(windows_of(text))
    if sum(map(len, stripped)) >= WINDOW_CHARS / 4:
        assert "\n".join(stripped).startswith(joined)
    assert 1 <= len(windows_of(text)) <= MAX_WINDOWS


def test_windows_of_a_long_text_are_spread_evenly_and_few() -> None:
    lines = [f"{number:08d}" + "x" * 92 for number in range(25 * 100)]
    windows = windows_of("\n".join(lines))
    assert len(windows) == MAX_WINDOWS
    assert {len(window.replace("\n", "")) for window in windows} == {WINDOW_CHARS}
    assert [int(window[:8]) // 25 for window in windows] == [index * 100 // MAX_WINDOWS for index in range(MAX_WINDOWS)]


def test_windows_cut_a_line_of_a_whole_document() -> None:
    windows = windows_of("word " * 40_000)
    assert len(windows) == MAX_WINDOWS
    assert max(map(len, windows)) < 2 * WINDOW_CHARS


def test_windows_rules_between_entries_are_empty_lines() -> None:
    assert windows_of("entry\n-----\n  entry 2  \n") == ["entry\n\nentry 2\n"]


def test_windows_text_of_signs_alone_is_its_own_window() -> None:
    assert windows_of("-----") == ["-----"]
    assert windows_of("---\n***") == ["\n"]
