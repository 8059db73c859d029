"""Turns a teacher's replies about one document into candidates: parses, locates the evidence and checks everything.

Takes the document, its planned requests and a reply to each. Returns a candidate or a rejection for each reply.
Reasoning, a code fence and white space around a reply are removed; nothing else is repaired. Used by the synthesize
stage. The sentences of the document are indexed once.
"""

from __future__ import annotations

import json
import re
from collections.abc import Collection, Sequence

from pipeline.config.build import PromptForm, WrittenTask
from pipeline.identity import content_id
from pipeline.languages import language_rules
from pipeline.records import Candidate, Checks, Context, Dropped, Origin, Rejection, TaskFamily
from pipeline.synthesize.evidence import evidence_of, locate_quote
from pipeline.synthesize.faults import question_fault
from pipeline.synthesize.sentences import Span
from pipeline.synthesize.small_teacher.question_faults import small_teacher_fault
from pipeline.synthesize.teachers.protocol import FinishReason, TeacherReply
from pipeline.synthesize.verification import IndexedDocument, check_answer, check_summary, index_document
from pipeline.synthesize.words import normalized
from pipeline.synthesize.written_plan import PlannedRequest

STAGE = "synthesize"
_FAMILIES = {WrittenTask.QA: TaskFamily.LOOK_UP, WrittenTask.SUMMARY: TaskFamily.SUMMARY}
_EXCERPT_CHARS = 400
_END_OF_REASONING = "</think>"
_FENCE = re.compile(r"```(?:json|JSON)?[ \t]*\n(.*)\n[ \t]*```", re.DOTALL)
"""A reply inside a Markdown code fence."""
_SURROGATE = re.compile("[\ud800-\udfff]")
"""Half of a surrogate pair, which cannot be written as UTF-8."""


def judge_written(
    *,
    context: Context,
    planned: Sequence[PlannedRequest],
    replies: Sequence[TeacherReply],
    teacher: str,
    questions_taken: Collection[str],
    min_answer_support: float,
    min_question_grounding: float,
) -> tuple[list[Candidate], list[Rejection]]:
    """Return the candidates and rejections of one document, in the order of its requests.

    Args:
        context: the document.
        planned: the requests about the document that did not fail; the stage handles failed requests.
        replies: one reply for each planned request.
        teacher: the name of the teacher, for the candidates.
        questions_taken: questions that the document already has, such as structural ones.
        min_answer_support: see `verification.check_answer`.
        min_question_grounding: see `verification.check_answer`.
    """
    document = index_document(context.text, context.language)
    taken = {normalized(question) for question in questions_taken}
    candidates: list[Candidate] = []
    rejections: list[Rejection] = []
    for item, reply in zip(planned, replies, strict=True):
        judged = _judge(context, item, reply, teacher, document, min_answer_support, min_question_grounding)
        if isinstance(judged, Candidate) and normalized(judged.question) in taken:
            judged = Dropped("duplicate_question", f"The document already has this question: {judged.question}")
        if isinstance(judged, Candidate):
            taken.add(normalized(judged.question))
            candidates.append(judged)
        else:
            rejections.append(_rejection(context, item, reply, judged))
    return candidates, rejections


def _judge(
    context: Context,
    item: PlannedRequest,
    reply: TeacherReply,
    teacher: str,
    document: IndexedDocument,
    min_answer_support: float,
    min_question_grounding: float,
) -> Candidate | Dropped:
    if reply.finish_reason is FinishReason.LENGTH:
        return Dropped("answer_cut", f"The reply reached its limit of {reply.num_answer_tokens} tokens.")
    if reply.finish_reason is FinishReason.TOO_LONG:
        return Dropped("prompt_too_long", f"Not answered: {reply.error}.")
    if reply.finish_reason is FinishReason.REFUSED:
        return Dropped("refused", f"The model refused: {reply.error}")
    if item.task is WrittenTask.SUMMARY:
        return _judge_summary(context, item, reply, teacher, min_answer_support)
    parsed = _parse_question(context, item, reply)
    if isinstance(parsed, Dropped):
        return parsed
    question, answer, evidence = parsed
    fault = question_fault(question, answer=answer, language=context.language)
    if fault is None and item.fact is not None:
        sentence = context.text[item.segment.start : item.segment.end]
        fault = small_teacher_fault(question, sentence=sentence, fact=item.fact, language=context.language)
    if fault is not None:
        return fault
    checks = check_answer(
        question=question,
        answer=answer,
        evidence=evidence,
        segment=item.segment,
        document=document,
        min_answer_support=min_answer_support,
        min_question_grounding=min_question_grounding,
    )
    if isinstance(checks, Dropped):
        return checks
    return _candidate(context, item, question, answer, evidence, checks, teacher)


