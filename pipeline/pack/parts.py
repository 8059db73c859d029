"""The parts of a document that fit the recipe's buckets, and the rows that are made of them.

Takes documents and the recipe's `pack` section. Used by the steps of the pack stage, by `transforms.packing` and by
`stages.sampled_documents`. Cost: a document is encoded once.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from typing import Protocol

from pipeline.config.pack import PackRecipe
from pipeline.domains import domain_rules
from pipeline.pack.contexts import Placement, bucket_for, joined_heading, part_context, part_outlines
from pipeline.pack.encoding import Unplaced, encode_document
from pipeline.pack.joining import JoinRules
from pipeline.pack.split import Ids, Part
from pipeline.records import Context, Document, Dropped, Rejection, excerpt_of
from pipeline.tokens.encode import count_tokens, encode_with_boundaries
from pipeline.tokens.tokenizer import load_tokenizer

STAGE = "pack"
"""The stage of the rejections."""


class Span(Protocol):
    """A part of a document."""

    @property
    def start(self) -> int:
        """The offset of its first character."""

    @property
    def end(self) -> int:
        """The offset after its last character."""

    @property
    def num_tokens(self) -> int:
        """Its length in tokens."""


def encode_parts(document: Document, recipe: PackRecipe) -> list[Part] | Unplaced:
    """Return the document as the parts that fit the recipe's top bucket, or why it fits no bucket."""

    def encode(text: str, at: Sequence[int]) -> tuple[Ids, Sequence[int]]:
        return encode_with_boundaries(text, recipe.tokenizer, at)

    def decode(ids: Ids) -> str:
        tokenizer = load_tokenizer(recipe.tokenizer)
        return str(tokenizer.decode(ids.tolist(), skip_special_tokens=False, clean_up_tokenization_spaces=False))

    return encode_document(
        document,
        max_tokens=recipe.buckets[-1] - recipe.room_tokens,
        overflow=recipe.overflow,
        encode=encode,
        decode=decode,
    )


def is_whole(document: Document, parts: Sequence[Span]) -> bool:
    """Return whether the only part is the whole document."""
    return len(parts) == 1 and parts[0].end - parts[0].start == len(document.text)


def heading_tokens(document: Document, recipe: PackRecipe) -> int:
    """Return the number of tokens in the heading line with the longest number, such as 99 for up to 20 members."""
    most = max(recipe.join.max_members, recipe.compare.max_members)
    number = 10 ** len(str(most)) - 1
    heading = joined_heading(language=document.language, number=number, title=document.title)
    return count_tokens([heading], recipe.tokenizer)[0]


def bucket_of(num_tokens: int, recipe: PackRecipe) -> int:
    """Return the smallest bucket that has room for a row and its task; see `bucket_for`."""
    return bucket_for(num_tokens, buckets=recipe.buckets, room_tokens=recipe.room_tokens)


def join_rules(recipe: PackRecipe) -> JoinRules:
    """Return the recipe's rules for joining short documents."""
    return JoinRules(
        kinds=recipe.join.kinds,
        max_tokens=recipe.join_tokens,
        min_tokens=recipe.min_tokens,
        max_members=recipe.join.max_members,
        min_similarity=recipe.join.min_similarity,
    )


def joined_tokens(names: Sequence[tuple[str, str]], num_tokens: Iterable[int], recipe: PackRecipe) -> int:
    """Return the length of a row that joins documents, with their headings.

    Args:
        names: language and title of each document, in the order of the row.
        num_tokens: the length of each document.
        recipe: its tokenizer counts the headings.
    """
    headings = [
        joined_heading(language=language, number=number, title=title)
        for number, (language, title) in enumerate(names, start=1)
    ]
    return sum(num_tokens) + sum(count_tokens(headings, recipe.tokenizer))


def part_rows(
    document: Document,
    parts: Sequence[Span],
    recipe: PackRecipe,
    *,
    cluster_id: str,
    repeats: int,
) -> Iterator[Context]:
    """Yield the row of each part of a document that fits.

    Args:
        document: the document.
        parts: its parts, in order.
        recipe: the recipe section.
        cluster_id, repeats: see `Context`.
    """
    spans = [(part.start, part.end) for part in parts]
    for number, (part, outline) in enumerate(zip(parts, part_outlines(document, spans), strict=True), start=1):
        yield part_context(
            document,
            start=part.start,
            end=part.end,
            part=number,
            num_parts=len(parts),
            placement=Placement(
                num_tokens=part.num_tokens,
                bucket=bucket_of(part.num_tokens, recipe),
                cluster_id=cluster_id,
                repeats=repeats,
            ),
            outline=outline,
        )


def num_left_out(document: Document, parts: Sequence[Span]) -> int:
    """Return the number of files of a source tree that are in none of its parts, because they fit no bucket."""
    if not domain_rules(document.domain).is_code:
        return 0
    bounds = [0, *(bound for part in parts for bound in (part.start, part.end)), len(document.text)]
    gaps = [(start, end) for start, end in zip(bounds[::2], bounds[1::2], strict=True) if end > start]
    return sum(start <= section.start < end for start, end in gaps for section in document.sections)


def too_short(num_tokens: int, *, least: int) -> Dropped:
    """Return why a document is rejected that is shorter than `least` tokens and was joined with no other."""
    detail = f"{num_tokens} tokens; at least {least} are asked for, and it has no relatives."
    return Dropped("too_short_tokens", detail, float(num_tokens))


def pack_rejection(document: Document, why: Dropped) -> Rejection:
    """Return the rejection of a document that becomes no row."""
    return Rejection(
        stage=STAGE,
        item_id=document.doc_id,
        reason=why.reason,
        detail=why.detail,
        score=why.score,
        source_uri=document.source_uri,
        source_offset=document.source_offset,
        excerpt=excerpt_of(document.text),
    )
