"""The task `document_summary` asks for the main points of a whole document.

Where the kept summaries of its sections cover half of the document, the teacher merges them (map and reduce, as the
hierarchical merging of BooookScore, arXiv 2310.00785); it still sees the document above them. A short document without
enough of them is summarised in one request. The evidence is the sentences of the document that support the summary,
found by `verify.document_summary`.
"""

from __future__ import annotations

from collections.abc import Sequence

from pipeline.languages import language_rules
from pipeline.records import Dropped, TaskFamily
from pipeline.synthesize.prompts.chat import Passage, object_schema, task_prompt
from pipeline.synthesize.reply_parsing import parse_summary
from pipeline.synthesize.sentences import Span
from pipeline.synthesize.verify.document_summary import Part, check_document_summary
from pipeline.synthesize.written.checked import register_fault
from pipeline.synthesize.written.document import WrittenDocument
from pipeline.synthesize.written.draft import Draft, PlannedRequest, Round
from pipeline.synthesize.written.task import Writing, WrittenTask

_SCHEMA = object_schema({"nothing": {"type": "boolean"}, "summary": {"type": "string"}})
_MIN_SECTIONS = 3
_MIN_COVERED = 0.5
_MAX_SECTIONS = 16
"""Section summaries of one to four sentences each; so many fit into the room for two segments."""
_SHORT_SEGMENTS = 16
"""A document of at most so many segments is short: 8,192 tokens with segments of 512."""


def _plan(document: WrittenDocument, count: int, drafts: Sequence[Draft]) -> list[PlannedRequest]:
    sources = _sections(document, drafts)
    if not count or (not sources and not _is_short(document)):
        return []
    passages = [Passage(source.answer, _path(document, source)) for source in sources]
    prompt = task_prompt(
        document=document.visible_around(),
        passages=passages,
        task=TASK.name,
        schema=_SCHEMA,
        domain=document.context.domain,
        language=document.context.language,
        register=document.register,
    )
    return [
        PlannedRequest(
            task=TASK.name,
            segment=Span(start=0, end=len(document.context.text)),
            request=document.request(prompt, task=TASK.name),
            round=Round.MERGES,
            sources=tuple(sources),
        )
    ]


def _sections(document: WrittenDocument, drafts: Sequence[Draft]) -> list[Draft]:
    """Return the kept summaries of sections in document order, if they cover half of the document; else none."""
    found = [draft for draft in drafts if draft.section_title and len(draft.segments) == 1]
    found.sort(key=lambda draft: draft.segments[0].start)
    num_chars = sum(draft.segments[0].end - draft.segments[0].start for draft in found)
    is_enough = num_chars >= _MIN_COVERED * len(document.context.text)
    return found if _MIN_SECTIONS <= len(found) <= _MAX_SECTIONS and is_enough else []


def _path(document: WrittenDocument, source: Draft) -> tuple[str, ...]:
    return document.passage(source.segments[0]).heading_path or (source.section_title,)


def _is_short(document: WrittenDocument) -> bool:
    num_segments = len(document.segments)
    is_short = document.context.num_tokens <= _SHORT_SEGMENTS * document.recipe.segment_tokens
    return document.is_shown_whole and is_short and num_segments >= _MIN_SECTIONS


def _read(document: WrittenDocument, item: PlannedRequest, text: str) -> Draft | Dropped:
    summary = parse_summary(text)
    if isinstance(summary, Dropped):
        return summary
    if fault := register_fault(document, summary):
        return fault
    parts = [Part(source.segments[0], source.section_title, source.answer) for source in item.sources]
    doubts = document.new_doubts()
    checked = check_document_summary(
        summary=summary,
        parts=parts or [Part(span) for span in document.segments],
        context=document.context,
        limits=document.recipe.checks,
        doubts=doubts,
    )
    if isinstance(checked, Dropped):
        return checked
    return Draft(
        task=item.task,
        question=language_rules(document.context.language).frames.document_summary_question,
        answer=summary,
        evidence=checked.evidence,
        segments=tuple(part.span for part in parts) or (item.segment,),
        checks=checked.checks,
        doubts=tuple(doubts or ()),
        prompt_version=item.request.prompt_version,
    )


TASK = WrittenTask(name="document_summary", family=TaskFamily.SUMMARY, chat=Writing(_plan, _read), round=Round.MERGES)
