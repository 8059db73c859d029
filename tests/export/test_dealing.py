"""Questions are dealt to as few rows as possible, and rows with both kinds get their share of written ones."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from written_candidates import written_candidate as candidate

from pipeline.config.export import ConversationRecipe
from pipeline.export.conversations import plan_conversations
from pipeline.export.dealing import deal_rows
from pipeline.export.follow_ups import Chain


def chains(origins: str) -> list[Chain]:
    """Return a single question for each letter: `w` for a written one, `s` for a structural one."""
    names = {"w": "written", "s": "structural"}
    return [(candidate(number, origin=names[letter]),) for number, letter in enumerate(origins)]


def counts(rows: list[list[Chain]]) -> list[tuple[int, int]]:
    """Return the numbers of written and structural questions of each row, sorted."""
    written = [sum(chain[0].origin == "written" for chain in row) for row in rows]
    return sorted((number, len(row) - number) for number, row in zip(written, rows, strict=True))


@pytest.mark.parametrize(
    ("num_written", "num_structural", "share", "expected"),
    [
        (16, 16, 0.5, [(4, 4)] * 4),
        (16, 40, 0.5, [(0, 8)] * 3 + [(4, 4)] * 4),
        (40, 16, 0.5, [(4, 4)] * 4 + [(8, 0)] * 3),
        (4, 28, 0.25, [(0, 8)] * 2 + [(2, 6)] * 2),
        (12, 4, 0.75, [(6, 2)] * 2),
        (3, 5, 0.5, [(3, 5)]),  # no row more for the sake of the share
        (1, 23, 0.5, [(0, 8), (0, 8), (1, 7)]),
        (3, 14, 0.5, [(0, 5), (0, 6), (3, 3)]),
        (9, 7, 0.5, [(4, 4), (5, 3)]),
        (5, 0, 0.5, [(5, 0)]),
        (0, 9, 0.5, [(0, 4), (0, 5)]),
    ],
)
def test_rows_with_both_kinds_have_the_share_as_far_as_there_are_questions(
    num_written: int, num_structural: int, share: float, expected: list[tuple[int, int]]
) -> None:
    for origins in ("w" * num_written + "s" * num_structural, "s" * num_structural + "w" * num_written):
        rows = deal_rows(chains(origins), max_turns=8, written_share=share)
        assert counts(rows) == expected


@given(st.text("ws", min_size=1, max_size=60), st.integers(1, 9), st.floats(0.05, 0.95))
def test_rows_are_as_few_as_possible_and_hold_every_question_once_in_document_order(
    origins: str, max_turns: int, share: float
) -> None:
    own = chains(origins)
    rows = deal_rows(own, max_turns=max_turns, written_share=share)
    assert sorted(chain[0].candidate_id for row in rows for chain in row) == [one[0].candidate_id for one in own]
    assert len(rows) == -(-len(own) // max_turns)
    for row in rows:
        assert 1 <= len(row) <= max_turns
        assert row == sorted(row, key=lambda chain: chain[0].candidate_id)


@given(st.integers(1, 9), st.integers(1, 7))
def test_rows_of_enough_of_both_kinds_all_have_the_share_exactly(num_rows: int, num_written: int) -> None:
    own = chains(("w" * num_written + "s" * (8 - num_written)) * num_rows)
    rows = deal_rows(own, max_turns=8, written_share=num_written / 8)
    assert counts(rows) == [(num_written, 8 - num_written)] * num_rows


def test_rows_with_both_kinds_span_the_document_in_both() -> None:
    rows = deal_rows(chains("wsss" * 16), max_turns=8, written_share=0.5)
    mixed = [row for row in rows if len({chain[0].origin for chain in row}) == 2]
    assert len(mixed) == 4
    for row in mixed:
        for origin in ("written", "structural"):
            numbers = [int(chain[0].candidate_id[1:]) for chain in row if chain[0].origin == origin]
            assert max(numbers) - min(numbers) >= 32


@pytest.mark.parametrize("share", [0.0, 1.0])
def test_conversations_with_a_share_of_none_or_all_have_one_kind(share: float) -> None:
    own = [chain[0] for chain in chains("ws" * 10)]
    recipe = ConversationRecipe(single_share=0.0, written_share=share)
    planned = plan_conversations(own, recipe=recipe, seed=1)
    assert {len({turn.origin for turn in turns}) for turns in planned} == {1}
    assert sorted(len(turns) for turns in planned) == [5, 5, 5, 5]
