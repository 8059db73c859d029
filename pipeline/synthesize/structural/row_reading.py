"""Holds what the tasks over several documents read of a joined row: a `Reading` of each document, and its place.

Takes the `Context` of a joined row. Facts about a row have spans in the row's text; `RowMember.moved` translates spans
of a document. Used by `candidates` and the tasks with `finds_across`. Cost: each document is parsed once more, as far
as the tasks need it.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace
from functools import cached_property

from pipeline.documents.grammar.clipping import clip_outline
from pipeline.documents.pages import pages_within
from pipeline.languages import Language, language_rules
from pipeline.records import Context, JoiningKind, Member, Section
from pipeline.synthesize.structural.facts import Findings, Span
from pipeline.synthesize.structural.reading import Reading


@dataclass(frozen=True, slots=True)
class RowMember:
    """One document of a joined row."""

    reading: Reading
    start: int
    """Where the document's text begins in the row."""
    number: int
    """The number in the document's heading line, from 1."""
    title: str
    """The title by which a question can name the document; empty if it has none, or if another has the same."""

    def moved(self, span: Span) -> Span:
        """Return a span of the document as a span of the row."""
        return Span(span.start + self.start, span.end + self.start)


class RowReading:
    """A joined row, with its documents parsed in the ways that the tasks need."""

    def __init__(self, row: Context, finds: Mapping[str, Callable[[Reading], Findings]]) -> None:
        """Read a joined row.

        Args:
            row: The row.
            finds: As for `Reading`, for each document.
        """
        assert row.members, "the row joins no documents"
        self.row = row
        self._finds = finds

    @property
    def language(self) -> Language:
        """The language of the row and of its documents."""
        return self.row.language

    @cached_property
    def members(self) -> tuple[RowMember, ...]:
        """The documents, in the order of the row."""
        titles = unique_titles(self.row)
        return tuple(
            RowMember(Reading(context, self._finds), start=member.start, number=index + 1, title=titles[index])
            for index, (member, context) in enumerate(zip(self.row.members, member_contexts(self.row), strict=True))
        )


def unique_titles(row: Context) -> list[str]:
    """Return the title of each document of a joined row in one line.

    It is empty if it is missing or not unique, or if it is the beginning of a sentence or of a longer title.
    """
    titles = [" ".join(member.title.split()) for member in row.members]
    counts = Counter(title.casefold() for title in titles)
    return [
        title if counts[title.casefold()] == 1 and not _is_cut(title, member, row) else ""
        for title, member in zip(titles, row.members, strict=True)
    ]


def _is_cut(title: str, member: Member, row: Context) -> bool:
    """Return whether a title is the beginning of a sentence, or of a longer title at the head of its document."""
    words = language_rules(row.language).comparison
    if words.no_title is not None and words.no_title.search(title):
        return True
    if words.title_goes_on is None or not title:
        return False
    written = re.compile(r"^[^\w\n]*" + r"\s+".join(map(re.escape, title.split())), re.MULTILINE)
    found = written.search(row.text, member.start, min(member.end, member.start + _HEAD_CHARS))
    return found is not None and words.title_goes_on.match(row.text, found.end(), member.end) is not None


_HEAD_CHARS = 2000
"""How far from the beginning of a document its title is looked for."""


def member_contexts(row: Context) -> Iterator[Context]:
    """Yield each document of a joined row as a context of its own, in order."""
    spans = [(member.start, member.end) for member in row.members]
    outlines = clip_outline(row.outline, spans) if row.outline is not None else [None] * len(spans)
    for member, outline in zip(row.members, outlines, strict=True):
        yield replace(
            row,
            doc_id=member.doc_id,
            text=row.text[member.start : member.end],
            title=member.title,
            source_uri=member.source_uri,
            num_tokens=member.num_tokens,
            sections=_sections_of(member, row),
            parent_id=member.doc_id,
            joining=JoiningKind.NONE.value,
            members=(),
            pages=pages_within(row.pages, start=member.start, end=member.end),
            outline=outline,
        )


def _sections_of(member: Member, row: Context) -> tuple[Section, ...]:
    """Return the sections of a document at offsets into it; the reverse of `pack.contexts.joined_context`."""
    found = []
    for section in row.sections:
        if section.end <= member.start or section.start >= member.end:
            continue
        holds_heading = section.start < member.start
        found.append(
            Section(
                start=max(section.start, member.start) - member.start,
                end=section.end - member.start,
                level=section.level - 1,
                title="" if holds_heading else section.title,
            )
        )
    return tuple(found)
