"""Conversations: every question once, none gives away a later answer, and each one fits its bucket."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from synthesis_documents import LEASE_EN

from pipeline.config.export import ConversationRecipe
from pipeline.export.conversations import plan_conversations
from pipeline.export.giving_away import gives_away
from pipeline.export.rows import QuestionPlace, RenderedRow, render_rows, row_id
from pipeline.records import MIXED, Candidate, Checks, Evidence, Message, Rejection
from pipeline.tokens.conversation import TokenizedConversation

CHECKS = Checks(True, 1.0, True, 1.0, True, True)
TOGETHER = ConversationRecipe(single_share=0.0)


def candidate(number: int, *, question: str = "", answer: str = "", start: int = 0, **changes: object) -> Candidate:
    own = Candidate(
        candidate_id=f"c{number:03d}",
        doc_id=LEASE_EN.doc_id,
        parent_id="p",
        task="amount",
        family="look_up",
        form="amount.sum",
        origin="structural",
        domain="legal",
        language="en",
        bucket=2048,
        question=question or f"What is item {number:03d}?",
        answer=answer or f"value{number:03d}",
        evidence=(Evidence(LEASE_EN.doc_id, start, start + 3, "abc", 0.1),),
        checks=CHECKS,
        teacher="structural",
        prompt_version="v1",
        is_trivial=False,
    )
    return replace(own, **changes)  # type: ignore[arg-type]


candidates = st.lists(
    st.builds(
        candidate,
        st.integers(0, 999),
        start=st.integers(0, 500),
        question=st.sampled_from(["", "What costs 40 euros?", "Who is Ann?", "누가 서울시에 냅니까?"]),
        answer=st.sampled_from(["", "40 euros", "Ann", "서울시", "Ann and 40 euros", "Ann pays 40 euros to the club."]),
        language=st.sampled_from(["en", "ko"]),
    ),
    max_size=30,
    unique_by=lambda one: one.candidate_id,
)


@given(candidates, st.integers(1, 9), st.floats(0, 1), st.integers(0, 5))
def test_conversations_hold_every_question_once_and_give_no_later_answer_away(
    own: list[Candidate], max_turns: int, single_share: float, seed: int
) -> None:
    recipe = ConversationRecipe(max_turns=max_turns, single_share=single_share)
    planned = plan_conversations(own, recipe=recipe, seed=seed)
    assert sorted(turn.candidate_id for turns in planned for turn in turns) == sorted(one.candidate_id for one in own)
    for turns in planned:
        assert 1 <= len(turns) <= max_turns
        assert len({turn.language for turn in turns}) == 1
        for number, later in enumerate(turns):
            assert not any(gives_away(earlier, later) for earlier in turns[:number])
    assert planned == plan_conversations(own[::-1], recipe=recipe, seed=seed)


def test_conversations_of_questions_that_are_apart_have_the_fewest_rows_and_span_the_document() -> None:
    own = [candidate(number, start=10 * number) for number in range(20)]
    planned = plan_conversations(own, recipe=TOGETHER, seed=1)
    assert sorted(len(turns) for turns in planned) == [6, 7, 7]
    for turns in planned:
        starts = [turn.evidence[0].start for turn in turns]
        assert max(starts) - min(starts) >= 100
        first = starts.index(min(starts))
        assert [*starts[first:], *starts[:first]] == sorted(starts), "in reading order, from some place on"
    firsts = {plan_conversations(own, recipe=TOGETHER, seed=seed)[0][0].candidate_id for seed in range(12)}
    assert len(firsts) > 1, "not always from the top"


def test_conversations_with_one_turn_or_single_share_of_one_are_rows_of_one_question() -> None:
    own = [candidate(number) for number in range(9)]
    for recipe in (ConversationRecipe(max_turns=1), ConversationRecipe(single_share=1.0)):
        assert [len(turns) for turns in plan_conversations(own, recipe=recipe, seed=1)] == [1] * 9
    mixed = plan_conversations(own * 1, recipe=ConversationRecipe(single_share=0.5), seed=3)
    assert 1 < len(mixed) < 9


def test_single_share_is_a_share_of_rows() -> None:
    own = [candidate(number, start=number) for number in range(4000)]
    planned = plan_conversations(own, recipe=ConversationRecipe(single_share=0.2), seed=1)
    num_single = sum(len(turns) == 1 for turns in planned)
    assert 0.17 < num_single / len(planned) < 0.23


def test_questions_with_one_answer_are_spread_over_the_rows_and_get_none_of_their_own() -> None:
    apart = [candidate(number, start=10 * number) for number in range(9)]
    same = [candidate(100 + number, answer="Ann", start=45 + number) for number in range(2)]
    planned = plan_conversations([*apart, *same], recipe=TOGETHER, seed=1)
    assert sorted(len(turns) for turns in planned) == [5, 6]
    assert [sum(turn.answer == "Ann" for turn in turns) for turns in planned] == [1, 1]


@pytest.mark.parametrize(
    ("question", "answer", "later", "is_given"),
    [
        ("Who pays 40 euros?", "Ann.", "40 euros", True),
        ("Who pays 140 euros?", "Ann.", "40 euros", False),
        ("Who pays 40 eurocents?", "Ann.", "40 euro", False),
        ("Who pays?", "The club pays\nAnn.", "Ann", True),
        ("Who pays?", "Annabel.", "Ann", False),
        ("누가 냅니까?", "임차인은 서울시에 냅니다.", "서울시", True),
        ("Name all.", "Bob; Ann; Eve", "Ann; Bob", True),
        ("Name all.", "Bob; Eve", "Ann; Bob", False),
        ("Quote clause 4.", "The tenant pays the rent monthly to Ann.", "The tenant pays rent to Ann monthly", True),
        ("Quote clause 4.", "The tenant pays the rent.", "The tenant pays rent to Ann monthly", False),
        ("Who pays?", "Ann.", "…", False),
        ("Find the only caller of `low`.", "`high`: def high(x: int)", "`high` (app/top.py)", True),
        ("Find the only caller of `low`.", "`higher`: def higher(x: int)", "`high` (app/top.py)", False),
    ],
)  # fmt: skip
def test_turn_gives_an_answer_away_if_it_says_it(question: str, answer: str, later: str, is_given: bool) -> None:
    earlier = candidate(1, question=question, answer=answer)
    assert gives_away(earlier, candidate(2, answer=later)) is is_given


RULE = "As Section 9 and Section 12 say, the tenant pays the rent each month."


def quoting(number: int, *quotes: str, **changes: str) -> Candidate:
    evidence = tuple(
        Evidence(LEASE_EN.doc_id, 40 * at, 40 * at + len(quote), quote, 0.1) for at, quote in enumerate(quotes)
    )
    return replace(candidate(number, **changes), evidence=evidence)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("quotes", "is_given"),
    [
        ((RULE,), True),
        (("5. Payment of the monthly rent due", RULE), True),  # the question names this heading
        ((RULE, "The landlord repairs the roof in each spring."), False),
        (("§ 5",), False),
    ],
)
def test_turn_that_quotes_all_the_evidence_gives_the_answer_away(quotes: tuple[str, ...], is_given: bool) -> None:
    earlier = candidate(1, question="Quote Section 5.", answer=f"{RULE}\nMore is due.")
    asked = "Which provisions does Section 5. (Payment of the monthly rent due) mention?"
    later = quoting(2, *quotes, question=asked, answer="§ 9; § 12")
    assert gives_away(earlier, later) is is_given


@pytest.mark.parametrize(("answer", "is_given"), [("Section 9: rent", True), ("Section 4: rent", False)])
def test_turn_that_follows_the_same_reference_gives_the_first_step_away(answer: str, is_given: bool) -> None:
    earlier = quoting(1, RULE, question="In document 1, what does it say?", answer=answer)
    later = quoting(2, RULE, question="And in document 2?", answer="Section 9: The rent is 40 euros a month.")
    assert gives_away(earlier, replace(later, family="multi_hop")) is is_given


def test_conversation_asks_first_what_another_question_gives_away() -> None:
    detail = candidate(1, question="What is the rent?", answer="40 euros", start=300)
    listing = candidate(2, question="Name all sums.", answer="40 euros; 7 euros", start=0)
    for seed in range(6):
        (turns,) = plan_conversations([listing, detail], recipe=TOGETHER, seed=seed)
        assert turns == (detail, listing)


def test_conversation_of_two_questions_that_name_each_others_answers_becomes_two_rows() -> None:
    one = candidate(1, question="Who pays 40 euros?", answer="Ann", start=0)
    other = candidate(2, question="What does Ann pay?", answer="40 euros", start=9)
    planned = plan_conversations([one, other], recipe=TOGETHER, seed=1)
    assert sorted(planned, key=lambda turns: turns[0].candidate_id) == [(one,), (other,)]


TURN_TOKENS = 10
AFTER = QuestionPlace.AFTER


def tokenized(messages: object) -> TokenizedConversation:
    """100 tokens of document, 4 of each question, and an answer of ten tokens for each `x` it has; two at the end."""
    ids, spans = 100, []
    for message in messages:  # type: ignore[attr-defined]
        assert isinstance(message, Message)
        if message.role == "user":
            ids += 4
        else:
            spans.append((ids, ids + TURN_TOKENS * message.content.count("x")))
            ids = spans[-1][1]
    return TokenizedConversation(np.arange(ids + 2, dtype=np.uint32), tuple(spans), 0)


def rendered(turns: list[Candidate], bucket: int) -> list[RenderedRow | Rejection]:
    context = replace(LEASE_EN, bucket=bucket)
    return list(render_rows(turns, context=context, split="train", place=AFTER, tokenizer="t", tokenize=tokenized))


def test_conversation_that_fits_its_bucket_is_one_row_with_its_turns_in_order() -> None:
    weak = Checks(True, 0.5, True, 0.25, True, False)
    own = [candidate(1, answer="x"), candidate(2, answer="xx", task="date", teacher="openai:m", checks=weak)]
    (row,) = rendered(own, 100 + 8 + 30 + 2)
    assert isinstance(row, RenderedRow)
    example = row.example
    assert [message.role for message in example.messages] == ["user", "assistant"] * 2
    assert example.messages[2].content == own[1].question, "the document is said once"
    assert (example.num_tokens, example.num_loss_tokens) == (140, 30)
    assert [turn.candidate_id for turn in example.turns] == ["c001", "c002"]
    assert (example.task, example.teacher, example.origin, example.prompt_version) == (MIXED, MIXED, "structural", "v1")
    assert example.checks == weak
    assert [evidence.turn for evidence in example.evidence] == [0, 1]
    assert example.id == row_id(["c001", "c002"]) != row_id(["c002", "c001"])


def test_row_has_the_least_of_what_was_judged_of_its_turns() -> None:
    first = replace(CHECKS, judge="openai:j", judged_support=0.75, complete=1.0, needs_document=True)
    second = replace(CHECKS, judge="openai:j", judged_support=1.0, complete=0.5, needs_document=True)
    unjudged = replace(CHECKS, answer_unique=None)

    def checks_of(*checks: Checks) -> Checks:
        turns = [candidate(number, answer="x", checks=one) for number, one in enumerate(checks)]
        (row,) = rendered(turns, 1000)
        assert isinstance(row, RenderedRow)
        return row.example.checks

    both = checks_of(first, second)
    assert (both.judge, both.judged_support, both.complete, both.needs_document) == ("openai:j", 0.75, 0.5, True)
    mixed = checks_of(first, unjudged)
    assert (mixed.judge, mixed.judged_support, mixed.needs_document, mixed.answer_unique) == (
        "openai:j",
        0.75,
        None,
        None,
    )
    assert checks_of(first, replace(second, judge="vllm:k")).judge == MIXED
    assert checks_of(first, replace(second, needs_every_hop=False)).needs_every_hop is False
    assert (checks_of(unjudged).judge, checks_of(unjudged).judged_support) == ("", None)


@given(st.lists(st.integers(1, 9), min_size=1, max_size=8), st.integers(103, 300))
def test_conversation_that_is_longer_than_its_bucket_becomes_rows_that_fit_and_loses_no_question(
    sizes: list[int], bucket: int
) -> None:
    own = [candidate(number, answer="x" * size) for number, size in enumerate(sizes)]
    placed: list[str] = []
    for row in rendered(own, bucket):
        if isinstance(row, Rejection):
            placed.append(row.item_id)
            assert row.reason == "over_bucket"
            assert row.score is not None and row.score > bucket
        else:
            placed += [turn.candidate_id for turn in row.example.turns]
            assert row.example.num_tokens <= bucket
    assert placed == [one.candidate_id for one in own]
