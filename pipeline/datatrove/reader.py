"""`SourceReader`: a block that begins a pipeline of datatrove with files of any format that a build reads.

Takes the inputs of a recipe; yields documents of datatrove. Each task lists the inputs, as the readers of datatrove do,
and reads every `world_size`-th part of them. A large file of records has several parts. Memory: one record, or one
whole file.
"""

from __future__ import annotations

import logging
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any

from datatrove.data import Document
from datatrove.pipeline.readers.base import BaseReader

from pipeline import records
from pipeline.clean.datatrove_rules import facts_of, web_address
from pipeline.clean.document import document_id
from pipeline.config.build import CleanRecipe, IngestRecipe, InputSource
from pipeline.errors import InputError
from pipeline.io.dead_letters import error_name
from pipeline.records import DeadLetter, Rejection
from pipeline.transforms.clean_documents import clean_record
from pipeline.transforms.read_documents import plan_reading
from pipeline.transforms.reading import RawDocument, ReadOutcome, read_records

logger = logging.getLogger(__name__)


class SourceReader(BaseReader):  # type: ignore[misc]  # datatrove has no types
    """Reads text, markup, office, mail, PDF, HWP, tables, chat exports, archives, code and data sets.

    A document has the id that a build of the same inputs gives it. Its metadata say what is known: `source_uri`,
    `source_offset`, `format`, and if stated `title`, `licence`, `language` and `url`; `domain` if it is cleaned. What
    cannot be read is counted in the task's statistics, as `rejected/REASON`, `dead/ERROR` or `skipped/REASON`, and
    logged.

    Args:
        sources: files, folders, globs or URLs; an `InputSource` also states a domain, a language or a licence.
        ingest: options for reading. `max_documents` is not used; see `limit`.
        clean: how to clean the texts: normalise, remove junk and mask personal data, as a build does. By default, they
            are as they were read, with personal data.
        limit: the maximum number of documents of a task; all if -1.
        skip: the number of documents that each task leaves out at its beginning.
        default_metadata: metadata of every document that has no others with the same key.

    Raises:
        InputError: no inputs are given, or `ingest.max_documents` is set.
    """

    name = "📚 Sources of a build"

    def __init__(
        self,
        sources: str | InputSource | Sequence[str | InputSource],
        *,
        ingest: IngestRecipe | None = None,
        clean: CleanRecipe | None = None,
        limit: int = -1,
        skip: int = 0,
        default_metadata: Mapping[str, Any] | None = None,
    ) -> None:
        super().__init__(limit=limit, skip=skip, default_metadata=dict(default_metadata or {}))
        given = (sources,) if isinstance(sources, str | InputSource) else tuple(sources)
        if not given:
            raise InputError("SourceReader has no inputs.", remedy="Name a file, a folder, a glob or a URL.")
        self.inputs = tuple(InputSource(path=one) if isinstance(one, str) else one for one in given)
        self.ingest = ingest or IngestRecipe()
        self.clean = clean
        if self.ingest.max_documents is not None:
            raise InputError("SourceReader reads no maximum of documents over all tasks.", remedy="Set limit=….")

    def run(self, data: Iterable[Any] | None = None, rank: int = 0, world_size: int = 1) -> Iterator[Any]:
        """Yield the given documents, and then those of a task.

        Raises:
            InputError: an input does not exist, matches no files or cannot be read.
            MissingExtraError: an input's filesystem needs an extra that is not installed.
        """
        if data:
            yield from data
        kept = 0
        for document in self._documents(rank, world_size):
            kept += 1
            if kept <= self.skip:
                continue
            if self.limit != -1 and kept > self.skip + self.limit:
                return
            self.update_doc_stats(document)
            yield document

    def _documents(self, rank: int, world_size: int) -> Iterator[Any]:
        masked = (self.clean or CleanRecipe()).personal_data
        plan = plan_reading(self.inputs, self.ingest, masked)
        segments = [segment for shard in plan.shards for segment in shard][rank::world_size]
        if rank == 0:
            for reason, number in plan.skipped.counts.items():
                self.stat_update(f"skipped/{reason}", value=number)
        for read in read_records(segments, sources=self.inputs, ingest=self.ingest, masked=masked):
            for name, number in read.counters.items():
                self.stat_update(name, value=number)
            yield from self._made(read)

    def _made(self, read: ReadOutcome) -> Iterator[Any]:
        for made in read.made:
            record = self._cleaned(made) if isinstance(made, RawDocument) else made
            if isinstance(record, Rejection | DeadLetter):
                self._count(record)
            else:
                yield self._document(record)

    def _cleaned(self, raw: RawDocument) -> RawDocument | records.Document | Rejection | DeadLetter:
        return raw if self.clean is None else clean_record(raw, recipe=self.clean).result

    def _count(self, lost: Rejection | DeadLetter) -> None:
        why = f"rejected/{lost.reason}" if isinstance(lost, Rejection) else f"dead/{error_name(lost)}"
        self.stat_update(why)
        logger.warning("%s at %d is left out (%s)", lost.source_uri, lost.source_offset, why)

    def _document(self, made: RawDocument | records.Document) -> Any:
        if isinstance(made, RawDocument):
            text, id_ = made.extract.text, document_id(made.extract, key=made.key)
            facts: dict[str, Any] = _facts_of_raw(made)
        else:
            text, id_ = made.text, made.doc_id
            facts = {**facts_of(made), "source_offset": made.source_offset}
        return Document(text=text, id=id_, metadata={**self.default_metadata, **facts})


def _facts_of_raw(raw: RawDocument) -> dict[str, Any]:
    extract = raw.extract
    stated = {
        "title": extract.title,
        "licence": raw.source.licence if raw.source.licence != "unknown" else extract.licence,
        "language": raw.source.language if raw.source.language != "auto" else extract.language,
        "url": web_address(extract.uri),
    }
    known = {"source_uri": extract.uri, "source_offset": extract.offset, "format": extract.format}
    return {**known, **{key: value for key, value in stated.items() if value}}
