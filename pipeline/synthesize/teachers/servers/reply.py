"""Turns the body of a server's response into a reply: an answer or a failure.

The body is untrusted: it may be a login page, be nested too deeply, or contain lone surrogates or the API key. Used by
the `openai` teacher.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from pipeline.errors import ONLY_REASONING
from pipeline.synthesize.teachers.protocol import FinishReason, TeacherReply, failed_reply, no_answer
from pipeline.synthesize.teachers.servers.redaction import Redactor

_MAX_ERROR_CHARS = 300
_TOO_MANY_TOKENS = 2**40
"""A token count from here on is taken for nonsense and counted as 0."""
MALFORMED = "malformed reply"
"""Failure kind of a response that contains no answer."""


def reply_of(body: bytes, *, redactor: Redactor) -> TeacherReply:
    """Return the answer in the body of a response with status 200, or a failure if the body contains no answer."""
    text = body.decode("utf-8", "replace")
    try:
        value = json.loads(text)
        choice = value["choices"][0]
        message = choice.get("message") if "message" in choice else {"content": choice["text"]}
        content = _text_of(message["content"])
    except (ValueError, LookupError, TypeError, AttributeError, RecursionError) as error:
        named = f"{type(error).__name__}: {error}" if isinstance(error, ValueError) else type(error).__name__
        return failed_reply(f"{MALFORMED}: {words(text, redactor=redactor)} ({redactor.message(named)[:80]})")
    ended = choice.get("finish_reason")
    if not content:
        refusal = message.get("refusal")
        if isinstance(refusal, str) or ended == "content_filter":
            said = refusal if isinstance(refusal, str) else "the server's filter removed the answer"
            return no_answer(FinishReason.REFUSED, words(said, redactor=redactor))
        content = _answer_in_reasoning(message)
    if content is None:
        if ended != "length":
            return failed_reply(f"{MALFORMED}: {ONLY_REASONING if _reasoning(message) else 'it contains no text'}")
        content = ""
    usage = _mapping(value.get("usage"))
    return TeacherReply(
        text=redactor.answer(_without_surrogates(content)),
        finish_reason=FinishReason.LENGTH if ended == "length" else FinishReason.STOP,
        num_prompt_tokens=_count(usage.get("prompt_tokens")),
        num_cached_tokens=_count(_mapping(usage.get("prompt_tokens_details")).get("cached_tokens")),
        num_answer_tokens=_count(usage.get("completion_tokens")),
        error="",
    )


def words(text: str, *, redactor: Redactor) -> str:
    """Return a server's text as one line without credentials, cut after 300 characters.

    If the text is a JSON object, only the error message in it is returned, if it has one.
    """
    try:
        value = json.loads(text)
    except (ValueError, RecursionError):
        value = None
    if isinstance(value, Mapping):
        found = value.get("error", value)
        if isinstance(found, Mapping):
            found = next((found[name] for name in ("message", "detail", "error") if name in found), found)
        text = found if isinstance(found, str) else json.dumps(found, ensure_ascii=False)
    line = " ".join(redactor.message(_without_surrogates(text)).split())
    return line if len(line) <= _MAX_ERROR_CHARS else f"{line[:_MAX_ERROR_CHARS]}…"


def _text_of(content: Any) -> str | None:  # Any: from JSON
    """Return a message's text content, with the text parts of a list joined; None if it contains no text."""
    if isinstance(content, str):
        return content
    if not isinstance(content, list):
        return None
    parts = [
        part["text"]
        for part in content
        if isinstance(part, Mapping)
        and part.get("type") in ("text", "output_text")
        and isinstance(part.get("text"), str)
    ]
    return "".join(parts) if parts else None


def _reasoning(message: Mapping[str, Any]) -> str:
    """Return what a message holds besides its answer; servers name the field differently."""
    found = (message.get(name) for name in ("reasoning_content", "reasoning"))
    return next((text for text in found if isinstance(text, str) and text.strip()), "")


def _answer_in_reasoning(message: Mapping[str, Any]) -> str | None:
    """Return reasoning that is a whole JSON object: the answer of a model that did not reason.

    Some servers file all text of such a model under reasoning, because no `</think>` divides it.
    """
    text = _reasoning(message).strip()
    try:
        return text if isinstance(json.loads(text), dict) else None
    except (ValueError, RecursionError):
        return None


def _mapping(value: Any) -> Mapping[str, Any]:
    return value if isinstance(value, Mapping) else {}


def _count(value: Any) -> int:
    return value if type(value) is int and 0 <= value < _TOO_MANY_TOKENS else 0


def _without_surrogates(text: str) -> str:
    """Return the text with surrogate pairs joined and lone surrogates replaced; UTF-8 cannot encode surrogates."""
    return text.encode("utf-16", "surrogatepass").decode("utf-16", "replace")
