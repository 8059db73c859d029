"""What became of every path in the inputs while they were read: `work/files/part-k.parquet` lists those of one shard.

Every file that lies in an input has one row, and so has a link, a special file, a folder that cannot be read, a member
of an archive and a member of a source tree. Only a file that several shards read has a row for each range. The counts
of records add up to those of ingest: the root of a source tree has the tree's count, and its members have none; the
members of an archive have theirs, and the archive has none unless it is refused or damaged itself. After the build,
`stages.file_fates` writes the same rows to `files/`, without the documents that later stages dropped.

The table holds no times, because two builds of the same inputs have the same bytes; slow files are logged. Memory: the
rows of the archives around the file that is read.
"""

from __future__ import annotations

import logging
import time
from collections.abc import Callable
from dataclasses import dataclass, replace
from enum import StrEnum

from pipeline.documents.archives import MEMBER
from pipeline.documents.readers import kind_of
from pipeline.documents.skipped_names import PathKind, SkippedFile
from pipeline.records import Note, Uri

logger = logging.getLogger(__name__)

_SLOW_SECONDS = 10.0
_MAX_WARNINGS = 20
"""The maximum number of different warnings that a row names."""


class FileFate(StrEnum):
    """What became of a file."""

    KEPT = "kept"
    """At least one of its records became a document, which is in the corpus."""
    DEAD = "dead"
    """None of its records was kept, and reading or cleaning failed, or a later stage."""
    REJECTED = "rejected"
    """All of its records were refused, by ingest or by a later stage, for example as duplicates."""
    SKIPPED = "skipped"
    """It was not read, because it is no document: a hidden file, a link, generated code."""


@dataclass(frozen=True, slots=True)
class SourceFile:
    """A row of `files/`."""

    source_uri: Uri
    document_uri: Uri
    """The `source_uri` of the file's documents, and of their rows in `rejected/` and `dead/`: that of the tree for a
    member of a source tree, otherwise the file's own, without the number of a repeated name."""
    start: int
    """First byte or row group of the range, for a file that several shards read; otherwise 0."""
    kind: PathKind
    reader: str
    """Name of the reader; empty if none read the file."""
    fate: FileFate
    stage: str
    """The stage that dropped the file, or the last of its documents; empty if it was kept."""
    reason: str
    """The first reason or error at this stage; empty if the file was kept."""
    num_kept: int
    """Records that are documents of the corpus; in `work/files`, those that ingest kept."""
    num_rejected: int
    num_dead: int
    warnings: tuple[Note, ...] = ()
    """Doubts about the conversion, such as a part that two parsers read differently; the first 20 different ones."""


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of one record of a file."""

    fate: FileFate
    reason: str = ""
    reader: str = ""
    warnings: tuple[str, ...] = ()
    members: tuple[str, ...] = ()
    """URIs of the files of a source tree that share the fate of the tree's document."""


class FileLog:
    """Adds up the outcomes of one shard's records to rows.

    Records come file by file, and members of an archive between the first and the last record of the archive. A row is
    written when its file is finished, so all rows of a shard are never in memory.
    """

    def __init__(self, write: Callable[[SourceFile], None]) -> None:
        self._write = write
        self._open: list[_OpenRow] = []
        """Rows of the file that is read and of the archives around it, outermost first."""
        self._names: dict[int, int] = {}
        """Number of rows by hash of their URI, in the segment that is read."""
        self._last = time.perf_counter()

    def note(self, path: SourcePlace, outcome: Outcome) -> None:
        """Record the outcome of one record of a file."""
        self._log_slow(path.uri)
        chain = [*path.archives, path.uri]
        while self._open and self._open[-1].row.source_uri not in chain:
            self._finish()
        for uri in chain[len(self._open) :]:
            kind = path.kind if uri == path.item_uri else PathKind.TREE_MEMBER
            kind = PathKind.MEMBER if len(self._open) else kind
            self._open.append(_OpenRow(_row(uri, kind, start=path.start)))
        self._open[-1].take(outcome)
        for member in outcome.members:
            row = _row(member, PathKind.TREE_MEMBER, fate=outcome.fate, reason=outcome.reason)
            self._write(replace(row, document_uri=path.uri, reader="tree"))

    def end_segment(self) -> None:
        """Write the rows of the files that the segment holds."""
        while self._open:
            self._finish()
        self._names = {}

    def skip(self, skipped: SkippedFile) -> None:
        """Record a file that was found but not read."""
        self._write(_row(skipped.source_uri, skipped.kind, reason=skipped.reason))

    def _finish(self) -> None:
        row = self._open.pop().finished()
        if self._open:
            self._open[-1].take_member(row)
        # A web crawl may hold a page twice.
        nth = self._names[hash(row.source_uri)] = self._names.get(hash(row.source_uri), 0) + 1
        self._write(replace(row, source_uri=f"{row.source_uri}~{nth}") if nth > 1 else row)

    def _log_slow(self, uri: str) -> None:
        now = time.perf_counter()
        seconds, self._last = now - self._last, now
        if seconds > _SLOW_SECONDS:
            logger.info("ingest: %s took %.0f s", uri, seconds)


