"""Runs the steps of a stage in this process, one shard after the other."""

from __future__ import annotations

from collections.abc import Sequence

from pipeline.io.layout import BuildFolder
from pipeline.io.ledger import ShardLedger
from pipeline.stages.export import ExportWork
from pipeline.stages.selection_steps import plan_selection
from pipeline.stages.shards import Shard
from pipeline.stages.steps import Step


def run_steps(steps: Sequence[Step], folder: BuildFolder, *, fingerprint: str = "f") -> None:
    """Run all shards of each step."""
    for step in steps:
        for shard in step.shards:
            ledger = ShardLedger(folder=folder, stage=step.work.stage, shard_id=shard.shard_id, fingerprint=fingerprint)
            with ledger:
                step.work.run(shard, folder, ledger)


def run_selection(
    shards: Sequence[Shard], folder: BuildFolder, work: ExportWork, *, most_labels: int | None = None
) -> None:
    """Decide about the candidates of a folder, and write `work/selection`."""
    steps = plan_selection(
        shards, recipe=work.recipe, seed=work.seed, fingerprint=work.fingerprint, most_labels=most_labels
    )
    run_steps(steps, folder, fingerprint=work.fingerprint)
