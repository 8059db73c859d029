"""Checks that row counts match the files, that every id occurs once, and that splits share no document or cluster.

Takes shard reports and part files; adds the problems that it finds to `Findings`. Reads Parquet footers and id columns,
but no text. Used by `verify.run`; `verify.packs` uses `asked_documents`.
"""

from __future__ import annotations

from collections.abc import Sequence

import pyarrow as pa
import pyarrow.compute as pc

from pipeline.io import files
from pipeline.io.layout import BuildFolder
from pipeline.io.ledger import ADDED, ShardReport
from pipeline.io.parts import num_rows, read_files_columns
from pipeline.records import Split
from pipeline.verify.problems import START_OVER, Findings
from pipeline.verify.recorded import Recorded

_KEPT = {
    "survey": "work/survey/",
    "ingest": "work/documents/",
    "sign": "work/signatures/",
    "pack": "corpus/",
    "synthesize": "work/candidates/",
    "export": "sft/",
}
"""The folder of the rows that a shard kept, by the name under which its reports are stored."""
_TWINS = {"export": "tokens/"}
"""A second folder with as many rows, by the same name."""
_FEEDS = (("ingest", "decontaminate"), ("decontaminate", "dedup"), ("dedup", "pack"), ("synthesize", "export"))
"""Pairs of stages; the second takes in exactly what the first kept."""
_IDS = (
    ("work/documents", "doc_id"),
    ("corpus", "doc_id"),
    ("work/candidates", "candidate_id"),
    ("sft", "id"),
)


def check_counts(folder: BuildFolder, recorded: Recorded, findings: Findings) -> None:
    """Compare every shard's counts with the rows in its files, and the counts of stages that feed each other.

    A stage takes in what the one before kept, and what its counter `ADDED` says.
    """
    for name, reports in recorded.reports.items():
        for report in reports.values():
            _check_shard(folder, name, report, findings)
    stages = recorded.manifest.stages if recorded.manifest else {}
    for earlier, later in _FEEDS:
        if earlier not in stages or later not in stages:
            continue
        kept, taken = stages[earlier].num_kept, stages[later].num_in - stages[later].counters.get(ADDED, 0)
        if kept != taken:
            what = f"says that {earlier} kept {kept:,} but {later} took {taken:,}"
            findings.add("manifest.json", what, START_OVER)


def check_ids(folder: BuildFolder, recorded: Recorded, findings: Findings) -> None:
    """Check that no id occurs twice among documents, contexts, candidates or rows."""
    for name, column in _IDS:
        paths = recorded.paths(name)
        ids = read_files_columns([files.join(folder.root, path) for path in paths], [column])[column]
        findings.count(f"{name.removeprefix('work/')} ids", len(ids))
        repeated = _repeated(ids)
        if repeated:
            what = f"repeats ids: {len(repeated):,} in all, such as {repeated[0]}"
            findings.add(_first_with(folder, paths, column, repeated[0]), what, START_OVER)


def check_splits(folder: BuildFolder, recorded: Recorded, findings: Findings) -> None:
    """Check that no document and no duplicate cluster occurs in both the training and the validation split."""
    train, validation = (asked_documents(folder, recorded, split) for split in (Split.TRAIN, Split.VALIDATION))
    findings.count("documents asked about", len(train) + len(validation))
    shared = train.filter(pc.is_in(train, validation))
    if len(shared):
        findings.add("sft", f"has rows about document {shared[0].as_py()} in both splits", START_OVER)
    corpus = read_files_columns(
        [files.join(folder.root, path) for path in recorded.paths("corpus")], ["doc_id", "cluster_id"]
    )
    clusters = [
        pc.unique(corpus.filter(pc.is_in(corpus["doc_id"], asked))["cluster_id"]) for asked in (train, validation)
    ]
    shared = clusters[0].filter(pc.is_in(clusters[0], clusters[1]))
    if len(shared):
        findings.add("sft", f"has rows about cluster {shared[0].as_py()} in both splits", START_OVER)


def asked_documents(folder: BuildFolder, recorded: Recorded, split: Split) -> pa.LargeStringArray:
    """Return the ids of the documents that the rows of a split ask about."""
    paths = [path for path in recorded.paths("sft") if path.startswith(f"sft/{split.value}-")]
    doc_ids = read_files_columns([files.join(folder.root, path) for path in paths], ["doc_ids"])["doc_ids"]
    lists = [chunk.flatten() for chunk in doc_ids.chunks] if paths else []
    return pc.unique(pa.concat_arrays([pa.array([], pa.large_string()), *lists]))


def _check_shard(folder: BuildFolder, name: str, report: ShardReport, findings: Findings) -> None:
    path = f"work/shards/{name}/{report.shard_id}.json"
    counted = {"rejected/": report.num_rejected, "dead/": report.num_dead}
    if name in _KEPT:
        counted |= dict.fromkeys((_KEPT[name], *([_TWINS[name]] if name in _TWINS else [])), _num_rows(name, report))
    for prefix, number in counted.items():
        parts = [part.path for part in report.parts if part.path.startswith(prefix) and part.path.endswith(".parquet")]
        rows = sum(num_rows(files.join(folder.root, part)) for part in parts)
        findings.count("counts")
        if rows != number:
            findings.add(path, f"counts {number:,} rows in {prefix}, but its files have {rows:,}", START_OVER)


def _num_rows(name: str, report: ShardReport) -> int:
    """Return how many rows the kept items became. Contexts join documents, and conversations join candidates."""
    if name == "pack":
        return report.counters.get("contexts", 0)
    if name == "export":
        return sum(report.counters.get(f"rows/{split}", 0) for split in Split)
    return report.num_kept


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
    raise AssertionError(f"no file holds the id {wanted}")
