"""Runs the steps of a stage one after the other, each as a map over shards or ranges. Used by `pack` and `export`."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import apache_beam as beam
from apache_beam.pvalue import AsIter, PBegin

from pipeline.io.layout import BuildFolder
from pipeline.stages.shards import RunShards, Shard, ShardWork, after, unfinished


@dataclass(frozen=True, slots=True)
class Step:
    """A step: the work, and its shards."""

    work: ShardWork
    shards: tuple[Shard, ...]

    @property
    def shard_ids(self) -> tuple[str, ...]:
        """The ids of the shards."""
        return tuple(shard.shard_id for shard in self.shards)


class RunSteps(beam.PTransform):  # type: ignore[misc]  # Beam has no types
    """Runs the unfinished shards of each step; returns the ids of the last step's shards that this job finished.

    A step starts when the step before is complete, because a side input makes it wait.
    """

    def __init__(self, steps: Sequence[Step], folder: BuildFolder) -> None:
        super().__init__()
        assert steps, "there is no step to run"
        self._steps = tuple(steps)
        self._folder = folder

    def expand(self, start: PBegin) -> beam.PCollection:
        """Connect the steps."""
        done: beam.PCollection | None = None
        for step in self._steps:
            name = step.work.stage
            todo = unfinished(step.shards, work=step.work, folder=self._folder)
            shards = start | f"shards to {name}" >> beam.Create(todo)
            if done is not None:
                shards = shards | f"before {name}" >> beam.Map(after, AsIter(done))
            done = shards | name >> RunShards(step.work, self._folder)
        return done
