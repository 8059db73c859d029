"""Recipe section of packing: combining rows and documents into packs for training."""

from __future__ import annotations

from enum import StrEnum
from typing import Self

from pydantic import PositiveInt, model_validator

from pipeline.config.base import RecipeSection


class ConversationOverflow(StrEnum):
    """What happens to a conversation longer than the first edge. No option cuts it."""

    NEXT_BUCKET = "next_bucket"
    """It goes into a pack of the next larger edge, and smaller rows fill the rest of that pack."""
    DROP = "drop"
    """It is left out of the plan and counted."""


class DocumentOverflow(StrEnum):
    """What happens to a corpus document longer than the first edge."""

    NEXT_BUCKET = "next_bucket"
    """It goes into a pack of the next larger edge, and smaller documents fill the rest of that pack."""
    SPLIT_AT_SECTION = "split_at_section"
    """It is cut at section starts, into parts that concatenate to it."""
    DROP = "drop"
    """It is left out of the plan and counted."""


class PackingRecipe(RecipeSection):
    """`packs.parquet`: which rows are trained together; planned once from lengths, and read by the trainer.

    With `next_bucket`, rows longer than the last edge are left out and counted.
    """

    edges: tuple[PositiveInt, ...] = ()
    """Pack lengths in tokens, ascending; default only `finetune.max_tokens`."""
    conversations: ConversationOverflow = ConversationOverflow.NEXT_BUCKET
    documents: DocumentOverflow = DocumentOverflow.SPLIT_AT_SECTION
    window_rows: PositiveInt = 4_000_000
    """Rows packed at a time. Larger sets are packed window by window, so that memory does not grow with them."""
    max_open_packs: PositiveInt = 4096
    """Most unfilled packs that one window leaves for the next."""

    @model_validator(mode="after")
    def _edges_ascend(self) -> Self:
        if list(self.edges) != sorted(set(self.edges)):
            raise ValueError(f"edges must ascend without repeats, not {list(self.edges)}")
        return self