def _judge_summary(
    context: Context, item: PlannedRequest, reply: TeacherReply, teacher: str, min_answer_support: float
) -> Candidate | Dropped:
    summary: str | Dropped = reply.text.strip()
    if item.form is PromptForm.CHAT:
        fields = _json_strings(reply.text, ("summary",))
        summary = fields if isinstance(fields, Dropped) else fields["summary"]
    if isinstance(summary, Dropped):
        return summary
    if not summary:
        return Dropped("empty_answer", "The summary is empty.")
    section = context.text[item.segment.start : item.segment.end]
    checks = check_summary(
        summary=summary, section=section, language=context.language, min_answer_support=min_answer_support
    )
    if isinstance(checks, Dropped):
        return checks
    question = language_rules(context.language).frames.summary_question.format(title=item.section_title.strip())
    return _candidate(context, item, question, summary, item.segment, checks, teacher)


def _parse_question(context: Context, item: PlannedRequest, reply: TeacherReply) -> tuple[str, str, Span] | Dropped:
    """Return the question, the answer and the evidence span of a reply, or the fault in the reply."""
    if item.fact is not None:
        sentence = context.text[item.segment.start : item.segment.end]
        question = " ".join(f"{item.opening} {reply.text.strip()}".split())
        return question, sentence[item.fact.start : item.fact.end], item.segment
    fields = _json_strings(reply.text, ("question", "answer", "evidence"))
    if isinstance(fields, Dropped):
        return fields
    found = locate_quote(fields["evidence"], text=context.text, start=item.segment.start, end=item.segment.end)
    if found is None:
        return Dropped("evidence_not_found", f"The quote is not in the segment: {fields['evidence'][:160]}")
    return fields["question"], fields["answer"], Span(start=found[0], end=found[1])


def _json_strings(text: str, keys: tuple[str, ...]) -> dict[str, str] | Dropped:
    """Return the strings of a JSON object that has exactly these keys; anything else is a fault."""
    try:
        value = json.loads(_without_wrapping(text))
    except json.JSONDecodeError as error:
        return Dropped("not_json", f"{error.msg} at character {error.pos}.")
    except (ValueError, RecursionError) as error:  # a number with thousands of digits, or brackets nested too deeply
        return Dropped("not_json", f"{type(error).__name__}.")
    if not isinstance(value, dict) or set(value) != set(keys) or not all(isinstance(v, str) for v in value.values()):
        return Dropped("wrong_fields", f"The reply must be an object with exactly these strings: {', '.join(keys)}.")
    if any(_SURROGATE.search(string) for string in value.values()):
        return Dropped("not_text", "A string holds half of a surrogate pair.")
    return {key: value[key].strip() for key in keys}


def _without_wrapping(text: str) -> str:
    """Return a reply without reasoning that ends with `</think>` and without a code fence around the rest."""
    answer = text.strip()
    if not answer.startswith("{") and _END_OF_REASONING in answer:
        answer = answer.rpartition(_END_OF_REASONING)[2].strip()
    fenced = _FENCE.fullmatch(answer)
    return fenced[1] if fenced else answer


def _candidate(
    context: Context, item: PlannedRequest, question: str, answer: str, evidence: Span, checks: Checks, teacher: str
) -> Candidate:
    return Candidate(
        candidate_id=content_id(context.doc_id, item.task.value, question, answer, evidence.start),
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
        evidence=(
            evidence_of(
                doc_id=context.doc_id,
                text=context.text,
                start=evidence.start,
                end=evidence.end,
                pages=context.pages,
            ),
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
