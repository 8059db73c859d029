"""Reads the notes, steps, entries and tables of manuals."""

from __future__ import annotations

from pipeline.documents.grammar.manual.reading import read_manual
from pipeline.documents.grammar.source import Source, tables_of
from pipeline.nodes import Node


def _manual(source: Source) -> list[Node]:
    return read_manual(
        source.text,
        language=source.language,
        headings=source.headings,
        lines=source.lines,
        furniture=source.furniture,
    )


GRAMMARS = (_manual, tables_of)
