"""Groups documents into windows, and asks the rounds of requests about the documents of a window.

A window is a run of documents whose requests are sent to the teacher together, round by round. It holds enough
requests to fill the teacher's batches, and its text fits into memory. Windows depend only on the documents, so a
resumed run asks in the same batches. Used by the synthesize stage:

    for window in document_windows(views, batch_size=8, questions_per_document=4):
        rounds = [document_rounds(view, recipe=recipe, seed=17, judge=…, questions_taken=()) for view in window]
        ask_rounds([item for item in rounds if item], ask=lambda round_, requests: …)
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Iterator, Sequence

from pipeline.config.build import PromptForm, SynthesizeRecipe, TeacherOptions
from pipeline.errors import PipelineError
from pipeline.records import Context
from pipeline.synthesize.members import DocumentView
from pipeline.synthesize.teachers.protocol import Sampling, TeacherReply, TeacherRequest
from pipeline.synthesize.verify.readers import require_reader
from pipeline.synthesize.written.document import WrittenDocument
from pipeline.synthesize.written.draft import DraftCheck, PlannedRequest, Round
from pipeline.synthesize.written.exchange import OnReply, hear_nothing
from pipeline.synthesize.written.proof import DocumentProof
from pipeline.synthesize.written.room import answer_tokens, window_tokens
from pipeline.synthesize.written.rounds import DocumentRounds

_WINDOW_BATCHES = 8
"""Size of a window, in batches of the teacher."""
_WINDOW_CHARS = 16 * 2**20

Ask = Callable[[Round, Sequence[TeacherRequest]], list[TeacherReply]]
"""Returns a reply to every request of a round, in order."""


def document_windows(
    views: Iterable[DocumentView], *, batch_size: int, questions_per_document: int
) -> Iterator[list[DocumentView]]:
    """Yield the documents in windows of about eight batches of requests, or 16 Mi characters if that is less.

    Args:
        views: the documents, in order.
        batch_size: number of requests in a batch of the teacher.
        questions_per_document: number of requests about a corpus row in the first round; the documents of a joined row
            share them.

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


def document_rounds(
    view: DocumentView,
    *,
    recipe: SynthesizeRecipe,
    seed: int,
    judge: Callable[[], str],
    questions_taken: Collection[str],
    contaminated: DraftCheck | None = None,
    on_reply: OnReply = hear_nothing,
) -> DocumentRounds | None:
    """Return the rounds of requests about one document; None if the recipe plans none in the document's language.

    Args:
        view: the document; the documents of a joined row share the number of requests for the row.
        recipe: tasks, languages, lengths and the teacher's limits.
        seed: the recipe's seed.
        judge: returns the name of the judge.
        questions_taken: questions that the document already has, such as structural ones.
        contaminated: tells which drafts repeat an evaluation item; None without evaluation sets.
        on_reply: called for each reply, when it is read.

    Raises:
        MissingExtraError: replies in the document's language cannot be checked, because a package is not installed.
    """
    teacher, written, context = recipe.teacher, recipe.written, view.context
    if not written.tasks or context.language not in written.languages:
        return None
    if teacher.prompt_form is PromptForm.CHAT:
        require_reader(context.language)
    document = _written_document(context, teacher, recipe, seed=seed, max_answer_tokens=teacher.max_answer_tokens)
    return DocumentRounds(
        document,
        _proof(document, recipe, seed=seed, judge=judge) if document.is_chat else None,
        tasks=written.tasks,
        questions=view.share_of(written.questions_per_document),
        merges=view.share_of(written.merges_per_document),
        questions_taken=questions_taken,
        contaminated=contaminated,
        on_reply=on_reply,
    )


def _planned(document: DocumentRounds, round_: Round) -> list[PlannedRequest]:
    """Return the requests of a round. An unexpected error ends the rounds of this document alone."""
    try:
        return document.plan(round_)
    except PipelineError:
        raise
    except Exception as error:  # noqa: BLE001  an unexpected error costs one document, not the stage
        document.stop(error)
        return []


def _proof(
    document: WrittenDocument, recipe: SynthesizeRecipe, *, seed: int, judge: Callable[[], str]
) -> DocumentProof:
    options, limits = recipe.judging_teacher, recipe.written.verdicts
    judged = (
        _written_document(document.context, options, recipe, seed=seed, max_answer_tokens=limits.max_verdict_tokens)
        if options
        else None
    )
    return DocumentProof(document, judged=judged, judge=judge)


def _written_document(
    context: Context, teacher: TeacherOptions, recipe: SynthesizeRecipe, *, seed: int, max_answer_tokens: int
) -> WrittenDocument:
    # The teacher and the judge see the same pieces of a long document, so that they judge by what was shown.
    return WrittenDocument(
        context,
        form=teacher.prompt_form,
        recipe=recipe.written,
        max_model_tokens=window_tokens(recipe),
        room_for_answers=answer_tokens(recipe),
        sampling=Sampling(teacher.temperature, max_answer_tokens, seed, teacher.chat_template_kwargs),
        is_judged=recipe.judging_teacher is not None,
    )


def ask_rounds(documents: Sequence[DocumentRounds], *, ask: Ask) -> None:
    """Lead documents through all rounds. A round without requests is not asked.

    Args:
        documents: the documents of a window, each before its first round.
        ask: sends the requests of one round about all documents, those about one document next to each other.
    """
    for round_ in Round:
        planned = [_planned(document, round_) for document in documents]
        requests = [item.request for items in planned for item in items]
        replies = iter(ask(round_, requests) if requests else ())
        for document, items in zip(documents, planned, strict=True):
            document.take(round_, items, [next(replies) for _ in items])
