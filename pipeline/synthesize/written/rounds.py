"""Leads one document through the rounds of requests: plans each round, reads its replies, and ends with candidates.

    rounds = DocumentRounds(document, proof, tasks=…, questions=4, merges=1, questions_taken=())
    for round_ in Round:
        planned = rounds.plan(round_)
        rounds.take(round_, planned, replies)       # one reply for each planned request
    rounds.drafts, rounds.rejections, rounds.failed

Each round is planned from the replies of the rounds before; a round that has nothing to ask has no requests. Plans
depend only on the document, the recipe and the replies. A build that is killed therefore plans the same requests again,
finds their answers in the cache, and goes on where it stopped. A document with a request that was not sent waits: it
has no further rounds in this run, because they would be planned from fewer replies than there will be.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass, replace
from typing import ParamSpec, TypeVar

from pipeline.errors import PipelineError
from pipeline.identity import content_id, stable_hash64
from pipeline.records import Checks, Context, Dropped, Rejection, TaskFamily
from pipeline.synthesize.teachers.protocol import UNSENT, FinishReason, TeacherReply, failed_reply, failure_kind
from pipeline.synthesize.verify.question_likeness import AskedQuestion, is_same_question, read_question
from pipeline.synthesize.words import normalized
from pipeline.synthesize.written.document import WrittenDocument
from pipeline.synthesize.written.draft import Draft, DraftCheck, PlannedRequest, Round
from pipeline.synthesize.written.exchange import Exchange, OnReply, hear_nothing
from pipeline.synthesize.written.proof import DocumentProof
from pipeline.synthesize.written.task import WrittenTask
from pipeline.synthesize.written_tasks import written_tasks

STAGE = "synthesize"
_EXCERPT_CHARS = 400

Result = TypeVar("Result")
Arguments = ParamSpec("Arguments")


@dataclass(frozen=True, slots=True)
class FailedRequest:
    """A request without an answer, and why."""

    item: PlannedRequest
    error: str


class DocumentRounds:
    """The requests about one document, and what came of them."""

    def __init__(
        self,
        document: WrittenDocument,
        proof: DocumentProof | None,
        *,
        tasks: Sequence[str],
        questions: int,
        merges: int,
        questions_taken: Collection[str],
        contaminated: DraftCheck | None = None,
        on_reply: OnReply = hear_nothing,
    ) -> None:
        """Prepare the rounds.

        Args:
            document: the document.
            proof: the proof of the drafts; None for prompts in completion form, whose drafts are not proven.
            tasks: the names of the written tasks; those that do not serve the document are left out.
            questions: maximum number of requests in the first round, over all tasks.
            merges: maximum number of requests in the second round, over all tasks.
            questions_taken: questions that the document already has, such as structural ones.
            contaminated: tells which drafts repeat an evaluation item; None without evaluation sets.
            on_reply: called for each reply, when it is read.
        """
        self.document = document
        self._on_reply = on_reply
        self.drafts: list[Draft] = []
        """The drafts that passed every check so far, in the order of their requests."""
        self.rejections: list[Rejection] = []
        self.failed: list[FailedRequest] = []
        self.counts: Counter[str] = Counter()
        """`written/TASK/asked` for each draft that was asked for, `written/TASK/REASON` for each rejection, and
        `attempts/REASON` for each attempt that could not be used; `judge/kept` and `judge/rejected`."""
        self.error: Exception | None = None
        """An unexpected error that ended the rounds; the document has no written rows then."""
        self.is_waiting = False
        """Whether a request was not sent in this run."""
        self._tasks = [task for name in tasks if (task := written_tasks()[name]).serves(document)]
        self._proof = proof
        self._limits = {Round.ATOMS: questions, Round.MERGES: merges}
        self._taken = {normalized(question) for question in questions_taken}
        self._asked: list[AskedQuestion] = []
        self._contaminated = contaminated

    def plan(self, round_: Round) -> list[PlannedRequest]:
        """Return the requests of a round, in the order of the document."""
        if self.is_waiting:
            return []
        if round_ is Round.ATTEMPTS:
            return self._proof.plan_attempts(self.drafts) if self._proof else []
        if round_ is Round.JUDGE:
            return self._proof.plan_verdicts(self.drafts) if self._proof else []
        tasks = [task for task in self._tasks if task.round is round_]
        planned = _deal(self.document, tasks, self._limits[round_], self.drafts)
        return sorted(planned, key=lambda item: (item.segment.start, item.task))

    def take(self, round_: Round, planned: Sequence[PlannedRequest], replies: Sequence[TeacherReply]) -> None:
        """Read the replies to the requests of a round, one for each.

        A draft whose verdict failed is not kept. An attempt that failed only leaves its check unmade.
        """
        answered = []
        for item, reply in zip(planned, replies, strict=True):
            if reply.finish_reason is FinishReason.ERROR:
                self.is_waiting |= failure_kind(reply) in UNSENT
                self._fail(item, reply)
            else:
                answered.append((item, reply))
        if round_ is Round.ATTEMPTS:
            self._take_attempts(answered)
        elif round_ is Round.JUDGE:
            self._take_verdicts(answered)
        else:
            self._take_drafts(answered)

    def stop(self, error: Exception) -> None:
        """End the rounds after an unexpected error in a plan: no draft is kept, since none was proven."""
        self.is_waiting = True
        self.error = error
        self.drafts.clear()

    def _fail(self, item: PlannedRequest, reply: TeacherReply) -> None:
        self.failed.append(FailedRequest(item, reply.error))
        self._on_reply(Exchange(item, reply, None))

    def _guarded(
        self, item: PlannedRequest, work: Callable[Arguments, Result], *args: Arguments.args, **kwargs: Arguments.kwargs
    ) -> Result | None:
        """Return the result of reading a reply. An unexpected error costs this reply alone, and is one of `failed`."""
        try:
            return work(*args, **kwargs)
        except PipelineError:
            raise
        except Exception as error:  # noqa: BLE001  a reply that breaks a reader must not cost the document
            self._fail(item, failed_reply(f"{type(error).__name__}: {str(error)[:_EXCERPT_CHARS]}"))
            return None

    def _take_drafts(self, answered: Sequence[tuple[PlannedRequest, TeacherReply]]) -> None:
        for item, reply in answered:
            read = self._guarded(item, self._read, item, reply)
            if read is None:
                continue
            self.counts[f"written/{item.task}/asked"] += 1
            self._on_reply(Exchange(item, reply, read))
            if isinstance(read, Draft):
                self._taken.add(normalized(read.question))
                self.drafts.append(read)
            else:
                self._reject(item, reply, read)

    def _take_attempts(self, answered: Sequence[tuple[PlannedRequest, TeacherReply]]) -> None:
        if self._proof is None:
            return
        for item, reply in answered:
            fault = _unanswered(reply) or self._proof.take_attempt(item, reply.text)
            self._on_reply(Exchange(item, reply, fault))
            if fault is not None:
                self.counts[f"attempts/{fault.reason}"] += 1
        if self._proof.has_judge:
            return
        attempted = {item.sources[0].key: item for item, _ in answered}
        for draft in tuple(self.drafts):
            if draft.key not in attempted:
                continue
            checks = self._guarded(attempted[draft.key], self._proof.checks_without_judge, draft)
            if checks is None:
                self.drafts.remove(draft)
            else:
                self._settle(draft, checks)
        self._drop_orphans()

    def _take_verdicts(self, answered: Sequence[tuple[PlannedRequest, TeacherReply]]) -> None:
        if self._proof is None or not self._proof.has_judge:
            return
        verdicts: dict[str, Checks | Dropped] = {}
        for item, reply in answered:
            checks = _unanswered(reply) or self._guarded(item, self._proof.judged_checks, item, reply.text)
            if checks is None:
                continue
            verdicts[item.sources[0].key] = checks
            self.counts["judge/rejected" if isinstance(checks, Dropped) else "judge/kept"] += 1
            self._on_reply(Exchange(item, reply, checks if isinstance(checks, Dropped) else item.sources[0]))
        for draft in tuple(self.drafts):
            if draft.key in verdicts:
                self._settle(draft, verdicts[draft.key])
            else:  # the request failed; it is counted there
                self.drafts.remove(draft)
        self._drop_orphans()

    def _drop_orphans(self) -> None:
        """Reject the follow-up questions whose earlier turn was not proven."""
        for draft in tuple(self.drafts):
            if draft.follows and all(other.key != draft.follows for other in self.drafts):
                self._settle(draft, Dropped("parent_dropped", "The question that it follows was rejected."))

    def _settle(self, draft: Draft, checks: Checks | Dropped) -> None:
        """Give a draft its checks, or reject it."""
        place = self.drafts.index(draft)
        if isinstance(checks, Checks):
            self.drafts[place] = replace(draft, checks=checks)
            return
        del self.drafts[place]
        self.counts[f"written/{draft.task}/{checks.reason}"] += 1
        self.rejections.append(rejection_of_draft(self.document.context, draft, checks))

    def _read(self, item: PlannedRequest, reply: TeacherReply) -> Draft | Dropped:
        fault = _unanswered(reply)
        if fault is not None:
            return fault
        writing = written_tasks()[item.task].writing(self.document)
        assert writing is not None, "a task asks only in a form of prompts that it has"
        read = writing.read(self.document, item, reply.text)
        if isinstance(read, Dropped):
            return read
        if self._contaminated and (found := self._contaminated(read)):
            return found
        if self._is_taken(read):
            return Dropped("duplicate_question", f"The document already has this question: {read.question}")
        return read

    def _is_taken(self, draft: Draft) -> bool:
        """Return whether a question was asked already; if not, remember it."""
        if normalized(draft.question) in self._taken:
            return True
        if not self.document.is_chat or written_tasks()[draft.task].family is TaskFamily.SUMMARY:
            return False
        question = read_question(draft.question, self.document.context.language)
        least = self.document.recipe.checks.max_question_likeness
        if any(is_same_question(question, other, least_likeness=least) for other in self._asked):
            return True
        self._asked.append(question)
        return False

    def _reject(self, item: PlannedRequest, reply: TeacherReply, fault: Dropped) -> None:
        self.counts[f"written/{item.task}/{fault.reason}"] += 1
        self.rejections.append(rejection_of(self.document.context, item, reply.text, fault))


def rejection_of(context: Context, item: PlannedRequest, text: str, fault: Dropped) -> Rejection:
    """Return the rejection of a reply."""
    return Rejection(
        stage=STAGE,
        item_id=content_id(context.doc_id, item.task, item.segment.start, item.opening, text),
        reason=fault.reason,
        detail=fault.detail,
        score=fault.score,
        source_uri=context.source_uri,
        source_offset=context.source_offset,
        excerpt=" ".join(f"{item.opening} {text}".split())[:_EXCERPT_CHARS],
    )


def rejection_of_draft(context: Context, draft: Draft, fault: Dropped) -> Rejection:
    """Return the rejection of a draft that was not proven."""
    return Rejection(
        stage=STAGE,
        item_id=content_id(context.doc_id, draft.key),
        reason=fault.reason,
        detail=fault.detail,
        score=fault.score,
        source_uri=context.source_uri,
        source_offset=context.source_offset,
        excerpt=" ".join(f"{draft.question} {draft.answer}".split())[:_EXCERPT_CHARS],
    )


def _unanswered(reply: TeacherReply) -> Dropped | None:
    """Return why a reply holds no answer, or None if it holds one."""
    if reply.finish_reason is FinishReason.LENGTH:
        return Dropped("answer_cut", f"The reply reached its limit of {reply.num_answer_tokens} tokens.")
    if reply.finish_reason is FinishReason.TOO_LONG:
        return Dropped("prompt_too_long", f"Not answered: {reply.error}.")
    if reply.finish_reason is FinishReason.REFUSED:
        return Dropped("refused", f"The model refused: {reply.error}")
    return None


def _deal(
    document: WrittenDocument, tasks: Sequence[WrittenTask], count: int, drafts: Sequence[Draft]
) -> list[PlannedRequest]:
    """Return at most `count` requests, dealt to the tasks in turn. What a task cannot use goes to the others.

    With fewer requests than tasks, the document's id decides which tasks get one.
    """
    planned: dict[str, list[PlannedRequest]] = {}
    order = _turned(tasks, document.context.doc_id)
    left = order
    while left:
        num_open = count - sum(len(planned.get(task.name, ())) for task in order if task not in left)
        shares = {task.name: len(range(index, num_open, len(left))) for index, task in enumerate(left)}
        for task in left:
            writing = task.writing(document)
            assert writing is not None, "only tasks that serve the document are dealt requests"
            share = shares[task.name]
            planned[task.name] = writing.plan(document, share, drafts)[:share] if share else []
        short = [task for task in left if len(planned[task.name]) < shares[task.name]]
        if not short:
            break
        left = [task for task in left if task not in short]
    return [item for task in order for item in planned[task.name]]


def _turned(tasks: Sequence[WrittenTask], doc_id: str) -> list[WrittenTask]:
    start = stable_hash64("written tasks", doc_id) % len(tasks) if tasks else 0
    return [*tasks[start:], *tasks[:start]]
