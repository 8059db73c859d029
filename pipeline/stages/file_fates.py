"""Writes `files/`: the fate of every path in the inputs after the whole build, one part per ingest shard.

    work/files, work/documents ─┐
    rejected/, dead/ ───────────┴─▶ files/part-k.parquet

Ingest lists what became of each path while it read the inputs (`stages.source_files`). Decontamination, dedup and pack
drop documents later, so the counts of a file, its fate and its reason are brought up to date here, after pack. All
documents of an ingest shard keep the shard's number, so a part needs only the parts with its number. The sums of the
counts are those of the manifest: `num_kept` is what pack kept. Used by `build`. The tables are written again if the
files of one of these stages, or this code, have changed, or if a table is missing or damaged. Cost: reads two columns
of the documents. Memory: the ids of one shard's documents.
"""

from __future__ import annotations

import logging
from collections import defaultdict, deque
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from typing import TypeVar

from pipeline.documents.archives import MEMBER
from pipeline.documents.skipped_names import PathKind
from pipeline.errors import DamagedFileError
from pipeline.identity import fingerprint
from pipeline.io import files
from pipeline.io.layout import BuildFolder
from pipeline.io.ledger import PartRecord, ShardLedger, ShardReport, read_shard_report
from pipeline.io.listing import FileState
from pipeline.io.manifest import Manifest
from pipeline.io.outputs import find_part_problems, list_data_files, part_files, shard_of
from pipeline.io.parts import PartWriter, read_part
from pipeline.stages.code import code_of
from pipeline.stages.earlier_run import Doubt, set_aside
from pipeline.stages.source_files import FileFate, SourceFile, better_of

logger = logging.getLogger(__name__)

Record = TypeVar("Record")

FILES_STAGE = "files"
"""The name under which the reports of the tables are stored."""
_INGEST = "ingest"
_LATER_STAGES = ("decontaminate", "dedup", "pack")
"""The stages that drop documents, in order."""
LAST_STAGE = _LATER_STAGES[-1]
"""The stage after which the tables can be written."""


@dataclass(frozen=True, slots=True)
class Dropped:
    """Why a document is not in the corpus."""

    stage: str
    fate: FileFate
    reason: str


def bring_files_up_to_date(folder: BuildFolder, manifest: Manifest, doubt: Doubt) -> None:
    """Write the tables that are outdated, missing or damaged; set damaged tables and those without a shard aside.

    Args:
        folder: the build folder; pack is finished.
        manifest: the build's manifest, with the records of the stages up to pack.
        doubt: which files to check byte by byte.
    """
    digests = [manifest.stages[name].digest for name in (_INGEST, *_LATER_STAGES)]
    current = fingerprint([digests, code_of(__name__)])
    shard_ids = {shard_of(path) for path in part_files(folder, "work/files")}
    states = list_data_files(folder, "files")
    for path in states:
        if shard_of(path) not in shard_ids:
            set_aside(folder, path)
    for path in files.list_files(folder.shard_reports(FILES_STAGE), suffix=".json"):
        if shard_of(path) not in shard_ids:
            files.remove_file(path)
    for number in sorted(shard_ids):
        report = _report(folder, number)
        if report is not None and report.fingerprint == current and _is_intact(folder, report, states, doubt):
            continue
        with ShardLedger(folder=folder, stage=FILES_STAGE, shard_id=number, fingerprint=current) as ledger:
            _write(folder, number, ledger)


def _is_intact(folder: BuildFolder, report: ShardReport, states: Mapping[str, FileState], doubt: Doubt) -> bool:
    """Return whether the table of a report is intact; a damaged one is set aside."""

    def is_doubted(part: PartRecord) -> bool:
        return doubt.everything or part.path in doubt.paths

    found = list(find_part_problems(report.parts, states, folder.root, hashed=is_doubted))
    for finding in found:
        logger.warning("%s %s; writing it again", finding.path, finding.problem)
        if finding.path in states:
            set_aside(folder, finding.path)
    return not found


def _report(folder: BuildFolder, number: str) -> ShardReport | None:
    try:
        return read_shard_report(folder.shard_report(FILES_STAGE, number))
    except (DamagedFileError, FileNotFoundError):
        return None


