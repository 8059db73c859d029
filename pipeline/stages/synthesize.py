"""The synthesize stage, as a map over shards: turns corpus rows into verified candidates.

Reads `corpus/bucket=*/part-k.parquet`; writes `work/candidates/part-k.parquet`, and `work/asked/part-k.parquet` with
the result for every context. Used by `stages.chain`.

For each document, structural tasks derive questions from the text, and the teacher is asked to write further questions;
the documents of a joined row are handled one at a time, and then compared. Each question is verified, and is then kept
or rejected. An unexpected error becomes a dead letter. Documents are processed in *windows*. A window has enough
requests to fill the teacher's batches, and only one window's texts are in memory. Windows and batches depend only on
the documents and the recipe. The requests about a window are asked in rounds, each planned from the answers to the
round before. So a shard that is interrupted and run again plans the same requests, finds the answers received so far in
`cache/`, and writes the same bytes.

If a request fails, the shard still tries its other requests, unless the teacher's server does not answer. In that
case, or if more than `max_failed_share` of the requests fail, the shard writes no candidates and stays unfinished; the
next run sends the failed requests again. Otherwise, failed requests become dead letters.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import ClassVar, TypeVar

from pipeline.config.build import SynthesizeRecipe
from pipeline.errors import LimitReachedError, PipelineError, TeacherError, UnansweredError
from pipeline.io import files
from pipeline.io.layout import BuildFolder
from pipeline.io.ledger import ShardLedger
from pipeline.io.parts import PartWriter, read_part, write_whole_part
from pipeline.records import Candidate, Context, Rejection
from pipeline.stages.asked import FAILED, AskedContext, AskedContexts
from pipeline.stages.shards import Shard
from pipeline.stages.unanswered import UNUSABLE, UNUSABLE_REPLIES, merge_reasons, unanswered_message
from pipeline.stages.written_contamination import ContaminationCheck, EvaluatedItems
from pipeline.synthesize.asking import ask_all
from pipeline.synthesize.budget import open_budget
from pipeline.synthesize.cache import AnswerCache
from pipeline.synthesize.members import DocumentView, about_row, document_views
from pipeline.synthesize.teachers.open import shared_teacher
from pipeline.synthesize.teachers.protocol import (
    NOT_ANSWERED,
    NOT_ASKED,
    FinishReason,
    ServerTeacher,
    TeacherReply,
    TeacherRequest,
)
from pipeline.synthesize.written.candidates import candidates_of
from pipeline.synthesize.written.draft import DraftCheck, Round
from pipeline.synthesize.written.rounds import STAGE, DocumentRounds
from pipeline.synthesize.written.windows import ask_rounds, document_rounds, document_windows
from pipeline.transforms.asking import Derived, StructuralAsker

Result = TypeVar("Result")


@dataclass(frozen=True, slots=True)
class SynthesizeWork:
    """Turns corpus parts into a candidate part."""

    stage: ClassVar[str] = STAGE
    recipe: SynthesizeRecipe
    tokenizer: str
    """The reference of the student's tokenizer, which measures the length of structural answers."""
    seed: int
    fingerprint: str
    evaluated: EvaluatedItems | None = None
    """The evaluation items that no written question or answer may repeat; None if there are none."""

    def run(self, shard: Shard, folder: BuildFolder, ledger: ShardLedger) -> None:
        """Write the shard's candidates.

        Raises:
            MissingExtraError, TeacherError: the teacher cannot be loaded.
            LimitReachedError: the limits of the run allow no more requests; all answers received are in `cache/`.
            UnansweredError: more requests failed than the recipe allows, or the teacher's server does not answer; all
                answers received are in `cache/`.
        """
        path = folder.candidate_part(shard.shard_id)
        for earlier in (path, folder.asked_part(shard.shard_id)):
            files.remove_file(earlier)
        rows = (row for part in shard.inputs for row in read_part(part, Context))
        outcome = _Outcome(shard.shard_id, self.recipe.teacher.max_failed_share)
        asked = AskedContexts(self.recipe)
        contaminated = ContaminationCheck(folder, self.evaluated) if self.evaluated else None
        with ledger.part(PartWriter(path, Candidate)) as writer:
            windows = document_windows(
                (view for row in rows for view in document_views(row)),
                batch_size=self.recipe.teacher.batch_size,
                questions_per_document=self.recipe.written.questions_per_document,
            )
            for window in windows:
                for view, candidates in self._candidates_of_window(
                    window, folder, ledger, outcome, asked, contaminated
                ):
                    for candidate in candidates:
                        writer.add(candidate)
                    ledger.keep(len(candidates))
                    asked.add(view.row, num_candidates=len(candidates))
            outcome.check()
        ledger.add_parts(write_whole_part(folder.asked_part(shard.shard_id), asked.records(), AskedContext).written)

    def _candidates_of_window(
        self,
        window: Sequence[DocumentView],
        folder: BuildFolder,
        ledger: ShardLedger,
        outcome: _Outcome,
        asked: AskedContexts,
        contaminated: DraftCheck | None,
    ) -> Iterator[tuple[DocumentView, list[Candidate]]]:
        derived = [self._structural(view, ledger, asked) for view in window]
        rounds = [
            self._rounds(view, found, ledger, asked, contaminated) for view, found in zip(window, derived, strict=True)
        ]
        ask_rounds(
            [document for document in rounds if document],
            ask=lambda round_, requests: self._ask(round_, requests, folder, ledger, outcome),
        )
        for view, found, document in zip(window, derived, rounds, strict=True):
            structural = self._accepted(found, view, ledger, asked)
            written = self._written(view, document, ledger, asked) if document else []
            of_document = [about_row(candidate, view) for candidate in structural + written]
            yield view, of_document + self._across(view, ledger, asked)

    def _ask(
        self,
        round_: Round,
        requests: Sequence[TeacherRequest],
        folder: BuildFolder,
        ledger: ShardLedger,
        outcome: _Outcome,
    ) -> list[TeacherReply]:
        options = self.recipe.judging_teacher if round_ is Round.JUDGE else self.recipe.teacher
        assert options is not None, "without a judge, the judge's round has no requests"
        teacher = shared_teacher(options, seed=self.seed)
        replies, counters = ask_all(
            requests,
            teacher=teacher,
            cache=AnswerCache(folder=folder.cache, teacher=teacher.name),
            batch_size=options.batch_size,
            show=ledger.show,
            budget=open_budget(folder, options),
        )
        ledger.show({})
        for name, amount in counters.items():
            ledger.count(name, amount)
        ledger.count(f"round/{round_}", len(requests))
        outcome.add(replies)
        if isinstance(teacher, ServerTeacher) and teacher.watch.gave_up:
            raise outcome.error(gave_up=True)
        if any(reply.error == NOT_ASKED for reply in replies):
            raise outcome.limit_reached()
        return replies

    def _rounds(
        self,
        view: DocumentView,
        derived: Derived | None,
        ledger: ShardLedger,
        asked: AskedContexts,
        contaminated: DraftCheck | None,
    ) -> DocumentRounds | None:
        def prepare() -> DocumentRounds | None:
            taken = [candidate.question for candidate in derived[0]] if derived else []
            return document_rounds(
                view,
                recipe=self.recipe,
                seed=self.seed,
                judge=self._judge_name,
                questions_taken=taken,
                contaminated=contaminated,
            )

        return _or_dead_letter(prepare, view, ledger, asked)

    def _judge_name(self) -> str:
        options = self.recipe.judging_teacher
        assert options is not None, "only a judge gives a verdict"
        return shared_teacher(options, seed=self.seed).name

    def _structural(self, view: DocumentView, ledger: ShardLedger, asked: AskedContexts) -> Derived | None:
        return _or_dead_letter(lambda: self._asker.about(view), view, ledger, asked)

    def _across(self, view: DocumentView, ledger: ShardLedger, asked: AskedContexts) -> list[Candidate]:
        """Return the questions across the documents of a joined row, after the last of them; else none."""
        if not view.ends_row:
            return []
        row = DocumentView(context=view.row, row=view.row, index=None)
        derived = _or_dead_letter(lambda: self._asker.across(view.row), row, ledger, asked)
        return self._accepted(derived, row, ledger, asked)

    def _accepted(
        self, derived: Derived | None, view: DocumentView, ledger: ShardLedger, asked: AskedContexts
    ) -> list[Candidate]:
        if derived is None:
            return []
        candidates, rejections = derived
        _reject_all(rejections, view, ledger, asked)
        ledger.count("kept/structural", len(candidates))
        return candidates

    @property
    def _asker(self) -> StructuralAsker:
        return StructuralAsker(self.recipe.structural, self.tokenizer, self.seed)

    def _written(
        self, view: DocumentView, document: DocumentRounds, ledger: ShardLedger, asked: AskedContexts
    ) -> list[Candidate]:
        if document.error is not None:
            _add_dead_letter(view, document.error, ledger, asked)
        for failed in document.failed:
            error = TeacherError(f"The request at {failed.item.segment.start} failed: {failed.error}.")
            _add_dead_letter(view, error, ledger, asked)
        _reject_all(document.rejections, view, ledger, asked)
        for name, amount in sorted(document.counts.items()):
            ledger.count(name, amount)
        for draft in document.drafts:
            ledger.count(f"written/{draft.task}/kept", 1)
        ledger.count(UNUSABLE_REPLIES, sum(rejection.reason in UNUSABLE for rejection in document.rejections))
        teacher = shared_teacher(self.recipe.teacher, seed=self.seed).name if document.drafts else ""

        def make() -> list[Candidate]:
            return candidates_of(document.drafts, context=view.context, teacher=teacher)

        candidates = _or_dead_letter(make, view, ledger, asked) or []
        ledger.count("kept/written", len(candidates))
        return candidates


