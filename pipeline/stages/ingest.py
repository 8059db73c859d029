"""The ingest stage: inputs of the recipe into cleaned documents, everything else into rejections and dead letters.

In: units of segments (JSON text). Out: `work/documents/part-k.parquet` of `records.Document`. Used by `build`.
Reads every input byte once; holds one record, or one whole file, in memory at a time.
"""

from __future__ import annotations

import logging
import sys
import traceback
from collections.abc import Sequence
from dataclasses import dataclass
from typing import ClassVar

from pipeline.clean.language import detect_language
from pipeline.clean.normalise import normalise, normalise_line
from pipeline.clean.personal_data import mask_personal_data
from pipeline.clean.quality import Objection, find_objection
from pipeline.config.build import CleanRecipe, IngestRecipe, InputSource
from pipeline.documents.discovery import check_unchanged, discover
from pipeline.documents.domain import detect_domain
from pipeline.documents.outline import find_sections
from pipeline.documents.planning import Segment, decode_segment, encode_segment, plan_segments
from pipeline.documents.reading import Extract, Failed, Reading, Refused, read_segment
from pipeline.documents.title import find_title
from pipeline.errors import StageError
from pipeline.identity import content_id
from pipeline.io import files
from pipeline.io.layout import BuildFolder
from pipeline.io.ledger import UnitLedger
from pipeline.io.parts import PartWriter
from pipeline.records import Document, Domain, Rejection, excerpt_of
from pipeline.stages.units import Unit, unit_id

logger = logging.getLogger(__name__)


_EXCERPT_SOURCE_CHARS = 2000
"""Masked before it is cut, so that no address is cut into something the patterns no longer know."""


@dataclass(frozen=True, slots=True)
class IngestWork:
    """Reads, cleans, judges and outlines the records of one unit; each ends in exactly one pile of the ledger."""

    stage: ClassVar[str] = "ingest"

    sources: tuple[InputSource, ...]
    ingest: IngestRecipe
    clean: CleanRecipe
    fingerprint: str

    def run(self, unit: Unit, folder: BuildFolder, ledger: UnitLedger) -> None:
        """Write the unit's documents."""
        num_taken = 0
        files.remove_file(folder.document_part(unit.unit_id))
        with ledger.part(PartWriter(folder.document_part(unit.unit_id), Document)) as writer:
            for text in unit.inputs:
                segment = decode_segment(text)
                source = self.sources[segment.item.source_index]
                readings = read_segment(
                    segment=segment,
                    text_field=source.text_field,
                    title_field=source.title_field,
                    max_file_bytes=self.ingest.max_file_bytes,
                )
                for reading in readings:
                    if num_taken == self.ingest.max_documents:
                        return
                    self._take(reading, segment, source, writer, ledger)
                    num_taken += 1
                check_unchanged(segment.item)

    def _take(
        self, reading: Reading, segment: Segment, source: InputSource, writer: PartWriter[Document], ledger: UnitLedger
    ) -> None:
        if isinstance(reading, Failed):
            self._bury(reading.error, reading.uri, reading.uri, reading.offset, ledger)
        elif isinstance(reading, Refused):
            ledger.reject(_refusal(reading))
        else:
            doc_id = content_id(reading.sha256, segment.item.key, reading.offset)
            try:
                outcome = self._clean(reading, doc_id, segment, source, ledger)
            except Exception as error:  # noqa: BLE001  # the declared boundary: one document never fails the stage
                self._bury(error, doc_id, reading.uri, reading.offset, ledger)
                return
            if isinstance(outcome, Rejection):
                ledger.reject(outcome)
            else:
                writer.add(outcome)
                ledger.keep(1)

    def _clean(
        self, extract: Extract, doc_id: str, segment: Segment, source: InputSource, ledger: UnitLedger
    ) -> Document | Rejection:
        domain = _domain_of(extract, source)
        text = normalise(text=extract.text, domain=domain)
        language = detect_language(text=text, domain=domain) if source.language == "auto" else source.language
        objection = find_objection(
            text=text,
            domain=domain,
            language=language,
            replaced_share=extract.replaced_share,
            accepted_languages=self.clean.languages,
            min_chars=self.clean.min_chars,
            max_replaced_share=self.clean.max_replacement_share,
            quality_filters=self.clean.quality_filters,
        )
        if objection is not None:
            return self._rejection(objection, extract, doc_id, text)
        masked = mask_personal_data(text=text, kinds=self.clean.personal_data)
        sections = find_sections(text=masked.text, domain=domain)
        declared = mask_personal_data(text=normalise_line(extract.title), kinds=self.clean.personal_data).text
        title = find_title(text=masked.text, sections=sections, domain=domain, declared=declared, key=segment.item.key)
        for kind, number in masked.counts.items():
            if number:
                ledger.count(f"masked/{kind}", number)
        ledger.count(f"domain/{domain.value}", 1)
        ledger.count(f"language/{language}", 1)
        return Document(
            doc_id=doc_id,
            text=masked.text,
            domain=domain.value,
            language=str(language),
            title=title,
            licence=source.licence if source.licence != "unknown" else extract.licence or source.licence,
            source_uri=extract.uri,
            source_offset=extract.offset,
            sha256=extract.sha256,
            sections=sections,
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

    def _bury(self, error: Exception, item_id: str, uri: str, offset: int, ledger: UnitLedger) -> None:
        logger.warning("ingest: %s at %d could not be read (%s)", uri, offset, type(error).__name__)
        ledger.bury(item_id=item_id, source_uri=uri, source_offset=offset, error=self._without_personal_data(error))

    def _without_personal_data(self, error: Exception) -> Exception:
        """The error itself, or, where its text holds personal data, one with that masked and the same traceback."""
        whole = "".join(traceback.format_exception(error))
        if mask_personal_data(text=whole, kinds=self.clean.personal_data).text == whole:
            return error
        message = mask_personal_data(text=str(error), kinds=self.clean.personal_data).text
        return StageError(f"{type(error).__name__}: {message}").with_traceback(error.__traceback__)


def plan_ingest_units(*, sources: Sequence[InputSource], ingest: IngestRecipe) -> list[Unit]:
    """Units over everything the inputs hold; the same for any number of workers.

    Raises:
        InputError: an input does not exist, matches nothing or cannot be read.
        MissingExtraError: an input's filesystem needs an extra that is not installed.
    """
    items = discover(sources)
    if ingest.max_documents is None:
        plan = plan_segments(items, unit_bytes=ingest.unit_bytes, min_units=ingest.min_units)
    else:  # counting to a limit takes one counter
        plan = [plan_segments(items[: ingest.max_documents], unit_bytes=sys.maxsize, min_units=1)[0]]
    return [
        Unit(unit_id=unit_id(index), inputs=tuple(encode_segment(segment) for segment in segments))
        for index, segments in enumerate(plan)
    ]


def _domain_of(extract: Extract, source: InputSource) -> Domain:
    if source.domain != "auto":
        return source.domain
    return detect_domain(text=extract.text, source_format=extract.format, is_conversation=extract.is_conversation)


def _refusal(refused: Refused) -> Rejection:
    return Rejection(
        stage=IngestWork.stage,
        item_id=refused.uri,
        reason=refused.reason,
        detail=refused.detail,
        score=refused.score,
        source_uri=refused.uri,
        source_offset=refused.offset,
        excerpt="",
    )
