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
    """Keep it whole in a larger bucket; edges beyond the top one double."""
    DROP = "drop"


class JoinRecipe(RecipeSection):
    """Short related documents become one context."""

    kinds: tuple[JoiningKind, ...] = (JoiningKind.SAME_SOURCE, JoiningKind.NEAREST)
    """Tried in this order; empty joins nothing. `distractors` joins whatever is left, for multi-document tasks."""
    below_tokens: PositiveInt | None = None
    """Join documents shorter than this. The default is `pack.min_tokens`, which joins only documents that would
    otherwise be rejected as too short."""
    target: PositiveInt | None = None
    """Bucket edge up to which a context is filled; the default is the smallest edge."""
    min_similarity: Annotated[float, Field(gt=0.0, le=1.0)] = 0.04
    """Least estimated Jaccard similarity of documents that `nearest` joins. Texts on the same subject share 5 to 40 %
    of their shingles; unrelated texts share none."""
    max_members: PositiveInt = 64
    """Most documents in a context."""

    @model_validator(mode="after")
    def _kinds_are_kinds_of_joining(self) -> Self:
        if JoiningKind.NONE in self.kinds or len(set(self.kinds)) < len(self.kinds):
            raise ValueError(f"join.kinds names each way of joining once, not {[str(kind) for kind in self.kinds]}")
        return self


class MixRule(RecipeSection):
    """How much the corpus takes of some rows. The first rule that matches a row decides."""

    bucket: PositiveInt | None = None
    """Edge in tokens; default any. A split document counts in the bucket of its longest part."""
    domain: Domain | None = None
    language: Language | None = None
    max_tokens: PositiveInt | None = None
    """Total tokens of the chosen rows, each counted once. Whole documents are drawn by seed until no further one fits;
    the others are rejected as `cap`."""
    repeat: Annotated[float, Field(ge=1.0, le=100.0)] = 1.0
    """How often training sees a row. With 2.5, half of the rows are seen twice and half three times, by seed."""


class PackRecipe(RecipeSection):
    """Token ids, length buckets and contexts."""

    tokenizer: str = "embedded:smollm2-135m-instruct"
    """The student's tokenizer: a local folder, a hub name, or `embedded:…`."""
    buckets: tuple[PositiveInt, ...] = STANDARD_BUCKETS
    """Upper edges in tokens, ascending."""
    room_tokens: int = Field(default=512, ge=0)
    """Tokens of a bucket kept free for the task's question and answer."""
    min_tokens: int = Field(default=128, ge=1)
    """Shorter documents are rejected if there are no related ones to join them with."""
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
            raise ValueError(f"join.target {self.join.target} is not one of the buckets {list(self.buckets)}")
        if self.join.below_tokens is not None and self.join.below_tokens > self.join_tokens:
            raise ValueError(
                f"join.below_tokens {self.join.below_tokens} is more than a joined context of {self.join_tokens} holds"
            )
        return self

    @property
    def join_below_tokens(self) -> int:
        """Length in tokens below which documents are joined."""
        return self.join.below_tokens or min(self.min_tokens, self.join_tokens)

    @property
    def join_tokens(self) -> int:
        """Largest number of tokens in a joined context."""
        return (self.join.target or self.buckets[0]) - self.room_tokens
