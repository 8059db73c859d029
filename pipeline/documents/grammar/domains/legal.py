"""Reads the parts, provisions and tables of contracts, statutes and judgments."""

from __future__ import annotations

from pipeline.documents.grammar.legal.reading import read_provisions
from pipeline.documents.grammar.source import Source, tables_of
from pipeline.nodes import Node


def _provisions(source: Source) -> list[Node]:
    return read_provisions(text=source.text, language=source.language, headings=source.headings, marks=source.marks)


GRAMMARS = (_provisions, tables_of)
