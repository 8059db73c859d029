"""The elements that transforms exchange: pairs of a batch's key and its records.

A shard is a part of the input that does not depend on the number of workers. It has one or more batches, because one
file may hold more text than memory. Names of files that a sink writes derive from the key alone, so they do not depend
on how a runner bundles, retries or orders elements. Used by all transforms. Memory: one batch for each worker thread.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from apache_beam import coders
from apache_beam.typehints import typehints

Hint = Any
"""A type hint of Beam."""


@dataclass(frozen=True, slots=True, order=True)
class Batch:
    """The key of a batch of records."""

    shard: str
    """The id of the shard, such as `00003`."""
    number: int = 0
    """The number of the batch in its shard, from 0."""

    @property
    def name(self) -> str:
        """The name of a file that holds what was made of the batch, such as `00003-000`."""
        return f"{self.shard}-{self.number:03d}"


class BatchCoder(coders.Coder):  # type: ignore[misc]  # Beam has no types
    """Encodes keys of batches. It is deterministic, so a batch can be grouped by its key on any runner."""

    def encode(self, value: Batch) -> bytes:
        """Return the number, a colon and the shard's id as bytes."""
        return f"{value.number}:{value.shard}".encode("utf-8", "surrogatepass")

    def decode(self, encoded: bytes) -> Batch:
        """Return the key."""
        number, _, shard = encoded.decode("utf-8", "surrogatepass").partition(":")
        return Batch(shard, int(number))

    def is_deterministic(self) -> bool:
        """Return True."""
        return True

    def to_type_hint(self) -> type[Batch]:
        """Return the type of the values."""
        return Batch

    def __eq__(self, other: object) -> bool:
        return type(self) is type(other)

    def __hash__(self) -> int:
        return hash(type(self))


def batches_of(record_type: Any) -> Hint:  # Any: a class, or a union of classes
    """Return Beam's type hint for batches of records, to declare what a DoFn of your own takes and returns.

    Example:
        >>> import apache_beam as beam
        >>> from pipeline.records import Document
        >>> step = beam.Map(lambda element: element).with_output_types(batches_of(Document))
    """
    register_coder()
    return typehints.Tuple[Batch, typehints.Tuple[record_type, ...]]


def register_coder() -> None:
    """Make Beam encode keys of batches with `BatchCoder`. Called when a transform is constructed."""
    coders.registry.register_coder(Batch, BatchCoder)
