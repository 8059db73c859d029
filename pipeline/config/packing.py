"""The recipe section `packing`: how rows and documents are combined into packs for training."""

from __future__ import annotations

from enum import StrEnum
from typing import Self

from pydantic import PositiveInt, model_validator

from pipeline.config.base import RecipeSection


class ConversationOverflow(StrEnum):
    """What happens to a conversation that is longer than the first edge. A conversation is never cut."""

    NEXT_BUCKET = "next_bucket"
    """Put it into a pack of the smallest edge that it fits; smaller rows fill the rest of that pack."""
    DROP = "drop"
    """Leave it out of the plan and count it."""


class DocumentOverflow(StrEnum):
    """What happens to a corpus document that is longer than the first edge."""

    NEXT_BUCKET = "next_bucket"
    """Put it into a pack of the smallest edge that it fits; smaller documents fill the rest of that pack."""
    SPLIT_AT_SECTION = "split_at_section"
    """Cut it where sections start, or inside a section that is longer than the first edge. The pieces concatenate to
    the whole document."""
    DROP = "drop"
    """Leave it out of the plan and count it."""


class PackingRecipe(RecipeSection):
    """Options for `packs.parquet`, which lists the rows that are trained together. A build makes this plan once, from
    the lengths of the rows.

    With `next_bucket`, rows longer than the last edge are left out and counted.
    """

    edges: tuple[PositiveInt, ...] = ()
    """The pack lengths in tokens, ascending; by default only `finetune.max_tokens`."""
    conversations: ConversationOverflow = ConversationOverflow.NEXT_BUCKET
    documents: DocumentOverflow = DocumentOverflow.SPLIT_AT_SECTION
    window_rows: PositiveInt = 4_000_000
    """The minimum number of rows in a window. Larger data sets are packed in several windows, one at a time, so that
    memory does not grow with the size of the data set. The last window may have fewer rows."""
    max_open_packs: PositiveInt = 4096
    """The maximum number of packs with free space that one window passes to the next."""

    @model_validator(mode="after")
    def _edges_ascend(self) -> Self:
        if list(self.edges) != sorted(set(self.edges)):
            raise ValueError(f"edges must ascend without repeats: {list(self.edges)}")
        return self
