"""Recipe section of packing: rows and documents into packs for training."""

from __future__ import annotations

from enum import StrEnum
from typing import Self

from pydantic import PositiveInt, model_validator

from pipeline.config.base import RecipeSection


class ConversationOverflow(StrEnum):
    """What happens to a conversation longer than the first edge. It is never cut: no member says so."""

    NEXT_BUCKET = "next_bucket"
    """It goes into a pack of the next larger edge, whose room is filled with smaller rows too."""
    DROP = "drop"
    """It is left out of the plan and counted."""


class DocumentOverflow(StrEnum):
    """What happens to a document of the corpus longer than the first edge."""

    NEXT_BUCKET = "next_bucket"
    """It goes into a pack of the next larger edge, whose room is filled with smaller documents too."""
    SPLIT_AT_SECTION = "split_at_section"
    """It is cut where sections begin, into parts that concatenate to it."""
    DROP = "drop"
    """It is left out of the plan and counted."""


class PackingRecipe(RecipeSection):
    """`packs.parquet`: which rows are trained together, planned over lengths once and read by the trainer.

    Under `next_bucket` what is longer than the last edge is left out and counted.
    """

    edges: tuple[PositiveInt, ...] = ()
    """Lengths of packs in tokens, ascending; not given: `finetune.max_tokens` alone."""
    conversations: ConversationOverflow = ConversationOverflow.NEXT_BUCKET
    documents: DocumentOverflow = DocumentOverflow.SPLIT_AT_SECTION
    window_rows: PositiveInt = 4_000_000
    """Rows packed at a time. A set of more rows is packed window by window, in memory that does not grow with it."""
    max_open_packs: PositiveInt = 4096
    """Packs with room that one window leaves to the next."""

    @model_validator(mode="after")
    def _edges_ascend(self) -> Self:
        if list(self.edges) != sorted(set(self.edges)):
            raise ValueError(f"edges must ascend without repeats, not {list(self.edges)}")
        return self
