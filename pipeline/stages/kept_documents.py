"""Finds the documents that decontamination kept: one part file per shard of ingest.

A shard of which decontamination dropped or cut a document has a new part in `work/decontaminated`; any other still has
its part in `work/documents`. Used by the stages after decontamination.
"""

from __future__ import annotations

from pipeline.errors import DamagedFileError
from pipeline.io import files
from pipeline.io.layout import BuildFolder
from pipeline.io.ledger import read_shard_report

DECONTAMINATE_STAGE = "decontaminate"
"""The name of the decontamination stage."""


def kept_part(folder: BuildFolder, shard_id: str) -> str:
    """Return the path of the documents of one shard that decontamination kept."""
    path = folder.decontaminated_part(shard_id)
    return path if files.exists(path) else folder.document_part(shard_id)


def lost_all_documents(folder: BuildFolder, shard_id: str) -> bool:
    """Return whether decontamination dropped all documents of a shard."""
    try:
        report = read_shard_report(folder.shard_report(DECONTAMINATE_STAGE, shard_id))
    except (FileNotFoundError, DamagedFileError):
        return False
    return report.num_in > 0 and report.num_kept == 0
