"""The `openai` teacher: any server with an OpenAI-compatible chat or completions endpoint.

Requests of a batch run side by side, at most `concurrency` at a time, over kept connections; `vllm serve`, llama.cpp,
SGLang and hosted services speak this protocol. A request is tried again, with waits that double, when the server is
busy (429), fails (5xx) or is silent for too long; what still fails is an error reply. A server that never answers any
request of a batch raises instead, so that a wrong address does not fill `dead/`.
"""

from __future__ import annotations

import json
import os
import time
from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import httpx

from pipeline.errors import RecipeError, TeacherError
from pipeline.identity import unit_interval
from pipeline.synthesize.teachers.protocol import (
    BatchOrder,
    ChatPrompt,
    FinishReason,
    TeacherReply,
    TeacherRequest,
    failed_reply,
    request_hash,
)

_RETRIED_STATUS = frozenset({408, 409, 425, 429, 500, 502, 503, 504})
_FIRST_WAIT_SECONDS = 0.5
_LONGEST_WAIT_SECONDS = 30.0
_ERROR_CHARS = 500


class OpenAITeacher:
    """Holds one connection pool; threads of a batch share it."""

    batch_order = BatchOrder.BY_DOCUMENT

    def __init__(
        self,
        *,
        model: str,
        base_url: str,
        api_key_env: str,
        timeout_seconds: float,
        max_retries: int,
        concurrency: int,
    ) -> None:
        """Read the key and open the pool; nothing is sent yet.

        Args:
            model: name the server knows it by.
            base_url: ends before `/chat/completions`, such as `http://127.0.0.1:8000/v1`.
            api_key_env: environment variable that holds the key; where it is not set none is sent.
            timeout_seconds: for one try.
            max_retries: further tries after the first.
            concurrency: requests in flight together.

        Raises:
            RecipeError: `base_url` is not an http URL.
        """
        if not base_url.startswith(("http://", "https://")):
            raise RecipeError(
                f"synthesize.teacher.base_url is '{base_url}', which is not an http URL.",
                remedy="Give the server's address up to and with /v1, such as http://127.0.0.1:8000/v1.",
            )
        self.name = f"openai:{model}"
        self._model = model
        self._base_url = base_url.rstrip("/")
        self._max_retries = max_retries
        self._concurrency = concurrency
        key = os.environ.get(api_key_env, "")
        self._client = httpx.Client(
            timeout=timeout_seconds,
            headers={"Authorization": f"Bearer {key}"} if key else {},
            limits=httpx.Limits(max_connections=concurrency, max_keepalive_connections=concurrency),
        )

    def answer(self, requests: Sequence[TeacherRequest]) -> list[TeacherReply]:
        """Answer the requests side by side; see `Teacher.answer`.

        Raises:
            TeacherError: no request of the batch reached the server, or the server refuses the key.
        """
        with ThreadPoolExecutor(max_workers=self._concurrency) as pool:
            outcomes = list(pool.map(self._answer_one, requests))
        unreached = [outcome for outcome in outcomes if isinstance(outcome, httpx.TransportError)]
        if requests and len(unreached) == len(outcomes):
            raise TeacherError(
                f"The server at {self._base_url} does not answer: {_described(unreached[0])}.",
                remedy="Start it, or set synthesize.teacher.base_url and timeout_seconds.",
            )
        return [failed_reply(_described(o)) if isinstance(o, httpx.TransportError) else o for o in outcomes]

    def _answer_one(self, request: TeacherRequest) -> TeacherReply | httpx.TransportError:
        path, body = _endpoint(request, self._model)
        last: TeacherReply | httpx.TransportError = failed_reply("not tried")
        for attempt in range(self._max_retries + 1):
            if attempt:
                time.sleep(_wait_seconds(attempt, request))
            try:
                response = self._client.post(f"{self._base_url}{path}", json=body)
            except httpx.TransportError as error:
                last = error
                continue
            if response.status_code in (401, 403):
                raise TeacherError(
                    f"The server at {self._base_url} refuses the key (status {response.status_code}).",
                    remedy="Set the environment variable that synthesize.teacher.api_key_env names.",
                )
            if response.status_code == httpx.codes.OK:
                return _reply_of(response.text)
            last = failed_reply(f"status {response.status_code}: {response.text[:_ERROR_CHARS]}")
            if response.status_code not in _RETRIED_STATUS:
                return last
        return last


def _endpoint(request: TeacherRequest, model: str) -> tuple[str, dict[str, Any]]:  # Any: a JSON object
    body: dict[str, Any] = {
        "model": model,
        "temperature": request.sampling.temperature,
        "max_tokens": request.sampling.max_answer_tokens,
        "seed": request.sampling.seed,
    }
    if isinstance(request.prompt, ChatPrompt):
        schema = {"name": "answer", "schema": json.loads(request.prompt.answer_schema), "strict": True}
        body["messages"] = [{"role": m.role, "content": m.content} for m in request.prompt.messages]
        body["response_format"] = {"type": "json_schema", "json_schema": schema}
        return "/chat/completions", body
    body["prompt"] = request.prompt.text
    body["stop"] = list(request.prompt.stop)
    return "/completions", body


def _reply_of(body: str) -> TeacherReply:
    try:
        value = json.loads(body)
        choice = value["choices"][0]
        text = choice["message"]["content"] if "message" in choice else choice["text"]
        if not isinstance(text, str):
            raise TypeError(f"the answer is {type(text).__name__}, not text")
        usage: Mapping[str, Any] = value.get("usage") or {}
        details: Mapping[str, Any] = usage.get("prompt_tokens_details") or {}
        return TeacherReply(
            text=text,
            finish_reason=FinishReason.LENGTH if choice.get("finish_reason") == "length" else FinishReason.STOP,
            num_prompt_tokens=int(usage.get("prompt_tokens") or 0),
            num_cached_tokens=int(details.get("cached_tokens") or 0),
            num_answer_tokens=int(usage.get("completion_tokens") or 0),
            error="",
        )
    except (ValueError, KeyError, IndexError, TypeError, AttributeError) as error:
        return failed_reply(f"malformed reply ({type(error).__name__}: {error}): {body[:_ERROR_CHARS]}")


def _wait_seconds(attempt: int, request: TeacherRequest) -> float:
    """Doubling waits, spread by the request's own hash so that a refused batch does not come back as one."""
    longest = min(_LONGEST_WAIT_SECONDS, _FIRST_WAIT_SECONDS * 2.0 ** (attempt - 1))
    return longest * (0.5 + unit_interval("retry", attempt, request_hash(request)) / 2)


def _described(error: httpx.TransportError) -> str:
    return f"{type(error).__name__}: {error}".rstrip(": ")
