from collections.abc import Sequence

import pytest
from synthesis_documents import LEASE_EN

from pipeline.config.build import SynthesizeRecipe
from pipeline.records import Context
from pipeline.synthesize import request_windows
from pipeline.synthesize.members import DocumentView
from pipeline.synthesize.request_windows import document_windows, plan_requests, replies_by_document
from pipeline.synthesize.teachers.protocol import FinishReason, TeacherReply

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
    monkeypatch.setattr(request_windows, "_WINDOW_CHARS", 2 * len(LEASE_EN.text))
    found = document_windows([view_of()] * 3, batch_size=99, questions_per_document=1)
    assert [len(window) for window in found] == [2, 1]


def test_requests_are_planned_as_the_recipe_says() -> None:
    recipe = SynthesizeRecipe.model_validate({"written": {"tasks": ["qa"], "questions_per_document": 2}})
    planned = plan_requests(view_of(), recipe=recipe, seed=SEED)
    assert 1 <= len(planned) <= 2
    assert {item.request.sampling.seed for item in planned} == {SEED}
    assert planned == plan_requests(view_of(), recipe=recipe, seed=SEED)


@pytest.mark.parametrize("written", [{"tasks": []}, {"languages": ["ko"]}])
def test_document_that_the_recipe_asks_nothing_about_has_no_requests(written: dict[str, Sequence[str]]) -> None:
    recipe = SynthesizeRecipe.model_validate({"written": written})
    assert plan_requests(view_of(), recipe=recipe, seed=SEED) == []


def test_replies_go_back_to_the_documents_whose_requests_they_answer() -> None:
    recipe = SynthesizeRecipe.model_validate({"written": {"tasks": ["qa"], "questions_per_document": 2}})
    items = plan_requests(view_of(), recipe=recipe, seed=SEED)
    assert items
    planned = [items, [], items]
    answered = replies(2 * len(items))
    assert replies_by_document(planned, answered) == [answered[: len(items)], [], answered[len(items) :]]
    with pytest.raises(AssertionError, match=f"{len(answered) - 1} replies to {len(answered)} requests"):
        replies_by_document(planned, answered[1:])
