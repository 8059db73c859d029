"""Checks that train and validation share no document and no duplicate cluster. Reads only id columns."""

from __future__ import annotations

import pyarrow as pa
import pyarrow.compute as pc

from pipeline.io import files
from pipeline.io.layout import BuildFolder
from pipeline.io.parts import read_files_columns
from pipeline.records import Split
from pipeline.verify.problems import START_OVER, Findings
from pipeline.verify.recorded import Recorded


def check_splits(folder: BuildFolder, recorded: Recorded, findings: Findings) -> None:
    """Compare the documents of the rows of both splits, and their clusters."""
    train, validation = (asked_documents(folder, recorded, split) for split in (Split.TRAIN, Split.VALIDATION))
    findings.count("documents asked about", len(train) + len(validation))
    shared = train.filter(pc.is_in(train, validation))
    if len(shared):
        findings.add("sft", f"has rows of both splits about document {shared[0].as_py()}", START_OVER)
    corpus = read_files_columns(
        [files.join(folder.root, path) for path in recorded.paths("corpus")], ["doc_id", "cluster_id"]
    )
    clusters = [
        pc.unique(corpus.filter(pc.is_in(corpus["doc_id"], asked))["cluster_id"]) for asked in (train, validation)
    ]
    shared = clusters[0].filter(pc.is_in(clusters[0], clusters[1]))
    if len(shared):
        findings.add("sft", f"has rows of both splits about cluster {shared[0].as_py()}", START_OVER)


def asked_documents(folder: BuildFolder, recorded: Recorded, split: Split) -> pa.LargeStringArray:
    """Return the ids of documents that rows of a split ask about."""
    paths = [path for path in recorded.paths("sft") if path.startswith(f"sft/{split.value}-")]
    doc_ids = read_files_columns([files.join(folder.root, path) for path in paths], ["doc_ids"])["doc_ids"]
    lists = [chunk.flatten() for chunk in doc_ids.chunks] if paths else []
    return pc.unique(pa.concat_arrays([pa.array([], pa.large_string()), *lists]))
