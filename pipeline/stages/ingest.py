"""The ingest stage: turns the recipe's inputs into cleaned documents, rejections and dead letters.

    sampled segments ─ SurveyWork ─ CountLines ─▶ repeated lines ─┐
    segments ─────────────────────────────────────────────── IngestWork ─▶ document parts

Takes shards, whose inputs are segments of files as JSON text. Writes documents (`records.Document`) to
`work/documents/part-k.parquet`, what became of each path to `work/files/part-k.parquet`, the real path of each file to
`work/sources/part-k.parquet`, because names elsewhere are masked, and the lines removed as boilerplate to
`work/boilerplate/part-k.parquet`. `IngestDocuments` is the whole stage; `stages.chain` plans it. Cost: every input byte
is read once, and the sample of the survey twice (`stages.survey`). Memory: one record, or one whole file, at a time.
"""

from __future__ import annotations

import logging
import re
import sys
import traceback
from collections.abc import Iterable, Iterator, Sequence, Set
from dataclasses import dataclass, replace
from typing import ClassVar

import apache_beam as beam
from apache_beam.pvalue import AsIter, PBegin

from pipeline.clean.document import STAGE, clean_document, document_id
from pipeline.clean.normalise import normalise_line
from pipeline.clean.personal_data import mask_name, mask_personal_data
from pipeline.config.build import CleanRecipe, IngestRecipe, InputSource
from pipeline.documents.datasets.finding import check_columns
from pipeline.documents.discovery import discover
from pipeline.documents.items import Segment, SourceItem
from pipeline.documents.names import path_digest
from pipeline.documents.planning import decode_segment, encode_segment, plan_segments
from pipeline.documents.readers.reader import (
    Extract,
    Failed,
    NotRead,
    Reading,
    Skipped,
)
from pipeline.documents.reading import read_segment
from pipeline.documents.skipped_names import PathKind, SkippedFile, SkippedNames
from pipeline.documents.source_settings import read_settings, row_fields
from pipeline.documents.versions import changed_error, is_unchanged
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
from pipeline.stages.source_files import FileFate, FileLog, Outcome, SourceFile, SourcePlace
from pipeline.stages.source_names import mask_items
from pipeline.stages.survey import CountLines, SurveyWork, plan_survey

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
            trace = "".join(traceback.format_exception(error))
            logger.error("%s", self._without_personal_data(trace, segments))
            message = self._without_personal_data(f"{type(error).__name__}: {error}", segments)
            raise StageError(f"Shard {shard.shard_id} of ingest failed: {message}") from None

    def _take_all(self, segments: Sequence[Segment], outputs: _Outputs, repeated: Repeated) -> None:
        ledger, log = outputs.ledger, outputs.log
        num_taken = 0
        for segment in segments:
            item = segment.item
            if num_taken == self.ingest.max_documents:
                self._skip(_beyond_limit([item]), ledger, log)
                continue
            settings = read_settings(self.sources[item.source_index], self.ingest)
            noted: set[str] = set()
            for reading in _unchanged(segment, read_segment(segment, settings)):
                if num_taken == self.ingest.max_documents:
                    if not noted or item.members:
                        rest = _beyond_limit([item])
                        self._skip((one for one in rest if one.source_uri not in noted), ledger, log)
                    break
                named, key = named_reading(reading, segment, self.clean.personal_data)
                outcome = self._take(named, key, segment, outputs, lines_for(repeated, item.source_index, key))
                log.note(SourcePlace(item.uri, item.kind, named.uri, max(0, segment.start)), outcome)
                if item.members or not noted:
                    noted.add(named.uri)
                num_taken += outcome.fate is not FileFate.SKIPPED
            log.end_segment()

    def _skip(self, skipped: Iterable[SkippedFile], ledger: ShardLedger, log: FileLog) -> None:
        """Count and list files that are not read."""
        for one in skipped:
            may_be_personal = _MAY_BE_PERSONAL.match(one.source_uri) is not None
            uri = mask_name(one.source_uri, self.clean.personal_data) if may_be_personal else one.source_uri
            # A digest keeps masked names different.
            shown = uri if uri == one.source_uri else f"{uri}~{path_digest(one.source_uri)}"
            log.skip(replace(one, source_uri=shown))
            ledger.count(f"skipped/{one.reason}", 1)

    def _take(self, reading: Reading, key: str, segment: Segment, outputs: _Outputs, repeated: Set[int]) -> Outcome:
        """Write one record as a document, a rejection or a dead letter. Return its outcome."""
        ledger = outputs.ledger
        if isinstance(reading, Skipped):
            ledger.count(f"skipped/{reading.reason}", 1)
            return Outcome(FileFate.SKIPPED, reading.reason)
        if isinstance(reading, NotRead):
            ledger.reject(self._rejection(reading))
            return Outcome(FileFate.REJECTED, reading.why.reason, reading.format, members=reading.members)
        if isinstance(reading, Failed):
            return self._fail(reading.error, reading.uri, reading, segment, ledger)
        return self._clean(reading, key, segment, outputs, repeated)

    def _clean(self, reading: Extract, key: str, segment: Segment, outputs: _Outputs, repeated: Set[int]) -> Outcome:
        ledger, source_index = outputs.ledger, segment.item.source_index
        source = self.sources[source_index]
        try:
            cleaned = clean_document(reading, key=key, source=source, recipe=self.clean, repeated=repeated)
        except PipelineError:
            raise
        except Exception as error:  # noqa: BLE001  # an unexpected error costs one document, not the stage
            return self._fail(error, document_id(reading, key=key), reading, segment, ledger)
        for name, number in cleaned.counters.items():
            ledger.count(name, number)
        kinds = self.clean.personal_data
        warnings = tuple(mask_personal_data(text=one, kinds=kinds).text for one in reading.warnings)
        read = Outcome(FileFate.KEPT, "", reading.format, warnings, reading.members)
        document = cleaned.outcome
        if isinstance(document, Rejection):
            ledger.reject(document)
            return replace(read, fate=FileFate.REJECTED, reason=document.reason)
        outputs.removed.note(source_index, reading.uri, cleaned.boilerplate)
        try:
            outputs.documents.add(document)
        except UnwritableRecordError as error:
            return self._fail(error, document.doc_id, reading, segment, ledger)
        ledger.keep(1)
        return read

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
    ) -> Outcome:
        """Write a dead letter for a record, and return its outcome with the name of the error."""
        uri, offset = reading.uri, reading.offset
        logger.warning("ingest: %s at %d could not be read (%s)", uri, offset, type(error).__name__)
        whole = "".join(traceback.format_exception(error))
        letter = DeadLetter(
            stage=self.stage,
            item_id=item_id,
            source_uri=uri,
            source_offset=offset,
            error=self._without_personal_data(f"{_error_name(error)}: {error}", [segment]),
            traceback=self._without_personal_data(whole, [segment]),
        )
        ledger.add_dead(letter)
        members = reading.members if isinstance(reading, Extract) else ()
        return Outcome(FileFate.DEAD, _error_name(error), reading.format, members=members)

    def _without_personal_data(self, text: str, segments: Sequence[Segment]) -> str:
        """Return an error's text with the paths of the segments' files masked, and with personal data masked."""
        for item in {segment.item for segment in segments}:
            for member in item.members:
                text = text.replace(files.join(item.path, member.path), files.join(item.uri, member.shown))
            for spelled in {item.path, repr(item.path)[1:-1]}:
                text = text.replace(spelled, item.uri)
        return mask_name(text, self.clean.personal_data)


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
    found = discover(sources)
    check_columns(found.items, sources, [row_fields(source) for source in sources])
    items = mask_items(found.items, clean.personal_data)
    if ingest.max_documents is None:
        plan = plan_segments(items, shard_bytes=ingest.shard_bytes, min_shards=ingest.min_shards)
    else:  # only a single shard can count up to a limit
        for one in _beyond_limit(items[ingest.max_documents :]):
            found.skipped.add(one)
        plan = [plan_segments(items[: ingest.max_documents], shard_bytes=sys.maxsize, min_shards=1)[0]]
    shards = [
        Shard(shard_id=shard_id(index), inputs=tuple(encode_segment(segment) for segment in segments))
        for index, segments in enumerate(plan)
    ]
    return IngestPlan(shards=shards, skipped=found.skipped, survey=plan_survey(plan, sources, clean.boilerplate))