def _write(folder: BuildFolder, number: str, ledger: ShardLedger) -> None:
    path = folder.files_part(number)
    files.remove_file(path)
    later = LaterFates(dict(_dropped(folder, number)))
    for source in _read(folder.document_part(number), _Source):
        later.add(source.doc_id, source.source_uri)
    with ledger.part(PartWriter(path, SourceFile)) as writer:
        for row in read_part(folder.read_files_part(number), SourceFile):
            final = later.after_build(row)
            writer.add(final)
            ledger.count(f"fate/{final.fate}", 1)
            ledger.keep(1)


@dataclass(frozen=True, slots=True)
class _Source:
    """The columns of a document part that are read."""

    doc_id: str
    source_uri: str


@dataclass(frozen=True, slots=True)
class _Discarded:
    """The columns of a rejection that are read."""

    item_id: str
    reason: str


@dataclass(frozen=True, slots=True)
class _Failed:
    """The columns of a dead letter that are read."""

    item_id: str
    error: str


def _dropped(folder: BuildFolder, number: str) -> Iterator[tuple[str, Dropped]]:
    """Yield the documents of a shard that later stages dropped, by id."""
    for stage in _LATER_STAGES:
        for one in _read(folder.rejected_part(stage, number), _Discarded):
            yield one.item_id, Dropped(stage, FileFate.REJECTED, one.reason)
        for letter in _read(folder.dead_part(stage, number), _Failed):
            yield letter.item_id, Dropped(stage, FileFate.DEAD, letter.error.split(":", 1)[0])


def _read(path: str, record_type: type[Record]) -> Iterator[Record]:
    return read_part(path, record_type) if files.exists(path) else iter(())


class LaterFates:
    """Brings the rows of one ingest shard up to date; takes them in the order in which ingest wrote them.

    Args:
        dropped: why documents of the shard are not in the corpus, by id.
    """

    def __init__(self, dropped: dict[str, Dropped]) -> None:
        self._dropped = dropped
        self._documents: defaultdict[str, deque[str]] = defaultdict(deque)
        """Ids of the documents of each file, in order."""
        self._best: dict[str, SourceFile] = {}
        """Of the files inside each archive so far, the first one with the best fate."""

    def add(self, doc_id: str, source_uri: str) -> None:
        """Add a document that ingest kept. Documents come in the order in which ingest wrote them."""
        self._documents[source_uri].append(doc_id)

    def after_build(self, row: SourceFile) -> SourceFile:
        """Return a row with the counts, the fate and the reason after the whole build."""
        final = self._updated(row) if row.fate is FileFate.KEPT else row
        archive, _, inner = row.document_uri.rpartition(MEMBER)
        if inner and archive:
            self._best[archive] = better_of(self._best.get(archive), final)
        return final

    def _updated(self, row: SourceFile) -> SourceFile:
        documents = self._documents[row.document_uri]
        if row.num_kept:
            # Two pages of a web crawl may have one name; their documents come in the order of their rows.
            return _without([self._dropped.get(documents.popleft()) for _ in range(row.num_kept)], row)
        if row.kind is PathKind.TREE_MEMBER:
            dropped = self._dropped.get(documents[0])
            return replace(row, fate=dropped.fate, stage=dropped.stage, reason=dropped.reason) if dropped else row
        best = self._best.pop(row.document_uri)
        return replace(row, fate=best.fate, stage=best.stage, reason=best.reason)


def _without(fates: list[Dropped | None], row: SourceFile) -> SourceFile:
    """Return the row of a file without its dropped documents.

    If none is left, the fate and the reason are those of the first document that the last stage dropped.

    Args:
        fates: for each document of the file, why it was dropped, or None.
        row: the file's row.
    """
    dropped = [fate for fate in fates if fate is not None]
    num_dead = sum(fate.fate is FileFate.DEAD for fate in dropped)
    counted = replace(
        row,
        num_kept=row.num_kept - len(dropped),
        num_rejected=row.num_rejected + len(dropped) - num_dead,
        num_dead=row.num_dead + num_dead,
    )
    if counted.num_kept:
        return counted
    last = max(dropped, key=lambda fate: _LATER_STAGES.index(fate.stage))
    return replace(counted, fate=last.fate, stage=last.stage, reason=last.reason)
