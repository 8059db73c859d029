"""Names the documents of a joined row in questions and answers, and finds the lines that name them in the text.

Takes a `RowReading` and its members. Used by the tasks over several documents.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from pipeline.languages import language_rules
from pipeline.synthesize.structural.facts import Span
from pipeline.synthesize.structural.layout import trim
from pipeline.synthesize.structural.row_reading import RowMember, RowReading


@dataclass(frozen=True, slots=True)
class NamedDocument:
    """A document of a row with its name."""

    member: RowMember
    name: str
    """How questions and answers call it: `“Boathouse lease”`, `document 2`."""
    heading: Span
    """The heading line above the document, in the row."""


def named_documents(row: RowReading) -> tuple[NamedDocument, ...]:
    """Return the documents of a row, in order."""
    ends = [0, *(member.start + len(member.reading.text) for member in row.members)]
    return tuple(
        NamedDocument(member, _name(member, row), trim(row.row.text, end, member.start))
        for end, member in zip(ends, row.members, strict=False)
    )


def listed(documents: Sequence[NamedDocument], row: RowReading) -> str:
    """Return the names of documents in running text."""
    return language_rules(row.language).join_names([document.name for document in documents])


def _name(member: RowMember, row: RowReading) -> str:
    words = language_rules(row.language).comparison
    is_quotable = member.title and not set(member.title) & set("“”「」{}")
    titled, numbered = words.titled_document, words.numbered_document
    return titled.format(title=member.title) if is_quotable else numbered.format(number=member.number)
