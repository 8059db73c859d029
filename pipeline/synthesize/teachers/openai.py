"""The `openai` teacher: any server with an OpenAI-compatible chat or completions endpoint.

`vllm serve`, llama.cpp, SGLang and hosted services speak this protocol. If the server is busy (429), fails for a time
(`RETRIED_STATUS`, such as 503), does not answer or cannot be reached, the teacher repeats the request until
`max_wait_seconds` after the first failure, or until the watch gives up. The waits between tries grow and honour
`Retry-After`. If the server refuses the form of a request, such as its `max_tokens` or `response_format`, the teacher
sends it at once in the next form of `servers.dialect`. Requests that the server refuses for good (400, 401, 404 …) are
not repeated. The reply to a failed request gives the reason. Texts from the server pass through `Redactor` first.
"""

from __future__ import annotations

import json
import logging
import time
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, Literal, Self

import httpx
from pydantic import Field, model_validator

from pipeline.config.build import TeacherOptions
from pipeline.config.secrets import url_fault
from pipeline.errors import RecipeError
from pipeline.synthesize.teachers.plugin import TeacherPlugin
from pipeline.synthesize.teachers.protocol import (
    NOT_ASKED,
    FinishReason,
    MayRepeat,
    TeacherReply,
    TeacherRequest,
    always,
    failed_reply,
    no_answer,
    request_hash,
)
from pipeline.synthesize.teachers.servers.dialect import (
    REFUSED_STATUS,
    Dialect,
    endpoint_and_body,
    is_too_long,
    next_dialect,
)
from pipeline.synthesize.teachers.servers.keys import read_key, refuse_key_in
from pipeline.synthesize.teachers.servers.redaction import Redactor
from pipeline.synthesize.teachers.servers.reply import MALFORMED, reply_of, words
from pipeline.synthesize.teachers.servers.retries import (
    COMPUTED_STATUS,
    RETRIED_STATUS,
    backoff_seconds,
    retry_after_seconds,
    spread_seconds,
)
from pipeline.synthesize.teachers.servers.watch import ServerWatch

_LARGEST_BODY_BYTES = 32 * 2**20
_TRIES_WHILE_OTHERS_ARE_ANSWERED = 6
"""Maximum number of failures with status 500 for one request while other requests are answered.

A failure counts if another request was answered since the failure before it. The server is then not restarting, so
waiting longer would not help.
"""
logger = logging.getLogger(__name__)
_UNREACHABLE = (httpx.ConnectError, httpx.ConnectTimeout, httpx.ProxyError)


class OpenAIOptions(TeacherOptions):
    """Options of a server with an OpenAI-compatible chat or completions endpoint."""

    kind: Literal["openai"] = "openai"
    base_url: str = "http://127.0.0.1:8000/v1"
    """Address of the server up to `/chat/completions`, without user, password or query."""
    api_key_env: str = Field(default="OPENAI_API_KEY", pattern=r"^[A-Za-z_][A-Za-z0-9_]*$")
    """Name of the environment variable that holds the key; a recipe never holds the key itself."""
    timeout_seconds: float = Field(default=120.0, gt=0)
    """Time limit for one try of a request, from sending it to the last byte of the answer.

    If the server stalls in the middle of an answer, the try may end up to one more `timeout_seconds` later.
    """
    max_wait_seconds: float = Field(default=600.0, ge=0)
    """How long to retry a failed request, so that a server can restart; 0 sends every request once."""

    @model_validator(mode="after")
    def _address_holds_no_secret(self) -> Self:
        # This validates the whole section because the error message of a field validator would show the value.
        if fault := url_fault(self.base_url):
            raise ValueError(f"base_url {fault}; give the bare address, and the key in the variable of api_key_env")
        return self


