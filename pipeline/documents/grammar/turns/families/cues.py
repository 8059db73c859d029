"""Reads WebVTT and SubRip subtitles: a line with two times, then the words shown on the screen during that time.

    00:00:03.290 --> 00:00:05.000
    <v Mara Lind>Shall we begin?</v>

Teams and other services name the speaker in a voice tag; Zoom and hand-made subtitles name the speaker before a colon.
Subtitles of films do not name speakers, so the turns have no label. Each cue (a time line and its words) that has words
is at least one turn, because a longer turn would contain time lines.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from pipeline.documents.grammar.turns.family import Reading, TurnFamily, make_turn
from pipeline.documents.grammar.turns.lines import Lines
from pipeline.documents.grammar.turns.names import NAME, is_name
from pipeline.nodes import Node

_CLOCK = r"(?:\d{1,3}:)?\d{2}:\d{2}[.,]\d{1,3}"
_TIMING = re.compile(rf"[ \t]*(?P<start>{_CLOCK})[ \t]*-->[ \t]*{_CLOCK}(?:[ \t].*)?$")
"""`00:00:03.290 --> 00:00:05.000`"""
_VOICE = re.compile(r"[ \t]*(?:-[ ]?)?<v(?:\.[\w.]{1,40})?[ ]+(?P<name>[^<>\n]{1,80})>[ \t]*")
"""A voice tag: `<v Mara Lind>`."""
_NAMED = re.compile(rf"[ \t]*(?:[-–][ ]?|>>[ ]?)?(?P<name>{NAME})[ \t]?(?:：|:(?=[ \t]|[^\x00-\x7f]|$))[ \t]*")
"""A name before a colon: `- Mara: `."""
_OPENING = re.compile(r"[ \t]*(?:-[ ]?|>>[ ]?)?")
"""A dash or `>>` before the words, or nothing."""
_CLOSINGS = ("</v>", "</c>")
_NO_WORDS = re.compile(r"[ \t]*(?:[\[(♪♫][^\n]*[\])♪♫]|[♪♫ ]+)[ \t]*")
"""A line that describes sound: `[applause]`, `♪ music ♪`."""
_NOTE = re.compile(r"(?:WEBVTT|NOTE|STYLE|REGION)\b")
"""A line of WebVTT that is not part of a cue."""


def _looks_right(line: str) -> bool:
    return "-->" in line


def _read(lines: Lines) -> Reading:
    timings = [
        (index, match["start"])
        for index, line in enumerate(lines.texts)
        if "-->" in line and (match := _TIMING.match(line))
    ]
    turns: list[Node] = []
    explained = sum(1 for line in lines.texts if _NOTE.match(line))
    for place, (index, time) in enumerate(timings):
        following = timings[place + 1][0] if place + 1 < len(timings) else len(lines.texts)
        start = _first_line(lines, index)
        stop = index + 1
        while stop < following and not lines.is_blank(stop):
            stop += 1
        if stop == following < len(lines.texts):
            stop = _first_line(lines, following)
        turns += _turns_of_cue(lines, start, index, stop, time)
        explained += stop - start
    return Reading(turns=turns, num_explained=explained, num_blocks=0)


def _first_line(lines: Lines, timing: int) -> int:
    """Return the index of a cue's first line: the line with the cue's number or name if present, else the time line."""
    above = timing - 1
    if lines.is_blank(above):
        return timing
    is_alone = lines.is_blank(above - 1) and "-->" not in lines.texts[above]
    return above if is_alone or lines.texts[above].strip().isdigit() else timing


def _turns_of_cue(lines: Lines, first: int, timing: int, stop: int, time: str) -> Iterator[Node]:
    """Yield the turns of one cue. A new turn begins at each line that names a speaker."""
    begun: tuple[int, int, str] | None = None
    end = 0
    start = lines.starts[first]
    for index in range(timing + 1, stop):
        line = lines.texts[index]
        if _NO_WORDS.fullmatch(line):
            continue
        voice = _VOICE.match(line)
        match = voice or _NAMED.match(line)
        name = " ".join(match["name"].split()) if match else ""
        is_named = voice is not None or (bool(name) and is_name(name))
        if is_named or begun is None:
            if begun is not None and begun[1] < end:
                yield make_turn(begun[0], begun[1], end, begun[2], time)
                start = lines.starts[index]
            opening = match if match and is_named else _OPENING.match(line)
            assert opening is not None, "the opening did not match, although it may be empty"
            lead = len(line[opening.end() :]) - len(line[opening.end() :].lstrip())
            begun = start, lines.starts[index] + opening.end() + lead, name if is_named else ""
        end = lines.starts[index] + len(_without_closings(line))
    if begun is not None and begun[1] < end:
        yield make_turn(begun[0], begun[1], end, begun[2], time)


def _without_closings(line: str) -> str:
    """Return a line without trailing white space or closing tags."""
    line = line.rstrip()
    while line.endswith(_CLOSINGS):
        line = line[: -len(_CLOSINGS[0])].rstrip()
    return line


FAMILY = TurnFamily(name="cues", order=10, looks_right=_looks_right, read=_read, min_share=0.4, is_certain=True)
