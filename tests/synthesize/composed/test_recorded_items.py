"""Numbered lists below a heading: read whole, or not at all."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipeline.synthesize.composed.recorded_items import recorded_items

WORDS = st.text(alphabet="abc 3,.", min_size=1, max_size=30).map(lambda words: f"Buy {words.strip()}.")


@given(words=st.lists(WORDS, min_size=3, max_size=20), first=st.integers(1, 60), gap=st.sampled_from(["\n", "\n\n"]))
def test_recorded_items_of_a_list_are_all_read(words: list[str], first: int, gap: str) -> None:
    text = "\n" + gap.join(f"D-{first + at}  {item}" for at, item in enumerate(words)) + "\n\nSigned by the chair.\n"
    found = recorded_items(text, 0)
    assert [(item.label, item.words) for item in found] == [
        (f"D-{first + at}", item.strip()) for at, item in enumerate(words)
    ]
    assert all(text[item.span.start : item.span.end].startswith(item.label) for item in found)


@pytest.mark.parametrize(
    "text",
    [
        "1. Buy soap.\n2. Buy salt.\n",
        "1. Buy soap.\n2. Buy salt.\n4. Buy oil.\n",
        "1. Buy soap.\nand towels.\n2. Buy salt.\n3. Buy oil.\n",
        "1. Buy soap.\n2. Buy salt.\n3. Buy oil.\n\n- Buy flour.\n",
        "Nothing was decided.\n\n1. Buy soap.\n2. Buy salt.\n3. Buy oil.\n",
    ],
)
def test_recorded_items_of_an_uncertain_list_are_none(text: str) -> None:
    assert recorded_items(text, 0) == ()
