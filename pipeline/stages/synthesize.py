"""The synthesize stage, as a map over shards: turns corpus rows into verified candidates.

Reads `corpus/bucket=*/part-k.parquet`; writes `work/candidates/part-k.parquet`, and `work/asked/part-k.parquet` with
the result for every context. Used by `stages.chain`.

`transforms.row_asking` asks. For each document, structural tasks derive questions from the text, and the teacher is
asked to write further questions; the documents of a joined row are handled one at a time, and then compared. Each
question is verified, and is then kept or rejected. An unexpected error becomes a dead letter. A shard that is
interrupted and run again plans the same requests, finds the answers received so far in `cache/`, and writes the same
bytes.

If a request fails, the shard still tries its other requests, unless the teacher's server does not answer. In that
case, or if more than `max_failed_share` of the requests fail, the shard writes no candidates and stays unfinished; the
next run sends the failed requests again. Otherwise, failed requests become dead letters.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import ClassVar

from pipeline.config.build import SynthesizeRecipe
from pipeline.errors import LimitReachedError, UnansweredError
from pipeline.io import files
from pipeline.io.layout import BuildFolder
from pipeline.io.ledger import ShardLedger
from pipeline.io.parts import PartWriter, read_part, write_whole_part
from pipeline.records import Candidate, Context, Rejection
from pipeline.stages.asked import FAILED, AskedContext, AskedContexts
from pipeline.stages.shards import Shard
from pipeline.stages.unanswered import merge_reasons, unanswered_message
from pipeline.stages.written_contamination import ContaminationCheck, EvaluatedItems
from pipeline.synthesize.budget import open_budget
from pipeline.synthesize.members import DocumentView
from pipeline.synthesize.teachers.protocol import NOT_ANSWERED, NOT_ASKED, FinishReason, TeacherReply
from pipeline.synthesize.written.rounds import STAGE
from pipeline.transforms.row_asking import RowAsker


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
        asker = RowAsker(
            self.recipe,
            self.tokenizer,
            self.seed,
            cache=folder.cache,
            contaminated=ContaminationCheck(folder, self.evaluated) if self.evaluated else None,
            open_budget=lambda options: open_budget(folder, options),
        )
        with ledger.part(PartWriter(path, Candidate)) as writer:
            for view, candidates in asker.about(rows, _ShardListener(ledger, asked, outcome)):
                for candidate in candidates:
                    writer.add(candidate)
                ledger.keep(len(candidates))
                asked.add(view.row, num_candidates=len(candidates))
            outcome.check()
        ledger.add_parts(write_whole_part(folder.asked_part(shard.shard_id), asked.records(), AskedContext).written)


@dataclass(frozen=True, slots=True)
class _ShardListener:
    """Writes what happens to the ledger of a shard and to the results of its contexts."""

    ledger: ShardLedger
    asked: AskedContexts
    outcome: _Outcome

    def reject(self, view: DocumentView, rejection: Rejection) -> None:
        """Add a rejection."""
        self.ledger.reject(rejection)
        self.asked.add(view.row, reasons=[rejection.reason])

    def fail(self, view: DocumentView, error: Exception) -> None:
        """Add a dead letter."""
        context = view.context
        self.asked.add(view.row, reasons=[FAILED])
        self.ledger.add_dead_letter(
            item_id=context.doc_id, source_uri=context.source_uri, source_offset=context.source_offset, error=error
        )

    def count(self, name: str, amount: int) -> None:
        """Add to a counter of the shard."""
        self.ledger.count(name, amount)

    def show(self, counters: Mapping[str, int]) -> None:
        """Show the counters of requests while they are asked."""
        self.ledger.show(counters)

    def take(self, replies: Sequence[TeacherReply], *, gave_up: bool) -> None:
        """Count the failed requests.

        Raises:
            UnansweredError: the teacher's server does not answer.
            LimitReachedError: the run may ask no more.
        """
        self.outcome.add(replies)
        if gave_up:
            raise self.outcome.error(gave_up=True)
        if any(reply.error == NOT_ASKED for reply in replies):
            raise self.outcome.limit_reached()


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
