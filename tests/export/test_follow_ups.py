"""Follow-ups: each directly behind the question that it follows, from selection to the finished row, or dropped."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from synthesis_documents import LEASE_EN
from written_candidates import written_candidate as candidate

from pipeline.config.export import ConversationRecipe, ExportRecipe
from pipeline.export.conversations import plan_conversations
from pipeline.export.follow_ups import (
    ALREADY_FOLLOWED,
    ANSWER_GIVEN_AWAY,
    CHAIN_TOO_LONG,
    PARENT_DROPPED,
    chains_of,
    unfit_follow_ups,
    untold_follow_ups,
)
from pipeline.export.giving_away import gives_away
from pipeline.export.reach import Reach
from pipeline.export.rows import QuestionPlace, RenderedRow, render_rows
from pipeline.export.selection import CandidateLabels, select_rows
from pipeline.records import Candidate, Message, Rejection
from pipeline.tokens.conversation import TokenizedConversation

ANSWERS = ["", "40 euros", "Ann", "Ann and 40 euros", "x" * 9]


# Each number follows a smaller or larger one, or none, so there are chains, branches, circles and lost parents.
graphs = st.dictionaries(st.integers(0, 40), st.none() | st.integers(0, 40), max_size=25).map(
    lambda drawn: [candidate(number, follows) for number, follows in drawn.items()]
)


@given(graphs, st.integers(1, 5))
def test_follow_ups_that_fit_form_chains_within_a_row_and_no_other_question_is_dropped(
    own: list[Candidate], max_turns: int
) -> None:
    unfit = unfit_follow_ups(own, max_turns=max_turns)
    assert all(one.follows for one in own if one.candidate_id in unfit)
    fit = [one for one in own if one.candidate_id not in unfit]
    ids = {one.candidate_id for one in fit}
    assert all(one.follows in ids for one in fit if one.follows)
    assert all(number == 1 for number in Counter(one.follows for one in fit if one.follows).values())
    chains = chains_of(fit)
    assert all(len(chain) <= max_turns for chain in chains)
    for chain in chains:
        assert [turn.follows for turn in chain] == ["", *(turn.candidate_id for turn in chain[:-1])]
    # What is dropped had no free place.
    for one in own:
        if one.candidate_id in unfit and one.follows in ids and unfit[one.candidate_id].reason != CHAIN_TOO_LONG:
            assert unfit[one.candidate_id].reason == ALREADY_FOLLOWED


@pytest.mark.parametrize(
    ("others", "reasons"),
    [
        ([(2, 1)], {}),
        ([(2, 9)], {2: PARENT_DROPPED}),
        ([(2, 2)], {2: PARENT_DROPPED}),
        ([(2, 3), (3, 2)], {2: PARENT_DROPPED, 3: PARENT_DROPPED}),
        ([(2, 1), (3, 1), (4, 3)], {3: ALREADY_FOLLOWED, 4: PARENT_DROPPED}),
        ([(3, 1), (2, 1), (4, 3)], {2: ALREADY_FOLLOWED}),
        ([(2, 1), (3, 2), (4, 3), (5, 4)], {4: CHAIN_TOO_LONG, 5: PARENT_DROPPED}),
    ],
)
def test_follow_up_is_dropped_for_a_reason(others: list[tuple[int, int]], reasons: dict[int, str]) -> None:
    own = [candidate(1), *(candidate(*one) for one in others)]
    found = unfit_follow_ups(own, max_turns=3)
    assert {name: why.reason for name, why in found.items()} == {f"c{n:03d}": why for n, why in reasons.items()}


def test_follow_up_in_another_language_or_context_has_no_parent() -> None:
    for changes in ({"language": "ko"}, {"doc_id": "other"}):
        (why,) = unfit_follow_ups([candidate(1), candidate(2, 1, **changes)], max_turns=8).values()
        assert why.reason == PARENT_DROPPED


def test_follow_up_whose_answer_was_said_is_dropped_with_what_follows_it() -> None:
    own = [
        candidate(1, answer="Ann pays 40 euros."),
        candidate(2, 1),
        candidate(3, 2, answer="40 euros"),
        candidate(4, 3),
    ]
    untold, told = untold_follow_ups(own)
    assert untold == own[:2]
    assert [(turn.candidate_id, why.reason) for turn, why in told] == [
        ("c003", ANSWER_GIVEN_AWAY),
        ("c004", PARENT_DROPPED),
    ]


def chained(lengths: Sequence[int], answers: Sequence[str], origins: Sequence[str]) -> list[Candidate]:
    """Return chains of these lengths, whose turns have answers from the list; those of one turn have origins."""
    found: list[Candidate] = []
    for length, origin in zip(lengths, origins, strict=False):
        for place in range(length):
            number = len(found)
            answer = answers[number % len(answers)] if answers else ""
            found.append(candidate(number, number - 1 if place else None, answer=answer))
        if length == 1:
            found[-1] = replace(found[-1], origin=origin)
    return found


@given(
    st.lists(st.integers(1, 4), max_size=10),
    st.lists(st.sampled_from(ANSWERS), max_size=9),
    st.lists(st.sampled_from(["written", "structural"]), min_size=10, max_size=10),
    st.integers(4, 9),
    st.sampled_from([0.0, 0.3, 0.5, 1.0]),
    st.floats(0, 1),
    st.integers(0, 3),
)
def test_conversations_keep_follow_ups_directly_behind_their_questions(
    lengths: list[int],
    answers: list[str],
    origins: list[str],
    max_turns: int,
    written_share: float,
    single_share: float,
    seed: int,
) -> None:
    own, _ = untold_follow_ups(chained(lengths, answers, origins))
    recipe = ConversationRecipe(max_turns=max_turns, single_share=single_share, written_share=written_share)
    planned = plan_conversations(own, recipe=recipe, seed=seed)
    assert sorted(turn.candidate_id for turns in planned for turn in turns) == sorted(one.candidate_id for one in own)
    for turns in planned:
        assert 1 <= len(turns) <= max_turns
        for number, turn in enumerate(turns):
            assert not turn.follows or (number and turns[number - 1].candidate_id == turn.follows)
            assert not any(gives_away(earlier, turn) for earlier in turns[:number])
        if written_share in (0.0, 1.0):
            assert len({turn.origin for turn in turns}) == 1
    assert planned == plan_conversations(own[::-1], recipe=recipe, seed=seed)


def tokenized(messages: object) -> TokenizedConversation:
    """100 tokens of document, 4 of each question, and an answer of a token for each `x` it has; two at the end."""
    ids, spans = 100, []
    for message in messages:  # type: ignore[attr-defined]
        assert isinstance(message, Message)
        if message.role == "user":
            ids += 4
        else:
            spans.append((ids, ids + message.content.count("x")))
            ids = spans[-1][1]
    return TokenizedConversation(np.arange(ids + 2, dtype=np.uint32), tuple(spans), 0)


@given(st.lists(st.integers(1, 3), min_size=1, max_size=5), st.integers(0, 9), st.integers(103, 190))
def test_rows_cut_to_their_bucket_never_begin_with_a_follow_up_and_account_for_every_question(
    lengths: list[int], shift: int, bucket: int
) -> None:
    sizes = ["x" * (3 + 7 * (number + shift) % 40) for number in range(15)]
    own = chained(lengths, sizes, ["written"] * 9)
    placed: list[str] = []
    fitting: set[str] = set()
    rows = render_rows(
        own,
        context=replace(LEASE_EN, bucket=bucket),
        split="train",
        place=QuestionPlace.AFTER,
        tokenizer="t",
        tokenize=tokenized,
    )
    follows = {one.candidate_id: one.follows for one in own}
    for row in rows:
        if isinstance(row, RenderedRow):
            ids = [turn.candidate_id for turn in row.example.turns]
            assert row.example.num_tokens <= bucket
            assert all(not follows[one] or (at and ids[at - 1] == follows[one]) for at, one in enumerate(ids))
            placed += ids
            fitting |= set(ids)
        else:
            placed.append(row.item_id)
            assert (row.reason == PARENT_DROPPED) == (
                bool(follows[row.item_id]) and follows[row.item_id] not in fitting
            )
            assert row.reason == PARENT_DROPPED or (row.reason == "over_bucket" and (row.score or 0) > bucket)
    assert placed == [one.candidate_id for one in own]


def test_follow_up_that_fits_only_without_its_question_is_over_its_bucket() -> None:
    own = chained([1, 3], ["x", "x" * 30, "x" * 30, "x"], ["written"] * 2)
    rows = list(
        render_rows(
            own,
            context=replace(LEASE_EN, bucket=140),
            split="train",
            place=QuestionPlace.AFTER,
            tokenizer="t",
            tokenize=tokenized,
        )
    )
    ids = [[turn.candidate_id for turn in row.example.turns] for row in rows if isinstance(row, RenderedRow)]
    assert ids == [["c000"], ["c001"]], "the second question is not parted from the row that can hold its follow-ups"
    assert [(row.item_id, row.reason, row.score) for row in rows if isinstance(row, Rejection)] == [
        ("c002", "over_bucket", 100 + 8 + 60 + 2),
        ("c003", PARENT_DROPPED, None),
    ]


def labels(doc: int, number: int, follows: int | None, *, origin: str = "written", answer: int = 0) -> CandidateLabels:
    return CandidateLabels(
        candidate_id=f"d{doc}-{number}",
        doc_id=f"d{doc}",
        cluster_id=f"d{doc}",
        depths=(number / 30,),
        task="qa" if follows is None else "follow_up",
        family="aggregate",
        is_trivial=False,
        origin=origin,
        language="en",
        domain="legal",
        reach=Reach.FAR_APART,
        bucket=1024,
        context_tokens=800,
        question_tokens=20,
        answer_tokens=10,
        answer_hash=answer or 100 * doc + number,
        follows="" if follows is None else f"d{doc}-{follows}",
    )


@given(
    st.lists(st.tuples(st.integers(0, 3), st.integers(0, 20), st.none() | st.integers(0, 20)), max_size=50),
    st.integers(1, 9),
    st.sampled_from([0.0, 0.3, 0.7, 1.0]),
    st.integers(0, 3),
)
def test_selection_keeps_a_follow_up_only_with_its_question_in_one_split(
    drawn: list[tuple[int, int, int | None]], room: int, max_written: float, seed: int
) -> None:
    own = list({(doc, number): labels(doc, number, follows) for doc, number, follows in drawn}.values())
    own += [labels(doc, 100 + number, None, origin="structural") for doc in range(4) for number in range(3)]
    recipe = ExportRecipe(max_written_share=max_written, short_context_turns=room, validation_share=0.3)

    def select(candidates: list[CandidateLabels]) -> dict[str, tuple[str, str]]:
        sizes = dict.fromkeys((one.doc_id for one in candidates), 9)
        choices = select_rows(candidates, num_chars=sizes, recipe=recipe, seed=seed)
        assert all(bool(choice.reason) == bool(choice.detail) for choice in choices)
        return {choice.candidate_id: (choice.split, choice.reason) for choice in choices}

    chosen = select(own)
    assert len(chosen) == len(own)
    for one in own:
        split, reason = chosen[one.candidate_id]
        assert bool(split) != bool(reason)
        if one.follows and split:
            assert chosen[one.follows] == (split, "")
        elif one.follows and chosen.get(one.follows, ("", ""))[0] == "":
            assert reason in (PARENT_DROPPED, ALREADY_FOLLOWED, CHAIN_TOO_LONG)
    kept = Counter(one.doc_id for one in own if chosen[one.candidate_id][0])
    assert all(number <= room for number in kept.values())
    assert select(own[::-1]) == chosen


def test_selection_drops_a_follow_up_whose_question_repeats_an_answer() -> None:
    own = [labels(0, number, None, answer=7) for number in range(4)] + [labels(0, 10 + n, n) for n in range(4)]
    choices = select_rows(own, num_chars={"d0": 9}, recipe=ExportRecipe(short_context_turns=99), seed=1)
    reasons = {choice.candidate_id: choice.reason for choice in choices}
    repeated = [number for number in range(4) if reasons[f"d0-{number}"] == "answer_repeated"]
    assert len(repeated) == 2
    assert {reasons[f"d0-{10 + number}"] for number in repeated} == {PARENT_DROPPED}
    assert {reasons[f"d0-{10 + number}"] for number in set(range(4)) - set(repeated)} == {""}


def test_selection_without_room_for_both_keeps_the_question_and_not_the_follow_up() -> None:
    own = [labels(0, 1, None), labels(0, 2, 1)]
    for seed in range(5):
        choices = select_rows(own, num_chars={"d0": 9}, recipe=ExportRecipe(short_context_turns=1), seed=seed)
        assert [choice.reason for choice in choices] == ["", "document_cap"]
