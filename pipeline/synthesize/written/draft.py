"""Records of the rounds: a planned request, and a draft, which is a question and an answer that a teacher wrote."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING

from pipeline.config.build import PromptForm
from pipeline.identity import content_id
from pipeline.records import Checks, Dropped
from pipeline.synthesize.facts import Fact
from pipeline.synthesize.sentences import Span
from pipeline.synthesize.teachers.protocol import ChatPrompt, TeacherRequest

if TYPE_CHECKING:
    from pipeline.synthesize.written.attempts import Condition


class Round(StrEnum):
    """The rounds of requests about a document, in order. Each is planned from the replies of the rounds before."""

    ATOMS = "atoms"
    """Questions and summaries, each about one segment."""
    MERGES = "merges"
    """Questions made of the drafts of the first round, such as one that needs two of their segments."""
    ATTEMPTS = "attempts"
    """The questions of the drafts answered again, without showing the answer."""
    JUDGE = "judge"
    """A judge's verdict on each draft and its attempts."""


@dataclass(frozen=True, slots=True)
class Draft:
    """A question and an answer that a teacher wrote about a document, with the evidence in the document's text."""

    task: str
    """The name of the written task."""
    question: str
    answer: str
    evidence: tuple[Span, ...]
    """The spans of the quotes that prove the answer, in document order; at least one."""
    segments: tuple[Span, ...]
    """The parts of the document that the question is about: one, or two and more of merged drafts."""
    checks: Checks
    prompt_version: str
    section_title: str = ""
    """The title of the section that a summary is about; empty for a question."""
    doubts: tuple[Dropped, ...] = ()
    """The faults of comparisons of words that a judge is to settle; empty without a judge."""
    follows: str = ""
    """The key of the draft whose turn must stand directly before this one; empty for most drafts."""

    @property
    def key(self) -> str:
        """An id that identifies the draft among those of its document."""
        return content_id(self.task, self.question, self.answer, self.evidence[0].start)


DraftCheck = Callable[[Draft], Dropped | None]
"""Checks a draft by more than its document, such as the evaluation sets of a build; returns the fault."""


@dataclass(frozen=True, slots=True)
class PlannedRequest:
    """A request and the data needed to read the reply to it."""

    task: str
    """The name of the written task."""
    segment: Span
    """The part of the context's text that the request is about; the first part of several."""
    request: TeacherRequest
    section_title: str = ""
    """Title of the section to summarise; empty for a question."""
    fact: Fact | None = None
    """The fact that is the answer, at offsets into the segment; only for a question in completion form."""
    opening: str = ""
    """First words of the question, which the reply continues; only for a question in completion form."""
    round: Round = Round.ATOMS
    sources: tuple[Draft, ...] = ()
    """The drafts that the request is made of or about; empty in the first round."""
    condition: Condition | None = None
    """What an attempt sees; None in other rounds."""

    @property
    def form(self) -> PromptForm:
        """The form of the prompt."""
        return PromptForm.CHAT if isinstance(self.request.prompt, ChatPrompt) else PromptForm.COMPLETION
