"""What the cutting of a document needs to know of it: lines, sections, tables and titles, each read once."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Sequence
from functools import cached_property, lru_cache

from pipeline.documents.grammar.manual.furniture import furniture_lines
from pipeline.documents.grammar.outline import read_outline
from pipeline.documents.grammar.text_lines import TextLine, read_lines
from pipeline.domains import domain_rules
from pipeline.domains.rules import HeadingStyle
from pipeline.nodes import Node, NodeKind
from pipeline.records import Context, Section
from pipeline.synthesize.segmenting.bare import is_contents_title, plain_title

_MAX_REMEMBERED_OUTLINES = 4


def known_outline(context: Context) -> Sequence[Node]:
    """Return the outline of a document; one that is not stored is read once for all calls about the document."""
    if context.outline is not None:
        return context.outline
    name = context.heading_path[-1] if context.heading_path else context.title
    return _read_outline(context.text, context.domain, context.language, name)


@lru_cache(maxsize=_MAX_REMEMBERED_OUTLINES)
def _read_outline(text: str, domain: str, language: str, name: str) -> Sequence[Node]:
    return read_outline(text=text, domain=domain, language=language, name=name)


class CutDocument:
    """A document that is cut into segments."""

    def __init__(self, context: Context, *, max_chars: int) -> None:
        """Prepare a document whose segments have at most `max_chars` characters."""
        self.context = context
        self.text = context.text
        self.max_chars = max_chars

    @cached_property
    def nodes(self) -> Sequence[Node]:
        """The outline of the document."""
        return known_outline(self.context)

    @cached_property
    def lines(self) -> Sequence[TextLine]:
        """The lines of the text."""
        return read_lines(self.text)

    @cached_property
    def furniture(self) -> frozenset[int]:
        """The numbers of the lines that are page numbers, links and the like."""
        is_manual = domain_rules(self.context.domain).headings is HeadingStyle.MANUAL
        return furniture_lines(self.lines) if is_manual else frozenset()

    @cached_property
    def sections(self) -> Sequence[Section]:
        """The sections, which cover the text; one without a title if the document has none."""
        return self.context.sections or (Section(start=0, end=len(self.text), level=0, title=""),)

    @cached_property
    def titles(self) -> frozenset[str]:
        """The titles of the sections, as `plain_title` returns them."""
        return frozenset(plain_title(section.title) for section in self.sections if section.title) - {""}

    @cached_property
    def tables(self) -> Sequence[tuple[int, int]]:
        """The spans of the tables, in order."""
        return [(node.start, node.end) for node in self.nodes if node.kind is NodeKind.TABLE]

    @cached_property
    def heading_ends(self) -> dict[int, int]:
        """Where the heading of a section ends, by the start of the section, if the outline says so."""
        return {node.start: node.body for node in self.nodes if node.kind is NodeKind.HEADING and node.begins_here}

    @property
    def has_notices(self) -> bool:
        """Whether a notice of a licence is not what the document is about, as it is in a legal text."""
        return domain_rules(self.context.domain).headings is not HeadingStyle.LEGAL

    def section_at(self, offset: int) -> int:
        """Return the index of the section that holds an offset."""
        return max(0, bisect_right(self._section_starts, offset) - 1)

    def is_in_table(self, offset: int) -> bool:
        """Return whether an offset is in a table."""
        index = bisect_right(self._table_starts, offset) - 1
        return index >= 0 and offset < self.tables[index][1]

    def is_in_contents(self, offset: int) -> bool:
        """Return whether an offset is in a section whose heading is that of a table of contents."""
        return is_contents_title(self.sections[self.section_at(offset)].title)

    def lines_in(self, start: int, end: int) -> range:
        """Return the numbers of the lines that begin in a span."""
        first = bisect_right(self._line_starts, start - 1)
        return range(first, max(first, bisect_right(self._line_starts, end - 1)))

    @cached_property
    def _section_starts(self) -> list[int]:
        return [section.start for section in self.sections]

    @cached_property
    def _table_starts(self) -> list[int]:
        return [start for start, _ in self.tables]

    @cached_property
    def _line_starts(self) -> list[int]:
        return [line.start for line in self.lines]
