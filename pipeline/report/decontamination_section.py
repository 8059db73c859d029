"""The decontamination section of a build's report page: the evaluation sets, and documents that contain their items.

Takes the build folder and the manifest. Returns values for the template. Used by `build_summary` and `build_page`.
Memory: the ids of the items that were found.
"""

from __future__ import annotations

import heapq
from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from pipeline.io.layout import BuildFolder
from pipeline.io.parts import read_parts
from pipeline.stages.contamination import STAGE, Contamination, Fate

_MAX_SHOWN = 30
_ITEMS, _UNREAD = "items/", "unread_records/"


@dataclass(frozen=True, slots=True)
class ContaminationSummary:
    """What the tables of a build say about contamination."""

    num_found_items: Mapping[str, int] = field(default_factory=dict)
    """Number of items that any document contains, by set."""
    num_documents: int = 0
    """Number of documents that contain any item, or only its context."""
    worst: tuple[Contamination, ...] = ()
    """The findings that led to most: dropped documents first, then by share."""
    num_findings: int = 0


@dataclass(frozen=True, slots=True)
class SetLine:
    """A line of the table of evaluation sets."""

    name: str
    num_items: int
    num_untestable: int
    num_unread: int
    """Records that are not items."""
    num_found: int
    num_dropped: int
    num_cut: int
    num_kept: int


@dataclass(frozen=True, slots=True)
class DecontaminationSection:
    """What the page shows about decontamination."""

    lines: tuple[SetLine, ...]
    num_ngrams: int
    num_common_in_items: int
    num_common_in_documents: int
    summary: ContaminationSummary


def summarise_contamination(folder: BuildFolder) -> ContaminationSummary:
    """Return the summary of a build's `decontamination/` tables, which may not exist."""
    items: defaultdict[str, set[str]] = defaultdict(set)
    documents: set[str] = set()
    num_findings = 0
    worst: list[tuple[tuple[bool, bool, float, int], Contamination]] = []
    for finding in read_parts(folder.contamination, Contamination):
        items[finding.set_name].add(finding.item_id)
        documents.add(finding.doc_id)
        rank = (finding.fate is Fate.DROPPED, finding.fate is Fate.CUT, finding.share, -num_findings)
        num_findings += 1
        heapq.heappush(worst, (rank, finding))
        if len(worst) > _MAX_SHOWN:
            heapq.heappop(worst)
    return ContaminationSummary(
        num_found_items={name: len(ids) for name, ids in items.items()},
        num_documents=len(documents),
        worst=tuple(finding for _, finding in sorted(worst, reverse=True, key=lambda pair: pair[0])),
        num_findings=num_findings,
    )


def decontamination_section(
    manifest: Mapping[str, Any], summary: ContaminationSummary
) -> DecontaminationSection | None:  # Any: a JSON object
    """Return the section; None if the manifest has no record of the stage."""
    if STAGE not in manifest["stages"]:
        return None
    counters: Mapping[str, int] = manifest["stages"][STAGE].get("counters", {})
    names = [name.removeprefix(_ITEMS) for name in sorted(counters) if name.startswith(_ITEMS)]
    lines = tuple(
        SetLine(
            name=name,
            num_items=counters[f"{_ITEMS}{name}"],
            num_untestable=counters.get(f"untestable_items/{name}", 0),
            num_unread=sum(n for counter, n in counters.items() if counter.startswith(f"{_UNREAD}{name}/")),
            num_found=summary.num_found_items.get(name, 0),
            num_dropped=counters.get(f"documents/{name}/{Fate.DROPPED}", 0),
            num_cut=counters.get(f"documents/{name}/{Fate.CUT}", 0),
            num_kept=counters.get(f"documents/{name}/{Fate.KEPT}", 0),
        )
        for name in names
    )
    return DecontaminationSection(
        lines=lines,
        num_ngrams=counters.get("ngrams", 0),
        num_common_in_items=counters.get("common_ngrams/items", 0),
        num_common_in_documents=counters.get("common_ngrams/documents", 0),
        summary=summary,
    )
