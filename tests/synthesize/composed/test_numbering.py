"""Numbers count up, or a list is not proved."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from pipeline.synthesize.composed.numbering import counts_up


@given(first=st.integers(0, 90), count=st.integers(1, 12), lead=st.sampled_from(["Section ", "4.", "제", "§ 10."]))
def test_counts_up_whole_run_is_proved(first: int, count: int, lead: str) -> None:
    assert counts_up([f"{lead}{first + at}" for at in range(count)], first=first)


@given(first=st.integers(0, 90), count=st.integers(3, 12), data=st.data())
def test_counts_up_run_without_an_inner_number_is_not_proved(first: int, count: int, data: st.DataObject) -> None:
    labels = [f"제{first + at}조" for at in range(count)]
    del labels[data.draw(st.integers(1, count - 2))]
    assert not counts_up(labels)


def test_counts_up_inserted_articles() -> None:
    assert counts_up(["제3조", "제3조의2", "제3조의3", "제4조"])
    assert not counts_up(["제3조", "제3조의3", "제4조"])
    assert not counts_up(["제3조의2", "제4조"])


def test_counts_up_other_labels_and_other_beginnings() -> None:
    assert not counts_up([])
    assert not counts_up(["(a)", "(b)"])
    assert not counts_up(["Section 1", "Article 2"])
    assert not counts_up(["Section 2", "Section 3"], first=1)
