"""Plan units from the parts of the previous stage: document parts, or corpus parts of one number over all buckets."""

from __future__ import annotations

from collections import defaultdict

from pipeline.io.layout import BuildFolder
from pipeline.io.outputs import part_files
from pipeline.stages.units import Unit


def plan_document_units(folder: BuildFolder) -> list[Unit]:
    """Return one unit for each document part, with the part's own number; for deduplication and packing."""
    return [
        Unit(unit_id=path.rsplit("-", 1)[-1].removesuffix(".parquet"), inputs=(path,))
        for path in part_files(folder, "work/documents")
    ]


def plan_synthesize_units(folder: BuildFolder) -> list[Unit]:
    """Return one unit for each number of corpus parts; its inputs are the parts of that number in all buckets."""
    parts: dict[str, list[str]] = defaultdict(list)
    for path in part_files(folder, "corpus"):
        parts[path.rsplit("part-", 1)[1].removesuffix(".parquet")].append(path)
    return [Unit(unit_id=number, inputs=tuple(sorted(parts[number]))) for number in sorted(parts)]
