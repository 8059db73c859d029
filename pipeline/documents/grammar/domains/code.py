"""Reads the files, definitions and calls of source code."""

from __future__ import annotations

from pipeline.documents.grammar.code.outline import outline_code
from pipeline.documents.grammar.source import Source
from pipeline.nodes import Node


def _code(source: Source) -> list[Node]:
    return outline_code(text=source.text, name=source.name)


GRAMMARS = (_code,)
