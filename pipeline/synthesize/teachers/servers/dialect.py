"""What one server accepts of the OpenAI protocol: learnt from its refusals, and then used for all requests.

A request is first sent in the newest common form: `max_tokens`, a JSON schema for the answer, a system message, a seed.
Servers and models differ: OpenAI's reasoning models want `max_completion_tokens` and no temperature, many servers know
no `response_format`, some chat templates refuse a system message. `next_dialect` reads a refusal and names the form to
try next. A form counts as the server's own once a request in it was answered, so a refusal for another cause teaches
nothing. Used by the `openai` teacher, and through it by `evaluate.subjects.server`.

The prompts ask for JSON in words, and every reply is checked, so an answer without a schema is worth as much. Only
what changes the form of a request is given up. An option that the user set is never left out.
"""

from __future__ import annotations

import json
import re
from dataclasses import dataclass, replace
from enum import StrEnum
from typing import Any

from pipeline.records import Message
from pipeline.synthesize.teachers.protocol import ChatPrompt, TeacherRequest, without_system_role

REFUSED_STATUS = frozenset({400, 404, 405, 409, 415, 422, 500, 501})
"""Statuses with which servers refuse a parameter or a message; 500 is how llama.cpp reports an error of a template."""
_REFUSES = re.compile(
    r"unsupported|not support|unrecogni[sz]ed|unknown|unexpected|not permitted|not allowed|not available|unavailable"
    r"|invalid (?:parameter|argument|type|value)|extra (?:inputs|fields)|not implemented|only the default"
    r"|\buse '?max_comp|fail(?:ed|s)? to (?:parse|convert|compile)|must alternate|only user and assistant",
    re.IGNORECASE,
)
"""Words that refuse a parameter. "`max_tokens` is too large" has none of them."""
_WINDOW = re.compile(
    r"context (?:length|window|size)|context_length_exceeded|prompt is too long|exceeds? the (?:available )?context"
    r"|too many (?:input )?tokens|maximum (?:context|model) length|longer than the (?:maximum|model)",
    re.IGNORECASE,
)
_FORMAT = re.compile(r"response.?format|json.?(?:schema|object)|grammar|guided|structured.?output", re.IGNORECASE)
_SYSTEM = re.compile(r"system|roles? must alternate|only user and assistant", re.IGNORECASE)
_DROPPED = ("seed", "temperature")
"""Parameters that a request can do without."""


class TokenLimit(StrEnum):
    """The parameter that limits the length of an answer."""

    MAX_TOKENS = "max_tokens"
    MAX_COMPLETION_TOKENS = "max_completion_tokens"


class AnswerFormat(StrEnum):
    """How a server is asked for JSON."""

    JSON_SCHEMA = "json_schema"
    JSON_OBJECT = "json_object"
    IN_WORDS = "in_words"
    """Only the prompt asks for JSON."""


@dataclass(frozen=True, slots=True)
class Dialect:
    """A form of requests that a server may accept."""

    token_limit: TokenLimit = TokenLimit.MAX_TOKENS
    answer_format: AnswerFormat = AnswerFormat.JSON_SCHEMA
    has_system_role: bool = True
    left_out: frozenset[str] = frozenset()
    """The parameters of `seed` and `temperature` that the server does not accept."""

    def differences(self) -> str:
        """Return how this form differs from the usual one, in words for a log."""
        named = [f"{name} is left out" for name in sorted(self.left_out)]
        if self.token_limit is not TokenLimit.MAX_TOKENS:
            named.append(f"{self.token_limit.value} limits the answer")
        if self.answer_format is not AnswerFormat.JSON_SCHEMA:
            form = "only in words" if self.answer_format is AnswerFormat.IN_WORDS else "without a schema"
            named.append(f"JSON is asked for {form}")
        if not self.has_system_role:
            named.append("the system message is part of the first user message")
        return ", ".join(named) or "none"


def endpoint_and_body(request: TeacherRequest, *, model: str, dialect: Dialect) -> tuple[str, dict[str, Any]]:
    """Return the path below `base_url` and the JSON object of a request."""
    sampling = request.sampling
    body: dict[str, Any] = {"model": model, dialect.token_limit.value: sampling.max_answer_tokens}
    body |= {
        name: value
        for name, value in (("temperature", sampling.temperature), ("seed", sampling.seed))
        if name not in dialect.left_out
    }
    if not isinstance(request.prompt, ChatPrompt):
        stop = {"stop": list(request.prompt.stop)} if request.prompt.stop else {}
        return "/completions", body | {"prompt": request.prompt.text, **stop}
    messages = request.prompt.messages
    body["messages"] = [_json_of(m) for m in (messages if dialect.has_system_role else without_system_role(messages))]
    if messages[-1].role == "assistant":
        body |= {"continue_final_message": True, "add_generation_prompt": False}
    body |= _answer_format(request.prompt.answer_schema, dialect.answer_format)
    if sampling.template_options:
        body["chat_template_kwargs"] = dict(sampling.template_options)
    return "/chat/completions", body


def next_dialect(dialect: Dialect, *, refusal: str, request: TeacherRequest) -> Dialect | None:
    """Return the form to try after a refusal, or None if the refusal names nothing that the form could change.

    Args:
        dialect: the form that was refused.
        refusal: what the server said.
        request: the request that was refused.
    """
    if not _REFUSES.search(refusal) or is_too_long(refusal):
        return None
    is_chat = isinstance(request.prompt, ChatPrompt)
    has_schema = isinstance(request.prompt, ChatPrompt) and bool(request.prompt.answer_schema)
    if dialect.token_limit is TokenLimit.MAX_TOKENS and re.search(r"max_(?:completion_)?tokens", refusal):
        return replace(dialect, token_limit=TokenLimit.MAX_COMPLETION_TOKENS)
    if has_schema and dialect.answer_format is not AnswerFormat.IN_WORDS and _FORMAT.search(refusal):
        is_schema = dialect.answer_format is AnswerFormat.JSON_SCHEMA
        return replace(dialect, answer_format=AnswerFormat.JSON_OBJECT if is_schema else AnswerFormat.IN_WORDS)
    if is_chat and dialect.has_system_role and _SYSTEM.search(refusal):
        return replace(dialect, has_system_role=False)
    for name in _DROPPED:
        if name not in dialect.left_out and re.search(rf"\b{name}\b", refusal):
            return replace(dialect, left_out=dialect.left_out | {name})
    return None


def is_too_long(refusal: str) -> bool:
    """Return whether a server refused a prompt because it does not fit into the model's window."""
    return _WINDOW.search(refusal) is not None


def _answer_format(schema: str, form: AnswerFormat) -> dict[str, Any]:
    """Return the parameter that asks for JSON; none for an answer without a schema, or one that is asked in words."""
    if not schema or form is AnswerFormat.IN_WORDS:
        return {}
    if form is AnswerFormat.JSON_OBJECT:
        return {"response_format": {"type": "json_object"}}
    named = {"name": "answer", "schema": json.loads(schema), "strict": True}
    return {"response_format": {"type": "json_schema", "json_schema": named}}


def _json_of(message: Message) -> dict[str, str]:
    return {"role": message.role, "content": message.content}
