"""The files in `work/selection/` with which the steps of selection exchange labels and decisions, without any text.

Every step writes a file per shard or per range; names and records are here, and what all steps need to know. Labels are
sorted by place and decisions by shard, so that a step reads only its slice of each file. Used by
`stages.selection_steps` and `stages.selection_split`.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from pipeline.config.export import ExportRecipe
from pipeline.export.selection import CandidateLabels
from pipeline.export.splitting import Stratum
from pipeline.stages.step_files import RANGES


class SelectionFile(StrEnum):
    """The kinds of files; the name of a file is its kind and the id of a shard or range."""

    LABELS = "labels"
    """`PlacedLabels` of a shard's candidates, by place."""
    RANGES = RANGES
    """The ranges of places (`io.key_ranges.KeyRange`); only if there is more than one."""
    ASKED = "asked"
    """The written questions of a range (`same_questions.RankedQuestion`), by words; only if there are several."""
    TOO_OFTEN = "too_often"
    """Ids of the questions that other ranges ask often enough; only if there are several ranges."""
    CHOSEN = "chosen"
    """The decisions on a range's candidates (`Decided`), by shard."""
    CLUSTERS = "clusters"
    """The clusters of a range's chosen candidates (`KeptCluster`)."""
    BOUNDS = "bounds"
    """The last cluster of each stratum that goes to validation (`Bound`)."""
    SHARED = "shared"
    """The stratum of each cluster that several ranges share (`KeptCluster`)."""
    CHOICES = "part"
    """The final `selection.Choice` of each candidate of a shard, in the order of its part."""


@dataclass(frozen=True, slots=True)
class PlacedLabels:
    """A candidate's labels, where it comes from, and its place."""

    place: int
    """See `io.key_ranges`; the key is the cluster, the member is the context."""
    shard: int
    row: int
    """Row number in the shard's candidate part."""
    num_chars: int
    """Number of characters of the context."""
    labels: CandidateLabels


@dataclass(frozen=True, slots=True)
class TooOften:
    """A question that is dropped because enough other contexts are asked it in the same words."""

    candidate_id: str


@dataclass(frozen=True, slots=True)
class Decided:
    """The decision on a candidate, before the split."""

    shard: int
    row: int
    candidate_id: str
    cluster_id: str
    language: str
    """With the domain, the stratum of the cluster."""
    domain: str
    reason: str
    detail: str


@dataclass(frozen=True, slots=True)
class KeptCluster:
    """A cluster with chosen candidates."""

    cluster_id: str
    candidate_id: str
    """The largest id of these candidates; its labels are those of the cluster."""
    language: str
    domain: str
    unit: float
    """The random number that decides about validation."""
    may_be_shared: bool
    """Whether other ranges may have candidates of this cluster."""

    @property
    def stratum(self) -> Stratum:
        """Language and domain."""
        return self.language, self.domain


@dataclass(frozen=True, slots=True)
class Bound:
    """The last cluster of a stratum, in the order of their numbers, that goes to validation."""

    language: str
    domain: str
    unit: float
    cluster_id: str


@dataclass(frozen=True, slots=True)
class SelectionTerms:
    """What several steps need to know."""

    recipe: ExportRecipe
    seed: int
    fingerprint: str
    shard_ids: tuple[str, ...]
    range_ids: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class SelectionWork:
    """The base of the steps that follow the reading of labels."""

    terms: SelectionTerms

    @property
    def fingerprint(self) -> str:
        """The stage's fingerprint."""
        return self.terms.fingerprint