@dataclass(frozen=True, slots=True)
class SourcePlace:
    """Where a record lies."""

    item_uri: str
    """URI of the file or source tree in the input."""
    kind: PathKind
    """Kind of that file or tree."""
    uri: str
    """URI of the record's file: that file, a file of that tree, or a file inside that file."""
    start: int
    """First byte or row group of the range of the file that the shard reads."""

    @property
    def archives(self) -> list[str]:
        """The URIs of the archives around the record's file, outermost first."""
        inner = self.uri[len(self.item_uri) :]
        if not inner.startswith(MEMBER):
            return []
        parts = inner.split(MEMBER)[:-1]
        return [self.item_uri + MEMBER.join(parts[: number + 1]) for number in range(len(parts))]


_INGEST = "ingest"


def _row(
    uri: str, kind: PathKind, *, start: int = 0, fate: FileFate = FileFate.SKIPPED, reason: str = ""
) -> SourceFile:
    stage = "" if fate is FileFate.KEPT else _INGEST
    return SourceFile(uri, uri, start, kind, "", fate, stage, reason, num_kept=0, num_rejected=0, num_dead=0)


def better_of(earlier: SourceFile | None, later: SourceFile) -> SourceFile:
    """Return the row with the better fate, the earlier one of two equals; an archive has the best fate of its files."""
    if earlier is None or _BETTER.index(later.fate) > _BETTER.index(earlier.fate):
        return later
    return earlier


_BETTER = (FileFate.SKIPPED, FileFate.REJECTED, FileFate.DEAD, FileFate.KEPT)


class _OpenRow:
    """A row to which outcomes are added."""

    def __init__(self, row: SourceFile) -> None:
        self.row = row
        self._has_records = False
        self._best: SourceFile | None = None
        """The first of the files inside this file that have the best fate."""

    def take(self, outcome: Outcome) -> None:
        self._has_records = True
        self.row = _with_outcome(self.row, outcome)

    def take_member(self, member: SourceFile) -> None:
        self._best = better_of(self._best, member)

    def finished(self) -> SourceFile:
        if self._has_records or self._best is None:
            return self.row
        reader = kind_of(self.row.source_uri).reader
        name = reader.name if reader is not None else ""
        return replace(self.row, fate=self._best.fate, stage=self._best.stage, reason=self._best.reason, reader=name)


def _with_outcome(row: SourceFile, outcome: Outcome) -> SourceFile:
    kept = row.num_kept + (outcome.fate is FileFate.KEPT)
    rejected = row.num_rejected + (outcome.fate is FileFate.REJECTED)
    dead = row.num_dead + (outcome.fate is FileFate.DEAD)
    whole = FileFate.SKIPPED
    for candidate, number in ((FileFate.REJECTED, rejected), (FileFate.DEAD, dead), (FileFate.KEPT, kept)):
        whole = candidate if number else whole
    warnings = dict.fromkeys((*row.warnings, *outcome.warnings)) if outcome.warnings else row.warnings
    return replace(
        row,
        reader=row.reader or outcome.reader,
        fate=whole,
        stage="" if whole is FileFate.KEPT else _INGEST,
        reason="" if whole is FileFate.KEPT else row.reason or outcome.reason,
        num_kept=kept,
        num_rejected=rejected,
        num_dead=dead,
        warnings=tuple(warnings)[:_MAX_WARNINGS],
    )
