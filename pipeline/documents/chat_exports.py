"""Reads JSON exports of chat services: Slack day files, Discord (DiscordChatExporter), Telegram and Teams.

Takes a parsed file. Returns a dialogue for each conversation, with `[time] Name: words` for each message. Used by
`readers.json_files`. Messages without words, and those about joins, pins and calls, are left out.
"""

from __future__ import annotations

import html
import re
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime

from pipeline.documents.rows import RowText, dialogue, first_string, render_turn
from pipeline.documents.teams_exports import teams_exports

_SLACK_TIME = re.compile(r"\d{9,11}\.\d{1,6}")
"""A Slack time stamp, such as `1700000000.000100`."""
_SLACK_ID = re.compile(r"[A-Z][A-Z0-9]{2,20}")
_SLACK_LINK = re.compile(r"<(?P<target>[@#!]?[^<>|\s]{1,2000})(?:\|(?P<label>[^<>|]{0,2000}))?>")
"""A Slack link or mention, such as `<@U01>` or `<https://example.org|the page>`."""
_SLACK_WITH_WORDS = frozenset(["", "thread_broadcast", "bot_message", "me_message", "file_share"])
"""Subtypes of messages that contain a person's or a bot's words."""
_DISCORD_WITH_WORDS = frozenset(["", "Default", "Reply", "0", "19"])
"""Types of messages that contain a person's or a bot's words."""
_MIN_TIMED_SHARE = 0.9


def chat_exports(value: object, names: Mapping[str, str] | None = None) -> list[RowText]:
    """Return the dialogues of an export of one chat or of all chats; empty if there are none.

    Args:
        value: the parsed file.
        names: the names of people that other files of the export list, by id.
    """
    if (teams := teams_exports(value)) is not None:
        return teams
    chats = value.get("chats") if isinstance(value, Mapping) else None
    listed = chats.get("list") if isinstance(chats, Mapping) else None
    values = listed if isinstance(listed, Sequence) and not isinstance(listed, str) else [value]
    return [found for each in values if (found := chat_export(each, names)) is not None]


def is_chat_directory(value: object) -> bool:
    """Return whether a value is Slack's list of users, channels or integrations, which belongs to an export."""
    if not isinstance(value, Sequence) or isinstance(value, str) or not value:
        return False
    return all(isinstance(entry, Mapping) and _is_directory_entry(entry) for entry in value)


def _is_directory_entry(entry: Mapping[str, object]) -> bool:
    if "text" in entry:
        return False
    has_id = _SLACK_ID.fullmatch(_string(entry, "id")) is not None
    return (has_id and any(key in entry for key in ("profile", "members", "created"))) or (
        "change_type" in entry and "user_id" in entry
    )


def chat_export(value: object, names: Mapping[str, str] | None = None) -> RowText | None:
    """Return the dialogue of an export, or None if the value is not an export or has no words."""
    if isinstance(value, Sequence) and not isinstance(value, str):
        return _slack(value, names or {})
    if not isinstance(value, Mapping):
        return None
    messages = value.get("messages")
    if not isinstance(messages, Sequence) or isinstance(messages, str):
        return None
    entries = [message for message in messages if isinstance(message, Mapping)]
    if any(isinstance(entry.get("author"), Mapping) and "content" in entry for entry in entries):
        return _discord(value, entries)
    if any("from" in entry and "date" in entry and "text" in entry for entry in entries):
        return _telegram(value, entries)
    return None


