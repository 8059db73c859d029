"""Extracts the text and metadata of one structured row: a line of JSON Lines, a JSON object or a Parquet row.

Takes the parsed row and the recipe's field names; returns the row's text, title and licence. A list of turns becomes
one block per turn, `[time] Speaker: words`, below the title and the row's short fields, such as date and channel. The
fields of an instruction, such as prompt and completion, become blocks in the order of `INSTRUCTION_FIELDS`. Used by
`readers.records`; the readers of chat exports share the functions that write turns.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

CONVERSATION_FIELDS = ("turns", "messages", "conversations", "conversation", "dialogue", "dialog")
INSTRUCTION_FIELDS = (
    ("system", "instruction", "input", "output"),
    ("system", "instruction", "context", "response"),
    ("system", "instruction", "input", "response"),
    ("system", "prompt", "completion"),
    ("system", "prompt", "response"),
)
"""The fields of instruction data: Alpaca, Dolly, and pairs of a prompt and its completion. The last field and the
instruction or prompt are needed."""
LICENCE_FIELDS = ("licence", "license")
_SPEAKER_FIELDS = ("speaker", "name", "role", "from", "author", "user", "sender", "sender_name")
_WORDS_FIELDS = ("text", "content", "utterance", "value", "message", "parts")
_USER_FIELDS = ("nickname", "display_name", "real_name", "name", "username", "login")
_TIME_FIELDS = ("time", "timestamp", "at", "start")
_ISO_TIME = re.compile(r"^(\d{4}-\d{2}-\d{2})T(\d{2}:\d{2}(?::\d{2})?)(?:[.,]\d+)?(?:Z|[+-]\d{2}:?\d{2})?$")
_BLANK_LINES = re.compile(r"\n(?:[ \t]*\n)+")


@dataclass(frozen=True, slots=True)
class RowText:
    """The contents of a row; what the row does not name is empty."""

    text: str
    title: str
    licence: str
    is_conversation: bool
    language: str = ""
    url: str = ""
    """The address that the row was taken from."""


def wanted_columns(text_field: str, title_field: str) -> tuple[str, ...]:
    """Return the columns of a table that can hold a row's text, title or licence."""
    instruction_fields = {field for fields in INSTRUCTION_FIELDS for field in fields}
    return (text_field, title_field, *CONVERSATION_FIELDS, *sorted(instruction_fields), *LICENCE_FIELDS)


def text_of_row(row: Mapping[str, object], *, text_field: str, title_field: str) -> RowText | None:
    """Return the row's text, or None if the row has no text, no list of turns and no fields of an instruction."""
    title = _string(row.get(title_field))
    licence = first_string(row, LICENCE_FIELDS)
    for field in (text_field, *CONVERSATION_FIELDS):
        value = row.get(field)
        if isinstance(value, str) and (value.strip() or not _has_other_text(row, field)):
            return RowText(text=value, title=title, licence=licence, is_conversation=False)
        if field == text_field and (paragraphs := paragraphs_of(value)):
            return RowText(text=paragraphs, title=title, licence=licence, is_conversation=False)
        if turns := render_turns(value):
            return RowText(text=under_facts(row, title, turns), title=title, licence=licence, is_conversation=True)
    for fields in INSTRUCTION_FIELDS:
        if (found := _instruction(row, fields)) is not None:
            text, is_conversation = found
            return RowText(text=text, title=title, licence=licence, is_conversation=is_conversation)
    # The field of a custom corpus may have any name. A list is accepted only if every item has a speaker and words.
    for value in row.values():
        if _is_transcript(value):
            text = under_facts(row, title, render_turns(value))
            return RowText(text=text, title=title, licence=licence, is_conversation=True)
    return None


def text_of_turns(value: object, text_field: str) -> RowText | None:
    """Return a list of turns as text, or None unless each entry has a role and words and no `text_field`."""
    if not _is_transcript(value) or not all(
        isinstance(turn, Mapping) and text_field not in turn and set(turn) & {"role", "from"}
        for turn in (value if isinstance(value, Sequence) else ())
    ):
        return None
    return dialogue([render_turns(value)], title="")


