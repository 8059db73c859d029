"""A document through all rounds: attempts, a judge, what they reject, and what a failure leaves."""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import Any

import pytest
from synthesis_documents import LEASE_EN, MEETING_EN, SUPPLY_KO, replied
from teacher_server import answer_to

from pipeline.config.build import SynthesizeRecipe
from pipeline.records import Context, Dropped
from pipeline.synthesize.members import DocumentView
from pipeline.synthesize.teachers.protocol import (
    NOT_ANSWERED,
    ChatPrompt,
    FinishReason,
    TeacherReply,
    TeacherRequest,
    failed_reply,
)
from pipeline.synthesize.written.draft import Draft, DraftCheck, Round
from pipeline.synthesize.written.rounds import DocumentRounds
from pipeline.synthesize.written.windows import ask_rounds, document_rounds

CONTEXTS = [LEASE_EN, SUPPLY_KO, MEETING_EN]
Change = Callable[[Round, dict[str, Any]], dict[str, Any] | TeacherReply]


def rounds_of(context: Context, *, contaminated: DraftCheck | None = None, **written: Any) -> DocumentRounds:
    settings = {"tasks": ["qa", "summary"], "segment_tokens": 200, "min_section_tokens": 40, **written}
    recipe = SynthesizeRecipe.model_validate({"written": settings})
    view = DocumentView(context=context, row=context, index=None)
    found = document_rounds(
        view, recipe=recipe, seed=17, judge=lambda: "told:judge", questions_taken=(), contaminated=contaminated
    )
    assert found is not None
    return found


def told(asked: dict[Round, list[str]], change: Change = lambda _, reply: reply) -> Any:
    """A teacher that answers as the scripted server does, but for what `change` makes of it."""

    def ask(round_: Round, requests: Sequence[TeacherRequest]) -> list[TeacherReply]:
        replies = []
        for request in requests:
            assert isinstance(request.prompt, ChatPrompt)
            prompt = request.prompt.messages[-1].content
            asked.setdefault(round_, []).append(prompt)
            reply = change(round_, answer_to(prompt))
            replies.append(reply if isinstance(reply, TeacherReply) else replied(json.dumps(reply, ensure_ascii=False)))
        return replies

    return ask


@pytest.mark.parametrize("context", CONTEXTS)
def test_kept_drafts_were_attempted_and_judged(context: Context) -> None:
    rounds, asked = rounds_of(context), {}
    ask_rounds([rounds], ask=told(asked))
    assert rounds.drafts and not rounds.failed
    for draft in rounds.drafts:
        assert (draft.checks.judge, draft.checks.judged_support) == ("told:judge", 1.0)
        if draft.task == "qa":
            assert (draft.checks.answered_from_document, draft.checks.needs_document) == (True, True)
            assert draft.checks.answer_unique is True
    num_asked = sum(count for name, count in rounds.counts.items() if name.endswith("/asked"))
    assert len(rounds.drafts) <= len(asked[Round.JUDGE]) <= num_asked
    shown = [prompt for round_ in (Round.ATOMS, Round.JUDGE) for prompt in asked[round_]]
    assert all(context.text in prompt[: len(context.text) + 20] for prompt in shown)


def test_every_reply_is_counted_once() -> None:
    rounds, asked = rounds_of(LEASE_EN), {}
    ask_rounds([rounds], ask=told(asked))
    counted = {
        name: count for name, count in rounds.counts.items() if name.startswith("written/") and name[-6:] != "/asked"
    }
    assert sum(counted.values()) == len(rounds.rejections)
    num_asked = sum(count for name, count in rounds.counts.items() if name.endswith("/asked"))
    assert num_asked == len(asked[Round.ATOMS]) == len(rounds.drafts) + len(rounds.rejections)


