"""Groups documents into windows, plans the requests about each document, and assigns replies to documents.

A window is a run of documents whose requests are sent to the teacher together. It holds enough requests to fill the
teacher's batches, and its text fits into memory. Windows depend only on the documents, so a resumed run asks in the
same batches. Used by the synthesize stage:

    for window in document_windows(views, batch_size=8, questions_per_document=4):
        planned = [plan_requests(view, recipe=recipe, seed=17) for view in window]
        requests = [item.request for items in planned for item in items]
        replies, counters = ask_all(requests, teacher=teacher, cache=cache, batch_size=8)
        for view, items, own in zip(window, planned, replies_by_document(planned, replies)):
            candidates, rejections = judge_written(context=view.context, planned=items, replies=own, ...)
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence

from pipeline.config.build import PromptForm, SynthesizeRecipe
from pipeline.synthesize.members import DocumentView
from pipeline.synthesize.teachers.protocol import Sampling, TeacherReply
from pipeline.synthesize.verify.readers import require_reader
from pipeline.synthesize.written_plan import PlannedRequest, plan_written

_WINDOW_BATCHES = 8
"""Size of a window, in batches of the teacher."""
_WINDOW_CHARS = 16 * 2**20


def document_windows(
    views: Iterable[DocumentView], *, batch_size: int, questions_per_document: int
) -> Iterator[list[DocumentView]]:
    """Yield the documents in windows of about eight batches of requests, or 16 Mi characters if that is less.

    Args:
        views: the documents, in order.
        batch_size: number of requests in a batch of the teacher.
        questions_per_document: number of requests about a corpus row; the documents of a joined row share them.

    Example:
        Five documents with four questions each make windows of two, two and one document if a batch is one request.
    """
    window: list[DocumentView] = []
    num_chars = num_requests = 0
    for view in views:
        window.append(view)
        num_chars += len(view.context.text)
        num_requests += view.share_of(questions_per_document)
        if num_requests >= _WINDOW_BATCHES * batch_size or num_chars >= _WINDOW_CHARS:
            yield window
            window, num_chars, num_requests = [], 0, 0
    if window:
        yield window


def plan_requests(view: DocumentView, *, recipe: SynthesizeRecipe, seed: int) -> list[PlannedRequest]:
    """Return the requests about one document; none if the recipe plans none in the document's language.

    Args:
        view: the document; the documents of a joined row share the number of requests for the row.
        recipe: tasks, languages, lengths and the teacher's limits.
        seed: the recipe's seed.

    Raises:
        MissingExtraError: replies in the document's language cannot be checked, because a package is not installed.
    """
    teacher, written, context = recipe.teacher, recipe.written, view.context
    if not written.tasks or context.language not in written.languages:
        return []
    if teacher.prompt_form is PromptForm.CHAT:
        require_reader(context.language)
    return plan_written(
        context=context,
        tasks=written.tasks,
        form=teacher.prompt_form,
        questions_per_document=view.share_of(written.questions_per_document),
        segment_tokens=written.segment_tokens,
        max_model_tokens=teacher.max_model_tokens,
        sampling=Sampling(teacher.temperature, teacher.max_answer_tokens, seed, teacher.chat_template_kwargs),
    )


def replies_by_document(
    planned: Sequence[Sequence[PlannedRequest]], replies: Sequence[TeacherReply]
) -> list[Sequence[TeacherReply]]:
    """Return the replies to the requests of each document, in order.

    Args:
        planned: the requests about each document of a window.
        replies: one reply for each request, in order.

    Example:
        >>> replies_by_document([["a"], [], ["b", "c"]], ["1", "2", "3"])
        [['1'], [], ['2', '3']]
    """
    found, start = [], 0
    for items in planned:
        found.append(replies[start : start + len(items)])
        start += len(items)
    assert start == len(replies), f"{len(replies)} replies to {start} requests"
    return found
