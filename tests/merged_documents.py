"""Documents with kept drafts, for the written tasks that merge drafts; and the worked examples of their prompts."""

from __future__ import annotations

import json
import re
from collections.abc import Sequence
from dataclasses import dataclass

from synthesis_documents import context_of

from pipeline.config.build import PromptForm, WrittenRecipe
from pipeline.records import Checks
from pipeline.synthesize.prompts.templates import task_templates
from pipeline.synthesize.sentences import Span
from pipeline.synthesize.teachers.protocol import Sampling
from pipeline.synthesize.written.document import WrittenDocument
from pipeline.synthesize.written.draft import Draft, PlannedRequest
from pipeline.synthesize.written.merging import merge_request
from pipeline.synthesize.written_tasks import written_tasks

CHECKS = Checks(True, 1.0, True, 1.0, True, None)
DOMAINS = ("legal", "manual", "code", "dialogue")
LANGUAGES = ("en", "ko")
_EXAMPLE_SEGMENT = re.compile(r'^(?:Segment|대목) \d: "(.*)"$', re.MULTILINE)
_EXAMPLE_TURN = re.compile(r"^(?:Question|질문): (?P<question>.*)\n(?:Answer|답): (?P<answer>.*)$", re.MULTILINE)


def document_of(
    text: str, *, domain: str = "legal", language: str = "en", titles: Sequence[str] = (), segment_tokens: int = 64
) -> WrittenDocument:
    """A document that a chat teacher is asked about."""
    return WrittenDocument(
        context_of(text, domain=domain, language=language, titles=titles),
        form=PromptForm.CHAT,
        recipe=WrittenRecipe(segment_tokens=segment_tokens),
        max_model_tokens=8192,
        sampling=Sampling(temperature=0.0, max_answer_tokens=256, seed=17),
        register="formal" if language == "ko" else "",  # that of the examples
    )


def draft_of(
    document: WrittenDocument, question: str, answer: str, *quotes: str, task: str = "qa", title: str = ""
) -> Draft:
    """A kept draft of the first round, about the segment that has its first quote."""
    text = document.context.text
    evidence = tuple(Span(text.index(quote), text.index(quote) + len(quote)) for quote in quotes)
    segment = next(s for s in document.segments if s.start <= evidence[0].start < s.end)
    return Draft(task, question, answer, evidence, (segment,), CHECKS, "written-0", section_title=title)


def planned(document: WrittenDocument, task: str, drafts: Sequence[Draft], count: int = 2) -> list[PlannedRequest]:
    """The requests of a task."""
    return written_tasks()[task].chat.plan(document, count, drafts)


def prompt_of(item: PlannedRequest) -> str:
    """What a request says to the teacher."""
    return "\n".join(message.content for message in item.request.prompt.messages)  # type: ignore[union-attr]


def read(document: WrittenDocument, item: PlannedRequest, **reply: object) -> object:
    """The draft or the fault of a reply."""
    return written_tasks()[item.task].chat.read(document, item, json.dumps(reply, ensure_ascii=False))


@dataclass(frozen=True)
class Example:
    """A worked example of a prompt: the segments, the turn shown below the first, and the reply."""

    segments: tuple[str, ...]
    question: str
    answer: str
    reply: dict[str, object]


def example_of(task: str, language: str, domain: str) -> Example:
    """The worked example of a task in a language for a domain."""
    written = task_templates(task, language)["examples"][domain]
    segments = tuple(json.loads(f'"{found}"') for found in _EXAMPLE_SEGMENT.findall(written))
    turn = _EXAMPLE_TURN.search(written)
    reply = json.loads(written.strip().splitlines()[-1])
    return Example(segments, turn["question"] if turn else "", turn["answer"] if turn else "", reply)


_FILLER = {
    "en": (
        "The remaining provisions concern notices by post, the place of storage and the care of the enclosed records. "
        "They were agreed at the beginning and have not been amended since then by either side. Copies are kept in "
        "the office and can be seen there on any weekday upon request. Nothing else was added during the last review, "
        "and the annexes remain as they were when both sides received them from the printer, with all their pages."
    ),
    "ko": (
        "나머지 내용은 우편에 의한 송달, 보관 장소, 첨부 기록의 관리에 관한 것이다. "
        "이 내용은 처음에 합의된 뒤로 어느 쪽도 고친 적이 없다. 사본은 사무실에 두며 평일에 요청하면 볼 수 있다. "
        "마지막 검토에서 덧붙인 것은 없고, 부속 서류는 인쇄소에서 처음 받은 상태 그대로이며 모든 쪽이 남아 있다. "
        "그 밖의 사항은 관례에 따라 처리하고, 양쪽이 서로 알린다."
    ),
}
"""Text between the segments of an example, so that no answer is a copy of the document."""


def example_request(task: str, language: str, domain: str) -> tuple[WrittenDocument, PlannedRequest, Example]:
    """A document that holds the segments of a worked example, and the request that the example answers."""
    example = example_of(task, language, domain)
    text = f"\n\n{_FILLER[language]}\n\n".join((*example.segments, ""))
    document = document_of(text, domain=domain, language=language)
    spans = [Span(text.index(segment), text.index(segment) + len(segment)) for segment in example.segments]
    sources = [
        Draft("qa", example.question or "?", example.answer or "!", (span,), (span,), CHECKS, "written-0")
        for span in spans
    ]
    return document, merge_request(document, sources, task=task, schema="{}"), example