def named_reading(reading: Reading, segment: Segment, kinds: Sequence[str]) -> tuple[Reading, str]:
    """Return a reading and its key. A member of an archive gets a masked name and a key of its own.

    Args:
        reading: the reading.
        segment: the segment that it was read from.
        kinds: the kinds of personal data to mask.
    """
    inner = member_name(reading.uri, segment)
    if not inner:
        return reading, segment.item.key
    uri = segment.item.uri + mask_name(inner, kinds)
    return replace(reading, uri=uri), segment.item.key + inner


def _beyond_limit(items: Sequence[SourceItem]) -> Iterator[SkippedFile]:
    """Yield the files that are not read because the recipe's number of documents is reached."""
    for item in items:
        yield SkippedFile(item.uri, _BEYOND_LIMIT, item.kind)
        for member in item.members:
            yield SkippedFile(files.join(item.uri, member.shown), _BEYOND_LIMIT, PathKind.TREE_MEMBER)


_BEYOND_LIMIT = "max_documents"
_MAY_BE_PERSONAL = re.compile(r"(?:\D*\d){4}|[^@]*@", re.DOTALL)
"""Every kind of personal data has an @ or four digits. Masking takes 90 µs a name, and there may be a million names."""
_HELD_READINGS, _HELD_CHARS = 1000, 4_000_000


def _unchanged(segment: Segment, readings: Iterator[Reading]) -> Iterator[Reading]:
    """Yield a segment's readings; one failure instead of them if the file changes before all of it is read.

    A large file cannot be held back: after its readings comes the failure. Files of a tree are checked one by one when
    they are read.
    """
    item = segment.item
    if item.failure or item.members:
        yield from readings
        return
    held: list[Reading] = []
    num_chars = 0
    for reading in readings:
        held.append(reading)
        num_chars += len(reading.text) if isinstance(reading, Extract) else 0
        if len(held) > _HELD_READINGS or num_chars > _HELD_CHARS:
            yield from held
            held = []
            yield from readings
    if is_unchanged(item.path, item.version):
        yield from held
    else:
        yield Failed(item.uri, max(0, segment.start), changed_error(item.uri))


def _error_name(error: Exception) -> str:
    """Return the name of an error's class, with its module if the name alone says nothing, as `zlib.error`."""
    kind = type(error)
    return f"{kind.__module__}.{kind.__name__}" if kind.__name__ == "error" else kind.__name__


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
