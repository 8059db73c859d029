"""Reads Korean minutes of parliaments, councils and boards, which put a circle before the speaker's name.

    ○위원장 홍길동  성원이 되었으므로 개의하겠습니다.
    ◯김철수 위원  질의하겠습니다.

A wide gap or a colon separates the name from the words. If only one space is left of the gap, the name is the one or
two words after the circle that recur. In that case the circle must touch the name, because official outlines use a
circle and a space as a bullet. Interjections in brackets do not end a turn.
"""

from __future__ import annotations

import re
from collections import Counter

from pipeline.documents.grammar.turns.family import Reading, TurnFamily
from pipeline.documents.grammar.turns.lines import Lines
from pipeline.documents.grammar.turns.messages import Aside, Head, read_messages, stage_direction
from pipeline.documents.grammar.turns.names import is_label
from pipeline.languages import any_of

_CIRCLES = "○◯◎●⊙"
_CIRCLE = re.compile(rf"[ \t]*[{_CIRCLES}][ ]?(?=[^\W\d_])")
"""A circle before a name."""
_ATTACHED_CIRCLE = re.compile(rf"[ \t]*[{_CIRCLES}](?=[^\W\d_])")
"""A circle that touches the name."""
_SEPARATED = re.compile(
    rf"[ \t]*[{_CIRCLES}][ ]?(?P<name>[^\W\d_][^\s:：]{{0,24}}(?:[ ][^\s:：]{{1,16}}){{0,3}}?)"
    r"(?:[ ]{2,}|\t+|[ ]?[:：][ ]?)(?=\S)"
)
"""A circle, a name, and a wide gap or colon before the words."""
_AGENDA = re.compile(rf"[ \t]*(?:\d{{1,2}}\.[ ]|[―—–-]{{2,}}|{any_of(lambda rules: rules.turns.agenda)})")
"""A line of the agenda: `1. 개의`."""
_MIN_RECURRING_SHARE = 0.6


def _looks_right(line: str) -> bool:
    return _CIRCLE.match(line) is not None


def _read(lines: Lines) -> Reading:
    unseparated = [line for line in lines.texts if _ATTACHED_CIRCLE.match(line) and not _SEPARATED.match(line)]
    num_words = _num_name_words(unseparated)
    beginnings = Counter(_beginning(line, num_words) for line in unseparated)

    def head(line: str) -> Head | None:
        opening = _CIRCLE.match(line)
        if opening is None:
            return None
        if match := _SEPARATED.match(line):
            name = " ".join(match["name"].split())
            return None if is_label(name) else Head(speaker=name, time="", body=match.end())
        name = _beginning(line, num_words) if _ATTACHED_CIRCLE.match(line) else ""
        if not name or beginnings[name] < 2:
            return None
        return Head(speaker=name, time="", body=min(len(line), opening.end() + len(name) + 1))

    return read_messages(lines, head=head, aside=_aside, has_captions=True)


def _num_name_words(unseparated: list[str]) -> int:
    """Return the number of words in names that one space separates from the speech; 0 if too few beginnings recur."""
    for num_words in (2, 1):
        counts = Counter(_beginning(line, num_words) for line in unseparated)
        recurring = sum(count for name, count in counts.items() if name and count > 1)
        if unseparated and recurring >= _MIN_RECURRING_SHARE * len(unseparated):
            return num_words
    return 0


def _beginning(line: str, num_words: int) -> str:
    """Return the first words after the circle, as written; empty if the line has no more words than these."""
    words = line.strip().lstrip(_CIRCLES).strip().split(" ", num_words)
    return " ".join(words[:num_words]) if num_words and len(words) > num_words else ""


def _aside(line: str) -> Aside | None:
    if _CIRCLE.match(line):
        return Aside(is_known=False)
    return stage_direction(line) or (Aside(is_known=False) if _AGENDA.match(line) else None)


FAMILY = TurnFamily(name="council", order=50, looks_right=_looks_right, read=_read, min_share=0.1)
