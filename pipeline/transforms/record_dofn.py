"""The base of the transforms' DoFns, and the connection of one to a collection of batches.

A `RecordDoFn` says what became of each record, one after the other (`outcomes`). Two callers use that stream:

- `process` gathers the outcomes of a batch: kept records go to the main output, the others to `rejected` and `dead`,
  and counters to Beam's metrics. This is the public transform.
- A stage of a build takes the outcomes record by record and writes one part and one report for each shard
  (`stages.ingest`). It does not put a sink behind `process`: a part is written in order while its records stream, and
  Beam does not promise that a shard's batches reach the next step in order, in one bundle, or on one worker.

Used by `transforms` and `stages`. Memory of `process`: a batch and what was made of it.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any, ClassVar, Protocol, TypeVar

import apache_beam as beam
from apache_beam.metrics import Metrics
from apache_beam.pvalue import TaggedOutput

from pipeline.errors import InputError
from pipeline.io.dead_letters import error_name
from pipeline.records import DeadLetter, Rejection
from pipeline.transforms.batches import Batch, Hint, batches_of, register_coder

REJECTED, DEAD = "rejected", "dead"
"""The tags of the other outputs."""

Record = TypeVar("Record")
Element = tuple[Batch, tuple[Any, ...]]


class Outcome(Protocol):
    """What became of one record."""

    @property
    def made(self) -> tuple[object, ...]:
        """The records, rejections and dead letters that were made of it; empty if it was skipped."""

    @property
    def counters(self) -> Mapping[str, int]:
        """What to add to counters, besides the numbers of records."""


class RecordDoFn(beam.DoFn):  # type: ignore[misc]  # Beam has no types
    """Turns each batch of records of one type into a batch with the same key."""

    transform: ClassVar[str]
    """The name of the transform, for errors and as the namespace of its metrics."""
    takes: ClassVar[Any]  # Any: a class, or a union of classes
    """The type of the records in a batch."""
    makes: ClassVar[type]
    """The type of the records in the main output."""

    def outcomes(self, records: Iterable[Any]) -> Iterator[Outcome]:  # Any: `takes`
        """Yield what became of each record, in order.

        An unexpected error about one record becomes a dead letter. A `PipelineError` is raised.
        """
        raise NotImplementedError

    def process(self, element: Element) -> Iterator[Any]:  # Any: an element, or one with a tag
        """Yield the batch of kept records, which may be empty, and tagged batches of the others unless empty."""
        batch, records = element
        yield from self._piled(batch, self.outcomes(self._checked(records)))

    def _piled(self, batch: Batch, outcomes: Iterable[Outcome]) -> Iterator[Any]:
        piles = Piles(batch, self.transform)
        for outcome in outcomes:
            piles.add(outcome)
        yield from piles.emptied()

    def _checked(self, records: tuple[Any, ...]) -> tuple[Any, ...]:
        return checked_records(records, takes=self.takes, transform=self.transform)


def checked_records(records: tuple[Any, ...], *, takes: Any, transform: str) -> tuple[Any, ...]:
    """Return the records of a batch, after a check of what Beam checks only if the step before declares its output.

    Args:
        records: the records.
        takes: the class of the records, or a union of classes.
        transform: the name of the transform that takes them.

    Raises:
        InputError: they are no tuple of such records.
    """
    wrong = next((record for record in records if not isinstance(record, takes)), None)
    if not isinstance(records, tuple) or wrong is not None:
        found = type(records if wrong is None else wrong).__name__
        raise InputError(
            f"{transform} takes tuples of {_name(takes)}, and was given {found}.",
            remedy="Correct the transform before it; declare what it returns with "
            f"`.with_output_types(batches_of({_name(takes)}))`, so that Beam checks it when the job is built.",
        )
    return records


class Piles:
    """What was made of a batch so far, by output."""

    def __init__(self, batch: Batch, namespace: str) -> None:
        self.batch = batch
        """The key of the batch that is gathered."""
        self._namespace = namespace
        self._kept: list[object] = []
        self._rejected: list[Rejection] = []
        self._dead: list[DeadLetter] = []
        self._counters: Counter[str] = Counter()

    def add(self, outcome: Outcome) -> None:
        """Sort what became of a record, and count it."""
        for made in outcome.made:
            if isinstance(made, Rejection):
                self._rejected.append(made)
                self._counters[f"{REJECTED}/{made.reason}"] += 1
            elif isinstance(made, DeadLetter):
                self._dead.append(made)
                self._counters[f"{DEAD}/{error_name(made)}"] += 1
            else:
                self._kept.append(made)
        self._counters.update(outcome.counters)

    def count(self, counters: Mapping[str, int]) -> None:
        """Add to counters."""
        self._counters.update(counters)

    def emptied(self) -> Iterator[Any]:  # Any: an element, or one with a tag
        """Yield the batches, add the counters to Beam's metrics, and begin with the next batch of the shard."""
        for name, amount in {"kept": len(self._kept), **self._counters}.items():
            Metrics.counter(self._namespace, name).inc(amount)
        batch = self.batch
        kept, rejected, dead = tuple(self._kept), tuple(self._rejected), tuple(self._dead)
        self.batch = Batch(batch.shard, batch.number + 1)
        self._kept, self._rejected, self._dead, self._counters = [], [], [], Counter()
        yield batch, kept
        if rejected:
            yield TaggedOutput(REJECTED, (batch, rejected))
        if dead:
            yield TaggedOutput(DEAD, (batch, dead))


def connect(
    given: beam.PCollection, dofn: RecordDoFn, *, takes: Hint, main: str, side_inputs: Sequence[Any] = ()
) -> Any:  # Any: Beam's outputs
    """Connect a DoFn to a collection of batches.

    Args:
        given: the collection.
        dofn: the DoFn.
        takes: the type hint of the batches that it takes.
        main: the tag of the main output, under which it is also found by name.
        side_inputs: further arguments of the DoFn's `process`.

    Raises:
        TypeCheckError: the collection is known to have other elements.
    """
    register_coder()
    step = beam.ParDo(dofn, *side_inputs).with_input_types(takes).with_output_types(batches_of(type(dofn).makes))
    outputs = given | step.with_outputs(REJECTED, DEAD, main=main)
    outputs[REJECTED].element_type = batches_of(Rejection)
    outputs[DEAD].element_type = batches_of(DeadLetter)
    return outputs


def _name(record_type: Any) -> str:  # Any: a class or a union of classes
    return getattr(record_type, "__name__", str(record_type))
