"""Turns a teacher's replies about one document into candidates: parses, locates the evidence and checks everything.

Takes the document, its planned requests and a reply to each. Returns a candidate or a rejection for each reply. Replies
in chat form pass the chain of `verify.chain`; questions and summaries in completion form pass the checks of
`small_teacher`. Used by the synthesize stage.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Sequence
from functools import cache

from pipeline.config.build import PromptForm, WrittenRecipe, WrittenTask
from pipeline.identity import content_id
from pipeline.languages import language_rules
from pipeline.records import Candidate, Checks, Context, Dropped, Origin, Rejection, TaskFamily
from pipeline.synthesize.evidence import evidence_of, locate_quotes
from pipeline.synthesize.faults import question_fault
from pipeline.synthesize.reply_parsing import parse_atom, parse_summary
from pipeline.synthesize.sentences import Span
from pipeline.synthesize.small_teacher.answer_checks import (
    IndexedDocument,
    check_answer,
    check_summary,
    index_document,
)
from pipeline.synthesize.small_teacher.question_faults import small_teacher_fault
from pipeline.synthesize.teachers.protocol import FinishReason, TeacherReply
from pipeline.synthesize.verify.chain import check_chat_answer, check_chat_summary
from pipeline.synthesize.verify.question_likeness import AskedQuestion, is_same_question, read_question
from pipeline.synthesize.words import normalized
from pipeline.synthesize.written_plan import PlannedRequest

STAGE = "synthesize"
_FAMILIES = {WrittenTask.QA: TaskFamily.LOOK_UP, WrittenTask.SUMMARY: TaskFamily.SUMMARY}
_EXCERPT_CHARS = 400


def judge_written(
    *,
    context: Context,
    planned: Sequence[PlannedRequest],
    replies: Sequence[TeacherReply],
    teacher: str,
    questions_taken: Collection[str],
    recipe: WrittenRecipe,
) -> tuple[list[Candidate], list[Rejection]]:
    """Return the candidates and rejections of one document, in the order of its requests.

    Args:
        context: the document.
        planned: the requests about the document that did not fail; the stage handles failed requests.
        replies: one reply for each planned request.
        teacher: the name of the teacher, for the candidates.
        questions_taken: questions that the document already has, such as structural ones.
        recipe: the thresholds of the checks.
    """
    taken = {normalized(question) for question in questions_taken}
    # Only completion prompts need the index; it is made once, for the first of them.
    indexed = cache(lambda: index_document(context.text, context.language))
    asked: list[AskedQuestion] = []
    candidates: list[Candidate] = []
    rejections: list[Rejection] = []
    for item, reply in zip(planned, replies, strict=True):
        judged = _judge(context, item, reply, teacher, recipe, indexed)
        if isinstance(judged, Candidate) and _is_taken(judged, item, taken, asked, recipe):
            judged = Dropped("duplicate_question", f"The document already has this question: {judged.question}")
        if isinstance(judged, Candidate):
            taken.add(normalized(judged.question))
            candidates.append(judged)
        else:
            rejections.append(_rejection(context, item, reply, judged))
    return candidates, rejections


def _is_taken(
    candidate: Candidate,
    item: PlannedRequest,
    taken: Collection[str],
    asked: list[AskedQuestion],
    recipe: WrittenRecipe,
) -> bool:
    """Return whether a question was asked already; if not, remember it."""
    if normalized(candidate.question) in taken:
        return True
    if item.form is not PromptForm.CHAT or item.task is WrittenTask.SUMMARY:
        return False
    question = read_question(candidate.question, candidate.language)
    least = recipe.checks.max_question_likeness
    if any(is_same_question(question, other, least_likeness=least) for other in asked):
        return True
    asked.append(question)
    return False


def _judge(
    context: Context,
    item: PlannedRequest,
    reply: TeacherReply,
    teacher: str,
    recipe: WrittenRecipe,
    indexed: Callable[[], IndexedDocument],
) -> Candidate | Dropped:
    if reply.finish_reason is FinishReason.LENGTH:
        return Dropped("answer_cut", f"The reply reached its limit of {reply.num_answer_tokens} tokens.")
    if reply.finish_reason is FinishReason.TOO_LONG:
        return Dropped("prompt_too_long", f"Not answered: {reply.error}.")
    if reply.finish_reason is FinishReason.REFUSED:
        return Dropped("refused", f"The model refused: {reply.error}")
    if item.task is WrittenTask.SUMMARY:
        return _judge_summary(context, item, reply, teacher, recipe)
    if item.form is PromptForm.CHAT:
        return _judge_chat_answer(context, item, reply, teacher, recipe)
    return _judge_completion(context, item, reply, teacher, recipe, indexed)


def _judge_chat_answer(
    context: Context, item: PlannedRequest, reply: TeacherReply, teacher: str, recipe: WrittenRecipe
) -> Candidate | Dropped:
    atom = parse_atom(reply.text, max_quotes=recipe.checks.max_quotes)
    if isinstance(atom, Dropped):
        return atom
    evidence = locate_quotes(atom.quotes, text=context.text, near=item.segment)
    if isinstance(evidence, str):
        return Dropped("evidence_not_found", f"The quote is not in the document: {evidence[:160]}")
    checks = check_chat_answer(
        question=atom.question,
        answer=atom.answer,
        evidence=evidence,
        segment=item.segment,
        context=context,
        limits=recipe.checks,
    )
    if isinstance(checks, Dropped):
        return checks
    return _candidate(context, item, atom.question, atom.answer, evidence, checks, teacher)


def _judge_completion(
    context: Context,
    item: PlannedRequest,
    reply: TeacherReply,
    teacher: str,
    recipe: WrittenRecipe,
    indexed: Callable[[], IndexedDocument],
) -> Candidate | Dropped:
    assert item.fact is not None, "a question in completion form is about a fact"
    sentence = context.text[item.segment.start : item.segment.end]
    question = " ".join(f"{item.opening} {reply.text.strip()}".split())
    answer = sentence[item.fact.start : item.fact.end]
    fault = question_fault(question, answer=answer, language=context.language) or small_teacher_fault(
        question, sentence=sentence, fact=item.fact, language=context.language
    )
    if fault is not None:
        return fault
    checks = check_answer(
        question=question,
        answer=answer,
        evidence=item.segment,
        segment=item.segment,
        document=indexed(),
        min_answer_support=recipe.min_answer_support,
        min_question_grounding=recipe.min_question_grounding,
    )
    if isinstance(checks, Dropped):
        return checks
    return _candidate(context, item, question, answer, [item.segment], checks, teacher)


def _judge_summary(
    context: Context, item: PlannedRequest, reply: TeacherReply, teacher: str, recipe: WrittenRecipe
) -> Candidate | Dropped:
    is_chat = item.form is PromptForm.CHAT
    summary = parse_summary(reply.text) if is_chat else reply.text.strip()
    if isinstance(summary, Dropped):
        return summary
    if not summary:
        return Dropped("empty_answer", "The summary is empty.")
    title = item.section_title.strip()
    if is_chat:
        checks = check_chat_summary(
            summary=summary, section=item.segment, title=title, context=context, limits=recipe.checks
        )
    else:
        section = context.text[item.segment.start : item.segment.end]
        checks = check_summary(
            summary=summary, section=section, language=context.language, min_answer_support=recipe.min_answer_support
        )
    if isinstance(checks, Dropped):
        return checks
    question = language_rules(context.language).frames.summary_question.format(title=title)
    return _candidate(context, item, question, summary, [item.segment], checks, teacher)


def _candidate(
    context: Context,
    item: PlannedRequest,
    question: str,
    answer: str,
    evidence: Sequence[Span],
    checks: Checks,
    teacher: str,
) -> Candidate:
    return Candidate(
        candidate_id=content_id(context.doc_id, item.task.value, question, answer, evidence[0].start),
        doc_id=context.doc_id,
        parent_id=context.parent_id,
        task=item.task.value,
        family=_FAMILIES[item.task].value,
        form=item.task.value,
        origin=Origin.WRITTEN.value,
        domain=context.domain,
        language=context.language,
        bucket=context.bucket,
        question=question,
        answer=answer,
        evidence=tuple(
            evidence_of(doc_id=context.doc_id, text=context.text, start=span.start, end=span.end, pages=context.pages)
            for span in evidence
        ),
        checks=checks,
        teacher=teacher,
        prompt_version=item.request.prompt_version,
        is_trivial=False,
    )


def _rejection(context: Context, item: PlannedRequest, reply: TeacherReply, fault: Dropped) -> Rejection:
    return Rejection(
        stage=STAGE,
        item_id=content_id(context.doc_id, item.task.value, item.segment.start, item.opening, reply.text),
        reason=fault.reason,
        detail=fault.detail,
        score=fault.score,
        source_uri=context.source_uri,
        source_offset=context.source_offset,
        excerpt=" ".join(f"{item.opening} {reply.text}".split())[:_EXCERPT_CHARS],
    )
