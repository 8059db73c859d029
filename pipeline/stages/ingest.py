"""The ingest stage: turns the recipe's inputs into cleaned documents, rejections and dead letters.

    sampled segments ─ SurveyWork ─ CountLines ─▶ repeated lines ─┐
    segments ─────────────────────────────────────────────── IngestWork ─▶ document parts

Takes shards, whose inputs are segments of files as JSON text. Writes documents (`records.Document`) to
`work/documents/part-k.parquet`, the fate of each file to `files/part-k.parquet`, the real path of each file to
`work/sources/part-k.parquet`, because names elsewhere are masked, and the lines removed as boilerplate to
`work/boilerplate/part-k.parquet`. `IngestDocuments` is the whole stage; `stages.chain` plans it. Cost: every input byte
is read once, and the sample of the survey twice (`stages.survey`). Memory: one record, or one whole file, at a time.
"""

from __future__ import annotations

import logging
import sys
import traceback
from collections.abc import Mapping, Sequence, Set
from dataclasses import dataclass, replace
from typing import ClassVar

import apache_beam as beam
from apache_beam.pvalue import AsIter, PBegin

from pipeline.clean.document import STAGE, clean_document, document_id
from pipeline.clean.normalise import normalise_line
from pipeline.clean.personal_data import mask_name, mask_personal_data
from pipeline.config.build import CleanRecipe, IngestRecipe, InputSource
from pipeline.documents.discovery import check_unchanged, discover
from pipeline.documents.items import Segment
from pipeline.documents.listing import SkippedFile
from pipeline.documents.planning import decode_segment, encode_segment, plan_segments
from pipeline.documents.readers.reader import (
    Extract,
    Failed,
    NotRead,
    Reading,
    Skipped,
)
from pipeline.documents.reading import read_segment
from pipeline.errors import PipelineError, StageError
from pipeline.io import files
from pipeline.io.arrow import UnwritableRecordError
from pipeline.io.layout import BuildFolder
from pipeline.io.ledger import ShardLedger, read_shard_reports
from pipeline.io.parts import PartWriter, write_whole_part
from pipeline.io.written import WrittenFile
from pipeline.records import DeadLetter, Document, Rejection, SourcePath
from pipeline.stages.removed_lines import RemovedLine, RemovedLog
from pipeline.stages.repeated_parts import Repeated, lines_for, member_name, repeated_lines
from pipeline.stages.shards import RunShards, Shard, after, shard_id, unfinished
from pipeline.stages.source_files import FileFate, FileLog, SourceFile
from pipeline.stages.source_names import mask_items
from pipeline.stages.survey import CountLines, SurveyWork, plan_survey, read_settings

