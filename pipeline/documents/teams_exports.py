"""Reads JSON exports of Microsoft Teams: messages of Microsoft Graph, and the personal export of Teams and Skype.

Takes a parsed file. Returns a dialogue for each conversation. Used by `chat_exports`.
"""

from __future__ import annotations

import html
import re
from collections.abc import Mapping, Sequence

from pipeline.documents.rows import RowText, dialogue, first_string, render_turn

_TAG = re.compile(r"</?[A-Za-z][^<>]{0,2000}>")
_BREAK = re.compile(r"<(?:br|/p|/div|/li)\b[^<>]{0,200}>", re.IGNORECASE)
_EMPTY_LINES = re.compile(r"\s*\n\s*")
_PERSONAL_KINDS = ("", "Text", "RichText", "RichText/Html")
"""Message types of the personal export that contain a person's words."""


def teams_exports(value: object) -> list[RowText] | None:
    """Return the dialogues of an export, or None if the value is not an export of Teams."""
    if isinstance(value, Mapping):
        chats = _entries(value.get("conversations"))
        if chats and all("MessageList" in chat for chat in chats):
            return [found for chat in chats if (found := _personal_chat(chat)) is not None]
    messages = _entries(_listed(value))
    if not messages or not all(_is_graph_message(message) for message in messages):
        return None
    title = first_string(value, ("topic", "displayName", "name")) if isinstance(value, Mapping) else ""
    groups: dict[str, list[Mapping[str, object]]] = {}
    for message in messages:
        groups.setdefault(_conversation(message), []).append(message)
    return [found for group in groups.values() if (found := _graph_chat(group, title)) is not None]


def _listed(value: object) -> object:
    """Return the list of messages in an answer of Microsoft Graph; a value that is not an object is returned itself."""
    if not isinstance(value, Mapping):
        return value
    return next((value[key] for key in ("value", "messages") if key in value), None)


def _is_graph_message(message: Mapping[str, object]) -> bool:
    return "createdDateTime" in message and isinstance(message.get("body"), Mapping)


def _conversation(message: Mapping[str, object]) -> str:
    """Return the identifier of the chat or channel that a message belongs to."""
    channel = message.get("channelIdentity")
    named = first_string(channel, ("channelId",)) if isinstance(channel, Mapping) else ""
    return named or first_string(message, ("chatId",))


def _graph_chat(messages: Sequence[Mapping[str, object]], title: str) -> RowText | None:
    lines = []
    for message in sorted(messages, key=lambda each: first_string(each, ("createdDateTime",))):
        if first_string(message, ("messageType",)) not in ("", "message"):
            continue
        body = message["body"]
        assert isinstance(body, Mapping), "the caller checked the bodies"
        is_html = first_string(body, ("contentType",)).lower() == "html"
        content = first_string(body, ("content",))
        subject = first_string(message, ("subject",))
        words = "\n".join(part for part in (subject, _words(content) if is_html else content) if part)
        time = first_string(message, ("createdDateTime",))
        lines.append(render_turn(time=time, speaker=_sender(message.get("from")), words=words))
    return dialogue(lines, title=title)


def _sender(sender: object) -> str:
    """Return the name of the user, application or device that sent a message."""
    if not isinstance(sender, Mapping):
        return ""
    named = [sender.get(key) for key in ("user", "application", "device")]
    return next((name for each in named if isinstance(each, Mapping) and (name := first_string(each, _NAMES))), "")


_NAMES = ("displayName", "userPrincipalName", "id")


def _personal_chat(chat: Mapping[str, object]) -> RowText | None:
    messages = _entries(chat.get("MessageList"))
    lines = [
        render_turn(
            time=first_string(message, ("originalarrivaltime",)),
            speaker=first_string(message, ("displayName", "from")),
            words=_words(first_string(message, ("content",))),
        )
        for message in sorted(messages, key=lambda each: first_string(each, ("originalarrivaltime",)))
        if first_string(message, ("messagetype",)) in _PERSONAL_KINDS
    ]
    return dialogue(lines, title=first_string(chat, ("displayName",)))


def _words(content: str) -> str:
    """Return the text of a message in HTML."""
    text = html.unescape(_TAG.sub("", _BREAK.sub("\n", content))).replace("\xa0", " ")
    return _EMPTY_LINES.sub("\n", text).strip()


def _entries(value: object) -> list[Mapping[str, object]]:
    """Return a list of objects; empty for any other value."""
    if not isinstance(value, Sequence) or isinstance(value, str):
        return []
    return list(value) if all(isinstance(each, Mapping) for each in value) else []
