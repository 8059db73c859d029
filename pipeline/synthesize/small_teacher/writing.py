"""Plans requests in completion form, and reads the replies: questions about one plain fact, and short summaries."""

from __future__ import annotations

from collections.abc import Sequence

from pipeline.records import Dropped
from pipeline.synthesize.faults import question_fault
from pipeline.synthesize.small_teacher import prompts
from pipeline.synthesize.small_teacher.answer_checks import check_answer, check_summary
from pipeline.synthesize.small_teacher.askable import askable_facts
from pipeline.synthesize.small_teacher.question_faults import small_teacher_fault
from pipeline.synthesize.written.document import WrittenDocument
from pipeline.synthesize.written.draft import Draft, PlannedRequest
from pipeline.synthesize.written.summaries import chosen_sections, summary_draft, summary_request


def plan_questions(document: WrittenDocument, count: int, _: Sequence[Draft]) -> list[PlannedRequest]:
    """Return at most `count` requests for questions, each about one fact of one sentence."""
    context = document.context
    facts = askable_facts(context, max_chars=document.max_chars, seed=document.sampling.seed)
    planned = []
    for segment in document.chosen(list(facts), [1.0] * len(facts), count=count, task="qa"):
        prompt, opening = prompts.question_prompt(
            sentence=document.text(segment), fact=facts[segment], domain=context.domain, language=context.language
        )
        request = document.request(prompt, task="qa")
        planned.append(PlannedRequest("qa", segment, request, fact=facts[segment], opening=opening))
    return planned


def read_question(document: WrittenDocument, item: PlannedRequest, text: str) -> Draft | Dropped:
    """Return the question that a reply completes, with the fact as its answer; or the first fault in it."""
    assert item.fact is not None, "a question in completion form is about a fact"
    language = document.context.language
    sentence = document.text(item.segment)
    question = " ".join(f"{item.opening} {text.strip()}".split())
    answer = sentence[item.fact.start : item.fact.end]
    fault = question_fault(question, answer=answer, language=language) or small_teacher_fault(
        question, sentence=sentence, fact=item.fact, language=language
    )
    if fault is not None:
        return fault
    checks = check_answer(
        question=question,
        answer=answer,
        evidence=item.segment,
        segment=item.segment,
        document=document.indexed,
        min_answer_support=document.recipe.min_answer_support,
        min_question_grounding=document.recipe.min_question_grounding,
    )
    if isinstance(checks, Dropped):
        return checks
    return Draft(
        task=item.task,
        question=question,
        answer=answer,
        evidence=(item.segment,),
        segments=(item.segment,),
        checks=checks,
        prompt_version=item.request.prompt_version,
    )


def plan_summaries(document: WrittenDocument, count: int, _: Sequence[Draft]) -> list[PlannedRequest]:
    """Return at most `count` requests for one-sentence summaries of short sections."""
    planned = []
    for section, title in chosen_sections(document, count, task="summary").items():
        prompt = prompts.summary_prompt(section=document.text(section), language=document.context.language)
        planned.append(summary_request(document, prompt, section=section, title=title, task="summary"))
    return planned


def read_summary(document: WrittenDocument, item: PlannedRequest, text: str) -> Draft | Dropped:
    """Return the summary of a reply, or the first fault in it."""
    summary = text.strip()
    if not summary:
        return Dropped("empty_answer", "The summary is empty.")
    checks = check_summary(
        summary=summary,
        section=document.text(item.segment),
        language=document.context.language,
        min_answer_support=document.recipe.min_answer_support,
    )
    return checks if isinstance(checks, Dropped) else summary_draft(document, item, summary, checks)
