"""What the grammars of a document read: its text, and what several of them need, found once.

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
    """What a grammar reads. What several of them need is found once."""

    text: str
    domain: str
    language: str
    name: str
    """Of the document's file; tells the language of code that is not a joined tree."""
    marks: Sequence[Mark]

    @cached_property
    def lines(self) -> list[TextLine]:
        """Of the text."""
        return read_lines(self.text, marks=self.marks)

    @cached_property
    def furniture(self) -> frozenset[int]:
        """Numbers of the lines that are no text of a manual."""
        return furniture_lines(self.lines)

    @cached_property
    def headings(self) -> list[Node]:
        """As the domain writes them."""
        style = domain_rules(self.domain).headings
        if style is HeadingStyle.NONE:
            return []
        if style is HeadingStyle.MANUAL:
            own = manual_headings(self.text, marks=self.marks, lines=self.lines, furniture=self.furniture)
            if own:
                return own
        return read_headings(text=self.text, domain=self.domain, marks=self.marks)


Grammar = Callable[[Source], list[Node]]
"""A pure function to nodes in any order in which parents stand before their children; parents are indices in its list.
"""


def tables_of(source: Source) -> list[Node]:
    """The tables of a document with their cells; a grammar that most domains have."""
    return read_tables(source.text, marks=source.marks, lines=source.lines)
