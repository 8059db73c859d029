"""The ingest stage: inputs of the recipe into cleaned documents, everything else into rejections and dead letters.

In: units of segments (JSON text). Out: `work/documents/part-k.parquet` of `records.Document`, and
`work/sources/part-k.parquet`, which alone says where a masked name's file is. Used by `build`.
Reads every input byte once; holds one record, or one whole file, in memory at a time.
"""

from __future__ import annotations

import logging
import sys
import traceback
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from functools import partial
from typing import ClassVar

from pipeline.clean.language import detect_language
from pipeline.clean.names import clean_line, mask_name
from pipeline.clean.normalise import normalise_line, normalise_places, spaces_for_tabs_in
from pipeline.clean.personal_data import mask_personal_data
from pipeline.clean.places import PlacedText
from pipeline.clean.quality import Objection, find_objection, find_repetition
from pipeline.config.build import CleanRecipe, IngestRecipe, InputSource
from pipeline.documents.discovery import check_unchanged, discover
from pipeline.documents.domain import detect_domain
from pipeline.documents.grammar.headings.reading import MAX_HEADINGS
from pipeline.documents.grammar.outline import MAX_NODES, read_outline, sections_of
from pipeline.documents.items import Segment
from pipeline.documents.listing import SkippedFile
from pipeline.documents.marks import MarkKind, moved_marks, places_of
from pipeline.documents.names import printable_name
from pipeline.documents.planning import decode_segment, encode_segment, plan_segments
from pipeline.documents.readers.reader import Extract, Failed, Reading, ReadLimits, ReadSettings, Refused
from pipeline.documents.reading import read_segment
from pipeline.documents.title import find_title, title_of_code
from pipeline.domains import domain_rules
from pipeline.errors import PipelineError, StageError
from pipeline.identity import content_id
from pipeline.io import files
from pipeline.io.arrow import UnwritableRecordError
from pipeline.io.layout import BuildFolder
from pipeline.io.ledger import UnitLedger
from pipeline.io.parts import PartWriter, write_whole_part
from pipeline.io.written import WrittenFile
from pipeline.nodes import Node
from pipeline.records import DeadLetter, Document, Page, Rejection, Section, SourcePath, excerpt_of
from pipeline.stages.source_names import mask_items
from pipeline.stages.units import Unit, unit_id

logger = logging.getLogger(__name__)


_EXCERPT_SOURCE_CHARS = 2000
"""Masked before it is cut, so that no address is cut into something the patterns no longer know."""


_MAX_PLAIN_CHARS = 6
"""No personal data that is looked for is as short."""


