"""Synthesis as a map over units: `corpus/bucket=*/part-k.parquet` in, `work/candidates/part-k.parquet` out.

For each document, those of a joined row one by one, the structural questions are parsed and the written ones asked for;
both are verified, and every one of them is kept, rejected or dead. Documents are taken in windows, so that a window's
requests fill the teacher's batches while memory holds no more than a window's text. Windows and batches depend on the
documents only: a unit that is interrupted and run again asks the same batches, finds the answered ones in `cache/`, and
writes the same bytes.
"""

from __future__ import annotations

import logging
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import ClassVar

from pipeline.config.build import SynthesizeRecipe
from pipeline.errors import PipelineError, TeacherError
from pipeline.io import files
from pipeline.io.layout import BuildFolder
from pipeline.io.ledger import UnitLedger
from pipeline.io.parts import PartWriter, read_part
from pipeline.records import Candidate, Context, Rejection
from pipeline.stages.units import Unit
from pipeline.synthesize.asking import ask_all
from pipeline.synthesize.cache import AnswerCache
from pipeline.synthesize.members import DocumentView, about_row, document_views
from pipeline.synthesize.structural.candidates import structural_candidates
from pipeline.synthesize.teachers.open import shared_teacher
from pipeline.synthesize.teachers.protocol import FinishReason, Sampling, Teacher, TeacherReply
from pipeline.synthesize.written import STAGE, judge_written
from pipeline.synthesize.written_plan import PlannedRequest, plan_written
from pipeline.tokens.encode import count_tokens

logger = logging.getLogger(__name__)

_WINDOW_BATCHES = 8
"""Requests of a window, in batches of the teacher."""
_WINDOW_CHARS = 16 * 2**20


@dataclass(frozen=True, slots=True)
class SynthesizeWork:
    """Corpus parts in, a candidate part out."""

    stage: ClassVar[str] = STAGE
    recipe: SynthesizeRecipe
    tokenizer: str
    """The student's; lengths of exact answers are counted with it."""
    seed: int
    fingerprint: str

    def run(self, unit: Unit, folder: BuildFolder, ledger: UnitLedger) -> None:
        """Write the unit's candidates.

        Raises:
            MissingExtraError, TeacherError: the teacher cannot be loaded or reached.
        """
        path = folder.candidate_part(unit.unit_id)
        files.remove_file(path)
        rows = (row for part in unit.inputs for row in read_part(part, Context))
        with ledger.part(PartWriter(path, Candidate)) as writer:
            for window in self._windows(view for row in rows for view in document_views(row)):
                for candidates in self._candidates_of_window(window, folder, ledger):
                    for candidate in candidates:
                        writer.add(candidate)
                    ledger.keep(len(candidates))

    def _windows(self, views: Iterable[DocumentView]) -> Iterator[list[DocumentView]]:
        """Documents with about `_WINDOW_BATCHES` batches of requests among them."""
        per_window = _WINDOW_BATCHES * self.recipe.teacher.batch_size
        window: list[DocumentView] = []
        num_chars = num_requests = 0
        for view in views:
            window.append(view)
            num_chars += len(view.context.text)
            num_requests += view.share_of(self.recipe.written.questions_per_document)
            if num_requests >= per_window or num_chars >= _WINDOW_CHARS:
                yield window
                window, num_chars, num_requests = [], 0, 0
        if window:
            yield window

    def _candidates_of_window(
        self, window: Sequence[DocumentView], folder: BuildFolder, ledger: UnitLedger
    ) -> Iterator[list[Candidate]]:
        planned = [self._plan(view, ledger) for view in window]
        replies: Iterator[TeacherReply] = iter(())
        teacher: Teacher | None = None
        if any(planned):
            teacher = shared_teacher(self.recipe.teacher, seed=self.seed)
            answered, counters = ask_all(
                [item.request for items in planned for item in items],
                teacher=teacher,
                cache=AnswerCache(folder=folder.cache, teacher=teacher.name),
                batch_size=self.recipe.teacher.batch_size,
            )
            replies = iter(answered)
            for name, amount in counters.items():
                ledger.count(name, amount)
        for view, items in zip(window, planned, strict=True):
            structural = self._structural(view, ledger)
            own = [next(replies) for _ in items]
            written = self._written(view.context, items, own, structural, teacher.name, ledger) if teacher else []
            yield [about_row(candidate, view) for candidate in structural + written]

    def _plan(self, view: DocumentView, ledger: UnitLedger) -> list[PlannedRequest]:
        teacher, written, context = self.recipe.teacher, self.recipe.written, view.context
        if not written.tasks or context.language not in written.languages:
            return []
        try:
            return plan_written(
                context=context,
                tasks=written.tasks,
                form=teacher.prompt_form,
                questions_per_document=view.share_of(written.questions_per_document),
                segment_tokens=written.segment_tokens,
                max_model_tokens=teacher.max_model_tokens,
                sampling=Sampling(teacher.temperature, teacher.max_answer_tokens, self.seed),
                seed=self.seed,
            )
        except Exception as error:  # noqa: BLE001  the boundary of one document
            _bury(context, error, ledger)
            return []

    def _structural(self, view: DocumentView, ledger: UnitLedger) -> list[Candidate]:
        recipe, context = self.recipe.structural, view.context
        try:
            candidates, rejections = structural_candidates(
                context=context,
                tasks=recipe.tasks,
                max_questions=view.share_of(recipe.questions_per_document),
                count_tokens=lambda texts: count_tokens(texts, self.tokenizer),
                max_answer_tokens=recipe.max_answer_tokens,
                seed=self.seed,
            )
        except PipelineError:
            raise
        except Exception as error:  # noqa: BLE001  the boundary of one document
            _bury(context, error, ledger)
            return []
        _reject_all(rejections, ledger)
        ledger.count("kept/structural", len(candidates))
        return candidates

    def _written(
        self,
        context: Context,
        planned: Sequence[PlannedRequest],
        replies: Sequence[TeacherReply],
        structural: Sequence[Candidate],
        teacher: str,
        ledger: UnitLedger,
    ) -> list[Candidate]:
        answered = []
        for item, reply in zip(planned, replies, strict=True):
            if reply.finish_reason is FinishReason.ERROR:
                _bury(context, TeacherError(f"The request at {item.segment.start} failed: {reply.error}."), ledger)
            else:
                answered.append((item, reply))
        candidates, rejections = judge_written(
            context=context,
            planned=[item for item, _ in answered],
            replies=[reply for _, reply in answered],
            teacher=teacher,
            questions_taken=[candidate.question for candidate in structural],
            min_answer_support=self.recipe.written.min_answer_support,
            min_question_grounding=self.recipe.written.min_question_grounding,
        )
        _reject_all(rejections, ledger)
        ledger.count("kept/written", len(candidates))
        return candidates


def _reject_all(rejections: Iterable[Rejection], ledger: UnitLedger) -> None:
    for rejection in rejections:
        ledger.reject(rejection)


def _bury(context: Context, error: Exception, ledger: UnitLedger) -> None:
    ledger.bury(item_id=context.doc_id, source_uri=context.source_uri, source_offset=context.source_offset, error=error)
