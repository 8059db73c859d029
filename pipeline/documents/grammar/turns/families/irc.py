"""Reads logs of IRC and similar chats: `[10:03] <nick> words`, with or without a channel and a date.

Joins, parts, topics and `* nick does` lines are not turns. A mode sign before a nickname (`<@nick>`) is not part of
the nickname.
"""

from __future__ import annotations

import re

from pipeline.documents.grammar.turns.clocks import DATE, STAMP, day_of
from pipeline.documents.grammar.turns.family import Reading, TurnFamily
from pipeline.documents.grammar.turns.lines import Lines
from pipeline.documents.grammar.turns.messages import Aside, Head, read_messages

_MAX_PREFIX_CHARS = 80
_MIN_UNTIMED_SHARE = 0.5
_NICK = re.compile(r"<[ ]?[@+%&~!]?(?P<nick>[^\s<>/@+%&~!][^<>\n]{0,39}?)[ ]?>(?:[ \t]+|$)")
"""`<nick> ` or `<@nick> `."""
_CHANNEL = re.compile(r"\[?[#&][^\s\[\]<>]{1,50}\]?:?")
"""`#channel` or `[#channel]`."""
_PREFIX = re.compile(rf"[\s\[(]*(?P<time>{STAMP})?[\s\]),|-]*")
"""What may come before a nickname: a time in brackets or not, or nothing."""
_SPLIT_PREFIX = re.compile(rf"[\s\[(]*(?P<time>{DATE}[\s\])|,]+{STAMP})[\s\]),|-]*")
"""A prefix with date and time in separate brackets: `[2024-03-05] [10:03]`."""
_SIGN = re.compile(r"[ \t]*(?:===|\*{1,3}[ \t]|---|-!-|-->|<--|--[ \t]|<?-[\w-]{1,30}->?[ \t])")
"""The beginning of a line that is not a message: `*** `, `-!-`, `-->`."""
_STAMPED = re.compile(rf"[ \t]*(?:\[?[#&]\S{{1,50}}[ \t]+)?[\[(]?{STAMP}[\])]?(?:[ \t]|$)")
"""A time at the start of a line."""


def _looks_right(line: str) -> bool:
    return "<" in line[:_MAX_PREFIX_CHARS] and _head(line, {}) is not None


def _read(lines: Lines) -> Reading:
    times: dict[str, str | None] = {}

    reading = read_messages(lines, head=lambda line: _head(line, times), aside=_aside, has_captions=False)
    is_timed = any(turn.value for turn in reading.turns)
    is_markup = not is_timed and (
        "</" in lines.text or reading.num_explained < _MIN_UNTIMED_SHARE * max(1, lines.num_filled)
    )
    return Reading(reading.turns, reading.num_explained, reading.num_blocks, has_contradiction=is_markup)


def _head(line: str, times: dict[str, str | None]) -> Head | None:
    """Return the head of a line, or None. `times` caches parsed prefixes, since many lines have the same prefix."""
    opening = line.find("<", 0, _MAX_PREFIX_CHARS)
    if opening < 0:
        return None
    prefix = line[:opening]
    if prefix not in times:
        times[prefix] = _time(prefix)
    time = times[prefix]
    match = _NICK.match(line, opening) if time is not None else None
    if match is None or time is None:
        return None
    words = match.end()
    return Head(speaker=match["nick"], time=time, body=words, is_empty=words == len(line))


def _time(prefix: str) -> str | None:
    """Return the time in the prefix before a nickname, empty if it has none; None if the prefix has other text."""
    rest = _CHANNEL.sub("", prefix)
    match = _SPLIT_PREFIX.fullmatch(rest) or _PREFIX.fullmatch(rest)
    if match is None:
        return None
    time = match["time"] or ""
    if time in prefix:
        return time
    # The channel is between date and time: return everything from the date to the time.
    first, last = time.split()[0], time.split()[-1]
    return prefix[prefix.index(first) : prefix.rindex(last) + len(last)]


def _aside(line: str) -> Aside | None:
    if day := day_of(line):
        return Aside(day=day)
    return Aside() if _SIGN.match(line) or _STAMPED.match(line) else None


FAMILY = TurnFamily(name="irc", order=0, looks_right=_looks_right, read=_read, min_share=0.2, is_certain=True)
