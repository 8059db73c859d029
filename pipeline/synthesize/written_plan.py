"""Plans the teacher's requests about one document: the task, segment and prompt of each.

A document gets up to `questions_per_document` requests, dealt to the tasks in turn and spread over its depth. In chat
form, a segment is up to `segment_tokens` of whole paragraphs or sentences, and the prompt begins with the document. In
completion form, a segment is one sentence with one concrete fact. A summary is of a whole section in either form. Used
by `request_windows`.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from pipeline.config.build import PromptForm, WrittenTask
from pipeline.records import Context
from pipeline.synthesize.facts import Fact
from pipeline.synthesize.prompts import chat
from pipeline.synthesize.prompts.templates import prompt_version
from pipeline.synthesize.segments import choose_spread, concreteness, paragraph_segments, titled_sections
from pipeline.synthesize.sentences import Span
from pipeline.synthesize.small_teacher import prompts as small_prompts
from pipeline.synthesize.small_teacher.askable import askable_facts
from pipeline.synthesize.teachers.protocol import ChatPrompt, CompletionPrompt, Sampling, TeacherRequest

_PROMPT_ROOM_TOKENS = 700
"""Tokens for the instructions and the chat markup around the document and the segment."""
_TOKENIZER_MARGIN = 1.1
"""Assumed maximum number of teacher tokens for one student token; `num_tokens` counts the student's tokens."""


@dataclass(frozen=True, slots=True)
class PlannedRequest:
    """A request and the data needed to judge the reply to it."""

    task: WrittenTask
    segment: Span
    """The part of the context's text that the request is about."""
    request: TeacherRequest
    section_title: str = ""
    """Title of the section to summarise; empty for a question."""
    fact: Fact | None = None
    """The fact that is the answer, at offsets into the segment; only for a question in completion form."""
    opening: str = ""
    """First words of the question, which the reply continues; only for a question in completion form."""

    @property
    def form(self) -> PromptForm:
        """The form of the prompt."""
        return PromptForm.CHAT if isinstance(self.request.prompt, ChatPrompt) else PromptForm.COMPLETION


def plan_written(
    *,
    context: Context,
    tasks: Sequence[WrittenTask],
    form: PromptForm,
    questions_per_document: int,
    segment_tokens: int,
    max_model_tokens: int,
    sampling: Sampling,
) -> list[PlannedRequest]:
    """Return the requests about one document, in document order; none if it holds nothing worth asking about.

    Args:
        context: the document.
        tasks: the tasks, which get requests in turn.
        form: the form of the prompts.
        questions_per_document: maximum number of requests, over all tasks.
        segment_tokens: maximum length of a segment, and of a section to summarise.
        max_model_tokens: the teacher's window; of a document that does not fit, the teacher sees only a part.
        sampling: the sampling of every request; its seed also chooses the segments.
    """
    shares = {task: len(range(i, questions_per_document, len(tasks))) for i, task in enumerate(tasks)}
    max_chars = max(1, round(segment_tokens * len(context.text) / max(1, context.num_tokens)))
    visible = _VisibleText(
        context, max_model_tokens - sampling.max_answer_tokens - segment_tokens - _PROMPT_ROOM_TOKENS
    )
    planned: list[PlannedRequest] = []
    for task, count in shares.items():
        if not count:
            continue
        if task is WrittenTask.SUMMARY:
            planned += _summaries(context, form, count, max_chars, visible, sampling)
        elif form is PromptForm.CHAT:
            planned += _chat_questions(context, count, max_chars, visible, sampling)
        else:
            planned += _completion_questions(context, count, max_chars, sampling)
    return sorted(planned, key=lambda item: (item.segment.start, item.task.value))


class _VisibleText:
    """What the teacher sees of a document: the whole document or, if too long, the piece around the segment.

    Each document is cut into pieces once, so that the requests about one piece share their prefix.
    """

    def __init__(self, context: Context, room_tokens: int) -> None:
        self._text = context.text
        num_tokens = context.num_tokens * _TOKENIZER_MARGIN
        if num_tokens <= room_tokens:
            self._pieces = [Span(start=0, end=len(context.text))]
        else:
            max_chars = max(1, int(max(1, room_tokens) * len(context.text) / num_tokens))
            self._pieces = paragraph_segments(context.text, sections=(), max_chars=max_chars)

    def around(self, segment: Span) -> str:
        """Return the piece in which a segment begins, or the segment itself if it begins in none."""
        for piece in self._pieces:
            if piece.start <= segment.start < piece.end:
                return self._text[piece.start : piece.end]
        return self._text[segment.start : segment.end]


def _chat_questions(
    context: Context, count: int, max_chars: int, visible: _VisibleText, sampling: Sampling
) -> list[PlannedRequest]:
    segments = paragraph_segments(context.text, sections=context.sections, max_chars=max_chars)
    scores = [concreteness(context.text[s.start : s.end], context.language) for s in segments]
    planned = []
    for segment in _spread(context, segments, scores, count, sampling.seed):
        prompt = chat.question_prompt(
            document=visible.around(segment),
            segment=context.text[segment.start : segment.end],
            domain=context.domain,
            language=context.language,
        )
        planned.append(PlannedRequest(WrittenTask.QA, segment, _request(context, prompt, sampling)))
    return planned


def _completion_questions(context: Context, count: int, max_chars: int, sampling: Sampling) -> list[PlannedRequest]:
    facts = askable_facts(context, max_chars=max_chars, seed=sampling.seed)
    planned = []
    for segment in _spread(context, list(facts), [1.0] * len(facts), count, sampling.seed):
        prompt, opening = small_prompts.question_prompt(
            sentence=context.text[segment.start : segment.end],
            fact=facts[segment],
            domain=context.domain,
            language=context.language,
        )
        request = _request(context, prompt, sampling)
        planned.append(PlannedRequest(WrittenTask.QA, segment, request, fact=facts[segment], opening=opening))
    return planned


def _summaries(
    context: Context, form: PromptForm, count: int, max_chars: int, visible: _VisibleText, sampling: Sampling
) -> list[PlannedRequest]:
    sections = titled_sections(context.text, sections=context.sections, max_chars=max_chars)
    spans = {Span(start=s.start, end=s.end): s.title for s in sections}
    scores = [concreteness(context.text[s.start : s.end], context.language) for s in spans]
    planned = []
    for segment in _spread(context, list(spans), scores, count, sampling.seed):
        section = context.text[segment.start : segment.end]
        prompt = (
            chat.summary_prompt(document=visible.around(segment), section=section, language=context.language)
            if form is PromptForm.CHAT
            else small_prompts.summary_prompt(section=section, language=context.language)
        )
        request = _request(context, prompt, sampling)
        planned.append(PlannedRequest(WrittenTask.SUMMARY, segment, request, section_title=spans[segment]))
    return planned


def _spread(context: Context, spans: Sequence[Span], scores: Sequence[float], count: int, seed: int) -> list[Span]:
    chosen = choose_spread(
        spans, scores=scores, count=count, text_length=len(context.text), seed=seed, doc_id=context.doc_id
    )
    return [spans[index] for index in chosen]


def _request(context: Context, prompt: ChatPrompt | CompletionPrompt, sampling: Sampling) -> TeacherRequest:
    return TeacherRequest(prompt=prompt, sampling=sampling, prompt_version=prompt_version(context.language))