logger = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class IngestWork:
    """Reads and cleans the records of one shard; each record is kept, rejected or becomes a dead letter."""

    stage: ClassVar[str] = STAGE

    sources: tuple[InputSource, ...]
    ingest: IngestRecipe
    clean: CleanRecipe
    skipped: Mapping[str, int]
    """Number of input files that are not read, by reason; the first shard counts them."""
    fingerprint: str
    skipped_files: Sequence[SkippedFile] = ()
    """The first skipped files for each reason; the first shard writes them."""

    def run(self, shard: Shard, folder: BuildFolder, ledger: ShardLedger) -> None:
        """Write the shard's documents and the fates of its files.

        Raises:
            StageError: an unexpected error occurred; its text is repeated with personal data masked.
        """
        log, removed = FileLog(), RemovedLog(self.clean.personal_data)
        if shard.shard_id == shard_id(0):
            for reason, number in self.skipped.items():
                ledger.count(f"skipped/{reason}", number)
            for report in read_shard_reports(folder, SurveyWork.stage, self.fingerprint).values():
                ledger.count("boilerplate/surveyed", report.num_kept)
            log.skip(self.skipped_files)
        segments = [decode_segment(text) for text in shard.inputs]
        try:
            boilerplate = folder.boilerplate_part(shard.shard_id)
            for earlier in (folder.source_part(shard.shard_id), folder.document_part(shard.shard_id), boilerplate):
                files.remove_file(earlier)
            ledger.add_parts(_write_sources(folder.source_part(shard.shard_id), segments))
            with ledger.part(PartWriter(folder.document_part(shard.shard_id), Document)) as writer:
                self._take_all(segments, writer, ledger, log, removed, repeated_lines(folder, self.fingerprint))
            ledger.add_parts(write_whole_part(folder.files_part(shard.shard_id), log.rows(), SourceFile).written)
            ledger.add_parts(write_whole_part(boilerplate, removed.rows(), RemovedLine).written)
            if writer.num_changed_strings:
                ledger.count("changed_strings", writer.num_changed_strings)
        except PipelineError:
            raise
        except Exception as error:  # noqa: BLE001  # the error is written to files, and paths may be personal data
            trace = "".join(traceback.format_exception(error))
            logger.error("%s", self._without_personal_data(trace, segments))
            message = self._without_personal_data(f"{type(error).__name__}: {error}", segments)
            raise StageError(f"Shard {shard.shard_id} of ingest failed: {message}") from None

    def _take_all(
        self,
        segments: Sequence[Segment],
        writer: PartWriter[Document],
        ledger: ShardLedger,
        log: FileLog,
        removed: RemovedLog,
        repeated: Repeated,
    ) -> None:
        num_taken = 0
        for segment in segments:
            index = segment.item.source_index
            for reading in read_segment(segment, read_settings(self.sources[index], self.ingest)):
                if num_taken == self.ingest.max_documents:
                    check_unchanged(segment.item)
                    return
                named, key = self._named(reading, segment)
                lines = lines_for(repeated, index, key)
                fate, reason, gone = self._take(named, key, segment, writer, ledger, lines)
                removed.note(index, named.uri, gone)
                format_name = named.format if isinstance(named, Extract) else ""
                log.note(named.uri, max(0, segment.start), fate, reason=reason, format_name=format_name)
                num_taken += fate is not FileFate.SKIPPED
            check_unchanged(segment.item)

    def _take(
        self,
        reading: Reading,
        key: str,
        segment: Segment,
        writer: PartWriter[Document],
        ledger: ShardLedger,
        repeated: Set[int],
    ) -> tuple[FileFate, str, Sequence[str]]:
        """Write one record as a document, a rejection or a dead letter. Return its fate, the reason and lost lines."""
        if isinstance(reading, Skipped):
            ledger.count(f"skipped/{reading.reason}", 1)
            return FileFate.SKIPPED, reading.reason, ()
        if isinstance(reading, NotRead):
            ledger.reject(self._rejection(reading))
            return FileFate.REJECTED, reading.why.reason, ()
        if isinstance(reading, Failed):
            return *self._fail(reading.error, reading.uri, reading, segment, ledger), ()
        source = self.sources[segment.item.source_index]
        try:
            cleaned = clean_document(reading, key=key, source=source, recipe=self.clean, repeated=repeated)
        except PipelineError:
            raise
        except Exception as error:  # noqa: BLE001  # an unexpected error costs one document, not the stage
            return *self._fail(error, document_id(reading, key=key), reading, segment, ledger), ()
        for name, number in cleaned.counters.items():
            ledger.count(name, number)
        outcome = cleaned.outcome
        if isinstance(outcome, Rejection):
            ledger.reject(outcome)
            return FileFate.REJECTED, outcome.reason, ()
        try:
            writer.add(outcome)
        except UnwritableRecordError as error:
            return *self._fail(error, outcome.doc_id, reading, segment, ledger), cleaned.boilerplate
        ledger.keep(1)
        return FileFate.KEPT, "", cleaned.boilerplate

    def _named(self, reading: Reading, segment: Segment) -> tuple[Reading, str]:
        """Return the reading and its key. A member of an archive gets a masked name and a key of its own."""
        inner = member_name(reading.uri, segment)
        if not inner:
            return reading, segment.item.key
        uri = segment.item.uri + mask_name(inner, self.clean.personal_data)
        return replace(reading, uri=uri), segment.item.key + inner

    def _rejection(self, record: NotRead) -> Rejection:
        return Rejection(
            stage=self.stage,
            item_id=record.uri,
            reason=record.why.reason,
            detail=mask_personal_data(text=normalise_line(record.why.detail), kinds=self.clean.personal_data).text,
            score=record.why.score,
            source_uri=record.uri,
            source_offset=record.offset,
            excerpt="",
        )

    def _fail(
        self, error: Exception, item_id: str, reading: Extract | Failed, segment: Segment, ledger: ShardLedger
    ) -> tuple[FileFate, str]:
        """Write a dead letter for a record, and return its fate with the name of the error."""
        uri, offset = reading.uri, reading.offset
        logger.warning("ingest: %s at %d could not be read (%s)", uri, offset, type(error).__name__)
        whole = "".join(traceback.format_exception(error))
        letter = DeadLetter(
            stage=self.stage,
            item_id=item_id,
            source_uri=uri,
            source_offset=offset,
            error=self._without_personal_data(f"{type(error).__name__}: {error}", [segment]),
            traceback=self._without_personal_data(whole, [segment]),
        )
        ledger.add_dead(letter)
        return FileFate.DEAD, type(error).__name__

    def _without_personal_data(self, text: str, segments: Sequence[Segment]) -> str:
        """Return an error's text with the paths of the segments' files masked, and with personal data masked."""
        for item in {segment.item for segment in segments}:
            for member in item.members:
                text = text.replace(files.join(item.path, member.path), files.join(item.uri, member.shown))
            for spelled in {item.path, repr(item.path)[1:-1]}:
                text = text.replace(spelled, item.uri)
        return mask_name(text, self.clean.personal_data)


