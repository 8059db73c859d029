"""The items that `balance` chooses from, and the caps and floors that it keeps."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from pipeline.config.shares import Measure

EVERYTHING = ""
"""The name of the total of all items, beside the names of the buckets."""


class Base(StrEnum):
    """The total that a share refers to."""

    ALL = "all"
    BUCKET = "bucket"
    """The total of the item's length bucket."""


class Yielding(StrEnum):
    """Whether a cap may be raised, if it cannot be kept or the caps together would drop too many items."""

    NEVER = "never"
    LAST = "last"
    """Only if raising all caps that yield first is not enough."""
    FIRST = "first"


@dataclass(frozen=True, slots=True)
class Cap:
    """The largest share of all chosen items that any single group, such as one language, may have."""

    reason: str
    """Reason for dropping an item because of this cap."""
    share: float
    yielding: Yielding
    measure: Measure = Measure.TURNS
    base: Base = Base.ALL


@dataclass(frozen=True, slots=True)
class Floor:
    """The share of all chosen items up to which the items of one group come first."""

    share: float
    measure: Measure = Measure.TURNS


@dataclass(frozen=True, slots=True)
class Weight:
    """How much an item adds to each measure."""

    turns: int = 1
    tokens: int = 1
    loss_tokens: int = 1

    def of(self, measure: Measure) -> int:
        """Return the weight in one measure."""
        if measure is Measure.TURNS:
            return self.turns
        return self.tokens if measure is Measure.TOKENS else self.loss_tokens


@dataclass(frozen=True, slots=True)
class CappedItem:
    """One item to choose or drop."""

    context: str
    """Id of the context."""
    kind: str
    """The task; a context prefers the kinds that it has contributed least."""
    is_last_resort: bool
    """Whether the item is taken only if the context has no other item to contribute."""
    groups: tuple[str, ...]
    """The item's group for each cap, in the order of the caps; the last is the depth. An empty group is not capped."""
    rank: int
    """Decides ties; items with smaller ranks are taken first."""
    bucket: str = EVERYTHING
    """The length bucket of the context; caps with `Base.BUCKET` need one."""
    floors: tuple[bool, ...] = ()
    """For each floor, whether the item belongs to its group."""
    weight: Weight = Weight()
    follows: int | None = None
    """Index of an item of the same context; this item is chosen only after it, if at all."""


def base_name(cap: Cap, bucket: str) -> str:
    """Return the name of the total that a cap refers to, for the items of a bucket."""
    return bucket if cap.base is Base.BUCKET else EVERYTHING
