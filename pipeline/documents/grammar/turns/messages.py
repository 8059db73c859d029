"""Reads turns that begin with a line that names the speaker, and may continue on the lines below.

Takes the lines of a text, and a family's functions that read one line; returns a `Reading`. Used by most families:
chats, minutes, transcripts. Reads the lines once.

The first line of a turn is its head. A turn continues until the next head, a caption (a short line between blank
lines), or an aside: a line that is not part of anyone's words, such as a system line, a separator or a heading. Stage
directions are asides too, but do not end the turn. Outside chats, it is uncertain whether a paragraph after a blank
line still belongs to the speaker. The paragraph is read as part of the turn, and the turn is marked as open.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import NamedTuple

from pipeline.documents.grammar.turns.clocks import CLOCK
from pipeline.documents.grammar.turns.family import Reading, make_turn
from pipeline.documents.grammar.turns.lines import Lines
from pipeline.languages import together
from pipeline.nodes import Node

_MAX_CAPTION_CHARS = 80
_ENDS_SENTENCE = (
    *(".", "?", "!", ",", ";", ":", "…", "。", "~", '"', "”", ")"),
    *sorted(together(lambda rules: rules.turns.sentence_ends)),
)
_DIRECTION = re.compile(r"[ \t]*(?:\([^()\n]*\)|\[[^\[\]\n]*\]|\{[^{}\n]*\})[ \t]*")
"""A whole line in brackets: `(Laughter.)`, `[pause]`."""
_RULE_OR_HEADING = re.compile(rf"[ \t]*(?:[*_-]{{3,}}|={{3,}}|#{{1,6}} .*|[■▣◆▶※].*|[\[(]?{CLOCK}[\])]?)[ \t]*")
"""A ruled line (`-----`), a heading (`## Agenda`, `■ 안건`), or a time without words (`[10:03]`)."""
_UNREAD_NAME = re.compile(r"[^\n:：]{1,100}[:：]")
"""A line with an early colon, which may name a speaker in a form that the family does not know."""


class Head(NamedTuple):
    """What the first line of a turn says."""

    speaker: str
    time: str
    body: int
    """The index in the line at which the words begin, or the length of the line if they begin on the line below."""
    is_empty: bool = False
    """True if the message has a speaker but no words: a picture, a file, a deleted message."""


class Aside(NamedTuple):
    """A line that is not part of anyone's words."""

    day: str = ""
    """The day that the line names, which applies to the turns below."""
    is_known: bool = True
    """True if the line shows the family's format. False for a heading or stage direction, which any text may have."""
    ends: bool = True
    """True if the line ends the turn. A stage direction does not end it: the speaker may continue below."""


def read_messages(
    lines: Lines,
    *,
    head: Callable[[str], Head | None],
    aside: Callable[[str], Aside | None],
    has_captions: bool,
) -> Reading:
    """Read turns line by line.

    Args:
        lines: the lines of the text.
        head: a function that returns the `Head` of a filled line, or None if no turn begins there.
        aside: a function that returns the `Aside` of a filled line without a head, or None if the line may be words.
        has_captions: whether a short line between blank lines ends a turn, and a paragraph may have no speaker.
            False for chats, in which all text between two heads belongs to one message.
    """
    turns: list[Node] = []
    explained = blocks = 0
    day = ""
    begun: Head | None = None
    start = body = end = 0
    is_open = is_interrupted = False
    after_blank = True
    for offset, line in zip(lines.starts, lines.texts, strict=True):
        if not line or line.isspace():
            after_blank = True
            continue
        found = head(line)
        other = None if found else aside(line)
        ends = found is not None or (other is not None and other.ends)
        if found is None and other is None and begun is not None:
            if has_captions and after_blank and end and _is_caption(lines, offset, line):
                is_open = not line.isupper()
                ends = True
            else:
                if end:
                    is_doubtful = has_captions and (after_blank or _UNREAD_NAME.match(line) is not None)
                    is_open = is_open or is_doubtful or is_interrupted
                else:
                    body = offset + len(line) - len(line.lstrip())
                end = offset + len(line.rstrip())
        if ends and begun is not None:
            if end:
                turns.append(make_turn(start, body, end, begun.speaker, begun.time, day, is_open))
            begun = None
        if found is not None:
            explained += 1
            blocks += after_blank
            if not found.is_empty:
                begun = found
                start = offset + len(line) - len(line.lstrip())
                words = line[found.body :].lstrip()
                body = offset + len(line) - len(words) if words else 0
                end = body + len(words.rstrip()) if words else 0
                is_open = is_interrupted = False
        elif other is not None:
            explained += other.is_known
            blocks += after_blank and other.is_known
            day = other.day or day
            is_interrupted = True
        after_blank = False
    if begun is not None and end:
        turns.append(make_turn(start, body, end, begun.speaker, begun.time, day, is_open))
    return Reading(turns=turns, num_explained=explained, num_blocks=blocks)


def stage_direction(line: str) -> Aside | None:
    """Return an `Aside` for a line in brackets, a ruled line, a heading or a time without words; otherwise None."""
    if _DIRECTION.fullmatch(line):
        return Aside(is_known=False, ends=False)
    return Aside(is_known=False) if _RULE_OR_HEADING.fullmatch(line) else None


def _is_caption(lines: Lines, offset: int, line: str) -> bool:
    """Return whether a line is short, does not end like a sentence, and is above a blank line."""
    if len(line) > _MAX_CAPTION_CHARS or line.rstrip().endswith(_ENDS_SENTENCE):
        return False
    return not _line_below(lines.text, offset + len(line)).strip()


def _line_below(text: str, end: int) -> str:
    """Return the line after the line break at `end`; empty at the end of the text."""
    stop = text.find("\n", end + 1)
    return text[end + 1 : stop if stop >= 0 else len(text)]
