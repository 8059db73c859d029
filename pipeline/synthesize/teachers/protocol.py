"""What a teacher is asked and what it replies; every back end implements `Teacher`.

Prompts come from `synthesize.prompts`, replies go to `synthesize.cache` and `synthesize.written`. A request that fails
is a reply with an error, so that one bad request costs one row; only a teacher that cannot answer at all raises.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from enum import StrEnum
from typing import Protocol

from pipeline.identity import fingerprint
from pipeline.records import Message


@dataclass(frozen=True, slots=True)
class ChatPrompt:
    """Chat messages, answered by JSON that follows a schema."""

    messages: tuple[Message, ...]
    answer_schema: str
    """JSON Schema of the answer, as JSON text."""


@dataclass(frozen=True, slots=True)
class CompletionPrompt:
    """Text to continue until a stop string."""

    text: str
    stop: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Sampling:
    """How an answer is drawn."""

    temperature: float
    """0 is greedy."""
    max_answer_tokens: int
    seed: int


@dataclass(frozen=True, slots=True)
class TeacherRequest:
    """One prompt. Requests of one document stand together, so that its prefix is computed once."""

    prompt: ChatPrompt | CompletionPrompt
    sampling: Sampling
    prompt_version: str


class FinishReason(StrEnum):
    """Why a reply ended."""

    STOP = "stop"
    LENGTH = "length"
    """The answer was cut at `max_answer_tokens`."""
    ERROR = "error"


@dataclass(frozen=True, slots=True)
class TeacherReply:
    """The answer to one request, or the error it met."""

    text: str
    finish_reason: FinishReason
    num_prompt_tokens: int
    num_cached_tokens: int
    """Prompt tokens taken from the prefix cache."""
    num_answer_tokens: int
    error: str
    """Empty where there is an answer."""


class BatchOrder(StrEnum):
    """In which order a teacher wants the requests of a batch planned."""

    BY_DOCUMENT = "by_document"
    """As the documents come: siblings share their prefix."""
    BY_LENGTH = "by_length"
    """Prompts of similar length together: less padding."""


class Teacher(Protocol):
    """A model that answers requests. One instance a process, called by one thread at a time."""

    @property
    def name(self) -> str:
        """Kind and model, such as `vllm:Qwen/Qwen3-32B`; written on every row."""

    @property
    def batch_order(self) -> BatchOrder:
        """How requests are put together."""

    def answer(self, requests: Sequence[TeacherRequest]) -> list[TeacherReply]:
        """Answer every request, in order.

        Raises:
            TeacherError: no request can be answered (server not reachable, engine died).
        """


def request_hash(request: TeacherRequest) -> str:
    """32 hex digits of prompt, sampling and prompt version; the teacher's name is added by `cache.batch_key`."""
    return fingerprint({"kind": type(request.prompt).__name__, **asdict(request)})


def failed_reply(error: str) -> TeacherReply:
    """The reply of a request that met an error."""
    return TeacherReply(
        text="",
        finish_reason=FinishReason.ERROR,
        num_prompt_tokens=0,
        num_cached_tokens=0,
        num_answer_tokens=0,
        error=error,
    )
