"""Reads from a build's manifest what its teacher was asked and what became of it. Used for the dataset card."""

from __future__ import annotations

from pipeline.export.written_counts import NOTHING_WRITTEN, WrittenCounts, read_written_counts
from pipeline.io.layout import BuildFolder
from pipeline.io.manifest import read_manifest

_STAGE = "synthesize"


def written_counts(folder: BuildFolder) -> WrittenCounts:
    """Return the counts of the synthesize stage; empty if it has not run or asked no teacher."""
    manifest = read_manifest(folder)
    if manifest is None or _STAGE not in manifest.stages:
        return NOTHING_WRITTEN
    return read_written_counts(manifest.stages[_STAGE].counters)
