"""The last two steps of selection: which clusters go to validation, and the decisions about each shard's candidates.

Takes the clusters and decisions that `stages.selection_steps` wrote for each range. Memory: the decisions about a
shard's candidates, and the clusters that go to validation.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import ClassVar

import numpy as np
import numpy.typing as npt
import pyarrow.compute as pc

from pipeline.export.selection import Choice, split_unit
from pipeline.export.splitting import FirstDocuments, Stratum, num_needed, numbers_to_validate
from pipeline.io.layout import BuildFolder
from pipeline.io.ledger import ShardLedger
from pipeline.io.parts import read_files_columns, read_part
from pipeline.io.sorted_parts import read_between
from pipeline.records import Split
from pipeline.stages.selection_files import Bound, Decided, KeptCluster, SelectionFile, SelectionWork
from pipeline.stages.shards import Shard
from pipeline.stages.step_files import read_step_once, step_paths, write_step


@dataclass(frozen=True, slots=True)
class SplitWork(SelectionWork):
    """Decides which clusters go to validation.

    Memory: 50 bytes for each cluster in validation, and the clusters that several ranges share, which are fewer than
    the ranges.
    """

    stage: ClassVar[str] = "split"

    def run(self, shard: Shard, folder: BuildFolder, ledger: ShardLedger) -> None:
        """Count the clusters of each stratum, then find the last one of each that goes to validation."""
        paths = step_paths(folder.selection, SelectionFile.CLUSTERS, self.terms.range_ids)
        shared = _shared_clusters(paths)
        num_in_stratum = Counter(cluster.stratum for cluster in shared.values())
        for path in paths:
            num_in_stratum.update({stratum: units.size for stratum, units, _ in _clusters_of_range(path)})
        share = self.terms.recipe.validation_share
        first = {stratum: FirstDocuments(most) for stratum, most in num_needed(num_in_stratum, share).items()}
        for cluster in shared.values():
            first[cluster.stratum].add(np.array([cluster.unit]), np.array([cluster.cluster_id.encode()]))
        for path in paths:
            for stratum, units, ids in _clusters_of_range(path):
                first[stratum].add(units, ids)
        ordered = {stratum: of_stratum.ordered() for stratum, of_stratum in first.items()}
        numbers = numbers_to_validate(num_in_stratum, ordered, validation_share=share)
        bounds = (
            Bound(
                language,
                domain,
                float(ordered[language, domain].units_D[number - 1]),
                bytes(ordered[language, domain].ids_D[number - 1]).decode(),
            )
            for (language, domain), number in sorted(numbers.items())
            if number
        )
        write_step(folder.selection, SelectionFile.BOUNDS, shard.shard_id, bounds, Bound, ledger)
        in_order = (shared[name] for name in sorted(shared))
        write_step(folder.selection, SelectionFile.SHARED, shard.shard_id, in_order, KeptCluster, ledger)


@dataclass(frozen=True, slots=True)
class GatherWork(SelectionWork):
    """Collects the decisions about a shard's candidates from all ranges."""

    stage: ClassVar[str] = "select"

    def run(self, shard: Shard, folder: BuildFolder, ledger: ShardLedger) -> None:
        """Write a choice for each candidate, in the order of the candidate part."""
        number = int(shard.shard_id)
        shared = {
            one.cluster_id: one.stratum for one in read_step_once(folder.selection, SelectionFile.SHARED, KeptCluster)
        }
        bounds = {
            (one.language, one.domain): (one.unit, one.cluster_id)
            for one in read_step_once(folder.selection, SelectionFile.BOUNDS, Bound)
        }

        def split_of(one: Decided) -> str:
            bound = bounds.get(shared.get(one.cluster_id, (one.language, one.domain)))
            is_held_out = bound and (split_unit(one.cluster_id, self.terms.seed), one.cluster_id) <= bound
            return (Split.VALIDATION if is_held_out else Split.TRAIN).value

        decided = sorted(
            (
                one
                for path in step_paths(folder.selection, SelectionFile.CHOSEN, self.terms.range_ids)
                for one in read_between(path, Decided, "shard", number, number)
            ),
            key=lambda one: one.row,
        )
        choices = (
            Choice(one.candidate_id, "" if one.reason else split_of(one), one.reason, one.detail) for one in decided
        )
        write_step(folder.selection, SelectionFile.CHOICES, shard.shard_id, choices, Choice, ledger)


def _shared_clusters(paths: Sequence[str]) -> dict[str, KeptCluster]:
    """Return the clusters that several ranges may share, by id, each with the labels of its largest candidate id."""
    shared: dict[str, KeptCluster] = {}
    for path in paths:
        if not any(read_files_columns([path], ["may_be_shared"])["may_be_shared"].to_pylist()):
            continue
        for cluster in read_part(path, KeptCluster):
            if cluster.may_be_shared:
                other = shared.setdefault(cluster.cluster_id, cluster)
                if cluster.candidate_id > other.candidate_id:
                    shared[cluster.cluster_id] = cluster
    return shared


def _clusters_of_range(
    path: str,
) -> Iterator[tuple[Stratum, npt.NDArray[np.float64], npt.NDArray[np.bytes_]]]:
    """Yield the numbers and ids of a range's own clusters, by stratum."""
    table = read_files_columns([path], ["cluster_id", "language", "domain", "unit", "may_be_shared"])
    table = table.filter(pc.invert(table["may_be_shared"]))
    for stratum in table.group_by(["language", "domain"]).aggregate([]).to_pylist():
        language, domain = stratum["language"], stratum["domain"]
        is_own = pc.and_(pc.equal(table["language"], language), pc.equal(table["domain"], domain))
        of_stratum = table.filter(is_own)
        ids = np.array([one.encode() for one in of_stratum["cluster_id"].to_pylist()], dtype=np.bytes_)
        yield (language, domain), of_stratum["unit"].to_numpy(), ids
