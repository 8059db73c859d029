"""The ingest stage: turns the recipe's inputs into cleaned documents, rejections and dead letters.

    sampled segments ─ SurveyWork ─ CountLines ─▶ repeated lines ─┐
    segments ─────────────────────────────────────────────── IngestWork ─▶ document parts

`IngestWork` runs the DoFns of `ReadDocuments` and `CleanDocuments` (`transforms`) record by record, and writes what
they make: one part of each kind and one report for each shard. Takes shards, whose inputs are segments of files as JSON
text. Writes documents (`records.Document`) to `work/documents/part-k.parquet`, what became of each path to
`work/files/part-k.parquet`, the real path of each file to `work/sources/part-k.parquet`, because names elsewhere are
masked, and the lines removed as boilerplate to `work/boilerplate/part-k.parquet`. `IngestDocuments` is the whole stage;
`stages.chain` plans it. Cost: every input byte is read once, and the sample of the survey twice (`stages.survey`).
Memory: one record, or one whole file, at a time.
"""

from __future__ import annotations

import logging
import re
import traceback
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from typing import ClassVar

import apache_beam as beam
from apache_beam.pvalue import AsIter, PBegin

from pipeline.clean.document import STAGE
from pipeline.clean.personal_data import mask_name, mask_personal_data
from pipeline.config.build import CleanRecipe, IngestRecipe, InputSource
from pipeline.documents.items import Segment
from pipeline.documents.names import path_digest
from pipeline.documents.planning import decode_segment, encode_segment
from pipeline.documents.readers.reader import NotRead, Skipped
from pipeline.documents.skipped_names import SkippedFile, SkippedNames
from pipeline.errors import PipelineError, StageError
from pipeline.io import files
from pipeline.io.arrow import UnwritableRecordError
from pipeline.io.dead_letters import error_name
from pipeline.io.layout import BuildFolder
from pipeline.io.ledger import ShardLedger, read_shard_reports
from pipeline.io.parts import PartWriter, write_whole_part
from pipeline.io.written import WrittenFile
from pipeline.records import DeadLetter, Document, Rejection, SourcePath
from pipeline.stages.removed_lines import RemovedLine, RemovedLog
from pipeline.stages.repeated_parts import Repeated, lines_for, repeated_lines
from pipeline.stages.shards import RunShards, Shard, after, shard_id, unfinished
from pipeline.stages.source_files import FileFate, FileLog, Outcome, SourceFile, SourcePlace
from pipeline.stages.survey import CountLines, SurveyWork, plan_survey
from pipeline.transforms.clean_documents import CleanBatch, CleanOutcome, lost_document
from pipeline.transforms.read_documents import ReadShard, plan_reading
from pipeline.transforms.reading import RawDocument, ReadOutcome, without_personal_data

