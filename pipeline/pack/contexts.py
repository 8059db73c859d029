"""A document and its token count in, the rows of `corpus/` or a rejection out. Used by `stages.pack`."""

from __future__ import annotations

from collections.abc import Sequence

from pipeline.config.build import Overflow
from pipeline.identity import content_id
from pipeline.pack.boundaries import boundaries
from pipeline.pack.buckets import bucket_for
from pipeline.pack.split import CountTokens, Part, Unsplittable, split_text
from pipeline.records import Context, Document, Rejection, Section, excerpt_of

STAGE = "pack"


def pack_document(
    document: Document,
    *,
    num_tokens: int,
    cluster_id: str,
    buckets: Sequence[int],
    room_tokens: int,
    min_tokens: int,
    overflow: Overflow,
    count_tokens: CountTokens,
) -> list[Context] | Rejection:
    """Put a document into its bucket, whole or in parts that concatenate to it.

    Args:
        document: cleaned, and a survivor of deduplication.
        num_tokens: of its whole text, without special tokens.
        cluster_id: the duplicate cluster it survives, or its own id.
        buckets: upper edges in tokens, ascending.
        room_tokens: kept free in every bucket.
        min_tokens: a shorter document is rejected as `too_short_tokens`.
        overflow: whether a document longer than the top bucket is split, or rejected as `too_long`.
        count_tokens: tokens of each text by the same tokenizer; asked only where a document is split.
    """
    max_tokens = buckets[-1] - room_tokens
    if num_tokens < min_tokens:
        return _rejection(
            document, "too_short_tokens", f"{num_tokens} tokens; at least {min_tokens} are asked for.", num_tokens
        )
    if num_tokens <= max_tokens:
        parts: list[Part] | Unsplittable = [Part(start=0, end=len(document.text), num_tokens=num_tokens)]
    elif overflow is Overflow.DROP:
        return _rejection(document, "too_long", f"{num_tokens} tokens; the top bucket holds {max_tokens}.", num_tokens)
    else:
        parts = split_text(
            document.text,
            boundaries=boundaries(document.text, domain=document.domain, sections=document.sections),
            max_tokens=max_tokens,
            count_tokens=count_tokens,
        )
    if isinstance(parts, Unsplittable):
        detail = (
            f"The piece at character {parts.start} has {parts.num_tokens} tokens and no place to cut it; "
            f"the top bucket holds {max_tokens}."
        )
        return _rejection(document, "unsplittable", detail, parts.num_tokens)
    return [
        _context(
            document, part, cluster_id=cluster_id, buckets=buckets, room_tokens=room_tokens, is_whole=len(parts) == 1
        )
        for part in parts
    ]


def sections_within(sections: Sequence[Section], *, start: int, end: int) -> tuple[Section, ...]:
    """The sections of a part, in offsets of the part; one that is cut keeps its level and title on both sides."""
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


def _context(
    document: Document, part: Part, *, cluster_id: str, buckets: Sequence[int], room_tokens: int, is_whole: bool
) -> Context:
    bucket = bucket_for(part.num_tokens, buckets=buckets, room_tokens=room_tokens)
    assert bucket is not None, "a part fits the top bucket"
    return Context(
        doc_id=document.doc_id if is_whole else content_id(document.doc_id, part.start),
        text=document.text[part.start : part.end],
        domain=document.domain,
        language=document.language,
        title=document.title,
        licence=document.licence,
        source_uri=document.source_uri,
        source_offset=document.source_offset,
        sha256=document.sha256,
        num_tokens=part.num_tokens,
        bucket=bucket,
        cluster_id=cluster_id,
        sections=sections_within(document.sections, start=part.start, end=part.end),
        parent_id=document.doc_id,
        parent_start=part.start,
    )


def _rejection(document: Document, reason: str, detail: str, score: float) -> Rejection:
    return Rejection(
        stage=STAGE,
        item_id=document.doc_id,
        reason=reason,
        detail=detail,
        score=float(score),
        source_uri=document.source_uri,
        source_offset=document.source_offset,
        excerpt=excerpt_of(document.text),
    )