@pytest.mark.parametrize("context", [LEASE_EN, SUPPLY_KO])
def test_draft_that_repeats_an_evaluation_item_is_rejected_and_asks_no_further_round(context: Context) -> None:
    seen: list[Draft] = []

    def contaminated(draft: Draft) -> Dropped | None:
        seen.append(draft)
        return Dropped("contaminated", "It is an exam's.", 1.0) if len(seen) == 1 else None

    rounds, asked = rounds_of(context, contaminated=contaminated), {}
    ask_rounds([rounds], ask=told(asked))
    assert rounds.counts[f"written/{seen[0].task}/contaminated"] == 1
    assert [one.reason for one in rounds.rejections].count("contaminated") == 1
    assert seen[0].key not in {draft.key for draft in rounds.drafts}
    assert len(asked[Round.JUDGE]) == len(seen) - 1 > 0


def unsupported(round_: Round, reply: dict[str, Any]) -> dict[str, Any]:
    if round_ is Round.JUDGE:
        reply["claims"][0].update(support=0, rationale="The document says something else.")
    return reply


def closed_book(round_: Round, reply: dict[str, Any]) -> dict[str, Any]:
    if round_ is Round.JUDGE:
        for rated in reply.get("attempts", []):
            rated["agreement"] = 1
    return reply


def prose(round_: Round, reply: dict[str, Any]) -> dict[str, Any] | TeacherReply:
    return replied("It looks fine to me.") if round_ is Round.JUDGE else reply


@pytest.mark.parametrize(
    ("change", "reason", "said"),
    [
        (unsupported, "claim_not_supported", "something else"),
        (closed_book, "answered_without_document", "without the document"),
        (prose, "no_verdict", "not_json"),
    ],
)
def test_draft_that_is_not_proven_is_rejected(change: Change, reason: str, said: str) -> None:
    rounds = rounds_of(LEASE_EN, tasks=["qa"])
    ask_rounds([rounds], ask=told({}, change))
    assert rounds.drafts == []
    found = [item for item in rounds.rejections if item.reason == reason]
    assert found and all(said in item.detail for item in found)
    assert rounds.counts[f"written/qa/{reason}"] == len(found)


def test_without_a_judge_the_checks_say_so_and_only_values_of_attempts_decide() -> None:
    rounds, asked = rounds_of(LEASE_EN, tasks=["qa"], judged=False), {}
    ask_rounds([rounds], ask=told(asked))
    assert Round.JUDGE not in asked and asked[Round.ATTEMPTS]
    assert rounds.drafts
    assert {
        (draft.checks.judge, draft.checks.judged_support, draft.checks.answer_unique) for draft in rounds.drafts
    } == {("", None, None)}
    assert {draft.checks.needs_document for draft in rounds.drafts} == {True}


def test_without_attempts_and_judge_there_is_one_round() -> None:
    rounds, asked = rounds_of(LEASE_EN, tasks=["qa"], judged=False, attempts=[]), {}
    ask_rounds([rounds], ask=told(asked))
    assert list(asked) == [Round.ATOMS]
    assert rounds.drafts and {draft.checks.needs_document for draft in rounds.drafts} == {None}


def failing(round_: Round, reply: dict[str, Any]) -> dict[str, Any] | TeacherReply:
    return failed_reply("status 500: boom") if round_ is Round.JUDGE else reply


def cut(round_: Round, reply: dict[str, Any]) -> dict[str, Any] | TeacherReply:
    return replied("{", finish_reason=FinishReason.LENGTH) if round_ is Round.ATTEMPTS else reply


def test_draft_whose_verdict_failed_is_not_kept_and_is_no_rejection() -> None:
    rounds = rounds_of(LEASE_EN, tasks=["qa"])
    ask_rounds([rounds], ask=told({}, failing))
    assert rounds.drafts == [] and rounds.failed
    assert {failure.item.round for failure in rounds.failed} == {Round.JUDGE}


