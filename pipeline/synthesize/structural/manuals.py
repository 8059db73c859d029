"""Parses a manual into what the tasks read: its sections, sentences, notes, lists, entries and tables.

Takes a text, its language and the nodes of its outline; returns a `Manual`. Used by the tasks for manuals and the
modules that they share.
"""

from __future__ import annotations

from bisect import bisect_right
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field

from pipeline.documents.grammar.manual.furniture import furniture_lines
from pipeline.documents.grammar.text_lines import TextLine, read_lines
from pipeline.languages import Language
from pipeline.nodes import Node, NodeKind, nodes_of
from pipeline.synthesize.structural.blocks import marked_block, plain_block, unbroken_words
from pipeline.synthesize.structural.facts import Span
from pipeline.synthesize.structural.headings import NamedSection, SectionFinder, name_sections
from pipeline.synthesize.structural.own_text import has_own_letter, is_own_text
from pipeline.synthesize.structural.prose import prose_sentences


@dataclass(frozen=True, slots=True)
class Place:
    """The section or entry that contains a sentence, as a question names it."""

    name: str
    start: int
    is_entry: bool


@dataclass(frozen=True, slots=True)
class Told:
    """What one sentence of a manual says about a subject."""

    subject: str
    answer: str
    span: Span


@dataclass(frozen=True, slots=True)
class Manual:
    """A manual with the nodes that the grammars found."""

    text: str
    language: Language
    lines: tuple[TextLine, ...]
    sections: tuple[NamedSection, ...]
    nodes: tuple[Node, ...]
    """NOTE, STEPS, STEP and ENTRY nodes."""
    tables: tuple[Node, ...]
    """TABLE and CELL nodes."""
    sentences: tuple[Span, ...]
    """The sentences of the prose outside notes."""
    furniture: tuple[Span, ...]
    """Lines that are not part of the document's text, such as navigation links."""
    entries: tuple[Node, ...]
    """ENTRY nodes that are not inside another entry."""
    entry_starts: tuple[int, ...]
    """The offsets at which `entries` begin."""
    unique_terms: frozenset[str]
    """The terms that only one ENTRY node has, in lower case."""
    words: frozenset[str] | None
    """See `blocks.unbroken_words`."""
    finder: SectionFinder
    plain_known: dict[Span, str] = field(default_factory=dict, repr=False, compare=False)
    """The cache of `sentence`, which several modules call for the same sentences."""
    marked_known: dict[Span, str] = field(default_factory=dict, repr=False, compare=False)
    """The cache of `marked_sentence`."""

    def section_of(self, node: Node) -> NamedSection:
        """Return the section that a node begins in."""
        return self.finder.at(node.start)

    def place_of(self, offset: int) -> Place | None:
        """Return the entry, or else the section, that contains an offset; None if it has no unique name."""
        index = bisect_right(self.entry_starts, offset) - 1
        if index >= 0 and offset < self.entries[index].end:
            entry = self.entries[index]
            return (
                Place(entry.label, entry.start, is_entry=True) if entry.label.casefold() in self.unique_terms else None
            )
        section = self.finder.at(offset)
        return Place(section.name, section.start, is_entry=False) if section.name else None

    def of_kind(self, kind: NodeKind) -> list[Node]:
        """Return the nodes of a kind, in order."""
        return [node for node in self.nodes if node.kind is kind]

    def block(self, start: int, end: int) -> str:
        """Return the text between two offsets as an answer, or an empty string; see `plain_block`."""
        return plain_block(self.text, Span(start, end), words=self.words)

    def is_own(self, text: str) -> bool:
        """Return whether a text is in the document's language, not counting code; see `is_own_text`."""
        return is_own_text(text, self.language)

    def is_word(self, text: str) -> bool:
        """Return whether a text contains a letter of the document's language."""
        return has_own_letter(text, self.language)

    def sentence(self, span: Span) -> str:
        """Return a sentence on one line as an answer, or an empty string; see `plain_block`."""
        if span not in self.plain_known:
            self.plain_known[span] = " ".join(self.block(span.start, span.end).split())
        return self.plain_known[span]

    def marked_sentence(self, span: Span) -> str:
        """Return a sentence on one line with its emphasis marks, or an empty string; see `marked_block`."""
        if span not in self.marked_known:
            self.marked_known[span] = " ".join(marked_block(self.text, span, words=self.words).split())
        return self.marked_known[span]


def manual_of(*, text: str, language: Language, outline: Sequence[Node]) -> Manual:
    """Return the manual for a text and its outline, without the notes, lists, entries and tables that are cut off."""
    lines = read_lines(text)
    furniture = furniture_lines(lines)
    found = nodes_of(outline, {NodeKind.HEADING})
    nodes = nodes_of(outline, {NodeKind.NOTE, NodeKind.STEPS, NodeKind.STEP, NodeKind.ENTRY}, whole_only=True)
    sections = name_sections(text=text, headings=found)
    entries = _outermost([node for node in nodes if node.kind is NodeKind.ENTRY])
    terms = Counter(node.label.casefold() for node in nodes if node.kind is NodeKind.ENTRY)
    return Manual(
        text=text,
        language=language,
        lines=tuple(lines),
        sections=sections,
        nodes=tuple(nodes),
        tables=whole_tables(outline),
        sentences=tuple(_outside_notes(prose_sentences(text, lines, frozenset(node.start for node in found)), nodes)),
        furniture=tuple(Span(lines[index].content_start, lines[index].content_end) for index in sorted(furniture)),
        entries=entries,
        entry_starts=tuple(entry.start for entry in entries),
        unique_terms=frozenset(term for term, count in terms.items() if count == 1),
        words=unbroken_words(lines),
        finder=SectionFinder(sections),
    )


def whole_tables(outline: Sequence[Node]) -> tuple[Node, ...]:
    """Return the complete TABLE nodes, each followed by its cells.

    A table that is cut off lacks its header, or rows that belong to answers.
    """
    return tuple(nodes_of(outline, {NodeKind.TABLE, NodeKind.CELL}, whole_only=True))


def _outside_notes(sentences: Iterable[Span], nodes: Sequence[Node]) -> Iterator[Span]:
    """Yield the sentences that are not inside a note, because a note is asked about as a whole."""
    notes = [(node.start, node.end) for node in nodes if node.kind is NodeKind.NOTE]
    starts = [start for start, _ in notes]
    for span in sentences:
        index = bisect_right(starts, span.start) - 1
        if index < 0 or span.start >= notes[index][1]:
            yield span


def _outermost(entries: Sequence[Node]) -> tuple[Node, ...]:
    """Return the entries that are not inside an earlier entry."""
    kept: list[Node] = []
    for entry in entries:
        if not kept or entry.start >= kept[-1].end:
            kept.append(entry)
    return tuple(kept)
