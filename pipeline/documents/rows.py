"""Extracts the text and metadata of one structured row: a line of JSON Lines, a JSON object or a Parquet row.

Takes the parsed row and the recipe's field names; returns the row's text, title and licence. A list of turns becomes
one block per turn, `[time] Speaker: words`, below the title and the row's short fields, such as date and channel. Used
by `readers.records`; `chat_exports` shares the functions that write turns.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

CONVERSATION_FIELDS = ("turns", "messages", "conversations", "conversation", "dialogue", "dialog")
LICENCE_FIELDS = ("licence", "license")
_SPEAKER_FIELDS = ("speaker", "name", "role", "from", "author", "user", "sender", "sender_name")
_WORDS_FIELDS = ("text", "content", "utterance", "value", "message")
_USER_FIELDS = ("nickname", "display_name", "real_name", "name", "username", "login")
_TIME_FIELDS = ("time", "timestamp", "at", "start")
_ISO_TIME = re.compile(r"^(\d{4}-\d{2}-\d{2})T(\d{2}:\d{2}(?::\d{2})?)(?:[.,]\d+)?(?:Z|[+-]\d{2}:?\d{2})?$")
_BLANK_LINES = re.compile(r"\n(?:[ \t]*\n)+")


@dataclass(frozen=True, slots=True)
class RowText:
    """The contents of a row; `title` and `licence` are empty if the row does not name them."""

    text: str
    title: str
    licence: str
    is_conversation: bool


def text_of_row(row: Mapping[str, object], *, text_field: str, title_field: str) -> RowText | None:
    """Return the row's text, or None if the row has neither the text field nor a list of turns."""
    title = _string(row.get(title_field))
    licence = first_string(row, LICENCE_FIELDS)
    for field in (text_field, *CONVERSATION_FIELDS):
        value = row.get(field)
        if isinstance(value, str):
            return RowText(text=value, title=title, licence=licence, is_conversation=False)
        if turns := render_turns(value):
            return RowText(text=_under_facts(row, title, turns), title=title, licence=licence, is_conversation=True)
    # The field of a custom corpus may have any name. A list is accepted only if every item has a speaker and words.
    for value in row.values():
        if _is_transcript(value):
            text = _under_facts(row, title, render_turns(value))
            return RowText(text=text, title=title, licence=licence, is_conversation=True)
    return None


def render_turns(value: object) -> str:
    """Return a list of turn objects as blocks separated by blank lines; empty for any other value."""
    if not isinstance(value, Sequence) or isinstance(value, str) or not value:
        return ""
    lines = []
    for turn in value:
        if not isinstance(turn, Mapping):
            return ""
        words = next((found for field in _WORDS_FIELDS if (found := _words(turn.get(field)))), "")
        if not words:
            continue
        speaker = next((found for field in _SPEAKER_FIELDS if (found := _name(turn.get(field)))), "")
        time = first_string(turn, _TIME_FIELDS)
        lines.append(render_turn(time=time, speaker=speaker, words=words))
    return join_turns(lines)


def render_turn(*, time: str, speaker: str, words: str) -> str:
    """Return `[time] Speaker: words` as one block, in the form that `grammar.turns` reads; empty without words.

    In an ISO 8601 time, a space replaces `T`, and fractions of a second and the offset are removed.
    """
    said = _BLANK_LINES.sub("\n", words.strip())
    if not said:
        return ""
    shown = _ISO_TIME.sub(r"\1 \2", time)
    return (f"[{shown}] " if shown else "") + (f"{' '.join(speaker.split())}: " if speaker else "") + said


def join_turns(lines: Sequence[str]) -> str:
    """Join turns with blank lines, without the empty turns."""
    return "\n\n".join(line for line in lines if line)


def first_string(row: Mapping[str, object], fields: Sequence[str]) -> str:
    """Return the first of some fields that is a non-empty string or a number, as a stripped string; empty if none."""
    return next((found for field in fields if (found := _string(row.get(field)))), "")


def _name(value: object) -> str:
    """Return a speaker's name: the value itself, or a field of a user object."""
    return first_string(value, _USER_FIELDS) if isinstance(value, Mapping) else _string(value)


def _is_transcript(value: object) -> bool:
    if not isinstance(value, Sequence) or isinstance(value, str) or not value:
        return False
    return all(
        isinstance(turn, Mapping) and set(turn) & set(_SPEAKER_FIELDS) and set(turn) & set(_WORDS_FIELDS)
        for turn in value
    )


def _words(value: object) -> str:
    """Return a turn's words: a string, or the text parts of a multi-part message."""
    if isinstance(value, Sequence) and not isinstance(value, str):
        return "\n".join(found for part in value if isinstance(part, Mapping) and (found := _string(part.get("text"))))
    return _string(value)


def _under_facts(row: Mapping[str, object], title: str, turns: str) -> str:
    """Put the title and the row's short fields (date, channel, participants) above the turns, without `_NOT_FACTS`."""
    facts = [
        f"{_label(key)}: {shown}" for key, value in row.items() if key not in _NOT_FACTS and (shown := _fact(value))
    ]
    head = [line for line in (title, *(fact for fact in facts if title not in fact.split(": ", 1)[1:])) if line]
    return "\n".join(head) + ("\n\n" if head else "") + turns


_NOT_FACTS = frozenset({"id", "uuid", "hash", "split", "source", "url", "lang", "language", "domain", *LICENCE_FIELDS})


def _label(key: str) -> str:
    return key.replace("_", " ").strip().capitalize()


def _fact(value: object) -> str:
    if isinstance(value, bool) or value is None:
        return ""
    if isinstance(value, str | int | float):
        shown = str(value).strip()
        return shown if 0 < len(shown) <= 200 and "\n" not in shown else ""
    if isinstance(value, Sequence) and value and all(isinstance(item, str) for item in value):
        return ", ".join(str(item) for item in value)[:400]
    return ""


def _string(value: object) -> str:
    return str(value).strip() if isinstance(value, str | int | float) and not isinstance(value, bool) else ""