def test_attempt_that_cannot_be_used_leaves_its_check_unmade() -> None:
    rounds = rounds_of(LEASE_EN, tasks=["qa"])
    ask_rounds([rounds], ask=told({}, cut))
    assert rounds.drafts
    assert {draft.checks.needs_document for draft in rounds.drafts} == {None}
    assert rounds.counts["attempts/answer_cut"] == 2 * len(rounds.drafts)


def test_document_that_waits_in_one_round_has_no_later_one() -> None:
    asked: dict[Round, list[str]] = {}
    waiting, other = rounds_of(LEASE_EN, tasks=["qa"]), rounds_of(SUPPLY_KO, tasks=["qa"])

    def change(round_: Round, reply: dict[str, Any]) -> dict[str, Any] | TeacherReply:
        is_first = len(asked[round_]) == 1
        return failed_reply(NOT_ANSWERED) if round_ is Round.ATOMS and is_first else reply

    ask_rounds([waiting, other], ask=told(asked, change))
    assert (waiting.is_waiting, other.is_waiting) == (True, False)
    assert not any(LEASE_EN.text in prompt for prompt in asked[Round.ATTEMPTS])
    assert other.drafts and all(draft.checks.judge for draft in other.drafts)


def test_follow_up_of_a_rejected_question_is_rejected() -> None:
    rounds = rounds_of(LEASE_EN, tasks=["qa"])
    planned = rounds.plan(Round.ATOMS)
    ask = told({})
    rounds.take(Round.ATOMS, planned, ask(Round.ATOMS, [item.request for item in planned]))
    parent = rounds.drafts[0]
    rounds.drafts.append(replace(parent, question="And if it comes late?", follows=parent.key))

    def change(round_: Round, reply: dict[str, Any]) -> dict[str, Any]:
        is_parent = reply["claims"][0]["claim"] == parent.answer and change.first  # type: ignore[attr-defined]
        change.first = False  # type: ignore[attr-defined]
        return unsupported(round_, reply) if is_parent else reply

    change.first = True  # type: ignore[attr-defined]
    items = rounds.plan(Round.JUDGE)
    rounds.take(Round.JUDGE, items, told({}, change)(Round.JUDGE, [item.request for item in items]))
    reasons = [item.reason for item in rounds.rejections]
    assert "claim_not_supported" in reasons and "parent_dropped" in reasons
    assert all(not draft.follows for draft in rounds.drafts)


LONG_NUMBER = "9" * 5000
"""Python refuses to read it as an integer."""


def test_reply_that_breaks_a_reader_is_a_failure_and_costs_nothing_else() -> None:
    """A number of 5,000 digits in one reply of each round."""
    asked: dict[Round, list[str]] = {}

    def change(round_: Round, reply: dict[str, Any]) -> dict[str, Any]:
        if len(asked[round_]) == 1 and round_ is Round.ATOMS:
            reply["answer"] += f" {LONG_NUMBER}"
        if len(asked[round_]) == 1 and round_ is Round.JUDGE:
            reply["claims"][0]["claim"] += f" {LONG_NUMBER}"
        return reply

    rounds = rounds_of(LEASE_EN, tasks=["qa"])
    ask_rounds([rounds], ask=told(asked, change))
    num_asked = len(asked[Round.ATOMS])
    broken = [failure for failure in rounds.failed if "ValueError" in failure.error]
    assert len(rounds.drafts) + len(rounds.rejections) + len(broken) == num_asked
    assert rounds.drafts


def test_plan_that_breaks_ends_the_rounds_of_its_document_alone(monkeypatch: pytest.MonkeyPatch) -> None:
    one, other = rounds_of(LEASE_EN, tasks=["qa"]), rounds_of(SUPPLY_KO, tasks=["qa"])

    def fail(_: Round) -> Any:
        raise ZeroDivisionError("no segments")

    monkeypatch.setattr(one, "plan", fail)
    ask_rounds([one, other], ask=told({}))
    assert isinstance(one.error, ZeroDivisionError) and one.drafts == []
    assert other.error is None and other.drafts
