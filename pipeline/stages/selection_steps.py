"""Selects the rows of a build in steps over shards and ranges, none of which needs the labels of all candidates.

    candidates ─ label ─▶ labels ─┬─ cut ranges ─ ask ─ drop what is asked too often ─┬─ choose ─▶ chosen ─┬─ gather
       (a shard each)             └─ only if there are several ranges ────────────────┘  (a range each)  split

A range has the candidates of whole clusters, unless one alone has too many: 25,000 candidates, or up to 125,000 in a
large build. The ranges depend on the ids in the data only, so any number of shards and workers gives the same choices.
Shares are kept in every range, and so in all. Two decisions concern all ranges, and get by with less than their labels:
which written questions are asked too often in the same words (a hash each), and the split (a number for each cluster of
the first ones of a stratum). A build with one range is decided as by `export.selection.select_rows`.

Texts are read by the first step only. `stages.selection_split` has the last two steps. Memory: a shard's or a range's
labels, about 3 KiB each. Used by `stages.export`.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import ClassVar

import pyarrow.compute as pc

from pipeline.config.export import ExportRecipe
from pipeline.export.same_questions import RankedQuestion, asked_too_often
from pipeline.export.selection import choose_rows, kept_clusters, ranked_questions, split_unit
from pipeline.io.key_ranges import KeyRange, num_ranges, place_of, ranges_of_parts
from pipeline.io.layout import BuildFolder
from pipeline.io.ledger import ShardLedger
from pipeline.io.parts import num_rows
from pipeline.io.sorted_parts import read_between
from pipeline.stages.candidate_labels import candidate_labels, context_labels
from pipeline.stages.selection_files import (
    Decided,
    KeptCluster,
    PlacedLabels,
    SelectionFile,
    SelectionTerms,
    SelectionWork,
    TooOften,
)
from pipeline.stages.selection_split import GatherWork, SplitWork
from pipeline.stages.shards import Shard, shard_id
from pipeline.stages.step_files import read_step_of, read_step_range, step_paths, write_step
from pipeline.stages.steps import Step

_LEAST_RANGE, _MOST_IN_RANGE, _USUAL_RANGES = 25_000, 125_000, 64
_IS_COMPARED = pc.field("labels", "words").is_valid()
_MOST_QUESTIONS = 500_000
"""About the maximum number of written questions whose words are compared at once."""


def plan_selection(
    shards: Sequence[Shard], *, recipe: ExportRecipe, seed: int, fingerprint: str, most_labels: int | None = None
) -> list[Step]:
    """Return the steps of selection, in the order in which they run; each step needs the whole step before.

    Args:
        shards: the shards of export; the first input of each is its candidate part.
        recipe: the limits and shares.
        seed: the recipe's seed.
        fingerprint: the fingerprint of the stage.
        most_labels: about the maximum number of candidates in a range; None for `range_size`.
    """
    return [
        Step(LabelWork(fingerprint=fingerprint), tuple(shards)),
        *choice_steps(
            tuple(shard.shard_id for shard in shards),
            num_labels=sum(num_rows(shard.inputs[0]) for shard in shards),
            recipe=recipe,
            seed=seed,
            fingerprint=fingerprint,
            most_labels=most_labels,
        ),
    ]


def choice_steps(
    shard_ids: tuple[str, ...],
    *,
    num_labels: int,
    recipe: ExportRecipe,
    seed: int,
    fingerprint: str,
    most_labels: int | None = None,
) -> list[Step]:
    """Return the steps that follow the reading of labels; see `plan_selection`.

    Args:
        shard_ids: the ids of all shards.
        num_labels: the number of candidates in all shards.
        recipe: the limits and shares.
        seed: the recipe's seed.
        fingerprint: the fingerprint of the stage.
        most_labels: about the maximum number of candidates in a range; None for `range_size`.
    """
    most_labels = most_labels or range_size(num_labels)
    number = num_ranges(num_labels, most_items=most_labels)
    range_ids = tuple(shard_id(index) for index in range(number))
    terms = SelectionTerms(recipe=recipe, seed=seed, fingerprint=fingerprint, shard_ids=shard_ids, range_ids=range_ids)
    once = (Shard(shard_id(0), ()),)
    of_ranges = tuple(Shard(one, ()) for one in range_ids)
    several = [
        Step(CutWork(terms=terms, most_labels=most_labels), once),
        Step(AskedWork(terms=terms), of_ranges),
        Step(TooOftenWork(terms=terms), once),
    ]
    return [
        *(several if number > 1 else []),
        Step(ChooseWork(terms=terms), of_ranges),
        Step(SplitWork(terms=terms), once),
        Step(GatherWork(terms=terms), tuple(Shard(one, ()) for one in shard_ids)),
    ]


def range_size(num_labels: int) -> int:
    """Return about the maximum number of candidates that one process decides about at once.

    A large build has larger ranges, because every range opens a file of every shard.
    """
    return min(_MOST_IN_RANGE, max(_LEAST_RANGE, num_labels // _USUAL_RANGES))


@dataclass(frozen=True, slots=True)
class LabelWork:
    """Reads the labels of a shard's candidates, and writes them by place."""

    stage: ClassVar[str] = "label"
    fingerprint: str

    def run(self, shard: Shard, folder: BuildFolder, ledger: ShardLedger) -> None:
        """Write the labels. The shard's inputs are its candidate part and the corpus parts with its contexts."""
        candidate_part, *corpus_parts = shard.inputs
        contexts = context_labels(folder.asked_part(shard.shard_id), corpus_parts)
        placed = [
            PlacedLabels(
                place=place_of(labels.cluster_id, labels.doc_id),
                shard=int(shard.shard_id),
                row=row,
                num_chars=contexts[labels.doc_id].num_chars,
                labels=labels,
            )
            for row, labels in enumerate(candidate_labels(candidate_part, contexts))
        ]
        placed.sort(key=lambda one: (one.place, one.row))
        number = shard.shard_id
        write_step(folder.selection, SelectionFile.LABELS, number, placed, PlacedLabels, ledger, sorted_by="place")