class _Outcome:
    """Counts the failed requests of one shard, by reason."""

    def __init__(self, shard_id: str, max_failed_share: float) -> None:
        self._shard_id = shard_id
        self._max_failed_share = max_failed_share
        self._num_requests = 0
        self._num_unasked = 0
        self._num_waiting = 0
        self._reasons: dict[str, int] = {}

    def add(self, replies: Sequence[TeacherReply]) -> None:
        """Count the replies of a window."""
        self._num_requests += len(replies)
        failed = [reply.error for reply in replies if reply.finish_reason is FinishReason.ERROR]
        self._num_unasked += failed.count(NOT_ASKED)
        self._num_waiting += failed.count(NOT_ANSWERED)
        self._reasons = merge_reasons(self._reasons, (error for error in failed if error != NOT_ASKED))

    def check(self) -> None:
        """Check that not too many requests failed, and that none waits for its answer.

        Raises:
            UnansweredError: more requests failed than the recipe allows, or one waits.
        """
        if self._num_waiting or sum(self._reasons.values()) > self._max_failed_share * self._num_requests:
            raise self.error(gave_up=False)

    def limit_reached(self) -> LimitReachedError:
        """Return the error that says how many of the shard's requests were not sent."""
        return LimitReachedError(
            f"{self._num_unasked} teacher requests of shard {self._shard_id} were not sent, because the run may ask "
            "no more.",
            remedy="Run the same command again: it sends only the requests that have no answer yet.",
        )

    def error(self, *, gave_up: bool) -> UnansweredError:
        """Return the error that says how many of the shard's requests failed, and why."""
        return UnansweredError(
            unanswered_message(
                self._reasons,
                shard_ids=[self._shard_id],
                num_requests=self._num_requests,
                num_unasked=self._num_unasked,
            ),
            remedy="Run the same command again: it sends only the requests that have no answer yet.",
            reasons=self._reasons,
            num_requests=self._num_requests,
            num_unasked=self._num_unasked,
            gave_up=gave_up,
        )


def _or_dead_letter(
    work: Callable[[], Result], view: DocumentView, ledger: ShardLedger, asked: AskedContexts
) -> Result | None:
    """Return the result of `work`. If it raises an unexpected error, add a dead letter and return None."""
    try:
        return work()
    except PipelineError:
        raise
    except Exception as error:  # noqa: BLE001  an unexpected error costs one document, not the stage
        _add_dead_letter(view, error, ledger, asked)
        return None


def _reject_all(rejections: Iterable[Rejection], view: DocumentView, ledger: ShardLedger, asked: AskedContexts) -> None:
    for rejection in rejections:
        ledger.reject(rejection)
        asked.add(view.row, reasons=[rejection.reason])


def _add_dead_letter(view: DocumentView, error: Exception, ledger: ShardLedger, asked: AskedContexts) -> None:
    context = view.context
    asked.add(view.row, reasons=[FAILED])
    ledger.add_dead_letter(
        item_id=context.doc_id, source_uri=context.source_uri, source_offset=context.source_offset, error=error
    )
