"""The input of a document's grammars: its text, and values that several grammars need, computed once.

Made by `grammar.outline`, read by the grammars in `grammar.domains`.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cached_property

from pipeline.documents.grammar.headings.reading import read_headings
from pipeline.documents.grammar.manual.furniture import furniture_lines
from pipeline.documents.grammar.manual.headings import read_headings as manual_headings
from pipeline.documents.grammar.tables.reading import read_tables
from pipeline.documents.grammar.text_lines import TextLine, read_lines
from pipeline.documents.marks import Mark
from pipeline.domains import domain_rules
from pipeline.domains.rules import HeadingStyle
from pipeline.nodes import Node


@dataclass(frozen=True)
class Source:
    """The input of a grammar. Values that several grammars need are computed once."""

    text: str
    domain: str
    language: str
    name: str
    """Name of the document's file. It identifies the language of code that is not a joined tree."""
    marks: Sequence[Mark]

    @cached_property
    def lines(self) -> list[TextLine]:
        """Lines of the text."""
        return read_lines(self.text, marks=self.marks)

    @cached_property
    def furniture(self) -> frozenset[int]:
        """Numbers of the lines that are not part of a manual's text, such as page numbers."""
        return furniture_lines(self.lines)

    @cached_property
    def headings(self) -> list[Node]:
        """Headings in the style of the domain; empty if its style is `NONE`."""
        style = domain_rules(self.domain).headings
        if style is HeadingStyle.NONE:
            return []
        if style is HeadingStyle.MANUAL:
            own = manual_headings(self.text, marks=self.marks, lines=self.lines, furniture=self.furniture)
            if own:
                return own
        return read_headings(text=self.text, domain=self.domain, marks=self.marks)


Grammar = Callable[[Source], list[Node]]
"""A pure function that returns nodes, each parent before its children; `parent` is an index into the same list."""


def tables_of(source: Source) -> list[Node]:
    """Return the tables of a document with their cells. Most domains have this grammar."""
    return read_tables(source.text, marks=source.marks, lines=source.lines)
