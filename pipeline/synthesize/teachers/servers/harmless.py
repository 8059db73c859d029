"""Make prompts for servers harmless, so that a document cannot write a turn, and restore quotes in the replies.

A server renders the chat template and parses control tokens anywhere in the text. Strings that look like control tokens
of a common family (`tokens.control_strings`) are therefore broken before they are sent: an invisible character is
inserted after the first letter. A reply that quotes the document may contain this character. It is removed everywhere
from replies, so that quotes are verbatim. No message of the prompt contains the character, usually the word joiner, so
removing it loses nothing of the document. Used by `asking` for servers and for recordings of them; the request hash is
computed from the text that is sent. Pure; one search over the prompt.

This does not help if the server's model reads other strings as control tokens, or if the server normalises text before
it looks for them.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import replace

from pipeline.records import Message
from pipeline.synthesize.teachers.protocol import ChatPrompt, TeacherReply, TeacherRequest
from pipeline.tokens.control_strings import known_control_strings

_INVISIBLE = ("\u2060", "\u2063", "\u2064", "\u2062", "\u2061")
"""Word joiner, invisible separator, invisible plus, invisible times and function application."""
_PRIVATE_USE = range(0xE000, 0xF900)


def harmless_request(request: TeacherRequest) -> TeacherRequest:
    """Return the request as sent to a server; unchanged if it contains no control string."""
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
    """Return a reply without the character that `harmless_request` inserted into its request.

    Args:
        reply: the reply from the server or from the cache.
        request: the request before it was made harmless.
    """
    sent = harmless_request(request)
    if sent == request:
        return reply
    inserted = _absent_character(_texts(request))
    text = reply.text.replace(inserted, "")
    if isinstance(request.prompt, ChatPrompt):
        # JSON may hold the character as an escape, which follows an even number of other backslashes.
        text = re.sub(rf"((?<!\\)(?:\\\\)*)\\u{ord(inserted):04x}", r"\1", text, flags=re.IGNORECASE)
    return replace(reply, text=text)


def _broken(text: str, inserted: str) -> str:
    # Two strings may overlap, so breaking one may reveal the other.
    while known_control_strings().search(text):
        text = known_control_strings().sub(lambda found: found.group()[0] + inserted + found.group()[1:], text)
    return text


def _absent_character(texts: Iterable[str]) -> str:
    """Return the first candidate that no text contains.

    It depends only on the texts, so that a stored reply is restored with the same character.
    """
    together = "".join(texts)
    return next(letter for letter in _candidates() if letter not in together)


def _candidates() -> Iterator[str]:
    yield from _INVISIBLE
    yield from map(chr, _PRIVATE_USE)
    yield from map(chr, range(0xF0000, 0xFFFFE))


def _texts(request: TeacherRequest) -> list[str]:
    prompt = request.prompt
    return [message.content for message in prompt.messages] if isinstance(prompt, ChatPrompt) else [prompt.text]
