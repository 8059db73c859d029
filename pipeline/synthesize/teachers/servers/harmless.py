"""Prompts for servers, in which a document cannot write a turn, and their replies as if it had been sent as it is.

A server renders the chat template and parses control tokens wherever they stand, so what looks like one of a common
family (`tokens.control_strings`) is broken before it is sent: an invisible character goes in behind its first letter.
A reply that quotes the document has the character too, or has left it out; it is taken out of replies everywhere, so
that quotes are verbatim. The character is one that no message of the prompt has, the word joiner in general, so nothing
of the document is lost with it. Used by `asking` for servers and for recordings of them: what is hashed is what is
sent. Pure; one search over the prompt.

A server whose model reads other strings as control tokens, or normalises text before it looks for them, is not helped.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import replace

from pipeline.records import Message
from pipeline.synthesize.teachers.protocol import ChatPrompt, TeacherReply, TeacherRequest
from pipeline.tokens.control_strings import known_control_strings

_INVISIBLE = ("\u2060", "\u2063", "\u2064", "\u2062", "\u2061")
"""Word joiner, invisible separator, plus, times and function application."""
_PRIVATE_USE = range(0xE000, 0xF900)


def harmless_request(request: TeacherRequest) -> TeacherRequest:
    """The request as it is sent to a server; the same one if it holds no control string."""
    prompt = request.prompt
    texts = _texts(request)
    if not any(known_control_strings().search(text) for text in texts):
        return request
    inserted = _absent_character(texts)
    if isinstance(prompt, ChatPrompt):
        messages = tuple(Message(role=m.role, content=_broken(m.content, inserted)) for m in prompt.messages)
        return replace(request, prompt=replace(prompt, messages=messages))
    return replace(request, prompt=replace(prompt, text=_broken(prompt.text, inserted)))


def original_reply(reply: TeacherReply, request: TeacherRequest) -> TeacherReply:
    """The reply to what `harmless_request` made of a request, without what was inserted.

    Args:
        reply: as the server gave it, or as it was stored.
        request: before it was made harmless.
    """
    sent = harmless_request(request)
    if sent == request:
        return reply
    inserted = _absent_character(_texts(request))
    text = reply.text.replace(inserted, "")
    if isinstance(request.prompt, ChatPrompt):
        # JSON may have it as an escape, before which there is an even number of backslashes.
        text = re.sub(rf"((?<!\\)(?:\\\\)*)\\u{ord(inserted):04x}", r"\1", text, flags=re.IGNORECASE)
    return replace(reply, text=text)


def _broken(text: str, inserted: str) -> str:
    # Two strings may overlap, so that one comes to light when the other is broken.
    while known_control_strings().search(text):
        text = known_control_strings().sub(lambda found: found.group()[0] + inserted + found.group()[1:], text)
    return text


def _absent_character(texts: Iterable[str]) -> str:
    """Depends on the texts alone, so that a stored reply is read as it was written."""
    together = "".join(texts)
    return next(letter for letter in _candidates() if letter not in together)


def _candidates() -> Iterator[str]:
    yield from _INVISIBLE
    yield from map(chr, _PRIVATE_USE)
    yield from map(chr, range(0xF0000, 0xFFFFE))


def _texts(request: TeacherRequest) -> list[str]:
    prompt = request.prompt
    return [message.content for message in prompt.messages] if isinstance(prompt, ChatPrompt) else [prompt.text]
