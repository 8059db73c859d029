"""`AskTeacher`: asks structural questions and lets a teacher write further ones, as a step of a Beam pipeline.

The pure twin is `transforms.row_asking`, which the synthesize stage runs too. The stage adds what needs a ledger: a
budget for the run, live counts, and shards that stay unfinished if too many requests fail. Here a request that fails is
a dead letter. Answers are kept in a folder, so a retried bundle and a second run send no answered request again.
"""

from __future__ import annotations

import os
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any, ClassVar

import apache_beam as beam

from pipeline.config.build import SynthesizeRecipe
from pipeline.config.pack import PackRecipe
from pipeline.config.start import FolderAccess, Start
from pipeline.errors import InputError, PipelineError, UnansweredError
from pipeline.io.dead_letters import dead_letter_of
from pipeline.io.folders import open_output_folder, refuse_inside_build
from pipeline.io.models import resolve_model
from pipeline.pack.contexts import whole_context
from pipeline.records import Candidate, Context, DeadLetter, Document, Rejection
from pipeline.synthesize.members import DocumentView
from pipeline.synthesize.old_answers import rewrite_old_answers
from pipeline.synthesize.teachers import teacher_plugins
from pipeline.synthesize.teachers.open import asked_models, check_teacher
from pipeline.synthesize.teachers.protocol import FinishReason, TeacherReply
from pipeline.synthesize.written.room import check_window
from pipeline.synthesize.written.rounds import STAGE
from pipeline.tokens.encode import count_tokens
from pipeline.transforms.ask_structural import AskOutcome, ContextQuestions
from pipeline.transforms.batches import batches_of
from pipeline.transforms.changed_text import misfit_letter
from pipeline.transforms.one_input import OneInput
from pipeline.transforms.recipe_sections import check_section
from pipeline.transforms.record_dofn import RecordDoFn, connect
from pipeline.transforms.row_asking import RowAsker


class AskTeacherBatch(RecordDoFn):
    """Asks about documents or contexts. The text of a whole document is its context."""

    transform: ClassVar[str] = "AskTeacher"
    takes: ClassVar[Any] = Document | Context
    makes: ClassVar[type] = ContextQuestions

    def __init__(self, asker: RowAsker) -> None:
        self._asker = asker

    def outcomes(self, records: Iterable[Document | Context]) -> Iterator[AskOutcome]:
        """Yield the questions about each context, with what was rejected or failed until then.

        Raises:
            UnansweredError: the teacher's server does not answer.
        """
        rows: list[Context] = []
        for record in records:
            row = self._row(record)
            if isinstance(row, DeadLetter):
                yield AskOutcome((row,), {})
            else:
                rows.append(row)
        heard = _Heard()
        candidates: list[Candidate] = []
        for view, found in self._asker.about(rows, heard):
            candidates += found
            if view.index is None or view.ends_row:
                heard.counters["no_questions"] += not candidates
                made = (ContextQuestions(view.row, tuple(candidates)),) if candidates else ()
                yield AskOutcome((*made, *heard.lost), dict(heard.counters))
                heard.clear()
                candidates = []

    def _row(self, record: Document | Context) -> Context | DeadLetter:
        """Return a record as a context whose tokens are counted, so that a long document is shown in pieces."""
        if (misfit := misfit_letter(record, stage=STAGE)) is not None:
            return misfit
        if isinstance(record, Context):
            return record
        try:
            (num_tokens,) = count_tokens([record.text], self._asker.tokenizer or PackRecipe().tokenizer)
            return replace(whole_context(record), num_tokens=num_tokens)
        except PipelineError:
            raise
        except Exception as error:  # noqa: BLE001  # an unexpected error costs one document, not the job
            return dead_letter_of(
                error,
                stage=STAGE,
                item_id=record.doc_id,
                source_uri=record.source_uri,
                source_offset=record.source_offset,
            )


