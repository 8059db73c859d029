"""Build the rows of `corpus/` from documents and the decisions about them. Used by `stages.pack`.

A row is a document, a part of a document, or several short documents one after the other, each below a line with its
number and title. Pure; linear in the text.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from pipeline.documents.grammar.clipping import clip_outline, join_outlines
from pipeline.documents.grammar.outline import outline_of
from pipeline.documents.pages import joined_pages, pages_within
from pipeline.identity import content_id, sha256_hex
from pipeline.languages import language_rules
from pipeline.nodes import Node
from pipeline.pack.encoding import heading_path
from pipeline.records import Context, Document, JoiningKind, Member, Section

_MAX_TITLE_CHARS = 120


@dataclass(frozen=True, slots=True)
class Placement:
    """The decisions about a row."""

    num_tokens: int
    bucket: int
    cluster_id: str
    repeats: int


def part_context(
    document: Document,
    *,
    start: int,
    end: int,
    part: int,
    num_parts: int,
    placement: Placement,
    outline: tuple[Node, ...] | None = None,
) -> Context:
    """Return the row of a document or of one part of it.

    Args:
        document: the whole document.
        start, end: characters of the part.
        part: number of the part; the first is 1.
        num_parts: 1 if the document is whole, or if one part is left of it without the files that fit no bucket.
        placement: the decisions about the row.
        outline: the part's outline; None means that readers of the row compute it when they need it.
    """
    return Context(
        doc_id=document.doc_id if num_parts == 1 and start == 0 else content_id(document.doc_id, start),
        text=document.text[start:end],
        domain=document.domain,
        language=document.language,
        title=document.title,
        licence=document.licence,
        source_uri=document.source_uri,
        source_offset=document.source_offset,
        sha256=document.sha256,
        num_tokens=placement.num_tokens,
        bucket=placement.bucket,
        cluster_id=placement.cluster_id,
        sections=sections_within(document.sections, start=start, end=end),
        parent_id=document.doc_id,
        parent_start=start,
        heading_path=heading_path(document.sections, start=start),
        part=part,
        num_parts=num_parts,
        joining=JoiningKind.NONE.value,
        members=(),
        repeats=placement.repeats,
        pages=pages_within(document.pages, start=start, end=end),
        outline=outline,
    )


def part_outlines(document: Document, spans: Sequence[tuple[int, int]]) -> Iterator[tuple[Node, ...]]:
    """Yield the outline of each part of a document; `spans` are ascending and do not overlap."""
    outline = outline_of(document)
    if list(spans) == [(0, len(document.text))]:
        return iter([outline])
    return clip_outline(outline, spans)


def joined_context(
    documents: Sequence[Document], *, num_tokens: Sequence[int], joining: JoiningKind, placement: Placement
) -> Context:
    """Return the row of several documents of one domain and language.

    The line above a document opens a section of level 1 with the document's title. The document's own sections are one
    level deeper, and text before its first heading belongs to that opening section. Outlines keep their levels.

    Args:
        documents: the documents in order, at least two.
        num_tokens: tokens of each document's own text.
        joining: why the documents are joined.
        placement: the decisions about the row.
    """
    first = documents[0]
    pieces: list[str] = []
    members: list[Member] = []
    sections: list[Section] = []
    length = 0
    for number, (document, tokens) in enumerate(zip(documents, num_tokens, strict=True), start=1):
        heading = joined_heading(language=document.language, number=number, title=document.title)
        start = length + len(heading)
        end = start + len(document.text)
        sections += _sections_of_member(document, heading_start=length, start=start)
        members.append(
            Member(
                doc_id=document.doc_id,
                title=document.title,
                source_uri=document.source_uri,
                start=start,
                end=end,
                num_tokens=tokens,
            )
        )
        pieces += [heading, document.text]
        length = end
    doc_id = joined_id([document.doc_id for document in documents])
    pairs = list(zip(members, documents, strict=True))
    return Context(
        doc_id=doc_id,
        text="".join(pieces),
        domain=first.domain,
        language=first.language,
        title=" · ".join(document.title for document in documents if document.title)[:_MAX_TITLE_CHARS],
        licence=_joined_licence([document.licence for document in documents]),
        source_uri=first.source_uri,
        source_offset=first.source_offset,
        sha256=sha256_hex("".join(document.sha256 for document in documents).encode()),
        num_tokens=placement.num_tokens,
        bucket=placement.bucket,
        cluster_id=placement.cluster_id,
        sections=tuple(sections),
        parent_id=doc_id,
        parent_start=0,
        heading_path=(),
        part=1,
        num_parts=1,
        joining=joining.value,
        members=tuple(members),
        repeats=placement.repeats,
        pages=joined_pages((member.start, document.pages) for member, document in pairs),
        outline=join_outlines((member.start, outline_of(document)) for member, document in pairs),
    )


def joined_id(doc_ids: Sequence[str]) -> str:
    """Return the id of the row that joins some documents, in their order."""
    return content_id("joined", *doc_ids)


def joined_heading(*, language: str, number: int, title: str) -> str:
    """Return the line above a document of a joined row, with the blank lines around it; `number` counts from 1."""
    heading = language_rules(language).frames.document_heading
    line = heading.format(number=number, title=" ".join(title.split())).rstrip(" :")
    return ("" if number == 1 else "\n\n") + line + "\n\n"


def sections_within(sections: Sequence[Section], *, start: int, end: int) -> tuple[Section, ...]:
    """Return the sections of a part, in offsets of the part; a cut section keeps its level and title in both parts."""
    return tuple(
        Section(
            start=max(section.start, start) - start,
            end=min(section.end, end) - start,
            level=section.level,
            title=section.title,
        )
        for section in sections
        if section.start < end and section.end > start
    )


def _sections_of_member(document: Document, *, heading_start: int, start: int) -> list[Section]:
    own = document.sections
    untitled = 1 if own and own[0].level == 0 else 0
    own_start = own[untitled].start if len(own) > untitled else len(document.text)
    opening = Section(start=heading_start, end=start + own_start, level=1, title=document.title)
    return [
        opening,
        *(
            Section(start=start + section.start, end=start + section.end, level=section.level + 1, title=section.title)
            for section in own[untitled:]
        ),
    ]


def _joined_licence(licences: Sequence[str]) -> str:
    """Return the SPDX `AND` of the different licences, since all of them apply."""
    different = sorted(set(licences))
    return different[0] if len(different) == 1 else " AND ".join(f"({x})" if " " in x else x for x in different)
