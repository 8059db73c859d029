"""What a teacher is asked and what it replies; every back end implements `BatchTeacher` or `ServerTeacher`.

Prompts come from `synthesize.prompts`, replies go to `synthesize.cache` and `synthesize.written`. A reply is an answer
or says why the request failed. A failure is never kept: a later run asks that request again.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from enum import StrEnum
from typing import Protocol, runtime_checkable

from pipeline.identity import fingerprint
from pipeline.records import Message
from pipeline.synthesize.teachers.servers.watch import ServerWatch


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
    """Written on rows; no part of what is asked."""


class FinishReason(StrEnum):
    """Why a reply ended."""

    STOP = "stop"
    LENGTH = "length"
    """The answer was cut at `max_answer_tokens`."""
    TOO_LONG = "too_long"
    """The prompt does not fit the teacher's window: a property of the request, so asking again changes nothing."""
    ERROR = "error"
    """The request failed; there is no answer yet."""


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
    """What failed, or why the prompt does not fit; empty in an answer."""


class BatchOrder(StrEnum):
    """In which order a teacher wants the requests of a batch planned."""

    BY_DOCUMENT = "by_document"
    """As the documents come: siblings share their prefix."""
    BY_LENGTH = "by_length"
    """Prompts of similar length together: less padding."""


class BatchTeacher(Protocol):
    """A model in this process. It answers batches; one instance a process, called by one thread at a time."""

    @property
    def name(self) -> str:
        """Kind and model, such as `vllm:Qwen/Qwen3-32B`; written on every row."""

    @property
    def batch_order(self) -> BatchOrder:
        """How requests are put together."""

    def answer(self, requests: Sequence[TeacherRequest]) -> list[TeacherReply]:
        """Answer every request, in order.

        Raises:
            TeacherError: no request can be answered (the engine died).
        """


@runtime_checkable
class ServerTeacher(Protocol):
    """A model behind a connection. Each request is asked, fails and is stored by itself; many threads call it."""

    @property
    def name(self) -> str:
        """Kind and model, such as `openai:Qwen/Qwen3-32B`; written on every row."""

    @property
    def address(self) -> str:
        """Where it is, for messages."""

    @property
    def concurrency(self) -> int:
        """Requests in flight together."""

    @property
    def watch(self) -> ServerWatch:
        """Whether the server answers, and when to give up."""

    def ask(self, request: TeacherRequest) -> TeacherReply:
        """Answer one request, or say in the reply why it failed."""


Teacher = BatchTeacher | ServerTeacher


def request_hash(request: TeacherRequest) -> str:
    """32 hex digits of prompt and sampling; the cache adds the teacher's name.

    The prompt version is left out: an answer stays paid for as long as the text of its request stays the same.
    """
    return fingerprint(
        {"kind": type(request.prompt).__name__, "prompt": asdict(request.prompt), "sampling": asdict(request.sampling)}
    )


def earlier_request_hash(request: TeacherRequest) -> str:
    """The same as earlier versions made it: with the prompt version, which was this one for all of them."""
    version = "written-09679362"
    return fingerprint({"kind": type(request.prompt).__name__, **asdict(request), "prompt_version": version})


def failed_reply(error: str) -> TeacherReply:
    """The reply of a request that failed. `error` opens with the kind of failure and a colon: `status 500: boom`."""
    return _no_answer(FinishReason.ERROR, error)


def too_long_reply(*, num_prompt_tokens: int, room_tokens: int) -> TeacherReply:
    """The reply of a prompt that does not fit the teacher's window."""
    return _no_answer(
        FinishReason.TOO_LONG,
        f"prompt of {num_prompt_tokens} tokens does not fit the {room_tokens} that the window leaves",
    )


def failure_kind(reply: TeacherReply) -> str:
    """The kind of a failure, such as `status 500` or `ConnectError`."""
    return reply.error.partition(":")[0]


def _no_answer(reason: FinishReason, error: str) -> TeacherReply:
    return TeacherReply(
        text="",
        finish_reason=reason,
        num_prompt_tokens=0,
        num_cached_tokens=0,
        num_answer_tokens=0,
        error=error,
    )
