"""Turns whose first line says who speaks, and that may go on over the lines below: chats, minutes, transcripts.

In: lines, and what a family makes of one line. Out: a `Reading`. Used by most families. One pass.

A turn goes on until the next first line, an aside (a system line, a separator, a stage direction) or a caption. It may
hold blank lines: whether the paragraph behind one is still the speaker's, no grammar can tell; who asks about a turn
looks for them.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import NamedTuple

from pipeline.documents.grammar.nodes import Node
from pipeline.documents.grammar.turns.family import Reading, make_turn
from pipeline.documents.grammar.turns.lines import Lines

_MAX_CAPTION_CHARS = 80
_ENDS_SENTENCE = (".", "?", "!", ",", ";", ":", "…", "。", "다", "요", "~", '"', "”", ")")
_DIRECTION = re.compile(r"[ \t]*(?:\([^()\n]*\)|\[[^\[\]\n]*\]|\{[^{}\n]*\})[ \t]*")
_RULE_OR_HEADING = re.compile(r"[ \t]*(?:[*_-]{3,}|={3,}|#{1,6} .*|[■▣◆▶※].*)[ \t]*")


class Head(NamedTuple):
    """The first line of a turn."""

    speaker: str
    time: str
    words: int
    """Where the words begin in the line; its length where they stand below."""
    is_empty: bool = False
    """A picture, a file or a deleted message: said by someone, but without words."""


class Aside(NamedTuple):
    """A line that is nobody's words."""

    day: str = ""
    """The day that it names for the turns below."""
    is_known: bool = True
    """Whether it is part of the format; a caption or a stage direction could stand in any text."""
    ends: bool = True
    """Whether it ends a turn. A stage direction does not: the speaker may go on below it."""


def read_messages(
    lines: Lines,
    *,
    head: Callable[[str], Head | None],
    aside: Callable[[str], Aside | None],
    has_captions: bool,
) -> Reading:
    """Read turns line by line.

    Args:
        lines: of the text.
        head: the first line of a turn, or None.
        aside: asked for every other filled line.
        has_captions: whether a short line that stands alone ends a turn. Not so in chats, whose messages are written by
            hand and go on however they like.
    """
    turns: list[Node] = []
    explained = blocks = 0
    day = ""
    begun: tuple[int, Head] | None = None
    body = end = 0
    after_blank = True
    texts, starts = lines.texts, lines.starts
    for index, line in enumerate(texts):
        if not line or line.isspace():
            after_blank = True
            continue
        found = head(line)
        other = None if found else aside(line)
        if found is None and other is None and has_captions and after_blank and _is_caption(lines, index):
            other = Aside(is_known=False)
        if found is not None or (other is not None and other.ends):
            if begun is not None and body < end:
                turns.append(_turn(lines, begun, body, end, day))
            begun = None
        if found is not None:
            explained += 1
            blocks += after_blank
            if not found.is_empty:
                begun = index, found
                has_words = found.words < len(line) and not line[found.words :].isspace()
                body = starts[index] + found.words if has_words else 0
                end = lines.end(index) if has_words else 0
        elif other is not None:
            explained += other.is_known
            blocks += after_blank and other.is_known
            day = other.day or day
        elif begun is not None:
            if not end:
                body = starts[index] + len(line) - len(line.lstrip())
            end = lines.end(index)
        after_blank = False
    if begun is not None and body < end:
        turns.append(_turn(lines, begun, body, end, day))
    return Reading(turns=turns, num_explained=explained, num_blocks=blocks)


def stage_direction(line: str) -> Aside | None:
    """A line in brackets, a rule or a heading."""
    if _DIRECTION.fullmatch(line):
        return Aside(is_known=False, ends=False)
    return Aside(is_known=False) if _RULE_OR_HEADING.fullmatch(line) else None


def _turn(lines: Lines, begun: tuple[int, Head], body: int, end: int, day: str) -> Node:
    index, found = begun
    line = lines.texts[index]
    start = lines.starts[index] + len(line) - len(line.lstrip())
    return make_turn(start=start, body=body, end=end, speaker=found.speaker, time=found.time, day=day)


def _is_caption(lines: Lines, index: int) -> bool:
    """A short line that stands alone and ends like a heading."""
    line = lines.texts[index].strip()
    return len(line) <= _MAX_CAPTION_CHARS and not line.endswith(_ENDS_SENTENCE) and lines.is_blank(index + 1)
