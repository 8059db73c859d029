from collections.abc import Sequence

import pytest
from synthesis_documents import LEASE_EN

from pipeline.config.build import SynthesizeRecipe
from pipeline.records import Context
from pipeline.synthesize.members import DocumentView
from pipeline.synthesize.teachers.protocol import (
    NOT_ANSWERED,
    NOT_ASKED,
    FinishReason,
    TeacherReply,
    TeacherRequest,
    failed_reply,
)
from pipeline.synthesize.written import windows
from pipeline.synthesize.written.draft import PlannedRequest, Round
from pipeline.synthesize.written.rounds import DocumentRounds
from pipeline.synthesize.written.windows import ask_rounds, document_rounds, document_windows

SEED = 17


def view_of(context: Context = LEASE_EN) -> DocumentView:
    return DocumentView(context=context, row=context, index=None)


def replies(number: int) -> list[TeacherReply]:
    return [TeacherReply(str(index), FinishReason.STOP, 1, 0, 1, "") for index in range(number)]


@pytest.mark.parametrize(
    ("batch_size", "questions", "num_rows", "sizes"),
    [(1, 4, 5, [2, 2, 1]), (1, 8, 3, [1, 1, 1]), (2, 4, 5, [4, 1]), (1, 1, 9, [8, 1])],
)
def test_window_ends_with_the_document_that_fills_eight_batches(
    batch_size: int, questions: int, num_rows: int, sizes: list[int]
) -> None:
    found = document_windows([view_of()] * num_rows, batch_size=batch_size, questions_per_document=questions)
    assert [len(window) for window in found] == sizes
    assert list(document_windows([], batch_size=batch_size, questions_per_document=questions)) == []


def test_window_ends_with_the_document_that_fills_its_characters(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(windows, "_WINDOW_CHARS", 2 * len(LEASE_EN.text))
    found = document_windows([view_of()] * 3, batch_size=99, questions_per_document=1)
    assert [len(window) for window in found] == [2, 1]


def rounds_of(**written: object) -> DocumentRounds | None:
    recipe = SynthesizeRecipe.model_validate({"written": {"tasks": ["qa"], "questions_per_document": 2, **written}})
    return document_rounds(view_of(), recipe=recipe, seed=SEED, judge=lambda: "", questions_taken=())


def planned(rounds: DocumentRounds | None) -> list[PlannedRequest]:
    assert rounds is not None
    return rounds.plan(Round.ATOMS)


def test_requests_are_planned_as_the_recipe_says() -> None:
    items = planned(rounds_of())
    assert 1 <= len(items) <= 2
    assert {item.request.sampling.seed for item in items} == {SEED}
    assert items == planned(rounds_of())


@pytest.mark.parametrize("written", [{"tasks": []}, {"languages": ["ko"]}])
def test_document_that_the_recipe_asks_nothing_about_has_no_requests(written: dict[str, Sequence[str]]) -> None:
    assert rounds_of(**written) is None


def test_replies_go_back_to_the_documents_whose_requests_they_answer() -> None:
    one, other = rounds_of(), rounds_of()
    assert one and other
    asked: list[tuple[Round, int]] = []

    def ask(round_: Round, requests: Sequence[TeacherRequest]) -> list[TeacherReply]:
        asked.append((round_, len(requests)))
        return replies(len(requests))

    ask_rounds([one, other], ask=ask)
    number = len(planned(one))
    assert asked == [(Round.ATOMS, 2 * number)]  # no draft was kept, so the other rounds have nothing to ask
    assert [item.excerpt for item in one.rejections] == [str(index) for index in range(number)]
    assert [item.excerpt for item in other.rejections] == [str(index) for index in range(number, 2 * number)]


def test_round_with_fewer_replies_than_requests_is_an_error() -> None:
    rounds = rounds_of()
    items = planned(rounds)
    assert rounds is not None
    with pytest.raises(ValueError, match="shorter"):
        rounds.take(Round.ATOMS, items, replies(len(items) - 1))


@pytest.mark.parametrize(
    ("error", "is_waiting"), [("status 500: boom", False), (NOT_ANSWERED, True), (NOT_ASKED, True)]
)
def test_document_with_a_request_that_was_not_sent_waits(error: str, is_waiting: bool) -> None:
    rounds = rounds_of()
    items = planned(rounds)
    assert rounds is not None
    rounds.take(Round.ATOMS, items, [failed_reply(error) for _ in items])
    assert (rounds.is_waiting, len(rounds.failed), rounds.drafts) == (is_waiting, len(items), [])
    assert rounds.plan(Round.MERGES) == []
