"""Reads turns of the form `Name: words` or `Name (time): words`: minutes, scripts, transcripts, pasted chats.

Lines in forms, records, settings and notes look the same. Only the whole text shows whether it is a dialogue: in a
dialogue, speakers recur and speak in sentences.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import replace
from functools import lru_cache

from pipeline.documents.grammar.turns.clocks import STAMP, day_of
from pipeline.documents.grammar.turns.family import Reading, TurnFamily
from pipeline.documents.grammar.turns.lines import Lines
from pipeline.documents.grammar.turns.messages import Aside, Head, read_messages, stage_direction
from pipeline.documents.grammar.turns.names import NAME, is_label, is_name, is_question_label
from pipeline.nodes import Node

_MIN_SAID_SHARE = 0.3
"""The minimum share of turns with four words or a sentence. Chats have at least half, records and settings few."""
_HEAD = re.compile(
    rf"[ \t]*(?:[-•>][ \t]{{1,4}}|\#{{1,6}}[ \t]{{1,4}})?\*{{0,2}}(?P<name>{NAME})[ \t]{{0,4}}\*{{0,2}}"
    rf"(?:[ \t]{{0,4}}[\[(](?P<time>{STAMP})[\])])?[ \t]{{0,4}}"
    r"(?:：|:(?=\*{0,2}(?:[ \t]|[^\x00-\x7f]|$)))\*{0,2}[ \t]*"
)
"""`Mara: `, `- **Mara (10:03):** `."""
_MAX_HEAD_CHARS = 120
_MAX_INDENTS = 2
_LIST_MARKS = "-*`|>#$"
_REMARK = re.compile(r"(?P<name>[^()]+?)(?P<gap> ?)\([^()]+\)")
"""A name with a remark in brackets: `Mara (laughing)`."""


def _looks_right(line: str) -> bool:
    return _head(line) is not None


def _read(lines: Lines) -> Reading:
    reading = read_messages(lines, head=_head, aside=_aside, has_captions=True)
    turns = _without_remarks(_without_form_on_top(reading.turns, lines.text))
    said = sum(1 for turn in turns if _is_said(lines.text[turn.body : turn.end]))
    is_silent = said < _MIN_SAID_SHARE * len(turns) or _is_faq(turns) or _is_tree(turns, lines.text)
    return Reading(turns, reading.num_explained, reading.num_blocks, has_contradiction=is_silent)


def _head(line: str) -> Head | None:
    colon = line.find(":", 0, _MAX_HEAD_CHARS)
    match = _HEAD.match(line) if colon > 0 or "：" in line[:_MAX_HEAD_CHARS] else None
    if match is None:
        return None
    name = _speaker(match["name"])
    return Head(speaker=name, time=match["time"] or "", body=match.end()) if name else None


@lru_cache(maxsize=4096)
def _speaker(written: str) -> str:
    """Return a speaker's name on one line, or empty if the text cannot be a name. Cached, since speakers recur."""
    name = " ".join(written.strip("* ").split())
    return name if is_name(name) else ""


def _aside(line: str) -> Aside | None:
    if day := day_of(line):
        return Aside(day=day)
    if (direction := stage_direction(line)) is not None:
        return direction
    # A label such as `Note:` ends a turn: the text after it is not the speaker's.
    label, colon, _ = line.partition(":")
    return Aside(is_known=False) if colon and is_label(label.strip()) else None


def _without_form_on_top(turns: Sequence[Node], text: str) -> Sequence[Node]:
    """Drop lines such as `Venue: Heron Room` and `Chair: Ms. Lind` above the dialogue.

    The dialogue begins with the first speaker who recurs or whose words end a sentence.
    """
    said = Counter(turn.label for turn in turns)
    first = 0
    while (
        first < len(turns)
        and said[turns[first].label] == 1
        and not _ends_sentence(text[turns[first].end - 1 : turns[first].end])
    ):
        first += 1
    return turns[first:]


def _without_remarks(turns: Sequence[Node]) -> Sequence[Node]:
    """Remove remarks about the manner of speaking from names: `지훈(웃으며)` becomes `지훈`.

    A remark in brackets is removed if the name also occurs without a remark, or occurs with several remarks, each only
    once. A remark that always follows the name, as in `김 과장(구매팀)`, is part of the name.
    """
    labels = Counter(turn.label for turn in turns)
    plain = {}
    for label in labels:
        if match := _REMARK.fullmatch(label):
            variants = [
                count for other, count in labels.items() if other.startswith(match["name"] + match["gap"] + "(")
            ]
            if match["name"] in labels or (len(variants) > 1 and max(variants) == 1):
                plain[label] = match["name"]
    return (
        [replace(turn, label=plain[turn.label]) if turn.label in plain else turn for turn in turns] if plain else turns
    )


def _is_faq(turns: Sequence[Node]) -> bool:
    """Return whether all turns are written questions and answers."""
    return bool(turns) and all(is_question_label(turn.label) for turn in turns)


def _is_tree(turns: Sequence[Node], text: str) -> bool:
    """Return whether turns begin at three or more levels of indentation, as in settings or nested lists."""
    return len({turn.start - text.rfind("\n", 0, turn.start) for turn in turns}) > _MAX_INDENTS


def _is_said(words: str) -> bool:
    if words[0] in _LIST_MARKS:
        return False
    return _ends_sentence(words) or len(words.split(None, 4)) >= 4


def _ends_sentence(words: str) -> bool:
    return words.endswith((".", "?", "!", "…", "~", "。", "？", "！"))


FAMILY = TurnFamily(name="colon", order=90, looks_right=_looks_right, read=_read, min_share=0.35)
