"""`pipeline preview`: leads a few documents through a build's steps, to read what a teacher does before it is paid for.

`preview_recipe` reads the documents, derives their structural questions, asks the recipe's teacher all rounds of
requests, and writes `preview.html` and `preview.jsonl`: for each request the prompt, the raw reply, the verdict, and
the row that it becomes. No Beam job runs. The folder can be that of the coming build: answers of servers go into its
`cache/`, and the build does not ask those requests again. Cost: see `stages.sampled_documents`, and the requests.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from pipeline.config.recipe import Recipe
from pipeline.config.start import FolderAccess, Start
from pipeline.errors import UnansweredError
from pipeline.identity import content_id
from pipeline.io import files
from pipeline.io.folders import make_private, open_output_folder
from pipeline.io.json_lines import JsonLinesWriter
from pipeline.io.layout import BuildFolder
from pipeline.io.lease import hold_folder
from pipeline.io.models import resolve_model
from pipeline.io.outputs import part_files
from pipeline.io.written import write_bytes
from pipeline.records import Candidate, Context, Dropped
from pipeline.report.preview_page import render_preview
from pipeline.report.previewed import Preview, PreviewedDocument, request_lines
from pipeline.stages.sampled_documents import sample_corpus, sample_documents
from pipeline.stages.teacher_plan import TeacherPlan, plan_teachers, previewed_documents, round_teacher
from pipeline.stages.unanswered import merge_reasons, unanswered_message, unanswered_remedy
from pipeline.stages.written_contamination import ContaminationCheck, evaluated_items
from pipeline.synthesize.asking import ask_all
from pipeline.synthesize.cache import AnswerCache
from pipeline.synthesize.members import DocumentView
from pipeline.synthesize.old_answers import rewrite_old_answers
from pipeline.synthesize.prices import cost, tokens_of
from pipeline.synthesize.question_limits import question_limits
from pipeline.synthesize.structural.candidates import structural_candidates
from pipeline.synthesize.structural.phrasing import check_wordings
from pipeline.synthesize.teachers.open import asked_models, check_teacher, explained, shared_teacher
from pipeline.synthesize.teachers.protocol import (
    NOT_ANSWERED,
    NOT_ASKED,
    FinishReason,
    ServerTeacher,
    TeacherReply,
    TeacherRequest,
)
from pipeline.synthesize.written.candidates import candidates_of
from pipeline.synthesize.written.draft import Draft, DraftCheck, Round
from pipeline.synthesize.written.exchange import Exchange
from pipeline.synthesize.written.expected import DocumentLength
from pipeline.synthesize.written.room import check_window
from pipeline.synthesize.written.rounds import DocumentRounds
from pipeline.synthesize.written.windows import ask_rounds, document_rounds
from pipeline.tokens.encode import count_tokens

Show = Callable[[str], None]
"""Receives what the preview is doing, in a few words."""


@dataclass(frozen=True, slots=True)
class PreviewResult:
    """A preview and its files."""

    preview: Preview
    page: str
    lines: str
    error: UnansweredError | None
    """Requests that have no answer; None if all have one. The page shows them."""


def preview_recipe(
    recipe: Recipe, *, output: str, num_documents: int, domain: str = "", show: Show = lambda _: None
) -> PreviewResult:
    """Write `preview.html` and `preview.jsonl` about a few documents of a recipe.

    Args:
        recipe: the recipe of the coming build.
        output: the folder to write; that of the coming build, if it shall find the answers.
        num_documents: the maximum number of documents.
        domain: the domain that they must have; empty for any.
        show: receives progress.

    Raises:
        UserError: an input, option, package or folder is not usable, or another run holds the folder.
        UnansweredError: the teacher's server does not answer.
    """
    check_teacher(recipe.synthesize)
    check_window(recipe.synthesize)
    check_wordings(recipe.clean.languages)
    resolve_model(recipe.pack.tokenizer)
    folder = BuildFolder(output)
    with hold_folder(output, command="preview"):
        open_output_folder(output, start=Start.RESUME, marker_files=(), access=FolderAccess.PRIVATE)
        make_private(folder.cache)
        rewrite_old_answers(folder.cache)
        has_corpus = bool(part_files(folder, "corpus"))
        if has_corpus:
            sample = sample_corpus(folder, recipe, count=num_documents, domain=domain)
        else:
            sample = sample_documents(
                recipe, count=num_documents, domain=domain, show=lambda number: show(f"reading documents: {number}")
            )
        evaluated = evaluated_items(folder, recipe.decontamination) if has_corpus else None
        contaminated = ContaminationCheck(folder, evaluated) if evaluated else None
        asking = _Asking(recipe, folder.cache, show, contaminated)
        documents = asking.ask_about(sample.views)
        preview = Preview(
            recipe=recipe.name,
            teachers=tuple(sorted(asking.teachers)),
            documents=tuple(documents),
            num_read=sample.num_read,
            is_from_corpus=has_corpus,
            costs=asking.costs(),
            plan=_plan(folder, recipe, sample.views, asking.counters) if has_corpus else None,
        )
        files.remove_file(folder.preview_lines)  # without requests, no file is written
        with JsonLinesWriter(folder.preview_lines) as writer:
            for line in request_lines(preview):
                writer.add(line)
        write_bytes(folder.preview_page, render_preview(preview).encode())
    return PreviewResult(preview, folder.preview_page, folder.preview_lines, asking.error())


class _Asking:
    """Asks the teachers about documents, and keeps what they replied."""

    def __init__(self, recipe: Recipe, cache: str, show: Show, contaminated: DraftCheck | None) -> None:
        self._recipe, self._cache, self._show, self._contaminated = recipe, cache, show, contaminated
        self.counters: Counter[str] = Counter()
        self.teachers: set[str] = set()
        self._replies: list[TeacherReply] = []
        self._costs: dict[str, float] = {}
        self._has_prices = True

    def ask_about(self, views: Sequence[DocumentView]) -> list[PreviewedDocument]:
        """Lead documents through all rounds, and return what came of them."""
        recipe, seed = self._recipe.synthesize, self._recipe.seed
        begun: list[tuple[Context, list[Candidate], list[Exchange], DocumentRounds | None]] = []
        for number, view in enumerate(views, start=1):
            self._show(f"structural questions: {number} of {len(views)}")
            context = view.context
            limits = question_limits(
                view, recipe.structural, count_tokens=lambda texts: count_tokens(texts, self._recipe.pack.tokenizer)
            )
            structural, _ = structural_candidates(context, limits=limits, seed=seed)
            taken = [candidate.question for candidate in structural]
            heard: list[Exchange] = []
            rounds = document_rounds(
                view,
                recipe=recipe,
                seed=seed,
                judge=self._judge_name,
                questions_taken=taken,
                contaminated=self._contaminated,
                on_reply=heard.append,
            )
            begun.append((context, structural, heard, rounds))
        asked = [rounds for *_, rounds in begun if rounds]
        ask_rounds(asked, ask=self._ask)
        for rounds in asked:
            self.counters.update(rounds.counts)
            self.counters["kept/written"] += len(rounds.drafts)
        return [self._previewed(*one) for one in begun]

    def costs(self) -> dict[str, float]:
        """Return what the replies cost by currency, stored ones too; empty if a model that replied has no prices."""
        return self._costs if self._has_prices else {}

    def error(self) -> UnansweredError | None:
        """Return the error about requests without an answer; None if there are none.

        Like a build, the preview accepts the recipe's share of failed requests.
        """
        failed = [reply.error for reply in self._replies if reply.finish_reason is FinishReason.ERROR]
        teacher = self._recipe.synthesize.teacher
        if NOT_ANSWERED not in failed and len(failed) <= teacher.max_failed_share * len(self._replies):
            return None
        error = _unanswered(self._replies, gave_up=False)
        for options in asked_models(self._recipe.synthesize):
            error = explained(error, options)
        return error

    def _judge_name(self) -> str:
        options = round_teacher(self._recipe.synthesize, Round.JUDGE)
        return shared_teacher(options, seed=self._recipe.seed).name

    def _ask(self, round_: Round, requests: Sequence[TeacherRequest]) -> list[TeacherReply]:
        options = round_teacher(self._recipe.synthesize, round_)
        teacher = shared_teacher(options, seed=self._recipe.seed)
        self.teachers.add(teacher.name)

        def show(counters: Mapping[str, int]) -> None:
            num_done = counters.get("teacher/asked", 0) + counters.get("teacher/cached", 0)
            self._show(f"{round_.value}: {num_done} of {len(requests)} requests")

        replies, counters = ask_all(
            requests,
            teacher=teacher,
            cache=AnswerCache(folder=self._cache, teacher=teacher.name),
            batch_size=options.batch_size,
            show=show,
        )
        self.counters.update(counters)
        self._replies += replies
        amount = cost(tokens_of(replies), options)
        if amount is None:
            self._has_prices = False
        else:
            self._costs[options.currency] = self._costs.get(options.currency, 0.0) + amount
        if isinstance(teacher, ServerTeacher) and teacher.watch.gave_up:
            raise _unanswered(self._replies, gave_up=True)
        return replies

    def _previewed(
        self,
        context: Context,
        structural: Sequence[Candidate],
        exchanges: Sequence[Exchange],
        rounds: DocumentRounds | None,
    ) -> PreviewedDocument:
        drafts = rounds.drafts if rounds else []
        teacher = shared_teacher(self._recipe.synthesize.teacher, seed=self._recipe.seed).name if drafts else ""
        rows = candidates_of(drafts, context=context, teacher=teacher)
        return PreviewedDocument(
            context=context,
            structural=tuple(structural),
            exchanges=tuple(exchanges),
            written={draft.key: row for draft, row in zip(drafts, rows, strict=True)},
            later_faults=_later_faults(exchanges, rounds) if rounds else {},
        )


def _plan(
    folder: BuildFolder, recipe: Recipe, views: Sequence[DocumentView], counters: Mapping[str, int]
) -> TeacherPlan:
    """Return what the whole build asks, with what the preview measured."""
    lengths = [
        DocumentLength(view.context.num_tokens, view.context.language, max(1, len(view.row.members))) for view in views
    ]
    previewed = previewed_documents(lengths, recipe.synthesize, counters)
    return plan_teachers(folder, recipe.synthesize, fingerprint="", num_workers=1, previewed=previewed)


def _unanswered(replies: Sequence[TeacherReply], *, gave_up: bool) -> UnansweredError:
    """Return one error for the failed replies."""
    failed = [reply.error for reply in replies if reply.finish_reason is FinishReason.ERROR]
    reasons = merge_reasons({}, (error for error in failed if error != NOT_ASKED))
    num_unasked = failed.count(NOT_ASKED)
    return UnansweredError(
        unanswered_message(reasons, shard_ids=[], num_requests=len(replies), num_unasked=num_unasked),
        remedy=unanswered_remedy(reasons),
        reasons=reasons,
        num_requests=len(replies),
        num_unasked=num_unasked,
        gave_up=gave_up,
    )


def _later_faults(exchanges: Sequence[Exchange], rounds: DocumentRounds) -> dict[str, Dropped]:
    """Return why drafts that passed their own checks are not among the drafts at the end, by the drafts' keys."""
    doc_id = rounds.document.context.doc_id
    rejections = {rejection.item_id: rejection for rejection in rounds.rejections}
    kept = {draft.key for draft in rounds.drafts}
    faults = {}
    for draft in (exchange.read for exchange in exchanges):
        if not isinstance(draft, Draft) or draft.key in kept:
            continue
        found = rejections.get(content_id(doc_id, draft.key))
        faults[draft.key] = (
            Dropped(found.reason, found.detail, found.score)
            if found
            else Dropped("no_verdict", "A request that had to prove the answer has no reply.")
        )
    return faults
