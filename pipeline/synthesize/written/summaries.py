"""Plans summaries of sections, and reads and checks the replies."""

from __future__ import annotations

from collections.abc import Sequence

from pipeline.languages import language_rules
from pipeline.records import Checks, Dropped
from pipeline.synthesize.prompts.chat import summary_schema, task_prompt
from pipeline.synthesize.reply_parsing import parse_summary
from pipeline.synthesize.segments import concreteness, titled_sections
from pipeline.synthesize.sentences import Span
from pipeline.synthesize.teachers.protocol import ChatPrompt, CompletionPrompt
from pipeline.synthesize.verify.chain import check_chat_summary
from pipeline.synthesize.written.checked import register_fault
from pipeline.synthesize.written.document import WrittenDocument
from pipeline.synthesize.written.draft import Draft, PlannedRequest


def chosen_sections(document: WrittenDocument, count: int, *, task: str) -> dict[Span, str]:
    """Return at most `count` sections to summarise with their titles, spread over the document."""
    context = document.context
    sections = titled_sections(context, max_chars=document.max_chars, min_tokens=document.recipe.min_section_tokens)
    spans = {Span(start=s.start, end=s.end): s.title for s in sections}
    scores = [concreteness(document.text(span), context.language) for span in spans]
    return {span: spans[span] for span in document.chosen(list(spans), scores, count=count, task=task)}


def summary_request(
    document: WrittenDocument, prompt: ChatPrompt | CompletionPrompt, *, section: Span, title: str, task: str
) -> PlannedRequest:
    """Return the request for a summary of a section."""
    return PlannedRequest(task=task, segment=section, request=document.request(prompt, task=task), section_title=title)


def plan_summaries(document: WrittenDocument, count: int, *, task: str) -> list[PlannedRequest]:
    """Return at most `count` requests in chat form for summaries of sections."""
    context = document.context
    planned = []
    for section, title in chosen_sections(document, count, task=task).items():
        prompt = task_prompt(
            document=document.visible_around(section),
            passages=[document.passage(section)],
            task=task,
            schema=summary_schema(),
            domain=context.domain,
            language=context.language,
            register=document.register,
        )
        planned.append(summary_request(document, prompt, section=section, title=title, task=task))
    return planned


def read_summary(document: WrittenDocument, item: PlannedRequest, text: str) -> Draft | Dropped:
    """Return the summary of a reply in chat form, or the first fault in it."""
    summary = parse_summary(text)
    if isinstance(summary, Dropped):
        return summary
    if not summary:
        return Dropped("empty_answer", "The summary is empty.")
    if fault := register_fault(document, summary):
        return fault
    doubts = document.new_doubts()
    checks = check_chat_summary(
        summary=summary,
        section=item.segment,
        title=item.section_title.strip(),
        context=document.context,
        limits=document.recipe.checks,
        doubts=doubts,
    )
    return checks if isinstance(checks, Dropped) else summary_draft(document, item, summary, checks, doubts or ())


def summary_draft(
    document: WrittenDocument, item: PlannedRequest, summary: str, checks: Checks, doubts: Sequence[Dropped] = ()
) -> Draft:
    """Return a summary that passed its checks as a draft. The question is a template; the section is the evidence."""
    title = item.section_title.strip()
    return Draft(
        task=item.task,
        question=language_rules(document.context.language).frames.summary_question.format(title=title),
        answer=summary,
        evidence=(item.segment,),
        segments=(item.segment,),
        checks=checks,
        doubts=tuple(doubts),
        prompt_version=item.request.prompt_version,
        section_title=title,
    )
