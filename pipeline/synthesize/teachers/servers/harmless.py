"""Breaks control strings in prompts to servers, so that a document cannot start a chat turn, and cleans the replies.

A server renders the chat template and parses control tokens anywhere in the text. A *control string* is text that a
common model family reads as a control token (`tokens.control_strings`), such as `<|im_start|>`. `harmless_request`
inserts an invisible character, usually the word joiner, after the first character of each control string. A reply that
quotes the document may repeat the invisible character, so `original_reply` removes it from the whole reply. The prompt
does not contain the character before it is inserted, so removing the character cannot damage a quote. The request hash
is computed from the text that is sent. Used by `synthesize.asking` for server teachers and for recordings of servers.
Cost: a prompt without control strings is searched twice, once when it is sent and once when its reply is cleaned.

The protection fails if the server's model reads other strings as control tokens, or if the server normalises text
before it looks for control tokens.
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
    """Return the request with its control strings broken, as it is sent to a server; unchanged if it contains none."""
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
    """Return a reply without the character that `harmless_request` inserted into the request.

    Args:
        reply: the reply to the harmless request, from the server or from the cache.
        request: the request before it was made harmless.
    """
    sent = harmless_request(request)
    if sent == request:
        return reply
    inserted = _absent_character(_texts(request))
    text = reply.text.replace(inserted, "")
    if isinstance(request.prompt, ChatPrompt):
        # The reply may be JSON, which may contain the character as an escape, such as `\u2060`. If an odd number of
        # backslashes precedes the escape, the last one escapes the escape's own backslash: it is plain text and stays.
        text = re.sub(rf"((?<!\\)(?:\\\\)*)\\u{ord(inserted):04x}", r"\1", text, flags=re.IGNORECASE)
    return replace(reply, text=text)


def _broken(text: str, inserted: str) -> str:
    # Two control strings may overlap, so breaking the first may reveal the second.
    while known_control_strings().search(text):
        text = known_control_strings().sub(lambda found: found.group()[0] + inserted + found.group()[1:], text)
    return text


def _absent_character(texts: Iterable[str]) -> str:
    """Return the first candidate character that no text contains.

    The choice depends only on the texts, so the same character is removed from a stored reply.
    """
    joined = "".join(texts)
    return next(character for character in _candidate_characters() if character not in joined)


def _candidate_characters() -> Iterator[str]:
    yield from _INVISIBLE
    yield from map(chr, _PRIVATE_USE)
    yield from map(chr, range(0xF0000, 0xFFFFE))


def _texts(request: TeacherRequest) -> list[str]:
    prompt = request.prompt
    return [message.content for message in prompt.messages] if isinstance(prompt, ChatPrompt) else [prompt.text]
