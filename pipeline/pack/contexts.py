"""Builds the rows of `corpus/`, and chooses the length bucket of a document.

A row, also called a context, is a document, a part of a document, or several short documents in sequence. In a joined
row, each document follows a heading line with its number and title. Used by the steps of the pack stage; `verify` uses
`joined_id`. Cost: linear in the text.
"""

from __future__ import annotations

from bisect import bisect_left
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
    """What the pack stage decided about a row."""

    num_tokens: int
    bucket: int
    cluster_id: str
    repeats: int
    """How often training sees the row."""


def bucket_for(num_tokens: int, *, buckets: Sequence[int], room_tokens: int) -> int:
    """Return the smallest bucket that has room for a document and its task.

    If no bucket is large enough, return the top bucket doubled as often as necessary.

    Args:
        num_tokens: length of the document.
        buckets: upper edges of the buckets in tokens, ascending.
        room_tokens: tokens that are kept free for the question and the answer.
    """
    index = bisect_left(buckets, num_tokens + room_tokens)
    if index < len(buckets):
        return buckets[index]
    edge = 2 * buckets[-1]
    while edge < num_tokens + room_tokens:
        edge *= 2
    return edge


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
    """Return the row for a whole document or for one part of it.

    Args:
        document: the whole document.
        start, end: character offsets of the part in the document.
        part: number of the part, from 1.
        num_parts: number of the document's parts. It is 1 for a whole document, and also if the document became a
            single part because files that fit no bucket were left out.
        placement: what was decided about the row.
        outline: the part's outline; None means that it is computed when a later stage needs it.
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


def whole_context(document: Document) -> Context:
    """Return a document as a context of its own. Its tokens are not counted: `num_tokens` and `bucket` are 0."""
    return part_context(
        document,
        start=0,
        end=len(document.text),
        part=1,
        num_parts=1,
        placement=Placement(num_tokens=0, bucket=0, cluster_id=document.doc_id, repeats=1),
        outline=outline_of(document),
    )


def part_outlines(document: Document, spans: Sequence[tuple[int, int]]) -> Iterator[tuple[Node, ...]]:
    """Return the outline of each part of a document; `spans` hold the parts' offsets, ascending, without overlap."""
    outline = outline_of(document)
    if list(spans) == [(0, len(document.text))]:
        return iter([outline])
    return clip_outline(outline, spans)


def joined_context(
    documents: Sequence[Document], *, num_tokens: Sequence[int], joining: JoiningKind, placement: Placement
) -> Context:
    """Return the row that joins several documents of one domain and language.

    The heading line of a document begins a section of level 1 with the document's title. This section includes the text
    before the document's first heading. The sections of the document are one level deeper than in the document. Nodes
    of the outline keep their levels.

    Args:
        documents: the documents in order, at least two.
        num_tokens: number of tokens of each document's text, without the heading line.
        joining: why the documents are joined.
        placement: what was decided about the row.
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
    """Return the id of the row that joins the documents in this order."""
    return content_id("joined", *doc_ids)


def joined_heading(*, language: str, number: int, title: str) -> str:
    """Return the heading line of a document in a joined row, with the blank lines around it; `number` starts at 1."""
    heading = language_rules(language).frames.document_heading
    line = heading.format(number=number, title=" ".join(title.split())).rstrip(" :")
    return ("" if number == 1 else "\n\n") + line + "\n\n"


def sections_within(sections: Sequence[Section], *, start: int, end: int) -> tuple[Section, ...]:
    """Return the sections of a part with offsets in the part; a cut section keeps its level and title in both parts."""
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
    """Return the sections of a member of a joined row, with offsets in the row."""
    sections = document.sections
    untitled = 1 if sections and sections[0].level == 0 else 0
    first_start = sections[untitled].start if len(sections) > untitled else len(document.text)
    opening = Section(start=heading_start, end=start + first_start, level=1, title=document.title)
    return [
        opening,
        *(
            Section(start=start + section.start, end=start + section.end, level=section.level + 1, title=section.title)
            for section in sections[untitled:]
        ),
    ]


def _joined_licence(licences: Sequence[str]) -> str:
    """Return the SPDX expression that joins the distinct licences with `AND`, because all of them apply."""
    different = sorted(set(licences))
    return different[0] if len(different) == 1 else " AND ".join(f"({x})" if " " in x else x for x in different)