@dataclass(slots=True)
class _Heard:
    """What happened since it was cleared."""

    lost: list[Rejection | DeadLetter] = field(default_factory=list)
    counters: Counter[str] = field(default_factory=Counter)

    def reject(self, _view: DocumentView, rejection: Rejection) -> None:
        """Keep a rejection."""
        self.lost.append(rejection)

    def fail(self, view: DocumentView, error: Exception) -> None:
        """Keep a dead letter."""
        context = view.context
        letter = dead_letter_of(
            error,
            stage=STAGE,
            item_id=context.doc_id,
            source_uri=context.source_uri,
            source_offset=context.source_offset,
        )
        self.lost.append(letter)

    def count(self, name: str, amount: int) -> None:
        """Add to a counter."""
        self.counters[name] += amount

    def show(self, _counters: Mapping[str, int]) -> None:
        """Show nothing: Beam's metrics are updated when the batch is done."""

    def take(self, replies: Sequence[TeacherReply], *, gave_up: bool) -> None:
        """Raise an error if the server does not answer, so that the runner tries the batch again or ends the job."""
        if gave_up:
            failed = [reply.error for reply in replies if reply.finish_reason is FinishReason.ERROR]
            raise UnansweredError(
                f"The teacher's server does not answer: {len(failed)} of {len(replies)} requests failed, the first "
                f"with: {next(iter(failed), 'no error')}.",
                remedy="Start the server or correct base_url, then run the pipeline again with the same cache: it "
                "sends only the requests that have no answer yet.",
                reasons=dict(Counter(failed)),
                num_requests=len(replies),
                num_unasked=0,
                gave_up=True,
            )

    def clear(self) -> None:
        """Forget everything."""
        self.lost.clear()
        self.counters.clear()


class AskTeacher(OneInput):
    """Asks structural questions, and lets a teacher write and judge questions, answers and summaries.

    Takes batches of `Document` or `Context`; of one that does not fit the teacher's window, a request shows a piece.
    Returns batches of `ContextQuestions` as `questions`, the main output; `rejected` has the replies and questions that
    did not pass the checks, with the reason; `dead` the documents that failed, among them those whose text was changed
    without `with_text`, and one letter for each request without an answer. With the teacher kind `batch`, these are the
    requests that wait for an answer file.

    A teacher in the worker's process gets batches of requests that never cross a batch of documents: batches with
    fewer documents than `teacher.batch_size` needs fill it badly. A worker opens the teacher once and shares it among
    its threads.

    Args:
        recipe: the teacher, the judge, and the tasks: `synthesize` of a recipe. Without `structural.tasks`, only the
            teacher asks.
        cache: the folder of the teacher's answers, on a filesystem that all workers can reach. It becomes private,
            since answers quote documents.
        tokenizer: the model whose tokenizer measures `structural.max_answer_tokens` and the length of a `Document`; if
            empty, these answers may have any length, and the default tokenizer of `pack` measures documents.
        seed: decides which questions are chosen, how they are worded, and the teacher's sampling.
        hints: Beam's resource hints for the workers that ask, such as
            `{"accelerator": "type:nvidia-l4;count:1;install-nvidia-driver"}`; only for a model in the worker's process.
            Batches travel to these workers: put `CheckpointRecords` before and `ReadCheckpoint` with the same hints
            after it, so that only handles do.

    Raises:
        InputError, RecipeError, MissingExtraError: `recipe` is something else, the teacher cannot be opened, its window
            is too small, a folder cannot be used, or there are hints for a teacher that is asked over the network.
    """

    def __init__(
        self,
        recipe: SynthesizeRecipe,
        *,
        cache: str | os.PathLike[str],
        tokenizer: str = "",
        seed: int = 0,
        hints: Mapping[str, str] | None = None,
    ) -> None:
        super().__init__()
        recipe = check_section(recipe, SynthesizeRecipe, transform="AskTeacher", key="synthesize")
        cache = os.fspath(cache)
        check_teacher(recipe)
        check_window(recipe)
        if tokenizer:
            resolve_model(tokenizer)
        models = asked_models(recipe) if recipe.written.tasks else ()
        if hints and all(teacher_plugins()[options.kind].is_server for options in models):
            asked = (
                f"the teacher {models[0].kind}:{models[0].model} is asked over the network"
                if models
                else "synthesize.written.tasks is empty"
            )
            raise InputError(
                f"AskTeacher has the resource hints {dict(hints)}, but needs no machine of its own: {asked}.",
                remedy="Leave out hints, or give them to the whole transform: "
                "AskTeacher(…).with_resource_hints(min_ram='4GB').",
            )
        refuse_inside_build(cache, what="cache folder")
        open_output_folder(cache, start=Start.RESUME, marker_files=(), access=FolderAccess.PRIVATE)
        rewrite_old_answers(cache)
        self._dofn = AskTeacherBatch(RowAsker(recipe, tokenizer, seed, cache=cache))
        if hints:
            self.with_resource_hints(**hints)

    def expand(self, documents: beam.PCollection) -> Any:  # Any: Beam's outputs
        """Ask about each batch."""
        return connect(documents, self._dofn, takes=batches_of(Document | Context), main="questions")
