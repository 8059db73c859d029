"""A document in, its token ids out: whole, in parts, or a reason why it fits no bucket. Used by `stages.tokenize`.

A document is encoded once, with the token at which each section and each possible cut begins; lengths, the decision to
split and the ids of the parts all come from that encoding. Memory: one document.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from pipeline.config.pack import Overflow
from pipeline.pack.boundaries import Boundary, boundaries
from pipeline.pack.split import Decode, Encode, Part, Unsplittable, split_text
from pipeline.records import Document, Section


@dataclass(frozen=True, slots=True)
class Misfit:
    """Why a document fits no bucket."""

    reason: str
    detail: str
    score: float
    num_tokens: int
    """Of the whole document."""


def encode_document(
    document: Document, *, max_tokens: int, overflow: Overflow, encode: Encode, decode: Decode
) -> list[Part] | Misfit:
    """Token ids of a document, of its parts where it has to be split.

    Args:
        document: cleaned, and a survivor of deduplication.
        max_tokens: what the top bucket holds.
        overflow: what happens to a longer document.
        encode: the student's tokenizer, see `split.Encode`.
        decode: its inverse.
    """
    text = document.text
    section_starts = [section.start for section in document.sections]
    splits = overflow is Overflow.SPLIT_AT_SECTION
    # No tokenizer makes more tokens than bytes, so most documents need not be searched for places to cut.
    cuts = _cuts(document) if splits and len(text) * 4 > max_tokens and len(text.encode()) > max_tokens else []
    at = sorted({*section_starts, *(cut.offset for cut in cuts)})
    ids, tokens = encode(text, at)
    token_at = dict(zip(at, tokens, strict=True))
    if len(ids) <= max_tokens or overflow is Overflow.NEXT_BUCKET:
        starts = np.array([token_at[start] for start in section_starts], dtype=np.uint32)
        return [Part(start=0, end=len(text), ids=ids, section_token_starts=starts)]
    if not splits:
        detail = f"{len(ids)} tokens; the top bucket holds {max_tokens}."
        return Misfit("too_long", detail, float(len(ids)), len(ids))
    parts = split_text(
        text,
        boundaries=cuts,
        section_starts=section_starts,
        ids=ids,
        token_at=token_at,
        max_tokens=max_tokens,
        encode=encode,
        decode=decode,
    )
    if isinstance(parts, Unsplittable):
        detail = (
            f"The piece at character {parts.start} has {parts.num_tokens} tokens and no place to cut it; "
            f"the top bucket holds {max_tokens}."
        )
        return Misfit("unsplittable", detail, float(parts.num_tokens), len(ids))
    return parts


def heading_path(sections: tuple[Section, ...], *, start: int) -> tuple[str, ...]:
    """Titles of the sections that are open above an offset, outermost first; one that begins there is not among them.

    Args:
        sections: of the document, in order.
        start: where a part of it begins.
    """
    open_sections: list[Section] = []
    for section in sections:
        if section.start > start:
            break
        while open_sections and open_sections[-1].level >= section.level:
            open_sections.pop()
        if section.start < start:
            open_sections.append(section)
    return tuple(section.title for section in open_sections if section.title)


def _cuts(document: Document) -> list[Boundary]:
    return boundaries(document.text, domain=document.domain, sections=document.sections, path=document.source_uri)
