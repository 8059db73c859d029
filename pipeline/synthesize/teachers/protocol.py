"""Requests to teachers and their replies. Every back end implements `BatchTeacher` or `ServerTeacher`.

Prompts come from `synthesize.prompts` and `synthesize.small_teacher`; replies go to `synthesize.cache` and
`synthesize.written`. A reply holds an answer or says why there is none. Failures are never stored: a later run asks
those requests again. A prompt that is too long is no failure, so the reply to it is stored.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass
from enum import StrEnum
from typing import Any, Protocol, runtime_checkable

from pipeline.config.build import TemplateValue
from pipeline.identity import fingerprint
from pipeline.records import Message
from pipeline.synthesize.teachers.servers.watch import ServerWatch

NOT_ASKED = "not asked"
"""Failure kind of a request that was not sent, because the watch gave up or the budget of the run is spent."""
NOT_ANSWERED = "not answered yet"
"""Failure kind of a request that waits for the answers of a batch endpoint."""
UNSENT = frozenset({NOT_ASKED, NOT_ANSWERED})
"""Failure kinds of requests that no teacher has seen yet. They are sent in a later run."""
NOT_RECORDED = "not recorded"
"""Failure kind of a request that recordings do not contain."""
NOT_CONNECTED = frozenset({"ConnectError", "ConnectTimeout", "ProxyError"})
"""Failure kinds of requests whose last try found no connection to the server: names of `httpx` errors."""


@dataclass(frozen=True, slots=True)
class ChatPrompt:
    """Chat messages that ask for an answer, usually in JSON."""

    messages: tuple[Message, ...]
    """If the last one is an assistant's, a server continues it."""
    answer_schema: str
    """JSON Schema of the answer, as JSON text; empty for an answer in words."""


@dataclass(frozen=True, slots=True)
class CompletionPrompt:
    """Text that the model continues until a stop string."""

    text: str
    stop: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Sampling:
    """The settings for sampling an answer."""

    temperature: float
    """Sampling temperature; 0 is greedy."""
    max_answer_tokens: int
    seed: int
    template_options: tuple[tuple[str, TemplateValue], ...] = ()
    """Options of the chat template, sorted by name; see `TeacherOptions.chat_template_kwargs`."""


@dataclass(frozen=True, slots=True)
class TeacherRequest:
    """One prompt with its sampling. Requests about a document are adjacent, so that their prefix is computed once."""

    prompt: ChatPrompt | CompletionPrompt
    sampling: Sampling
    prompt_version: str
    """Version of the prompt, which is written on rows; the teacher does not see it."""


class FinishReason(StrEnum):
    """Why a reply ended."""

    STOP = "stop"
    LENGTH = "length"
    """The answer was cut at `max_answer_tokens`."""
    TOO_LONG = "too_long"
    """The prompt does not fit into the teacher's window. Asking again would not help."""
    REFUSED = "refused"
    """The model, or a filter before it, declined to answer. Asking again would not help."""
    ERROR = "error"
    """The request failed, so the reply holds no answer."""


@dataclass(frozen=True, slots=True)
class TeacherReply:
    """The answer to one request, or the reason why it was not answered."""

    text: str
    finish_reason: FinishReason
    num_prompt_tokens: int
    num_cached_tokens: int
    """Number of prompt tokens taken from the prefix cache."""
    num_answer_tokens: int
    error: str
    """The failure, or the reason why there is no answer; empty in an answer."""


class BatchOrder(StrEnum):
    """The order in which requests are put into batches for a teacher."""

    BY_DOCUMENT = "by_document"
    """In document order, since requests about one document share their prefix."""
    BY_LENGTH = "by_length"
    """By prompt length, since similar lengths need less padding."""


