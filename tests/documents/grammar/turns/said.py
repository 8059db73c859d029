"""What the tests of turns compare: who says what and when, with every span checked."""

from __future__ import annotations

from pipeline.documents.grammar.turns.family import OPEN
from pipeline.documents.grammar.turns.reading import read_turns
from pipeline.nodes import Node, NodeKind


def checked_turns(text: str) -> list[Node]:
    """Turns in order, apart from each other, each with words that begin and end with a filled character."""
    turns = read_turns(text)
    end = 0
    for turn in turns:
        assert turn.kind is NodeKind.TURN
        assert end <= turn.start <= turn.body < turn.end <= len(text)
        words = text[turn.body : turn.end]
        assert words == words.strip()
        assert not text[turn.start].isspace()
        end = turn.end
    return turns


def said(text: str) -> list[tuple[str, str]]:
    """Speaker and words."""
    return [(turn.label, text[turn.body : turn.end]) for turn in checked_turns(text)]


def said_at(text: str) -> list[tuple[str, str, str]]:
    """Speaker, time and words."""
    return [(turn.label, turn.value, text[turn.body : turn.end]) for turn in checked_turns(text)]


def days(text: str) -> list[str]:
    return [turn.numbering for turn in checked_turns(text)]


def open_turns(text: str) -> list[str]:
    """Words of turns that may not be all that is said."""
    return [text[turn.body : turn.end] for turn in checked_turns(text) if turn.level == OPEN]