@dataclass(frozen=True, slots=True)
class IngestWork:
    """Reads, cleans, judges and outlines the records of one unit; each ends in exactly one pile of the ledger."""

    stage: ClassVar[str] = "ingest"

    sources: tuple[InputSource, ...]
    ingest: IngestRecipe
    clean: CleanRecipe
    skipped: Mapping[str, int]
    """Files that the inputs hold and that are not read, by reason; counted with the first unit."""
    fingerprint: str
    skipped_files: Sequence[SkippedFile] = ()
    """The first of them for each reason; listed with the first unit."""

    def run(self, unit: Unit, folder: BuildFolder, ledger: UnitLedger) -> None:
        """Write the unit's documents."""
        if unit.unit_id == unit_id(0):
            for reason, number in self.skipped.items():
                ledger.count(f"skipped/{reason}", number)
            files.remove_file(folder.skipped_files)
            ledger.add_parts(write_whole_part(folder.skipped_files, self.skipped_files, SkippedFile).written)
        segments = [decode_segment(text) for text in unit.inputs]
        try:
            for earlier in (folder.source_part(unit.unit_id), folder.document_part(unit.unit_id)):
                files.remove_file(earlier)
            ledger.add_parts(_write_sources(folder.source_part(unit.unit_id), segments))
            with ledger.part(PartWriter(folder.document_part(unit.unit_id), Document)) as writer:
                self._take_all(segments, writer, ledger)
            if writer.num_changed_strings:
                ledger.count("changed_strings", writer.num_changed_strings)
        except PipelineError:
            raise
        except Exception as error:  # noqa: BLE001  # what leaves this method is written down; paths may be personal
            trace = "".join(traceback.format_exception(error))
            logger.error("%s", self._without_personal_data(trace, segments))  # masked by hand
            message = self._without_personal_data(f"{type(error).__name__}: {error}", segments)
            raise StageError(f"Unit {unit.unit_id} of ingest failed: {message}") from None

    def _take_all(self, segments: Sequence[Segment], writer: PartWriter[Document], ledger: UnitLedger) -> None:
        limits = ReadLimits(self.ingest.max_record_bytes, self.ingest.max_inflation_ratio)
        num_taken = 0
        for segment in segments:
            source = self.sources[segment.item.source_index]
            settings = ReadSettings(source.text_field, source.title_field, limits)
            for reading in read_segment(segment, settings):
                if num_taken == self.ingest.max_documents:
                    check_unchanged(segment.item)
                    return
                self._take(reading, segment, source, writer, ledger)
                num_taken += 1
            check_unchanged(segment.item)

    def _take(
        self, reading: Reading, segment: Segment, source: InputSource, writer: PartWriter[Document], ledger: UnitLedger
    ) -> None:
        if isinstance(reading, Failed):
            self._bury(reading.error, reading.uri, reading.uri, reading.offset, segment, ledger)
        elif isinstance(reading, Refused):
            ledger.reject(self._refusal(reading))
        else:
            doc_id = content_id(reading.sha256, segment.item.key, reading.offset)
            try:
                outcome = self._clean(reading, doc_id, segment, source, ledger)
            except PipelineError:
                raise
            except Exception as error:  # noqa: BLE001  # the declared boundary: one document never fails the stage
                self._bury(error, doc_id, reading.uri, reading.offset, segment, ledger)
                return
            if isinstance(outcome, Rejection):
                ledger.reject(outcome)
                return
            try:
                writer.add(outcome)
            except UnwritableRecordError as error:
                self._bury(error, doc_id, reading.uri, reading.offset, segment, ledger)
                return
            ledger.keep(1)

    def _clean(
        self, extract: Extract, doc_id: str, segment: Segment, source: InputSource, ledger: UnitLedger
    ) -> Document | Rejection:
        raw = PlacedText(extract.text, places_of(extract.marks))
        normal = normalise_places(raw)
        domain = _domain_of(normal.text, extract, source)
        normal = spaces_for_tabs_in(normal, domain=domain)
        text = normal.text
        language = detect_language(text=text, domain=domain) if source.language == "auto" else source.language
        objection = find_objection(
            text=text,
            language=language,
            replaced_share=extract.replaced_share,
            accepted_languages=self.clean.languages,
            min_chars=self.clean.min_chars,
            max_replaced_share=self.clean.max_replacement_share,
        )
        if objection is not None:
            return self._rejection(objection, extract, doc_id, text)
        kinds = self.clean.personal_data
        masked = mask_personal_data(text=text, kinds=kinds, places=normal.places)
        at = dict(zip(raw.places, masked.places, strict=True))
        marks = moved_marks(extract.marks, at, text=masked.text, clean=partial(_clean_value, kinds=kinds))
        declared = clean_line(extract.title, kinds)
        key = mask_name(printable_name(segment.item.key), kinds)
        is_code = domain_rules(domain).is_code
        name = clean_line(title_of_code(declared=declared, key=key), kinds) if is_code else ""
        outline = read_outline(text=masked.text, domain=domain, language=language, name=name, marks=marks)
        sections = sections_of(outline, length=len(masked.text))
        objection = _objection_to_size(outline, sections) or find_repetition(
            text=masked.text, domain=domain, quality_filters=self.clean.quality_filters
        )
        if objection is not None:
            return self._rejection(objection, extract, doc_id, text)
        title = find_title(text=masked.text, outline=outline, domain=domain, declared=declared, key=key)
        for kind, number in masked.counts.items():
            if number:
                ledger.count(f"masked/{kind}", number)
        ledger.count(f"domain/{domain}", 1)
        ledger.count(f"language/{language}", 1)
        return Document(
            doc_id=doc_id,
            text=masked.text,
            domain=domain,
            language=str(language),
            title=clean_line(title, kinds),
            licence=source.licence if source.licence != "unknown" else clean_line(extract.licence, kinds) or "unknown",
            source_uri=extract.uri,
            source_offset=extract.offset,
            sha256=extract.sha256,
            sections=sections,
            pages=tuple(Page(start=mark.start, label=mark.value) for mark in marks if mark.kind is MarkKind.PAGE),
            outline=outline,
        )

    def _rejection(self, objection: Objection, extract: Extract, doc_id: str, text: str) -> Rejection:
        excerpt = mask_personal_data(text=text[:_EXCERPT_SOURCE_CHARS], kinds=self.clean.personal_data).text
        return Rejection(
            stage=self.stage,
            item_id=doc_id,
            reason=objection.reason,
            detail=objection.detail,
            score=objection.score,
            source_uri=extract.uri,
            source_offset=extract.offset,
            excerpt=excerpt_of(normalise_line(excerpt)),
        )

    def _refusal(self, refused: Refused) -> Rejection:
        return Rejection(
            stage=self.stage,
            item_id=refused.uri,
            reason=refused.reason,
            detail=mask_personal_data(text=normalise_line(refused.detail), kinds=self.clean.personal_data).text,
            score=refused.score,
            source_uri=refused.uri,
            source_offset=refused.offset,
            excerpt="",
        )

    def _bury(
        self, error: Exception, item_id: str, uri: str, offset: int, segment: Segment, ledger: UnitLedger
    ) -> None:
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

    def _without_personal_data(self, text: str, segments: Sequence[Segment]) -> str:
        """An error's text with what it says of its files and of their content masked."""
        for item in {segment.item for segment in segments}:
            for member in item.members:
                text = text.replace(files.join(item.path, member.path), files.join(item.uri, member.shown))
            for spelled in {item.path, repr(item.path)[1:-1]}:
                text = text.replace(spelled, item.uri)
        return mask_name(text, self.clean.personal_data)


