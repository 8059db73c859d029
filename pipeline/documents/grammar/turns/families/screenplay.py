"""Reads screenplays, including Fountain files: a name in capitals alone on a line, and the words right below.

                    MARA (V.O.)
              (quietly)
         Shall we begin?

Scene headings (`INT. KITCHEN - NIGHT`, `S#3. 부엌`) and transitions (`CUT TO:`) are not turns. A name in a
writing system without capitals, such as Hangul, is read only if the text has scene headings.
"""

from __future__ import annotations

import re

from pipeline.documents.grammar.turns.family import Reading, TurnFamily, make_turn
from pipeline.documents.grammar.turns.lines import Lines
from pipeline.documents.grammar.turns.names import is_label
from pipeline.languages import any_of, together
from pipeline.nodes import Node

SCENE = re.compile(
    r"[ \t]*(?:\*\*)?(?:\d{1,3}[A-Z]?[.)]?[ \t]+)?(?:(?:INT|EXT|EST|INT\./EXT|INT/EXT|I/E)[. ][ \t]?\S"
    rf"|S\#[ ]?\d|{any_of(lambda rules: rules.turns.scene)}|\#[ ]?\d{{1,3}}[.) ])"
)
"""A scene heading: `INT. KITCHEN - NIGHT`, `S#3. 부엌`."""
_NAME = re.compile(r"[ \t]*@?(?P<name>[^\W\d_][^\n()\[\]:：]{0,38}?)[ ]{0,4}(?:\([^()\n]{1,30}\)[ ]{0,4}){0,2}\^?")
"""A name, with remarks such as `(V.O.)` if any."""
_PARENTHETICAL = re.compile(r"[ \t]*\([^()\n]*\)[ \t]*")
"""A line in brackets below a name: `(quietly)`."""
_NO_NAME = re.compile(
    r"[ \t]*(?:FADE\b|CUT\b|DISSOLVE\b|SMASH\b|MATCH\b|THE END|END\b|CONTINUED|MONTAGE|INTERCUT|SUPER\b|TITLE\b"
    r"|\(MORE\)|.*\bTO:|ACT\b|SCENE\b|PAGE\b|CHAPTER\b|SECTION\b|ARTICLE\b)"
)
"""A line in capitals that is not a name: `FADE OUT`, `CUT TO:`, `ACT ONE`."""
_MAX_NAME_WORDS = 4
_MAX_UNCASED_CHARS = 12
_SENTENCE_ENDS = (".", "?", "!", ",", ";", "…", *sorted(together(lambda rules: rules.turns.sentence_ends)))


def _looks_right(line: str) -> bool:
    is_uncased = line[0] == " " and not line.isascii() and len(line.strip()) <= _MAX_UNCASED_CHARS
    return line.isupper() or is_uncased or SCENE.match(line) is not None


def _read(lines: Lines) -> Reading:
    scenes = sum(1 for line in lines.texts if line and SCENE.match(line))
    turns: list[Node] = []
    explained, index = scenes, 0
    texts = lines.texts
    while index < len(texts):
        name = _name(lines, index, has_scenes=scenes > 0)
        if not name:
            index += 1
            continue
        stop = index + 1
        while stop < len(texts) and not lines.is_blank(stop):
            stop += 1
        first = index + 1
        while first < stop and _PARENTHETICAL.fullmatch(texts[first]):
            first += 1
        if first < stop and not _is_form_line(texts[first]):
            lead = len(texts[first]) - len(texts[first].lstrip())
            name_lead = len(texts[index]) - len(texts[index].lstrip())
            turns.append(
                make_turn(lines.starts[index] + name_lead, lines.starts[first] + lead, lines.end(stop - 1), name, "")
            )
            explained += stop - index
        index = stop
    return Reading(turns=turns, num_explained=explained, num_blocks=0)


def _is_form_line(line: str) -> bool:
    """Return whether a line looks like `By: ____` or `Name: …`, which contracts have below a signing party's name."""
    label, colon, _ = line.partition(":")
    return bool(colon) and is_label(label.strip())


def _name(lines: Lines, index: int, *, has_scenes: bool) -> str:
    """Return the speaker's name if it fills a line with a blank line above and a filled line below; otherwise empty."""
    line = lines.texts[index]
    if len(line) > 90 or not line or not lines.is_blank(index - 1) or lines.is_blank(index + 1):
        return ""
    match = _NAME.fullmatch(line)
    if match is None or _NO_NAME.match(line) or SCENE.match(line):
        return ""
    name = " ".join(match["name"].split())
    if is_label(name):
        return ""
    is_short = len(name.split()) <= _MAX_NAME_WORDS and not name.endswith(_SENTENCE_ENDS[1:])
    if name.upper() == name.lower():
        return name if has_scenes and is_short and len(name) <= _MAX_UNCASED_CHARS else ""
    is_cased = name == name.upper() and not (name.endswith(".") and len(name.split()[-1]) > 3)
    return name if is_short and is_cased else ""


FAMILY = TurnFamily(name="screenplay", order=60, looks_right=_looks_right, read=_read, min_share=0.35)
