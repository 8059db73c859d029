"""Reads from a build's manifest which evaluation sets its documents were searched for. Used for the dataset card."""

from __future__ import annotations

from pipeline.export.card import CheckedSet
from pipeline.io.layout import BuildFolder
from pipeline.io.manifest import read_manifest
from pipeline.stages.contamination import STAGE, Fate

_ITEMS = "items/"


def checked_sets(folder: BuildFolder) -> tuple[CheckedSet, ...]:
    """Return the evaluation sets by name, with the counts of the decontamination stage; empty if it has not run."""
    manifest = read_manifest(folder)
    if manifest is None or STAGE not in manifest.stages:
        return ()
    counters = manifest.stages[STAGE].counters
    names = [name.removeprefix(_ITEMS) for name in sorted(counters) if name.startswith(_ITEMS)]
    return tuple(
        CheckedSet(
            name=name,
            num_items=counters[f"{_ITEMS}{name}"],
            num_untestable=counters.get(f"untestable_items/{name}", 0),
            num_dropped=counters.get(f"documents/{name}/{Fate.DROPPED}", 0),
            num_cut=counters.get(f"documents/{name}/{Fate.CUT}", 0),
            num_marked=counters.get(f"documents/{name}/{Fate.KEPT}", 0),
        )
        for name in names
    )
