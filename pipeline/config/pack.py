"""The recipe section of the pack stage: tokenizer, length buckets, splitting, joining, and the mix of rows."""

from __future__ import annotations

from enum import StrEnum
from typing import Annotated, Self

from pydantic import Field, PositiveInt, model_validator

from pipeline.config.base import RecipeSection, Share
from pipeline.domains import Domain
from pipeline.languages import Language
from pipeline.records import JoiningKind

STANDARD_BUCKETS = (1024, 2048, 4096, 8192, 16384, 32768, 65536, 131072)


class Overflow(StrEnum):
    """What happens to a document that is longer than the top bucket."""

    SPLIT_AT_SECTION = "split_at_section"
    NEXT_BUCKET = "next_bucket"
    """Keep the document whole in a larger bucket; each edge beyond the top one is twice the edge before."""
    DROP = "drop"


class JoinRecipe(RecipeSection):
    """Options for joining short related documents into one context."""

    kinds: tuple[JoiningKind, ...] = (JoiningKind.SAME_SOURCE, JoiningKind.NEAREST)
    """The ways of joining, tried in this order. If empty, nothing is joined. `distractors` joins the remaining short
    documents at random, for multi-document tasks."""
    below_tokens: PositiveInt | None = None
    """Join documents that are shorter than this. By default `pack.min_tokens`, or the length of a joined context if
    smaller, so that only documents are joined that would otherwise be rejected as too short."""
    target: PositiveInt | None = None
    """The bucket edge up to which a context is filled; by default the smallest edge."""
    min_similarity: Annotated[float, Field(gt=0.0, le=1.0)] = 0.04
    """The minimum estimated Jaccard similarity of documents that `nearest` joins. Texts on the same subject share 5 to
    40% of their shingles; unrelated texts share none."""
    max_members: PositiveInt = 64
    """The maximum number of documents in a context."""

    @model_validator(mode="after")
    def _kinds_are_valid(self) -> Self:
        if JoiningKind.NONE in self.kinds or len(set(self.kinds)) < len(self.kinds):
            raise ValueError(
                f"join.kinds must not contain none or repeat a way of joining: {[str(kind) for kind in self.kinds]}"
            )
        if compared := [str(kind) for kind in self.kinds if kind in (JoiningKind.VERSIONS, JoiningKind.COMPARISON)]:
            raise ValueError(f"join.kinds must not contain {compared[0]}: pack.compare sets the share of such contexts")
        return self


class CompareRecipe(RecipeSection):
    """Options for contexts that hold documents to compare. They are formed before short documents are joined, from
    documents of any length."""

    versions_share: Share = 0.5
    """The share of the possible groups of versions that are formed. Versions are documents that differ mostly in
    numbers, dates and names; see `dedup.versions_kept`."""
    comparison_share: Share = 0.2
    """The share of the possible groups of documents of the same type that are formed. Documents are of the same type if
    their clause titles, headings, table headers and fields are mostly the same."""
    target: PositiveInt | None = None
    """The bucket edge up to which such a context is filled; by default the largest."""
    max_members: int = Field(default=4, ge=2)
    """The maximum number of documents in such a context."""
    min_similarity: Annotated[float, Field(gt=0.0, le=1.0)] = 0.5
    """The minimum estimated Jaccard similarity of the titles of documents of the same type."""


class MixRule(RecipeSection):
    """A limit on the tokens of the rows that match the rule, and how often these rows are repeated. If several rules
    match a row, the first one applies."""

    bucket: PositiveInt | None = None
    """The bucket edge in tokens; any bucket by default. A split document belongs to the bucket of its longest part."""
    domain: Domain | None = None
    language: Language | None = None
    max_tokens: PositiveInt | None = None
    """The maximum total tokens of the rows taken, each row counted once. Documents are taken whole, in an order that
    the seed determines; a document that no longer fits is rejected as `cap`."""
    repeat: Annotated[float, Field(ge=1.0, le=100.0)] = 1.0
    """How often training sees a row. With 2.5, about half of the rows, drawn by the seed, are seen twice, the other
    half three times."""


class PackRecipe(RecipeSection):
    """Options for token ids, length buckets and contexts."""

    tokenizer: str = "embedded:smollm2-135m-instruct"
    """The student's tokenizer: a local folder, a hub name, or `embedded:…`."""
    buckets: tuple[PositiveInt, ...] = STANDARD_BUCKETS
    """The upper edges in tokens, ascending."""
    room_tokens: int = Field(default=512, ge=0)
    """The number of tokens in each bucket that are reserved for a question and its answer."""
    min_tokens: int = Field(default=128, ge=1)
    """Shorter documents are rejected if there are no related documents to join them with."""
    overflow: Overflow = Overflow.SPLIT_AT_SECTION
    compare: CompareRecipe = CompareRecipe()
    join: JoinRecipe = JoinRecipe()
    mix: tuple[MixRule, ...] = ()
    """Rules that limit or repeat rows by bucket, domain and language."""

    @model_validator(mode="after")
    def _edges_ascend_and_leave_room(self) -> Self:
        if list(self.buckets) != sorted(set(self.buckets)) or not self.buckets:
            raise ValueError(f"buckets must ascend without repeats and not be empty: {list(self.buckets)}")
        if self.buckets[0] <= self.room_tokens:
            raise ValueError(f"room_tokens {self.room_tokens} leaves nothing of the smallest bucket {self.buckets[0]}")
        return self

    @model_validator(mode="after")
    def _joined_contexts_fit_their_bucket(self) -> Self:
        if self.join.target is not None and self.join.target not in self.buckets:
            raise ValueError(f"join.target {self.join.target} is not one of the buckets {list(self.buckets)}")
        if self.compare.target is not None and self.compare.target not in self.buckets:
            raise ValueError(f"compare.target {self.compare.target} is not one of the buckets {list(self.buckets)}")
        if self.join.below_tokens is not None and self.join.below_tokens > self.join_tokens:
            raise ValueError(
                f"join.below_tokens {self.join.below_tokens} exceeds the {self.join_tokens} tokens of a joined context"
            )
        return self

    @property
    def join_below_tokens(self) -> int:
        """The length in tokens below which documents are joined."""
        return self.join.below_tokens or min(self.min_tokens, self.join_tokens)

    @property
    def compare_tokens(self) -> int:
        """The maximum number of tokens in a context of documents to compare."""
        return (self.compare.target or self.buckets[-1]) - self.room_tokens

    @property
    def join_tokens(self) -> int:
        """The maximum number of tokens in a joined context."""
        return (self.join.target or self.buckets[0]) - self.room_tokens
