"""Finds the documents that decontamination kept: one part file per shard of ingest.

A shard of which decontamination dropped or cut a document has a new part in `work/decontaminated`; any other still has
its part in `work/documents`. Used by the stages after decontamination.
"""

from __future__ import annotations

from pipeline.errors import DamagedFileError
from pipeline.io import files
from pipeline.io.layout import BuildFolder
from pipeline.io.ledger import read_shard_report
from pipeline.stages.shards import Shard, plan_document_shards

DECONTAMINATE_STAGE = "decontaminate"
"""The name of the decontamination stage."""


def kept_part(folder: BuildFolder, shard_id: str) -> str:
    """Return the path of the documents of one shard that decontamination kept."""
    path = folder.decontaminated_part(shard_id)
    return path if files.exists(path) else folder.document_part(shard_id)


def plan_kept_shards(folder: BuildFolder) -> list[Shard]:
    """Return one shard for each part of documents that decontamination kept; used for deduplication and packing."""
    return [
        Shard(shard.shard_id, (kept_part(folder, shard.shard_id),))
        for shard in plan_document_shards(folder)
        if not _is_empty(folder, shard.shard_id)
    ]


def _is_empty(folder: BuildFolder, shard_id: str) -> bool:
    """Return whether decontamination dropped all documents of a shard."""
    try:
        report = read_shard_report(folder.shard_report(DECONTAMINATE_STAGE, shard_id))
    except (FileNotFoundError, DamagedFileError):
        return False
    return report.num_in > 0 and report.num_kept == 0