class BatchTeacher(Protocol):
    """A model in this process that answers batches. A process has one instance; one thread at a time calls it."""

    @property
    def name(self) -> str:
        """Kind and model, such as `vllm:Qwen/Qwen3-32B`; written on every row."""

    @property
    def batch_order(self) -> BatchOrder:
        """The order in which requests are put into batches."""

    def answer(self, requests: Sequence[TeacherRequest]) -> list[TeacherReply]:
        """Return a reply to every request, in order.

        Raises:
            TeacherError: no request can be answered, for example because the engine died.
            InputError: a prompt cannot be encoded; see `prompt_ids.prompt_ids`.
        """


MayRepeat = Callable[[TeacherReply], bool]
"""Takes the failure of a try that may have cost something; returns whether the request may be sent again."""


def always(_: TeacherReply) -> bool:
    """Return True: a run without limits repeats every request."""
    return True


@runtime_checkable
class ServerTeacher(Protocol):
    """A model on a server. Each request is sent, fails and is stored on its own; many threads call the teacher."""

    @property
    def name(self) -> str:
        """Kind and model, such as `openai:Qwen/Qwen3-32B`; written on every row."""

    @property
    def address(self) -> str:
        """Address of the server, for messages."""

    @property
    def concurrency(self) -> int:
        """Number of requests in flight at a time."""

    @property
    def watch(self) -> ServerWatch:
        """The watch that decides when to give up on the server."""

    def ask(self, request: TeacherRequest, *, may_repeat: MayRepeat = always) -> TeacherReply:
        """Return the reply to one request: the answer, or the reason for the failure.

        Args:
            request: the request.
            may_repeat: asked before a request is sent again whose last try the server may have computed, such as one
                that timed out. If it says no, the reply is a failure of kind `NOT_ASKED`.
        """


Teacher = BatchTeacher | ServerTeacher


def request_hash(request: TeacherRequest) -> str:
    """Return a hash of the prompt and the sampling, as 32 hex digits; the cache adds the teacher's name.

    The hash leaves out the prompt version, so that a stored answer stays valid as long as the text of the request does
    not change.
    """
    return fingerprint(
        {"kind": type(request.prompt).__name__, "prompt": asdict(request.prompt), "sampling": _sampling(request)}
    )


def earlier_request_hash(request: TeacherRequest) -> str:
    """Return the hash that earlier versions used. It includes the prompt version, which was the same in all of them."""
    version = "written-09679362"
    changed = {"sampling": _sampling(request), "prompt_version": version}
    return fingerprint({"kind": type(request.prompt).__name__, **asdict(request), **changed})


def without_system_role(messages: Sequence[Message]) -> tuple[Message, ...]:
    """Return messages whose system message is the beginning of the first user message, for templates without one."""
    if not messages or messages[0].role != "system":
        return tuple(messages)
    system, first, *others = messages
    return (Message(role=first.role, content=f"{system.content}\n\n{first.content}"), *others)


def failed_reply(error: str) -> TeacherReply:
    """Return the reply to a failed request. `error` is the failure kind, perhaps with details: `status 500: boom`."""
    return no_answer(FinishReason.ERROR, error)


def too_long_reply(*, num_prompt_tokens: int, room_tokens: int) -> TeacherReply:
    """Return the reply to a prompt that does not fit into the teacher's window."""
    return no_answer(
        FinishReason.TOO_LONG,
        f"the prompt has {num_prompt_tokens} tokens, but the window has room for {room_tokens}",
    )


def failure_kind(reply: TeacherReply) -> str:
    """Return the kind of a failure, such as `status 500` or `ConnectError`."""
    return reply.error.partition(":")[0]


def no_answer(reason: FinishReason, error: str) -> TeacherReply:
    """Return a reply without an answer. `error` says why there is none."""
    return TeacherReply(
        text="",
        finish_reason=reason,
        num_prompt_tokens=0,
        num_cached_tokens=0,
        num_answer_tokens=0,
        error=error,
    )


def _sampling(request: TeacherRequest) -> dict[str, Any]:
    """Return the sampling for a hash. Without template options, it is what earlier versions hashed."""
    sampling = asdict(request.sampling)
    if not request.sampling.template_options:
        del sampling["template_options"]
    return sampling
