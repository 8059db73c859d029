"""Reads the turns and tables of chats, minutes and transcripts."""

from __future__ import annotations

from pipeline.documents.grammar.source import Source, tables_of
from pipeline.documents.grammar.turns.reading import read_turns
from pipeline.nodes import Node


def _turns(source: Source) -> list[Node]:
    return read_turns(source.text)


GRAMMARS = (_turns, tables_of)