def why_no_text(row: object, *, text_field: str) -> str:
    """Return why a row has no text and what to do. Names of fields are quoted, but no values."""
    if not isinstance(row, Mapping):
        kind = "a list" if isinstance(row, Sequence) and not isinstance(row, str) else "a single value"
        return f"The row is {kind}, not an object with a text field {text_field!r}."
    if text_field in row:
        return f"The row's field {text_field!r} holds no text. If another field is the text, set text_field to it."
    lead = f"The row has neither a text field {text_field!r} nor a list of turns"
    shown = [str(key) for key in row if _FIELD_NAME.fullmatch(str(key))]
    if not shown:
        return f"{lead}."
    more = len(row) - len(shown[:_MAX_SHOWN_FIELDS])
    fields = ", ".join(shown[:_MAX_SHOWN_FIELDS]) + (f" and {more} more" if more else "")
    texts = [key for key in shown if isinstance(row.get(key), str)]
    longest = max(texts, key=lambda key: len(str(row[key])), default="")
    remedy = f"set text_field to the one that holds the text{f', such as {longest!r}' if longest else ''}"
    return f"{lead}; its fields are {fields}. If it is text, {remedy}."


_FIELD_NAME = re.compile(r"[^\W\d][\w .-]{0,39}")
_MAX_SHOWN_FIELDS = 12


def render_turns(value: object) -> str:
    """Return a list of turn objects as blocks separated by blank lines; empty for any other value."""
    if not isinstance(value, Sequence) or isinstance(value, str) or not value:
        return ""
    lines = []
    for turn in value:
        if not isinstance(turn, Mapping):
            return ""
        words = next((found for field in _WORDS_FIELDS if (found := _words(turn.get(field)))), "")
        words = "\n".join(part for part in (words, *_calls(turn)) if part)
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


def dialogue(lines: Sequence[str], *, title: str) -> RowText | None:
    """Return the turns of one conversation as a row's text, below its title; None without turns."""
    turns = join_turns(lines)
    if not turns:
        return None
    text = f"{title}\n\n{turns}" if title else turns
    return RowText(text=text, title=title, licence="", is_conversation=True)


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
    """Return a turn's words: a string, or the texts and tool calls of a multi-part message."""
    if isinstance(value, Sequence) and not isinstance(value, str):
        return "\n".join(found for part in value if (found := _part(part)))
    return _string(value)


def _part(part: object) -> str:
    """Return a part of a message: its text, or the call or the result of a tool; empty for images and sounds."""
    if not isinstance(part, Mapping):
        return _string(part) if isinstance(part, str) else ""
    if part.get("type") == "tool_use" or "functionCall" in part:
        return _call(part.get("functionCall", part))
    if part.get("type") == "tool_result":
        return _words(part.get("content"))
    return first_string(part, ("text",))


def _calls(turn: Mapping[str, object]) -> list[str]:
    """Return the tool calls of a turn as `name(arguments)`, in the formats of OpenAI."""
    listed = turn.get("tool_calls")
    calls = list(listed) if isinstance(listed, Sequence) and not isinstance(listed, str) else []
    calls.append(turn.get("function_call"))
    return [found for call in calls if (found := _call(call))]


def _call(call: object) -> str:
    if not isinstance(call, Mapping):
        return ""
    function = call.get("function", call)
    if not isinstance(function, Mapping) or not (name := _string(function.get("name"))):
        return ""
    arguments = next((function[key] for key in ("arguments", "input", "args") if key in function), "")
    shown = arguments if isinstance(arguments, str) else json.dumps(arguments, ensure_ascii=False)
    return f"{name}({' '.join(shown.split())})"


def paragraphs_of(value: object) -> str:
    """Return a list of strings as paragraphs; empty for any other value."""
    if not isinstance(value, Sequence) or isinstance(value, str) or not all(isinstance(each, str) for each in value):
        return ""
    return "\n\n".join(each for each in value if each.strip())


def _has_other_text(row: Mapping[str, object], field: str) -> bool:
    return any(render_turns(row.get(other)) for other in CONVERSATION_FIELDS if other != field)


def _instruction(row: Mapping[str, object], fields: Sequence[str]) -> tuple[str, bool] | None:
    """Return the blocks of an instruction and whether they are turns; None if the row is not an instruction."""
    asked = row.get("instruction" if "instruction" in fields else "prompt")
    answer = row.get(fields[-1])
    if isinstance(asked, str) and asked.strip() and isinstance(answer, str) and answer.strip():
        return "\n\n".join(text for field in fields if (text := _string(row.get(field)))), False
    turns = [render_turns(row.get(field)) for field in fields[-2:]] if fields[-2] == "prompt" else []
    return (join_turns(turns), True) if turns and all(turns) else None


def under_facts(row: Mapping[str, object], title: str, turns: str) -> str:
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
