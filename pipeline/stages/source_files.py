"""The fate of every input file: `files/part-k.parquet` lists the files of one ingest shard.

The ingest stage notes the outcome of each record here. A file inside an archive has a row of its own; the archive has
one only if it is refused or damaged itself. The first shard also lists files that were found but not read: the first
ones for each reason. The table holds no times, because two builds of the same inputs have the same bytes; slow files
are logged.
"""

from __future__ import annotations

import logging
import time
from collections.abc import Iterable
from dataclasses import dataclass, replace
from enum import StrEnum

from pipeline.documents.listing import SkippedFile
from pipeline.records import Uri

logger = logging.getLogger(__name__)

_SLOW_SECONDS = 10.0


class FileFate(StrEnum):
    """What became of a file."""

    KEPT = "kept"
    """At least one of its records became a document."""
    DEAD = "dead"
    """None of its records was kept, and reading or cleaning failed."""
    REJECTED = "rejected"
    """All of its records were refused."""
    SKIPPED = "skipped"
    """It was not read, because it is no document: a hidden file, a link, a cache."""


@dataclass(frozen=True, slots=True)
class SourceFile:
    """A row of `files/`."""

    source_uri: Uri
    start: int
    """First byte or row group of the range, for a file that several shards read; otherwise 0."""
    format: str
    """Name of the reader; empty if none read the file."""
    fate: FileFate
    reason: str
    """The first reason or error, if the file was not kept."""
    num_kept: int
    num_rejected: int
    num_dead: int


class FileLog:
    """Collects the outcomes of one shard's files, in the order in which they are read."""

    def __init__(self) -> None:
        self._files: dict[tuple[str, int], SourceFile] = {}
        self._last = time.perf_counter()

    def note(self, uri: str, start: int, fate: FileFate, *, reason: str = "", format_name: str = "") -> None:
        """Record the outcome of one record of a file."""
        self._log_slow(uri)
        known = self._files.get((uri, start)) or SourceFile(uri, start, "", FileFate.SKIPPED, "", 0, 0, 0)
        kept = known.num_kept + (fate is FileFate.KEPT)
        rejected = known.num_rejected + (fate is FileFate.REJECTED)
        dead = known.num_dead + (fate is FileFate.DEAD)
        whole = FileFate.SKIPPED
        for candidate, number in ((FileFate.REJECTED, rejected), (FileFate.DEAD, dead), (FileFate.KEPT, kept)):
            whole = candidate if number else whole
        self._files[uri, start] = replace(
            known,
            format=known.format or format_name,
            fate=whole,
            reason="" if whole is FileFate.KEPT else known.reason or reason,
            num_kept=kept,
            num_rejected=rejected,
            num_dead=dead,
        )

    def skip(self, skipped: Iterable[SkippedFile]) -> None:
        """Record files that were found but not read."""
        for one in skipped:
            self._files[one.source_uri, 0] = SourceFile(one.source_uri, 0, "", FileFate.SKIPPED, one.reason, 0, 0, 0)

    def _log_slow(self, uri: str) -> None:
        now = time.perf_counter()
        seconds, self._last = now - self._last, now
        if seconds > _SLOW_SECONDS:
            logger.info("ingest: %s took %.0f s", uri, seconds)

    def rows(self) -> list[SourceFile]:
        """Return the rows of the shard's table."""
        return list(self._files.values())
