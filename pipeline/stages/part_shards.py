"""Plan shards from the parts of the previous stage: document parts, or corpus parts of one number over all buckets."""

from __future__ import annotations

from collections import defaultdict

from pipeline.io.layout import BuildFolder
from pipeline.io.outputs import part_files
from pipeline.stages.shards import Shard


def plan_document_shards(folder: BuildFolder) -> list[Shard]:
    """Return one shard for each document part, with the part's own number; for deduplication and packing."""
    return [
        Shard(shard_id=path.rsplit("-", 1)[-1].removesuffix(".parquet"), inputs=(path,))
        for path in part_files(folder, "work/documents")
    ]


def plan_synthesize_shards(folder: BuildFolder) -> list[Shard]:
    """Return one shard for each number of corpus parts; its inputs are the parts of that number in all buckets."""
    parts: dict[str, list[str]] = defaultdict(list)
    for path in part_files(folder, "corpus"):
        parts[path.rsplit("part-", 1)[1].removesuffix(".parquet")].append(path)
    return [Shard(shard_id=number, inputs=tuple(sorted(parts[number]))) for number in sorted(parts)]