@dataclass(frozen=True, slots=True)
class CutWork(SelectionWork):
    """Cuts the places of all labels into ranges."""

    stage: ClassVar[str] = "cut_labels"
    most_labels: int

    def run(self, shard: Shard, folder: BuildFolder, ledger: ShardLedger) -> None:
        """Count the places, one file at a time, and write the ranges."""
        paths = step_paths(folder.selection, SelectionFile.LABELS, self.terms.shard_ids)
        ranges = ranges_of_parts(paths, "place", most_items=self.most_labels)
        write_step(folder.selection, SelectionFile.RANGES, shard.shard_id, ranges, KeyRange, ledger)


@dataclass(frozen=True, slots=True)
class AskedWork(SelectionWork):
    """Finds the written questions of a range that are no repeats within the range."""

    stage: ClassVar[str] = "asked_labels"

    def run(self, shard: Shard, folder: BuildFolder, ledger: ShardLedger) -> None:
        """Write a hash, a rank and two ids of each question, by the hash of its words."""
        own = read_step_range(folder.selection, int(shard.shard_id), num_planned=len(self.terms.range_ids))
        written = _read_labels(folder, self.terms.shard_ids, own, where=_IS_COMPARED) if own else iter(())
        questions = sorted(ranked_questions((one.labels for one in written), self.terms.recipe, self.terms.seed))
        number = shard.shard_id
        write_step(
            folder.selection, SelectionFile.ASKED, number, questions, RankedQuestion, ledger, sorted_by="text_hash"
        )


@dataclass(frozen=True, slots=True)
class TooOftenWork(SelectionWork):
    """Finds the written questions that ranges ask too often together."""

    stage: ClassVar[str] = "too_often"

    def run(self, shard: Shard, folder: BuildFolder, ledger: ShardLedger) -> None:
        """Read the questions in slices of their hashes, and write the ids of those that are too many."""
        paths = step_paths(folder.selection, SelectionFile.ASKED, self.terms.range_ids)
        slices = 1 + sum(map(num_rows, paths)) // _MOST_QUESTIONS
        bounds = [2**63 * number // slices for number in range(slices + 1)]
        beyond = (
            TooOften(candidate_id)
            for first, end in pairwise(bounds)
            for candidate_id in asked_too_often(
                (one for path in paths for one in read_between(path, RankedQuestion, "text_hash", first, end - 1)),
                max_same=self.terms.recipe.max_same_question,
            )
        )
        write_step(folder.selection, SelectionFile.TOO_OFTEN, shard.shard_id, beyond, TooOften, ledger)


@dataclass(frozen=True, slots=True)
class ChooseWork(SelectionWork):
    """Decides about the candidates of a range, except for the split."""

    stage: ClassVar[str] = "choose"

    def run(self, shard: Shard, folder: BuildFolder, ledger: ShardLedger) -> None:
        """Write the decisions, by shard, and the clusters of the chosen candidates."""
        number = shard.shard_id
        own = read_step_range(folder.selection, int(shard.shard_id), num_planned=len(self.terms.range_ids))
        placed = (
            sorted(_read_labels(folder, self.terms.shard_ids, own), key=lambda one: (one.shard, one.row)) if own else []
        )
        here = {one.labels.candidate_id for one in placed}
        too_often = read_step_of(folder.selection, SelectionFile.TOO_OFTEN, ["candidate_id"], here)
        dropped = choose_rows(
            [one.labels for one in placed],
            num_chars={one.labels.doc_id: one.num_chars for one in placed},
            recipe=self.terms.recipe,
            seed=self.terms.seed,
            asked_elsewhere={one["candidate_id"] for one in too_often},
        )
        kept = [one for one, why in zip(placed, dropped, strict=True) if why is None]
        shared = {one.labels.cluster_id for one in kept if own and own.may_share_key(one.place)}
        clusters = {
            labels.cluster_id: KeptCluster(
                cluster_id=labels.cluster_id,
                candidate_id=labels.candidate_id,
                language=labels.language,
                domain=labels.domain,
                unit=split_unit(labels.cluster_id, self.terms.seed),
                may_be_shared=labels.cluster_id in shared,
            )
            for labels in kept_clusters(one.labels for one in kept)
        }
        decided = (
            Decided(
                shard=one.shard,
                row=one.row,
                candidate_id=one.labels.candidate_id,
                cluster_id=one.labels.cluster_id,
                language="" if why else clusters[one.labels.cluster_id].language,
                domain="" if why else clusters[one.labels.cluster_id].domain,
                reason=why.reason if why else "",
                detail=why.detail if why else "",
            )
            for one, why in zip(placed, dropped, strict=True)
        )
        write_step(folder.selection, SelectionFile.CHOSEN, number, decided, Decided, ledger, sorted_by="shard")
        write_step(folder.selection, SelectionFile.CLUSTERS, number, clusters.values(), KeptCluster, ledger)


def _read_labels(
    folder: BuildFolder, shard_ids: Sequence[str], own: KeyRange, *, where: pc.Expression | None = None
) -> Iterator[PlacedLabels]:
    """Yield the labels in a range, shard by shard."""
    for path in step_paths(folder.selection, SelectionFile.LABELS, shard_ids):
        yield from read_between(path, PlacedLabels, "place", own.first, own.last, where=where)
