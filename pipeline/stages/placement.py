"""The second part of the pack stage: decides about every document of the build, in steps over shards and ranges.

    work/tokens ─ measure ─▶ measured ─ (cut ranges) ─ group ─▶ grouped, rows ─┬─ place ─▶ documents-k, joined-k
                  (a shard each)                       (a range each)       settle          (a shard each)

A document is kept alone, joined with others, or rejected. Documents of different domains or languages are never joined,
so a range has the documents of a few of these, or a part of a large one: about 200,000 documents, with those together
that a rule may join (see `stages.measured`). The ranges depend on the documents only, so any number of shards and
workers gives the same decisions. Clusters that meet in a joined row become one cluster, so that the train/validation
split cannot separate them, and caps of the mix concern all ranges; both are settled from ids and lengths alone.

Memory: a shard's or a range's documents, about 5 KiB each. To settle: 40 bytes for each document or row under a cap,
and about 300 bytes for each cluster of several documents that meets another one. Used by `stages.pack`.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import ClassVar

import numpy as np
import pyarrow.compute as pc

from pipeline.config.pack import PackRecipe
from pipeline.dedup.union_find import UnionFind
from pipeline.io import files
from pipeline.io.key_ranges import KeyRange, num_ranges, ranges_of_parts
from pipeline.io.layout import BuildFolder
from pipeline.io.ledger import ShardLedger
from pipeline.io.parts import num_rows, read_files_columns, read_part, write_whole_part
from pipeline.io.sorted_parts import read_between
from pipeline.pack.mixing import cap_unit, fitting
from pipeline.stages.encoded_parts import JoinedRow, PlacedDocument
from pipeline.stages.grouped import GroupWork
from pipeline.stages.measured import MeasureWork
from pipeline.stages.placement_files import (
    CapEnd,
    GroupedDocument,
    GroupedRow,
    LateItem,
    MetClusters,
    PlacementFile,
    UnitedCluster,
)
from pipeline.stages.shards import Shard, shard_id
from pipeline.stages.step_files import read_step_of, read_step_once, step_paths, write_step
from pipeline.stages.steps import Step

MOST_DOCUMENTS = 200_000
"""About the maximum number of documents that one process decides about at once."""


def plan_placement(
    shards: Sequence[Shard],
    *,
    recipe: PackRecipe,
    seed: int,
    fingerprint: str,
    most_documents: int = MOST_DOCUMENTS,
) -> list[Step]:
    """Return the steps of placement, in the order in which they run; each step needs the whole step before.

    Args:
        shards: the shards that are packed; their inputs are parts of documents.
        recipe: the rules for joining and for the mix.
        seed: the recipe's seed.
        fingerprint: the fingerprint of the stage.
        most_documents: about the maximum number of documents in a range.
    """
    num_documents = sum(num_rows(path) for shard in shards for path in shard.inputs)
    ids = tuple(shard.shard_id for shard in shards)
    measure = MeasureWork(recipe=recipe, fingerprint=fingerprint)
    return [
        Step(measure, tuple(Shard(one, ()) for one in ids)),
        *decision_steps(
            ids,
            num_documents=num_documents,
            recipe=recipe,
            seed=seed,
            fingerprint=fingerprint,
            most_documents=most_documents,
        ),
    ]


def decision_steps(
    shard_ids: tuple[str, ...],
    *,
    num_documents: int,
    recipe: PackRecipe,
    seed: int,
    fingerprint: str,
    most_documents: int = MOST_DOCUMENTS,
) -> list[Step]:
    """Return the steps that follow the measuring of documents; see `plan_placement`.

    Args:
        shard_ids: the ids of all shards.
        num_documents: the number of documents in all shards; there may be fewer.
        recipe: the rules for joining and for the mix.
        seed: the recipe's seed.
        fingerprint: the fingerprint of the stage.
        most_documents: about the maximum number of documents in a range.
    """
    number = num_ranges(num_documents, most_items=most_documents)
    range_ids = tuple(shard_id(index) for index in range(number))
    once = (Shard(shard_id(0), ()),)
    cut = CutWork(fingerprint=fingerprint, shard_ids=shard_ids, most_documents=most_documents)
    group = GroupWork(recipe=recipe, seed=seed, fingerprint=fingerprint, shard_ids=shard_ids, num_ranges=number)
    place = PlacementWork(seed=seed, fingerprint=fingerprint, range_ids=range_ids)
    return [
        *([Step(cut, once)] if number > 1 else []),
        Step(group, tuple(Shard(one, ()) for one in range_ids)),
        Step(SettleWork(recipe=recipe, fingerprint=fingerprint, range_ids=range_ids), once),
        Step(place, tuple(Shard(one, ()) for one in shard_ids)),
    ]


@dataclass(frozen=True, slots=True)
class CutWork:
    """Cuts the places of all documents into ranges."""

    stage: ClassVar[str] = "cut_documents"
    fingerprint: str
    shard_ids: tuple[str, ...]
    most_documents: int

    def run(self, shard: Shard, folder: BuildFolder, ledger: ShardLedger) -> None:
        """Count the places, one file at a time, and write the ranges."""
        paths = step_paths(folder.placement, PlacementFile.MEASURED, self.shard_ids)
        ranges = ranges_of_parts(paths, "place", most_items=self.most_documents)
        write_step(folder.placement, PlacementFile.RANGES, shard.shard_id, ranges, KeyRange, ledger)


@dataclass(frozen=True, slots=True)
class SettleWork:
    """Unites clusters, and finds where caps end."""

    stage: ClassVar[str] = "settle"
    recipe: PackRecipe
    fingerprint: str
    range_ids: tuple[str, ...]

    def run(self, shard: Shard, folder: BuildFolder, ledger: ShardLedger) -> None:
        """Write the clusters that have a new id, and for each cap the first item beyond it and the late ones."""
        united = UnionFind()
        for path in step_paths(folder.placement, PlacementFile.MET, self.range_ids):
            for met in read_part(path, MetClusters):
                for other in met.cluster_ids[1:]:
                    united.unite(met.cluster_ids[0], other)
        changed = (UnitedCluster(one, root) for one, root in united.roots().items() if one != root)
        write_step(folder.placement, PlacementFile.UNITED, shard.shard_id, changed, UnitedCluster, ledger)
        ends: list[CapEnd] = []
        late: list[LateItem] = []
        paths = step_paths(folder.placement, PlacementFile.DRAWN, self.range_ids)
        for number, rule in enumerate(self.recipe.mix):
            if rule.max_tokens is not None:
                _settle_cap(paths, number, rule.max_tokens, ends, late)
        write_step(folder.placement, PlacementFile.CAPS, shard.shard_id, ends, CapEnd, ledger)
        write_step(folder.placement, PlacementFile.LATE, shard.shard_id, late, LateItem, ledger)


def _settle_cap(paths: Sequence[str], rule: int, max_tokens: int, ends: list[CapEnd], late: list[LateItem]) -> None:
    """Draw the items under a cap, and add where it ends, unless all fit."""
    units, ids, lengths = [np.zeros(0)], [np.zeros(0, dtype="S1")], [np.zeros(0, dtype=np.int64)]
    for path in paths:
        table = read_files_columns([path], ["rule", "unit", "item_id", "num_tokens"])
        table = table.filter(pc.equal(table["rule"], rule))
        units.append(table["unit"].to_numpy())
        ids.append(np.array([one.encode() for one in table["item_id"].to_pylist()], dtype=np.bytes_))
        lengths.append(table["num_tokens"].to_numpy())
    units_I, ids_I = np.concatenate(units), np.concatenate(ids)
    order = np.lexsort((ids_I, units_I))
    fits_I = fitting(np.concatenate(lengths)[order], max_tokens)
    if fits_I.all():
        return
    end = int(np.argmin(fits_I))
    ends.append(CapEnd(rule, float(units_I[order[end]]), bytes(ids_I[order[end]]).decode()))
    late += [LateItem(rule, bytes(one).decode()) for one in ids_I[order[end:]][fits_I[end:]]]


@dataclass(frozen=True, slots=True)
class PlacementWork:
    """Collects the decisions about a shard's documents. Counts every document as kept."""

    stage: ClassVar[str] = "placement"
    seed: int
    fingerprint: str
    range_ids: tuple[str, ...]

    def run(self, shard: Shard, folder: BuildFolder, ledger: ShardLedger) -> None:
        """Write the decision about each document, in their order, and the joined rows that begin in the shard."""
        own = int(shard.shard_id)
        documents = sorted(
            (
                one
                for path in step_paths(folder.placement, PlacementFile.GROUPED, self.range_ids)
                for one in read_between(path, GroupedDocument, "shard", own, own)
            ),
            key=lambda one: one.order,
        )
        rows = [
            one
            for path in step_paths(folder.placement, PlacementFile.ROWS, self.range_ids)
            for one in read_between(path, GroupedRow, "shard", own, own)
        ]
        caps = _Caps.read(folder, self.seed)
        roots = _new_roots(folder, {one.cluster_id for one in documents} | {one.cluster_id for one in rows})
        placed = (self._placed(one, caps, roots) for one in documents)
        joined = (
            one.joined(roots.get(one.cluster_id, one.cluster_id))
            for one in rows
            if not caps.exclude(one.rule, one.item_id)
        )
        for path in (folder.placed_part(shard.shard_id), folder.joined_part(shard.shard_id)):
            files.remove_file(path)
        ledger.add_parts(
            write_whole_part(folder.placed_part(shard.shard_id), placed, PlacedDocument).written,
            write_whole_part(folder.joined_part(shard.shard_id), joined, JoinedRow).written,
        )
        ledger.keep(len(documents))

    def _placed(self, one: GroupedDocument, caps: _Caps, roots: Mapping[str, str]) -> PlacedDocument:
        reason, detail, score = one.reason, one.detail, one.score
        if caps.exclude(one.rule, one.item_id):
            reason, detail, score = "cap", "The mix has no room for it.", float(one.num_tokens)
        return PlacedDocument(
            doc_id=one.doc_id,
            cluster_id=roots.get(one.cluster_id, one.cluster_id),
            repeats=1 if caps.exclude(one.rule, one.item_id) else one.repeats,
            is_joined=one.is_joined and not reason,
            reason=reason,
            detail=detail,
            score=score,
        )


@dataclass(frozen=True, slots=True)
class _Caps:
    """Where the caps end."""

    ends: Mapping[int, tuple[float, str]]
    late: frozenset[tuple[int, str]]
    seed: int

    @classmethod
    def read(cls, folder: BuildFolder, seed: int) -> _Caps:
        ends = read_step_once(folder.placement, PlacementFile.CAPS, CapEnd)
        late = read_step_once(folder.placement, PlacementFile.LATE, LateItem)
        return cls(
            {one.rule: (one.unit, one.item_id) for one in ends},
            frozenset((one.rule, one.item_id) for one in late),
            seed,
        )

    def exclude(self, rule: int, item_id: str) -> bool:
        """Return whether a cap excludes an item."""
        end = self.ends.get(rule)
        if end is None or (cap_unit(item_id, self.seed), item_id) < end:
            return False
        return (rule, item_id) not in self.late


def _new_roots(folder: BuildFolder, cluster_ids: set[str]) -> dict[str, str]:
    """Return the new ids of those of some clusters that were united with others."""
    own = read_step_of(folder.placement, PlacementFile.UNITED, ["cluster_id", "root"], cluster_ids)
    return {one["cluster_id"]: one["root"] for one in own}
