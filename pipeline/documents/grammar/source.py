"""Defines the input of a grammar: a document's text, and values that several grammars need, which are computed once.

`grammar.outline` creates a `Source`; the grammars in `grammar.domains` read it.
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
    """The input of a grammar."""

    text: str
    domain: str
    language: str
    name: str
    """Name of the document's file, which shows the programming language of a single file of code."""
    marks: Sequence[Mark]

    @cached_property
    def lines(self) -> list[TextLine]:
        """The lines of the text."""
        return read_lines(self.text, marks=self.marks)

    @cached_property
    def furniture(self) -> frozenset[int]:
        """The numbers of the lines that are not part of a manual's text, such as page numbers."""
        return furniture_lines(self.lines)

    @cached_property
    def headings(self) -> list[Node]:
        """The headings in the domain's style; empty if that style is `NONE`.

        For a manual, `headings.reading` is called only if `manual.headings` finds no headings.
        """
        style = domain_rules(self.domain).headings
        if style is HeadingStyle.NONE:
            return []
        if style is HeadingStyle.MANUAL:
            found = manual_headings(self.text, marks=self.marks, lines=self.lines, furniture=self.furniture)
            if found:
                return found
        return read_headings(text=self.text, domain=self.domain, marks=self.marks)


Grammar = Callable[[Source], list[Node]]
"""A pure function that returns nodes, each parent before its children; `parent` is an index into the same list."""


def tables_of(source: Source) -> list[Node]:
    """Return the tables of a document with their cells. Most domains use this grammar."""
    return read_tables(source.text, marks=source.marks, lines=source.lines)