class OpenAITeacher:
    """A teacher with one connection pool that all threads share."""

    def __init__(self, options: OpenAIOptions) -> None:
        """Read the key and open the connection pool, without sending anything.

        Raises:
            RecipeError: `base_url` is not an http URL.
            InputError: the key has characters that no HTTP header can carry.
        """
        base_url, concurrency = options.base_url, options.batch_size
        if not base_url.startswith(("http://", "https://")):
            raise RecipeError(
                f"synthesize.teacher.base_url is '{base_url}', which is not an http URL.",
                remedy="Give the server's address up to and including /v1, such as http://127.0.0.1:8000/v1.",
            )
        self.name = f"openai:{options.model}"
        self.address = base_url.rstrip("/")
        self.concurrency = concurrency
        self._model = options.model
        self._timeout_seconds = options.timeout_seconds
        self._max_wait_seconds = options.max_wait_seconds
        self.watch = ServerWatch(
            address=self.address, max_wait_seconds=self._max_wait_seconds, batch_size=self.concurrency
        )
        self._dialect = Dialect()
        """The form in which the server answered last."""
        key = read_key(options.api_key_env)
        self._redactor = Redactor(key)
        # Both libraries log every request, httpcore with its headers. A worker process may have set any log level.
        for library in ("httpx", "httpcore"):
            logging.getLogger(library).setLevel(logging.WARNING)
        self._client = httpx.Client(
            timeout=httpx.Timeout(self._timeout_seconds, pool=None),
            headers={"Content-Type": "application/json"} | ({"Authorization": f"Bearer {key}"} if key else {}),
            limits=httpx.Limits(max_connections=concurrency, max_keepalive_connections=concurrency),
        )

    def ask(self, request: TeacherRequest, *, may_repeat: MayRepeat = always) -> TeacherReply:
        """Return the reply to one request; see `ServerTeacher.ask`."""
        key = request_hash(request)
        first_failure: float | None = None
        last_failure: float | None = None
        num_tries = num_own_failures = 0
        while True:
            self.watch.wait_out_pause()
            started = time.monotonic()
            outcome = self._try_forms(request)
            if isinstance(outcome, TeacherReply):
                return outcome
            now = time.monotonic()
            num_tries += 1
            self.watch.failed_try(outcome.words, started=started, is_unreachable=outcome.is_unreachable)
            num_own_failures += outcome.is_server_error and self.watch.has_answered_since(last_failure or started)
            first_failure, last_failure = first_failure or now, now
            left = first_failure + self._max_wait_seconds - now
            if left <= 0 or self.watch.gave_up or num_own_failures >= _TRIES_WHILE_OTHERS_ARE_ANSWERED:
                return failed_reply(outcome.words)
            wait = backoff_seconds(num_tries=num_tries, request=key)
            if outcome.retry_after is None:
                gave_up = self.watch.wait(min(wait, left))
            elif outcome.retry_after > left:
                asked = f"the server asks to wait {outcome.retry_after:.0f} s, more than is left of max_wait_seconds"
                return failed_reply(f"{outcome.words} ({asked})")
            else:
                self.watch.pause(outcome.retry_after)
                gave_up = self.watch.wait(min(left, max(wait, outcome.retry_after + spread_seconds(key))))
            if gave_up:
                return failed_reply(outcome.words)
            if outcome.may_be_computed and not may_repeat(failed_reply(outcome.words)):
                return failed_reply(NOT_ASKED)

    def close(self) -> None:
        """Close the connections."""
        self._client.close()

    def _try_forms(self, request: TeacherRequest) -> TeacherReply | _FailedTry:
        """Send a request once, and again in the next form as long as the server refuses the form."""
        dialect = self._dialect
        while True:
            outcome = self._try(*endpoint_and_body(request, model=self._model, dialect=dialect))
            if not isinstance(outcome, _Refusal):
                if isinstance(outcome, TeacherReply) and outcome.finish_reason is not FinishReason.ERROR:
                    self._learn(dialect)
                return outcome
            following = next_dialect(dialect, refusal=outcome.said, request=request)
            if following is None:
                return outcome.last_word
            dialect = following

    def _learn(self, dialect: Dialect) -> None:
        if dialect != self._dialect:
            self._dialect = dialect
            logger.warning("%s answers only in another form: %s.", self.address, dialect.differences())

    def _try(self, path: str, body: dict[str, Any]) -> TeacherReply | _FailedTry | _Refusal:
        """Send a request once. Return the reply, which may be a final failure, a failed try, or a refusal."""
        try:
            status, headers, content = self._send(path, body)
        except httpx.TransportError as error:
            said = self._redactor.message(f"{type(error).__name__}: {error}".rstrip(": "))
            if isinstance(error, (httpx.UnsupportedProtocol, httpx.LocalProtocolError)):
                return failed_reply(said)
            is_unreachable = isinstance(error, _UNREACHABLE)
            return _FailedTry(said, is_unreachable=is_unreachable, may_be_computed=not is_unreachable)
        except httpx.DecodingError as error:
            return failed_reply(f"{MALFORMED}: {self._redactor.message(str(error))}")
        if content is None:
            return failed_reply(f"{MALFORMED}: it is larger than {_LARGEST_BODY_BYTES} bytes")
        if status == httpx.codes.OK:
            return reply_of(content, redactor=self._redactor)
        refusal = words(content.decode("utf-8", "replace"), redactor=self._redactor)
        last_word = self._last_word(status, headers, refusal)
        return _Refusal(refusal, last_word) if status in REFUSED_STATUS else last_word

    def _last_word(self, status: int, headers: httpx.Headers, refusal: str) -> TeacherReply | _FailedTry:
        """Return what a status other than 200 means for a request that can be sent in no other form."""
        said = f"status {status}: {refusal}".rstrip(": ")
        if status in REFUSED_STATUS and is_too_long(refusal):
            return no_answer(FinishReason.TOO_LONG, f"the server says that {refusal}")
        if status not in RETRIED_STATUS:
            return failed_reply(said)
        return _FailedTry(
            said,
            is_server_error=status == httpx.codes.INTERNAL_SERVER_ERROR,
            may_be_computed=status in COMPUTED_STATUS,
            retry_after=retry_after_seconds(headers.get("Retry-After"), now=datetime.now(UTC)),
        )

    def _send(self, path: str, body: dict[str, Any]) -> tuple[int, httpx.Headers, bytes | None]:
        """Return the status, headers and content of a response; None instead of a content that is too large.

        Raises:
            httpx.TransportError: the connection failed, or no complete response arrived within `timeout_seconds`.
            httpx.DecodingError: the content cannot be decompressed.
        """
        deadline = time.monotonic() + self._timeout_seconds
        content = bytearray()
        data = json.dumps(body).encode()  # ASCII, so that a lone surrogate in a document does not break the request
        with self._client.stream("POST", f"{self.address}{path}", content=data) as response:
            # httpx limits the time of each read only; a server that sends a byte now and then would never time out.
            for chunk in response.iter_bytes():
                content += chunk
                if len(content) > _LARGEST_BODY_BYTES:
                    return response.status_code, response.headers, None
                if time.monotonic() > deadline:
                    raise httpx.ReadTimeout(f"the response was not complete within {self._timeout_seconds:g} s")
        return response.status_code, response.headers, bytes(content)


@dataclass(frozen=True, slots=True)
class _FailedTry:
    """A failed try that may succeed if repeated."""

    words: str
    is_unreachable: bool = False
    is_server_error: bool = False
    may_be_computed: bool = False
    """Whether the server may have computed an answer that did not arrive, which a service may bill."""
    retry_after: float | None = None
    """Seconds that the server asks to wait; None if it does not say."""


@dataclass(frozen=True, slots=True)
class _Refusal:
    """A refused request that may be accepted in another form."""

    said: str
    last_word: TeacherReply | _FailedTry
    """What the refusal means if there is no other form to try."""


def _check(options: OpenAIOptions) -> None:
    refuse_key_in(options, options.api_key_env)
    OpenAITeacher(options)


TEACHER = TeacherPlugin(
    options=OpenAIOptions, open=lambda options, _: OpenAITeacher(options), check=_check, is_server=True
)
