"""Checks that the existing rows are those that were counted, and that every id occurs once.

In: shard reports and part files. Out: problems. Reads footers and id columns, but no text.
"""

from __future__ import annotations

from collections.abc import Sequence

import pyarrow as pa
import pyarrow.compute as pc

from pipeline.io import files
from pipeline.io.layout import BuildFolder
from pipeline.io.ledger import ShardReport
from pipeline.io.parts import num_rows, read_files_columns
from pipeline.verify.problems import START_OVER, Findings
from pipeline.verify.recorded import Recorded

_KEPT = {
    "ingest": "work/documents/",
    "sign": "work/signatures/",
    "pack": "corpus/",
    "synthesize": "work/candidates/",
    "export": "sft/",
}
"""Where shards keep their rows, by the name of their reports."""
_TWINS = {"export": "tokens/"}
_FEEDS = (("ingest", "dedup"), ("dedup", "pack"), ("synthesize", "export"))
"""Pairs of stages: the second takes in what the first kept."""
_IDS = (
    ("work/documents", "doc_id"),
    ("corpus", "doc_id"),
    ("work/candidates", "candidate_id"),
    ("sft", "id"),
)


def check_counts(folder: BuildFolder, recorded: Recorded, findings: Findings) -> None:
    """Compare every shard's counts with the rows of its files, and stages with each other."""
    for name, reports in recorded.reports.items():
        for report in reports.values():
            _check_shard(folder, name, report, findings)
    stages = recorded.manifest.stages if recorded.manifest else {}
    for earlier, later in _FEEDS:
        if earlier in stages and later in stages and stages[earlier].num_kept != stages[later].num_in:
            what = f"says that {earlier} kept {stages[earlier].num_kept:,} and {later} took {stages[later].num_in:,}"
            findings.add("manifest.json", what, START_OVER)


def check_ids(folder: BuildFolder, recorded: Recorded, findings: Findings) -> None:
    """Check that no id occurs twice among documents, contexts, candidates or rows."""
    for name, column in _IDS:
        paths = recorded.paths(name)
        ids = read_files_columns([files.join(folder.root, path) for path in paths], [column])[column]
        findings.count(f"{name.removeprefix('work/')} ids", len(ids))
        repeated = _repeated(ids)
        if repeated:
            what = f"holds {len(repeated)} ids more than once, such as {repeated[0]}"
            findings.add(_first_with(folder, paths, column, repeated[0]), what, START_OVER)


def _check_shard(folder: BuildFolder, name: str, report: ShardReport, findings: Findings) -> None:
    path = f"work/shards/{name}/{report.shard_id}.json"
    counted = {"rejected/": report.num_rejected, "dead/": report.num_dead}
    if name in _KEPT:
        kept = report.counters.get("contexts", 0) if name == "pack" else report.num_kept
        counted |= dict.fromkeys((_KEPT[name], *([_TWINS[name]] if name in _TWINS else [])), kept)
    for place, number in counted.items():
        parts = [part.path for part in report.parts if part.path.startswith(place) and part.path.endswith(".parquet")]
        rows = sum(num_rows(files.join(folder.root, part)) for part in parts)
        findings.count("counts")
        if rows != number:
            findings.add(path, f"counts {number:,} rows in {place}, but it wrote {rows:,}", START_OVER)


def _repeated(ids: pa.ChunkedArray) -> Sequence[str]:
    if not len(ids) or pc.count_distinct(ids).as_py() == len(ids):
        return []
    counts = pc.value_counts(ids)
    repeated: list[str] = counts.filter(pc.greater(counts.field("counts"), 1)).field("values").to_pylist()
    return sorted(repeated)


def _first_with(folder: BuildFolder, paths: Sequence[str], column: str, wanted: str) -> str:
    for path in paths:
        ids = read_files_columns([files.join(folder.root, path)], [column])[column]
        if pc.is_in(ids, pa.array([wanted], ids.type)).to_pylist().count(True):
            return path
    raise AssertionError("no file has the repeated id")