def _slack(value: Sequence[object], listed: Mapping[str, str]) -> RowText | None:
    """Read one day of a channel: a list of messages, each with a `ts`. A message's own user profile comes first."""
    entries = [entry for entry in value if isinstance(entry, Mapping)]
    timed = [entry for entry in entries if _SLACK_TIME.fullmatch(_string(entry, "ts"))]
    if (
        not timed
        or len(timed) < _MIN_TIMED_SHARE * len(value)
        or not any(_slack_words(entry) or "text" in entry for entry in timed)
    ):
        return None
    names = {**listed, **{_string(entry, "user"): name for entry in timed if (name := _slack_name(entry))}}
    lines = []
    for entry in sorted(timed, key=lambda entry: float(_string(entry, "ts"))):
        if _string(entry, "subtype") not in _SLACK_WITH_WORDS:
            continue
        user = _string(entry, "user")
        speaker = names.get(user) or _string(entry, "username") or user or _string(entry, "bot_id")
        words = html.unescape(_SLACK_LINK.sub(lambda link: _slack_link(link, names), _slack_words(entry)))
        time = datetime.fromtimestamp(float(_string(entry, "ts")), tz=UTC).strftime("%Y-%m-%d %H:%M:%S")
        lines.append(render_turn(time=time, speaker=speaker, words=words))
    return dialogue(lines, title="")


def _slack_words(entry: Mapping[str, object]) -> str:
    """Return the text of a message, or the texts of its attachments, in which bots write."""
    attachments = entry.get("attachments")
    if (text := _string(entry, "text")) or not isinstance(attachments, Sequence):
        return text
    parts = [first_string(each, ("text", "fallback")) for each in attachments if isinstance(each, Mapping)]
    return "\n".join(part for part in parts if part)


def _slack_name(entry: Mapping[str, object]) -> str:
    profile = entry.get("user_profile")
    return first_string(profile, ("real_name", "display_name", "name")) if isinstance(profile, Mapping) else ""


def _slack_link(link: re.Match[str], names: Mapping[str, str]) -> str:
    """Return the text of a link: the user's name for `<@U01>`, the words for `<https://…|words>`, else the target."""
    target, label = link["target"], link["label"]
    if label:
        return f"{target[0]}{label}" if target[0] in "@#" else label
    if target[0] == "@":
        return f"@{names.get(target[1:], target[1:])}"
    return target[1:] if target[0] == "!" else target


def _discord(value: Mapping[str, object], entries: Sequence[Mapping[str, object]]) -> RowText | None:
    lines = [
        render_turn(
            time=_string(entry, "timestamp"),
            speaker=_discord_name(entry.get("author")),
            words=_discord_words(entry),
        )
        for entry in entries
        if _string(entry, "type") in _DISCORD_WITH_WORDS
    ]
    named = [value.get(key) for key in ("guild", "channel")]
    names = [_string(found, "name") for found in named if isinstance(found, Mapping)]
    return dialogue(lines, title=" / ".join(name for name in names if name))


def _discord_words(entry: Mapping[str, object]) -> str:
    """Return the text of a message, or the titles and texts of its embeds, in which bots write."""
    embeds = entry.get("embeds")
    if (text := _string(entry, "content")) or not isinstance(embeds, Sequence):
        return text
    parts = [_string(each, key) for each in embeds if isinstance(each, Mapping) for key in ("title", "description")]
    return "\n".join(part for part in parts if part)


def _discord_name(author: object) -> str:
    return first_string(author, ("nickname", "name", "username")) if isinstance(author, Mapping) else ""


def _telegram(value: Mapping[str, object], entries: Sequence[Mapping[str, object]]) -> RowText | None:
    lines = [
        render_turn(
            time=_string(entry, "date"),
            speaker=first_string(entry, ("from", "from_id")),
            words=_telegram_words(entry.get("text")),
        )
        for entry in entries
        if _string(entry, "type") in ("", "message")
    ]
    return dialogue(lines, title=_string(value, "name"))


def _telegram_words(text: object) -> str:
    """Return the text of a message, which is stored as a string or as a list of strings and formatted pieces."""
    if isinstance(text, str):
        return text
    pieces = text if isinstance(text, Sequence) else []
    return "".join(
        piece if isinstance(piece, str) else _string(piece, "text") if isinstance(piece, Mapping) else ""
        for piece in pieces
    )


def _string(entry: Mapping[str, object], key: str) -> str:
    return first_string(entry, (key,))
