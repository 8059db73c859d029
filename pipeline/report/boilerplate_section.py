"""The boilerplate section of a build's report page: the lines that were removed because many documents repeat them.

Takes the manifest and `work/boilerplate/`. Returns a description and the most frequent lines. Used by `build_page` and
`build_summary`. Memory: one row for each kind of line of a source.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

from pipeline.io.layout import BuildFolder
from pipeline.io.parts import read_parts
from pipeline.report.page import format_plural
from pipeline.stages.removed_lines import RemovedLine

_COUNTERS = "boilerplate/"
_MAX_LINES = 30


@dataclass(frozen=True, slots=True)
class BoilerplateLine:
    """A removed line, over all shards, with the path of its input as in the recipe."""

    source: str
    line: RemovedLine


@dataclass(frozen=True, slots=True)
class BoilerplateSection:
    """What the page shows about removed boilerplate."""

    description: str
    lines: tuple[BoilerplateLine, ...]
    """Most frequent first."""


def most_removed_lines(folder: BuildFolder) -> tuple[RemovedLine, ...]:
    """Return the lines that were removed most often. Shards are added up by the hash of the lines' shape."""
    totals: dict[tuple[int, str], RemovedLine] = {}
    for row in read_parts(folder.boilerplate, RemovedLine):
        known = totals.get((row.source, row.shape))
        num_documents = row.num_documents + (known.num_documents if known else 0)
        num_lines = row.num_lines + (known.num_lines if known else 0)
        totals[row.source, row.shape] = replace(known or row, num_documents=num_documents, num_lines=num_lines)
    ordered = sorted(totals.values(), key=lambda row: (-row.num_lines, row.source, row.line))
    return tuple(ordered[:_MAX_LINES])


def boilerplate_section(manifest: Mapping[str, Any], lines: tuple[RemovedLine, ...]) -> BoilerplateSection | None:
    """Return the section; None if no document was surveyed."""
    counters = manifest["stages"].get("ingest", {}).get("counters", {})
    counts = {name.removeprefix(_COUNTERS): count for name, count in counters.items() if name.startswith(_COUNTERS)}
    if not counts:
        return None
    kept = counts.get("kept_documents", 0)
    description = (
        f"{format_plural(counts.get('lines', 0), 'line')} of {format_plural(counts.get('documents', 0), 'document')} "
        f"({format_plural(counts.get('chars', 0), 'character')}) were removed, because many documents of one source "
        f"repeat them. {format_plural(counts.get('surveyed', 0), 'document')} were read first to count lines."
    )
    if kept:
        description += f" {format_plural(kept, 'document')} lost nothing, because too much would have gone."
    inputs = manifest["recipe"]["inputs"]
    return BoilerplateSection(
        description=description, lines=tuple(BoilerplateLine(inputs[row.source]["path"], row) for row in lines)
    )