logger = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class IngestWork:
    """Reads and cleans the records of one shard; each record is kept, rejected or becomes a dead letter."""

    stage: ClassVar[str] = STAGE

    sources: tuple[InputSource, ...]
    ingest: IngestRecipe
    clean: CleanRecipe
    skipped: SkippedNames
    """Input files that are not read; the first shard counts and lists them."""
    fingerprint: str

    def run(self, shard: Shard, folder: BuildFolder, ledger: ShardLedger) -> None:
        """Write the shard's documents and the fates of its files.

        Raises:
            StageError: an unexpected error occurred; its text is repeated with personal data masked.
        """
        segments = [decode_segment(text) for text in shard.inputs]
        try:
            number = shard.shard_id
            boilerplate = folder.boilerplate_part(number)
            listed = folder.read_files_part(number)
            for earlier in (folder.source_part(number), folder.document_part(number), listed, boilerplate):
                files.remove_file(earlier)
            ledger.add_parts(_write_sources(folder.source_part(number), segments))
            removed = RemovedLog(self.clean.personal_data)
            with (
                ledger.part(PartWriter(folder.document_part(number), Document)) as writer,
                ledger.part(PartWriter(listed, SourceFile)) as file_writer,
            ):
                log = FileLog(file_writer.add)
                if number == shard_id(0):
                    self._skip(self.skipped, ledger, log)
                    for report in read_shard_reports(folder, SurveyWork.stage, self.fingerprint).values():
                        ledger.count("boilerplate/surveyed", report.num_kept)
                outputs = _Outputs(writer, ledger, log, removed)
                self._take_all(segments, outputs, repeated_lines(folder, self.fingerprint))
            ledger.add_parts(write_whole_part(boilerplate, removed.rows(), RemovedLine).written)
            if writer.num_changed_strings:
                ledger.count("changed_strings", writer.num_changed_strings)
        except PipelineError:
            raise
        except Exception as error:  # noqa: BLE001  # the error is written to files, and paths may be personal data
            kinds = self.clean.personal_data
            trace = "".join(traceback.format_exception(error))
            logger.error("%s", without_personal_data(trace, segments, kinds))
            message = without_personal_data(f"{type(error).__name__}: {error}", segments, kinds)
            raise StageError(f"Shard {shard.shard_id} of ingest failed: {message}") from None

    def _take_all(self, segments: Sequence[Segment], outputs: _Outputs, repeated: Repeated) -> None:
        """Run the transforms of the stage record by record, and write what became of each record."""
        kinds = self.clean.personal_data
        clean = CleanBatch(
            self.clean, repeated_in=lambda raw: lines_for(repeated, raw.segment.item.source_index, raw.key)
        )
        current: Segment | None = None
        for read in ReadShard(self.sources, self.ingest, kinds).outcomes(segments):
            if read.segment is not current:
                outputs.log.end_segment()
                current = read.segment
            if isinstance(read.reading, SkippedFile):
                self._skip([read.reading], outputs.ledger, outputs.log)
                continue
            item, start = read.segment.item, max(0, read.segment.start)
            place = SourcePlace(item.uri, item.kind, read.reading.uri, start)
            outputs.log.note(place, self._take(read, clean, outputs))
        outputs.log.end_segment()

    def _skip(self, skipped: Iterable[SkippedFile], ledger: ShardLedger, log: FileLog) -> None:
        """Count and list files that are not read."""
        for one in skipped:
            may_be_personal = _MAY_BE_PERSONAL.match(one.source_uri) is not None
            uri = mask_name(one.source_uri, self.clean.personal_data) if may_be_personal else one.source_uri
            # A digest keeps masked names different.
            shown = uri if uri == one.source_uri else f"{uri}~{path_digest(one.source_uri)}"
            log.skip(replace(one, source_uri=shown))
            ledger.count(f"skipped/{one.reason}", 1)

    def _take(self, read: ReadOutcome, clean: CleanBatch, outputs: _Outputs) -> Outcome:
        """Write one record as a document, a rejection or a dead letter. Return its outcome."""
        for name, number in read.counters.items():
            outputs.ledger.count(name, number)
        if isinstance(read.reading, Skipped | SkippedFile):
            return Outcome(FileFate.SKIPPED, read.reading.reason)
        (made,) = read.made
        if isinstance(made, RawDocument):
            (cleaned,) = clean.outcomes([made])
            return self._write(cleaned, outputs)
        members = read.reading.members if isinstance(read.reading, NotRead) else ()
        return _write_lost(made, Outcome(FileFate.DEAD, "", read.reading.format, members=members), outputs.ledger)

    def _write(self, cleaned: CleanOutcome, outputs: _Outputs) -> Outcome:
        """Write what became of a record that was read."""
        ledger, extract, document = outputs.ledger, cleaned.raw.extract, cleaned.result
        failed = Outcome(FileFate.DEAD, "", extract.format, members=extract.members)
        if isinstance(document, DeadLetter):
            return _write_lost(document, failed, ledger)
        for name, number in cleaned.counters.items():
            ledger.count(name, number)
        kinds = self.clean.personal_data
        warnings = tuple(mask_personal_data(text=one, kinds=kinds).text for one in extract.warnings)
        read = Outcome(FileFate.KEPT, "", extract.format, warnings, extract.members)
        if isinstance(document, Rejection):
            return _write_lost(document, read, ledger)
        outputs.removed.note(cleaned.raw.segment.item.source_index, extract.uri, cleaned.boilerplate)
        try:
            outputs.documents.add(document)
        except UnwritableRecordError as error:
            return _write_lost(lost_document(error, cleaned.raw, kinds), failed, ledger)
        ledger.keep(1)
        return read


def _write_lost(lost: Rejection | DeadLetter, outcome: Outcome, ledger: ShardLedger) -> Outcome:
    """Write a rejection or a dead letter; return the outcome with its fate and reason."""
    if isinstance(lost, Rejection):
        ledger.reject(lost)
        return replace(outcome, fate=FileFate.REJECTED, reason=lost.reason)
    ledger.add_dead(lost)
    return replace(outcome, fate=FileFate.DEAD, reason=error_name(lost))


@dataclass(frozen=True, slots=True)
class _Outputs:
    """Where one shard writes."""

    documents: PartWriter[Document]
    ledger: ShardLedger
    log: FileLog
    removed: RemovedLog


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
    skipped: SkippedNames
    """Every file that is not read."""
    survey: Sequence[Shard]
    """The shards of the survey."""


def plan_ingest(*, sources: Sequence[InputSource], ingest: IngestRecipe, clean: CleanRecipe) -> IngestPlan:
    """Return the shards for all inputs. They do not depend on the number of workers.

    Raises:
        InputError: an input does not exist, matches no files or cannot be read, or a data set has no text column.
        MissingExtraError: an input's filesystem needs an extra that is not installed.
    """
    found = plan_reading(sources, ingest, clean.personal_data)
    shards = [
        Shard(shard_id=shard_id(index), inputs=tuple(encode_segment(segment) for segment in segments))
        for index, segments in enumerate(found.shards)
    ]
    return IngestPlan(
        shards=shards, skipped=found.skipped, survey=plan_survey(found.shards, sources, clean.boilerplate)
    )


_MAY_BE_PERSONAL = re.compile(r"(?:\D*\d){4}|[^@]*@", re.DOTALL)
"""Every kind of personal data has an @ or four digits. Masking takes 90 µs a name, and there may be a million names."""


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