@dataclass(frozen=True, slots=True)
class IngestPlan:
    """What there is to read."""

    units: Sequence[Unit]
    skipped: Mapping[str, int]
    """Files that are not read, by reason."""
    skipped_files: Sequence[SkippedFile]
    """The first of them for each reason, names masked."""


def plan_ingest(*, sources: Sequence[InputSource], ingest: IngestRecipe, clean: CleanRecipe) -> IngestPlan:
    """Units over everything the inputs hold; the same for any number of workers.

    Raises:
        InputError: an input does not exist, matches nothing or cannot be read.
        MissingExtraError: an input's filesystem needs an extra that is not installed.
    """
    found = discover(sources)
    items = mask_items(found.items, clean.personal_data)
    if ingest.max_documents is None:
        plan = plan_segments(items, unit_bytes=ingest.unit_bytes, min_units=ingest.min_units)
    else:  # counting to a limit takes one counter
        plan = [plan_segments(items[: ingest.max_documents], unit_bytes=sys.maxsize, min_units=1)[0]]
    units = [
        Unit(unit_id=unit_id(index), inputs=tuple(encode_segment(segment) for segment in segments))
        for index, segments in enumerate(plan)
    ]
    names = [replace(one, source_uri=mask_name(one.source_uri, clean.personal_data)) for one in found.skipped_files]
    return IngestPlan(units=units, skipped=found.skipped, skipped_files=names)


def _write_sources(path: str, segments: Sequence[Segment]) -> WrittenFile | None:
    """Where each item of the unit, and each member of a tree with another name, stands."""
    rows = []
    for item in (segment.item for segment in segments if segment.start == 0):
        rows.append(SourcePath(source_uri=item.uri, path=_exact(item.path)))
        rows += [
            SourcePath(files.join(item.uri, member.shown), _exact(files.join(item.path, member.path)))
            for member in item.members
            if member.shown != member.path
        ]
    return write_whole_part(path, rows, SourcePath).written


def _clean_value(value: str, *, kinds: Sequence[str]) -> str:
    """What a mark says; a number, a letter or the name of a language needs no look."""
    return value if len(value) <= _MAX_PLAIN_CHARS and (value.isalnum() or not value) else clean_line(value, kinds)


def _objection_to_size(outline: Sequence[Node], sections: Sequence[Section]) -> Objection | None:
    if len(sections) >= MAX_HEADINGS:
        return Objection("too_many_sections", f"The text has {MAX_HEADINGS} headings or more.", None)
    if len(outline) >= MAX_NODES:
        return Objection("too_many_nodes", f"The text has {MAX_NODES} turns, headings and the like, or more.", None)
    return None


def _exact(path: str) -> bytes:
    return path.encode("utf-8", "surrogateescape")


def _domain_of(text: str, extract: Extract, source: InputSource) -> str:
    if source.domain != "auto":
        return source.domain
    return detect_domain(text=text, is_code=extract.is_code, is_conversation=extract.is_conversation)
