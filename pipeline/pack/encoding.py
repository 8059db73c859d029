"""Encodes a document: whole, in parts, or not at all if it fits no bucket. Used by `stages.tokenize`.

Takes a document; returns the token ids of its parts, or the reason why it fits no bucket. The document is encoded once,
which also gives the token at which each section and each possible cut begins. The document's length, the decision to
split it and nearly all ids of its parts come from this encoding. Only if files of a source tree are left out, the rest
is encoded again. Memory: one document.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np

from pipeline.config.pack import Overflow
from pipeline.documents.grammar.clipping import clip_outline
from pipeline.documents.grammar.outline import outline_of
from pipeline.domains import domain_rules
from pipeline.pack.boundaries import Boundary, boundaries
from pipeline.pack.split import Decode, Encode, EncodedText, Part, Unsplittable, split_text
from pipeline.records import Document, Dropped, Section


@dataclass(frozen=True, slots=True)
class Unplaced:
    """Why a document fits no bucket."""

    why: Dropped
    num_tokens: int
    """Length of the document in tokens."""


def encode_document(
    document: Document, *, max_tokens: int, overflow: Overflow, encode: Encode, decode: Decode
) -> list[Part] | Unplaced:
    """Return the document as one part, or as several parts if it must be split, or why it fits no bucket.

    If a file of a source tree cannot be cut into pieces that fit, the file is left out; the rest of the tree is kept.

    Args:
        document: a cleaned document that deduplication kept.
        max_tokens: the maximum number of document tokens in the top bucket.
        overflow: what happens to a longer document; for `NEXT_BUCKET`, it stays one part.
        encode: the student's tokenizer, see `split.Encode`.
        decode: the inverse of `encode`.
    """
    text = document.text
    section_starts = [section.start for section in document.sections]
    splits = overflow is Overflow.SPLIT_AT_SECTION
    # No tokenizer produces more tokens than bytes, so for most documents no boundaries are needed.
    cuts = _cuts(document) if splits and len(text) * 4 > max_tokens and len(text.encode()) > max_tokens else []
    at = sorted({*section_starts, *(cut.offset for cut in cuts)})
    ids, tokens = encode(text, at)
    token_at = dict(zip(at, tokens, strict=True))
    if len(ids) <= max_tokens or overflow is Overflow.NEXT_BUCKET:
        starts = np.array([token_at[start] for start in section_starts], dtype=np.uint32)
        return [Part(start=0, end=len(text), ids=ids, section_token_starts=starts)]
    if not splits:
        detail = f"{len(ids)} tokens; the top bucket holds {max_tokens}."
        return Unplaced(Dropped("too_long", detail, float(len(ids))), len(ids))
    encoded = EncodedText(text, ids=ids, token_at=token_at, section_starts=section_starts)
    parts = split_text(encoded, boundaries=cuts, max_tokens=max_tokens, encode=encode, decode=decode)
    if isinstance(parts, Unsplittable) and (spans := _without_files(document, parts.all_starts)):
        return _encode_spans(document, spans, max_tokens=max_tokens, overflow=overflow, encode=encode, decode=decode)
    if isinstance(parts, Unsplittable):
        detail = (
            f"The piece at character {parts.start} has {parts.num_tokens} tokens and no place to cut it; "
            f"the top bucket holds {max_tokens}."
        )
        return Unplaced(Dropped("unsplittable", detail, float(parts.num_tokens)), len(ids))
    return parts


def _without_files(document: Document, starts: Sequence[int]) -> list[tuple[int, int]]:
    """Return the spans of a source tree that remain without the files at the given offsets.

    The list is empty if no file remains, if the document has a single file, or if it is not code.
    """
    if not domain_rules(document.domain).is_code or len(document.sections) < 2:
        return []
    firsts = [section.start for section in document.sections]
    spans: list[tuple[int, int]] = []
    dropped = {bisect_right(firsts, start) - 1 for start in starts}
    for index, section in enumerate(document.sections):
        if index in dropped:
            continue
        if spans and spans[-1][1] == section.start:
            spans[-1] = (spans[-1][0], section.end)
        else:
            spans.append((section.start, section.end))
    return spans


def _encode_spans(
    document: Document,
    spans: Sequence[tuple[int, int]],
    *,
    max_tokens: int,
    overflow: Overflow,
    encode: Encode,
    decode: Decode,
) -> list[Part] | Unplaced:
    """Encode only the given spans of a document, which consist of whole sections.

    Return the parts of the spans that fit; if none does, return why the last one does not.
    """
    found: list[Part] = []
    unplaced: Unplaced | None = None
    for (start, end), outline in zip(spans, clip_outline(outline_of(document), spans), strict=True):
        sections = tuple(
            replace(section, start=section.start - start, end=section.end - start)
            for section in document.sections
            if start <= section.start and section.end <= end
        )
        parts = encode_document(
            replace(document, text=document.text[start:end], sections=sections, outline=outline),
            max_tokens=max_tokens,
            overflow=overflow,
            encode=encode,
            decode=decode,
        )
        if isinstance(parts, Unplaced):
            unplaced = parts
        else:
            found += [replace(part, start=part.start + start, end=part.end + start) for part in parts]
    assert found or unplaced is not None, "no spans were given"
    return found or unplaced or []


def heading_path(sections: tuple[Section, ...], *, start: int) -> tuple[str, ...]:
    """Return the titles of the sections that contain an offset and begin before it, outermost first.

    Args:
        sections: the document's sections, in order.
        start: the offset at which a part begins.
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
    return boundaries(
        document.text,
        domain=document.domain,
        sections=document.sections,
        outline=outline_of(document),
        path=document.source_uri,
    )
