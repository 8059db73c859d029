"""Recipe section of the pack stage: tokenizer, length buckets, splitting, joining, and the mix."""

from __future__ import annotations

from enum import StrEnum
from typing import Annotated, Self

from pydantic import Field, PositiveInt, model_validator

from pipeline.config.base import RecipeSection
from pipeline.domains import Domain
from pipeline.languages import Language
from pipeline.records import JoiningKind

STANDARD_BUCKETS = (1024, 2048, 4096, 8192, 16384, 32768, 65536, 131072)


class Overflow(StrEnum):
    """What happens to a document longer than the top bucket."""

    SPLIT_AT_SECTION = "split_at_section"
    NEXT_BUCKET = "next_bucket"
    """Kept whole; edges go on past the top one by doubling."""
    DROP = "drop"


class JoinRecipe(RecipeSection):
    """Short documents that are related become one context."""

    kinds: tuple[JoiningKind, ...] = (JoiningKind.SAME_SOURCE, JoiningKind.NEAREST)
    """Tried in this order; empty joins nothing. `distractors` joins whatever is left, for multi-document tasks."""
    below_tokens: PositiveInt | None = None
    """Documents shorter than this are joined; `pack.min_tokens` where not given, so that only what would be rejected
    as too short is."""
    target: PositiveInt | None = None
    """Bucket edge up to which a context is filled; the smallest where not given."""
    min_similarity: Annotated[float, Field(gt=0.0, le=1.0)] = 0.04
    """Least estimated Jaccard similarity of the documents that `nearest` joins. Texts on the same subject share 5 to
    40 % of their shingles; strangers none."""
    max_members: PositiveInt = 64
    """Documents in a context at most."""

    @model_validator(mode="after")
    def _kinds_are_kinds_of_joining(self) -> Self:
        if JoiningKind.NONE in self.kinds or len(set(self.kinds)) < len(self.kinds):
            raise ValueError(f"join.kinds names each way of joining once, not {[str(kind) for kind in self.kinds]}")
        return self


class MixRule(RecipeSection):
    """How much of some rows the corpus takes. The first rule that matches a row decides."""

    bucket: PositiveInt | None = None
    """Edge in tokens; not given: any. A split document counts where its longest part does."""
    domain: Domain | None = None
    language: Language | None = None
    max_tokens: PositiveInt | None = None
    """Tokens of the chosen rows together, each counted once; whole documents are drawn by seed until no further one
    fits, the others are rejected as `cap`."""
    repeat: Annotated[float, Field(ge=1.0, le=100.0)] = 1.0
    """How often training sees a row. 2.5: half of the rows twice, half three times, by seed."""


class PackRecipe(RecipeSection):
    """Token ids, length buckets and contexts."""

    tokenizer: str = "embedded:smollm2-135m-instruct"
    """The student's: a local folder, a hub name, or `embedded:…`."""
    buckets: tuple[PositiveInt, ...] = STANDARD_BUCKETS
    """Upper edges in tokens, ascending."""
    room_tokens: int = Field(default=512, ge=0)
    """Kept free in a bucket for the task's question and answer."""
    min_tokens: int = Field(default=128, ge=1)
    """Shorter documents are rejected, where they have no relatives to be joined with."""
    overflow: Overflow = Overflow.SPLIT_AT_SECTION
    join: JoinRecipe = JoinRecipe()
    mix: tuple[MixRule, ...] = ()
    """Caps and upsampling by bucket, domain and language."""

    @model_validator(mode="after")
    def _edges_ascend_and_leave_room(self) -> Self:
        if list(self.buckets) != sorted(set(self.buckets)) or not self.buckets:
            raise ValueError(f"buckets must ascend without repeats, not {list(self.buckets)}")
        if self.buckets[0] <= self.room_tokens:
            raise ValueError(f"room_tokens {self.room_tokens} leaves nothing of the smallest bucket {self.buckets[0]}")
        return self

    @model_validator(mode="after")
    def _joined_contexts_fit_their_bucket(self) -> Self:
        if self.join.target is not None and self.join.target not in self.buckets:
            raise ValueError(f"join.target {self.join.target} is none of the buckets {list(self.buckets)}")
        if self.join.below_tokens is not None and self.join.below_tokens > self.join_tokens:
            raise ValueError(
                f"join.below_tokens {self.join.below_tokens} is more than a joined context of {self.join_tokens} holds"
            )
        return self

    @property
    def join_below_tokens(self) -> int:
        """Documents shorter than this are joined."""
        return self.join.below_tokens or min(self.min_tokens, self.join_tokens)

    @property
    def join_tokens(self) -> int:
        """Most tokens of a joined context."""
        return (self.join.target or self.buckets[0]) - self.room_tokens