class IngestDocuments(beam.PTransform):  # type: ignore[misc]  # Beam has no types
    """Runs the whole stage, except finished work; returns the ids of the ingest shards that this job finished."""

    def __init__(self, *, plan: IngestPlan, work: IngestWork, folder: BuildFolder) -> None:
        super().__init__()
        self._plan = plan
        self._work = work
        self._folder = folder

    def expand(self, start: PBegin) -> beam.PCollection:
        """Connect the three steps; a side input makes each step wait for the previous one."""
        work, folder = self._work, self._folder
        todo = unfinished(self._plan.shards, work=work, folder=folder)
        shards = start | "shards" >> beam.Create(todo, reshuffle=False)
        if self._plan.survey:
            counted = start | _Survey(self._plan.survey, work, folder)
            shards = shards | "after the survey" >> beam.Map(after, AsIter(counted))
        return shards | "ingest" >> RunShards(work, folder)


class _Survey(beam.PTransform):  # type: ignore[misc]
    def __init__(self, shards: Sequence[Shard], work: IngestWork, folder: BuildFolder) -> None:
        super().__init__()
        self._shards = shards
        self._survey = SurveyWork(work.sources, work.ingest, work.fingerprint)
        self._count = CountLines(work.clean.boilerplate, work.fingerprint)
        self._folder = folder

    def expand(self, start: PBegin) -> beam.PCollection:
        """Survey what is not surveyed yet, and count again if anything was surveyed."""
        todo = unfinished(self._shards, work=self._survey, folder=self._folder)
        done = start | "shards to survey" >> beam.Create(todo, reshuffle=False) | RunShards(self._survey, self._folder)
        is_counted = read_shard_reports(self._folder, self._count.stage, self._count.fingerprint)
        if not todo and is_counted:
            return done
        return (
            start
            | "count" >> beam.Create([Shard(shard_id(0), ())])
            | "after surveying" >> beam.Map(after, AsIter(done))
            | "count lines" >> RunShards(self._count, self._folder)
        )


@dataclass(frozen=True, slots=True)
class IngestPlan:
    """The shards of the ingest stage, and the files that are not read."""

    shards: Sequence[Shard]
    skipped: Mapping[str, int]
    """Number of files that are not read, by reason."""
    skipped_files: Sequence[SkippedFile]
    """The first skipped files for each reason, with masked names."""
    survey: Sequence[Shard]
    """The shards of the survey."""


def plan_ingest(*, sources: Sequence[InputSource], ingest: IngestRecipe, clean: CleanRecipe) -> IngestPlan:
    """Return the shards for all inputs. They do not depend on the number of workers.

    Raises:
        InputError: an input does not exist, matches no files or cannot be read.
        MissingExtraError: an input's filesystem needs an extra that is not installed.
    """
    found = discover(sources)
    items = mask_items(found.items, clean.personal_data)
    if ingest.max_documents is None:
        plan = plan_segments(items, shard_bytes=ingest.shard_bytes, min_shards=ingest.min_shards)
    else:  # only a single shard can count up to a limit
        plan = [plan_segments(items[: ingest.max_documents], shard_bytes=sys.maxsize, min_shards=1)[0]]
    shards = [
        Shard(shard_id=shard_id(index), inputs=tuple(encode_segment(segment) for segment in segments))
        for index, segments in enumerate(plan)
    ]
    names = [replace(one, source_uri=mask_name(one.source_uri, clean.personal_data)) for one in found.skipped_files]
    survey = plan_survey(plan, sources, clean.boilerplate)
    return IngestPlan(shards=shards, skipped=found.skipped, skipped_files=names, survey=survey)


def _write_sources(path: str, segments: Sequence[Segment]) -> WrittenFile | None:
    """Write the real path of each item that begins in the shard, and of each renamed file in an item that is a tree."""
    rows = []
    for item in (segment.item for segment in segments if segment.start == 0):
        rows.append(SourcePath(source_uri=item.uri, path=_exact(item.path)))
        rows += [
            SourcePath(files.join(item.uri, member.shown), _exact(files.join(item.path, member.path)))
            for member in item.members
            if member.shown != member.path
        ]
    return write_whole_part(path, rows, SourcePath).written


def _exact(path: str) -> bytes:
    return path.encode("utf-8", "surrogateescape")
