"""Plans the teacher's requests about one document: the task, segment and prompt of each.

A document gets up to `questions_per_document` requests, dealt to the tasks in turn and spread over its depth. In chat
form, a segment is up to `segment_tokens` of whole paragraphs or sentences, and the prompt begins with the document. In
completion form, a segment is one sentence with one concrete fact. A summary is of a whole section in either form. Used
by `request_windows`.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from pipeline.config.build import PromptForm, WrittenTask
from pipeline.records import Context
from pipeline.synthesize.facts import Fact
from pipeline.synthesize.prompts import chat
from pipeline.synthesize.prompts.templates import prompt_version
from pipeline.synthesize.segments import (
    choose_spread,
    concreteness,
    document_segments,
    segment_chars,
    text_pieces,
    titled_sections,
)
from pipeline.synthesize.sentences import Span
from pipeline.synthesize.small_teacher import prompts as small_prompts
from pipeline.synthesize.small_teacher.askable import askable_facts
from pipeline.synthesize.teachers.protocol import ChatPrompt, CompletionPrompt, Sampling, TeacherRequest
from pipeline.synthesize.written_shares import deal

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
    max_chars = segment_chars(segment_tokens, context)
    room_tokens = max_model_tokens - sampling.max_answer_tokens - _PROMPT_ROOM_TOKENS
    visible = _VisibleText(context, room_tokens - _num_tokens(context, max_chars))
    sources: dict[WrittenTask, _Source] = {}
    for task in tasks:
        if task is WrittenTask.SUMMARY:
            sources[task] = _summaries(context, form, max_chars, visible, sampling)
        elif form is PromptForm.CHAT:
            sources[task] = _chat_questions(context, max_chars, visible, sampling)
        else:
            sources[task] = _completion_questions(context, max_chars, sampling)
    supplies = {task: sum(score > 0 for score in source.scores) for task, source in sources.items()}
    planned = [
        sources[task].request(segment)
        for task, count in deal(questions_per_document, supplies, dict.fromkeys(sources, 1.0)).items()
        if count
        for segment in _spread(context, sources[task], count, sampling.seed)
    ]
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
            self._pieces = text_pieces(context.text, max_chars=max_chars)

    def around(self, segment: Span) -> str:
        """Return the piece in which a segment begins, or the segment itself if it begins in none."""
        for piece in self._pieces:
            if piece.start <= segment.start < piece.end:
                return self._text[piece.start : piece.end]
        return self._text[segment.start : segment.end]


@dataclass(frozen=True, slots=True)
class _Source:
    """What a task can ask about in a document."""

    spans: Sequence[Span]
    scores: Sequence[float]
    """How well each span can be asked about; 0 if it cannot."""
    request: Callable[[Span], PlannedRequest]


def _chat_questions(context: Context, max_chars: int, visible: _VisibleText, sampling: Sampling) -> _Source:
    def request(segment: Span) -> PlannedRequest:
        prompt = chat.question_prompt(
            document=visible.around(segment),
            segment=context.text[segment.start : segment.end],
            domain=context.domain,
            language=context.language,
        )
        return PlannedRequest(WrittenTask.QA, segment, _request(context, prompt, sampling))

    segments = document_segments(context, max_chars=max_chars)
    return _Source(segments, [concreteness(context.text[s.start : s.end], context.language) for s in segments], request)


def _completion_questions(context: Context, max_chars: int, sampling: Sampling) -> _Source:
    facts = askable_facts(context, max_chars=max_chars, seed=sampling.seed)

    def request(segment: Span) -> PlannedRequest:
        prompt, opening = small_prompts.question_prompt(
            sentence=context.text[segment.start : segment.end],
            fact=facts[segment],
            domain=context.domain,
            language=context.language,
        )
        made = _request(context, prompt, sampling)
        return PlannedRequest(WrittenTask.QA, segment, made, fact=facts[segment], opening=opening)

    return _Source(list(facts), [1.0] * len(facts), request)


def _summaries(
    context: Context, form: PromptForm, max_chars: int, visible: _VisibleText, sampling: Sampling
) -> _Source:
    sections = titled_sections(context, max_chars=max_chars)
    titles = {Span(start=s.start, end=s.end): s.title for s in sections}

    def request(segment: Span) -> PlannedRequest:
        section = context.text[segment.start : segment.end]
        prompt = (
            chat.summary_prompt(document=visible.around(segment), section=section, language=context.language)
            if form is PromptForm.CHAT
            else small_prompts.summary_prompt(section=section, language=context.language)
        )
        made = _request(context, prompt, sampling)
        return PlannedRequest(WrittenTask.SUMMARY, segment, made, section_title=titles[segment])

    scores = [concreteness(context.text[s.start : s.end], context.language) for s in titles]
    return _Source(list(titles), scores, request)


def _num_tokens(context: Context, num_chars: int) -> int:
    """Return about how many of the student's tokens a part of a document has; at most the document has as many."""
    return round(min(num_chars, len(context.text)) * context.num_tokens / max(1, len(context.text)))


def _spread(context: Context, source: _Source, count: int, seed: int) -> list[Span]:
    chosen = choose_spread(
        source.spans,
        scores=source.scores,
        count=count,
        text_length=len(context.text),
        seed=seed,
        doc_id=context.doc_id,
    )
    return [source.spans[index] for index in chosen]


def _request(context: Context, prompt: ChatPrompt | CompletionPrompt, sampling: Sampling) -> TeacherRequest:
    return TeacherRequest(prompt=prompt, sampling=sampling, prompt_version=prompt_version(context.language))
