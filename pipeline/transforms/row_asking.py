"""Asks structural and written questions about corpus rows, window by window: the pure twin of `AskTeacher`.

Takes rows in order; yields each document of a row with its verified candidates. A listener receives rejections,
failures and counts as they come. The synthesize stage listens with a shard's ledger, `transforms.ask_teacher` with the
piles of a batch. Pure, apart from the teacher and the cache of its answers. Memory: the texts of one window.

Documents are processed in *windows* (`synthesize.written.windows`): a window has enough requests to fill the teacher's
batches. Windows and batches depend only on the documents and the recipe. The requests about a window are asked in
rounds, each planned from the answers to the round before.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Protocol, TypeVar

from pipeline.config.build import SynthesizeRecipe, TeacherOptions
from pipeline.errors import PipelineError, TeacherError
from pipeline.records import Candidate, Context, Rejection
from pipeline.synthesize.asking import ask_all
from pipeline.synthesize.budget import TeacherBudget
from pipeline.synthesize.cache import AnswerCache
from pipeline.synthesize.members import DocumentView, about_row, document_views
from pipeline.synthesize.teachers.open import shared_teacher
from pipeline.synthesize.teachers.protocol import ServerTeacher, TeacherReply, TeacherRequest
from pipeline.synthesize.unusable import UNUSABLE, UNUSABLE_REPLIES
from pipeline.synthesize.written.candidates import candidates_of
from pipeline.synthesize.written.draft import DraftCheck, Round
from pipeline.synthesize.written.rounds import DocumentRounds
from pipeline.synthesize.written.windows import ask_rounds, document_rounds, document_windows
from pipeline.transforms.asking import Derived, StructuralAsker

Result = TypeVar("Result")


def _without_limits(_options: TeacherOptions) -> None:
    """Return no budget."""


class Listener(Protocol):
    """Receives what happens besides candidates, in the order in which it happens."""

    def reject(self, view: DocumentView, rejection: Rejection) -> None:
        """Receive a question or a reply that was rejected."""

    def fail(self, view: DocumentView, error: Exception) -> None:
        """Receive an unexpected error about a document, or a request that failed."""

    def count(self, name: str, amount: int) -> None:
        """Add to a counter."""

    def show(self, counters: Mapping[str, int]) -> None:
        """Show the counters of requests so far; none after the last."""

    def take(self, replies: Sequence[TeacherReply], *, gave_up: bool) -> None:
        """Receive the replies to a round, and raise an error if the rest shall not be asked.

        Args:
            replies: one for each request; failed requests have a reply that says why.
            gave_up: whether the teacher's server does not answer.
        """


@dataclass(frozen=True, slots=True)
class RowAsker:
    """Asks about rows."""

    recipe: SynthesizeRecipe
    tokenizer: str
    """The reference of the student's tokenizer, which measures the length of structural answers; empty if they may be
    long."""
    seed: int
    cache: str
    """The folder of the teachers' answers."""
    contaminated: DraftCheck | None = None
    """Tells which drafts repeat an evaluation item; None without evaluation sets."""
    open_budget: Callable[[TeacherOptions], TeacherBudget | None] = _without_limits
    """Returns what the run may still spend on a teacher; None for no limit."""

    def about(self, rows: Iterable[Context], listener: Listener) -> Iterator[tuple[DocumentView, list[Candidate]]]:
        """Yield each document of the rows with its candidates. The last document of a row has those about the row too.

        Raises:
            MissingExtraError, TeacherError: the teacher cannot be loaded.
        """
        windows = document_windows(
            (view for row in rows for view in document_views(row)),
            batch_size=self.recipe.teacher.batch_size,
            questions_per_document=self.recipe.written.questions_per_document,
        )
        for window in windows:
            yield from self._about_window(window, listener)

    def _about_window(
        self, window: Sequence[DocumentView], listener: Listener
    ) -> Iterator[tuple[DocumentView, list[Candidate]]]:
        derived = [self._structural(view, listener) for view in window]
        rounds = [self._rounds(view, found, listener) for view, found in zip(window, derived, strict=True)]
        ask_rounds(
            [document for document in rounds if document],
            ask=lambda round_, requests: self._ask(round_, requests, listener),
        )
        for view, found, document in zip(window, derived, rounds, strict=True):
            structural = _accepted(found, view, listener)
            written = self._written(view, document, listener) if document else []
            of_document = [about_row(candidate, view) for candidate in structural + written]
            yield view, of_document + self._across(view, listener)

    def _ask(self, round_: Round, requests: Sequence[TeacherRequest], listener: Listener) -> list[TeacherReply]:
        options = self.recipe.judging_teacher if round_ is Round.JUDGE else self.recipe.teacher
        assert options is not None, "without a judge, the judge's round has no requests"
        teacher = shared_teacher(options, seed=self.seed)
        replies, counters = ask_all(
            requests,
            teacher=teacher,
            cache=AnswerCache(folder=self.cache, teacher=teacher.name),
            batch_size=options.batch_size,
            show=listener.show,
            budget=self.open_budget(options),
        )
        listener.show({})
        for name, amount in counters.items():
            listener.count(name, amount)
        listener.count(f"round/{round_}", len(requests))
        listener.take(replies, gave_up=isinstance(teacher, ServerTeacher) and teacher.watch.gave_up)
        return replies

    def _rounds(self, view: DocumentView, derived: Derived | None, listener: Listener) -> DocumentRounds | None:
        def prepare() -> DocumentRounds | None:
            taken = [candidate.question for candidate in derived[0]] if derived else []
            return document_rounds(
                view,
                recipe=self.recipe,
                seed=self.seed,
                judge=self._judge_name,
                questions_taken=taken,
                contaminated=self.contaminated,
            )

        return _or_failure(prepare, view, listener)

    def _judge_name(self) -> str:
        options = self.recipe.judging_teacher
        assert options is not None, "only a judge gives a verdict"
        return shared_teacher(options, seed=self.seed).name

    def _structural(self, view: DocumentView, listener: Listener) -> Derived | None:
        return _or_failure(lambda: self._asker.about(view), view, listener)

    def _across(self, view: DocumentView, listener: Listener) -> list[Candidate]:
        """Return the questions across the documents of a joined row, after the last of them; else none."""
        if not view.ends_row:
            return []
        row = DocumentView(context=view.row, row=view.row, index=None)
        derived = _or_failure(lambda: self._asker.across(view.row), row, listener)
        return _accepted(derived, row, listener)

    @property
    def _asker(self) -> StructuralAsker:
        return StructuralAsker(self.recipe.structural, self.tokenizer, self.seed)

    def _written(self, view: DocumentView, document: DocumentRounds, listener: Listener) -> list[Candidate]:
        if document.error is not None:
            listener.fail(view, document.error)
        for failed in document.failed:
            listener.fail(view, TeacherError(f"The request at {failed.item.segment.start} failed: {failed.error}."))
        for rejection in document.rejections:
            listener.reject(view, rejection)
        for name, amount in sorted(document.counts.items()):
            listener.count(name, amount)
        for draft in document.drafts:
            listener.count(f"written/{draft.task}/kept", 1)
        listener.count(UNUSABLE_REPLIES, sum(rejection.reason in UNUSABLE for rejection in document.rejections))
        teacher = shared_teacher(self.recipe.teacher, seed=self.seed).name if document.drafts else ""

        def make() -> list[Candidate]:
            return candidates_of(document.drafts, context=view.context, teacher=teacher)

        candidates = _or_failure(make, view, listener) or []
        listener.count("kept/written", len(candidates))
        return candidates


def _accepted(derived: Derived | None, view: DocumentView, listener: Listener) -> list[Candidate]:
    if derived is None:
        return []
    candidates, rejections = derived
    for rejection in rejections:
        listener.reject(view, rejection)
    listener.count("kept/structural", len(candidates))
    return candidates


def _or_failure(work: Callable[[], Result], view: DocumentView, listener: Listener) -> Result | None:
    """Return the result of `work`. If it raises an unexpected error, tell the listener and return None."""
    try:
        return work()
    except PipelineError:
        raise
    except Exception as error:  # noqa: BLE001  an unexpected error costs one document, not the stage
        listener.fail(view, error)
        return None
