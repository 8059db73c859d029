"""Reads the records of a shard's segments, and says what became of each: the pure twin of `ReadDocuments`.

Takes segments of files; yields one `ReadOutcome` for each record, file by file: a `RawDocument`, a rejection, a dead
letter, or nothing for what is no document. Names of archive members are masked, and so are the texts of errors. Used by
`transforms.read_documents`, the ingest stage and `pipeline preview`. Cost: every input byte is read once. Memory: one
record or one whole file, and of small files the records until the file is known to be unchanged.
"""

from __future__ import annotations

import logging
import traceback
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

from pipeline.clean.document import STAGE
from pipeline.clean.normalise import normalise_line
from pipeline.clean.personal_data import mask_name, mask_personal_data
from pipeline.config.build import IngestRecipe, InputSource
from pipeline.documents.archives import MEMBER
from pipeline.documents.given_text import given_extract
from pipeline.documents.items import TO_THE_END, Segment, SourceItem
from pipeline.documents.readers.reader import Extract, Failed, NotRead, Reading, Skipped
from pipeline.documents.reading import read_segment
from pipeline.documents.skipped_names import PathKind, SkippedFile
from pipeline.documents.source_settings import read_settings
from pipeline.documents.versions import changed_error, is_unchanged
from pipeline.io import files
from pipeline.records import DeadLetter, Rejection

logger = logging.getLogger(__name__)

_BEYOND_LIMIT = "max_documents"
_HELD_READINGS, _HELD_CHARS = 1000, 4_000_000


@dataclass(frozen=True, slots=True)
class RawDocument:
    """A record as its reader returned it, before cleaning."""

    extract: Extract
    key: str
    """The path of the record's file below the input, with the record's name in an archive. Ids derive from it."""
    segment: Segment
    """The part of the input that the record was read from."""
    source: InputSource
    """The input, with what the user states about all its documents."""


@dataclass(frozen=True, slots=True)
class ReadOutcome:
    """What became of one record, or of a file that is not read."""

    segment: Segment
    reading: Reading | SkippedFile
    """What the reader returned, with a masked name."""
    made: tuple[RawDocument | Rejection | DeadLetter, ...]
    """One record; none if it was skipped."""

    @property
    def counters(self) -> Mapping[str, int]:
        """The reason of a skip."""
        return {f"skipped/{self.reading.reason}": 1} if isinstance(self.reading, Skipped | SkippedFile) else {}


def raw_document(
    text: str,
    *,
    name: str,
    title: str = "",
    licence: str = "",
    source: InputSource | None = None,
    is_conversation: bool = False,
    is_code: bool = False,
) -> RawDocument:
    """Return a text of your own as a record that `CleanDocuments` takes.

    Args:
        text: the text.
        name: a name that is unique in the data set, such as `tickets/4711`. The document's id derives from it and from
            the text. It becomes the document's `source_uri` as it is, so it should have no personal data.
        title: the title, if known.
        licence: the licence, if known.
        source: the domain, language and licence of all documents from the same place; by default they are detected.
        is_conversation: whether it is a conversation.
        is_code: whether it is source code.
    """
    extract = given_extract(
        text,
        name=name,
        format_="own",
        title=title,
        licence=licence,
        is_conversation=is_conversation,
        is_code=is_code,
    )
    num_bytes = len(text.encode("utf-8", "surrogatepass"))
    item = SourceItem(source_index=0, key=name, uri=name, path=name, num_bytes=num_bytes, version="", members=())
    return RawDocument(
        extract=extract,
        key=name,
        segment=Segment(item=item, start=0, end=TO_THE_END, num_bytes=num_bytes),
        source=source or InputSource(path=name),
    )


def read_records(
    segments: Sequence[Segment], *, sources: Sequence[InputSource], ingest: IngestRecipe, masked: Sequence[str]
) -> Iterator[ReadOutcome]:
    """Yield what became of each record of the segments, in order, up to the recipe's `max_documents`.

    Args:
        segments: the segments of one shard, with masked names; see `transforms.read_documents.plan_reading`.
        sources: the inputs; a segment's item names one by its index.
        ingest: how records are read.
        masked: the kinds of personal data to mask in names.
    """
    num_read = 0
    for segment in segments:
        item = segment.item
        if num_read == ingest.max_documents:
            yield from _not_taken(segment, frozenset())
            continue
        source = sources[item.source_index]
        noted: set[str] = set()
        for reading in _unchanged(segment, read_segment(segment, read_settings(source, ingest))):
            if num_read == ingest.max_documents:
                if not noted or item.members:
                    yield from _not_taken(segment, noted)
                break
            named, key = named_reading(reading, segment, masked)
            yield _outcome(named, key, segment, source, masked)
            if item.members or not noted:
                noted.add(named.uri)
            num_read += not isinstance(reading, Skipped)


def beyond_limit(item: SourceItem) -> Iterator[SkippedFile]:
    """Yield the files that are not read because the recipe's number of documents is reached."""
    yield SkippedFile(item.uri, _BEYOND_LIMIT, item.kind)
    for member in item.members:
        yield SkippedFile(files.join(item.uri, member.shown), _BEYOND_LIMIT, PathKind.TREE_MEMBER)


def named_reading(reading: Reading, segment: Segment, masked: Sequence[str]) -> tuple[Reading, str]:
    """Return a reading and its key. A member of an archive gets a masked name and a key of its own.

    Args:
        reading: the reading.
        segment: the segment that it was read from.
        masked: the kinds of personal data to mask.
    """
    inner = member_name(reading.uri, segment)
    if not inner:
        return reading, segment.item.key
    uri = segment.item.uri + mask_name(inner, masked)
    return replace(reading, uri=uri), segment.item.key + inner


def member_name(uri: str, segment: Segment) -> str:
    """Return the name of a record in its archive, with the sign before it; empty if the file is not an archive."""
    inner = uri.removeprefix(segment.item.uri)
    return inner if inner.startswith(MEMBER) else ""


def dead_letter(
    error: Exception, *, item_id: str, uri: str, offset: int, segment: Segment, masked: Sequence[str]
) -> DeadLetter:
    """Return the dead letter of a record that could not be read or cleaned, and log the name of the error.

    Args:
        error: the error.
        item_id: the id of the document; its URI if it never became one.
        uri: the URI of the record's file.
        offset: where the record starts in its file.
        segment: the segment that it was read from.
        masked: the kinds of personal data to mask in the texts of the error.
    """
    name = _error_name(error)
    logger.warning("ingest: %s at %d could not be read (%s)", uri, offset, type(error).__name__)
    return DeadLetter(
        stage=STAGE,
        item_id=item_id,
        source_uri=uri,
        source_offset=offset,
        error=without_personal_data(f"{name}: {error}", [segment], masked),
        traceback=without_personal_data("".join(traceback.format_exception(error)), [segment], masked),
    )


def without_personal_data(text: str, segments: Sequence[Segment], masked: Sequence[str]) -> str:
    """Return an error's text with the paths of the segments' files masked, and with personal data masked."""
    for item in {segment.item for segment in segments}:
        for member in item.members:
            text = text.replace(files.join(item.path, member.path), files.join(item.uri, member.shown))
        for spelled in {item.path, repr(item.path)[1:-1]}:
            text = text.replace(spelled, item.uri)
    return mask_name(text, masked)


def _outcome(reading: Reading, key: str, segment: Segment, source: InputSource, masked: Sequence[str]) -> ReadOutcome:
    made: tuple[RawDocument | Rejection | DeadLetter, ...] = ()
    if isinstance(reading, Extract):
        made = (RawDocument(reading, key, segment, source),)
    elif isinstance(reading, NotRead):
        made = (_rejection(reading, masked),)
    elif isinstance(reading, Failed):
        uri, offset = reading.uri, reading.offset
        letter = dead_letter(reading.error, item_id=uri, uri=uri, offset=offset, segment=segment, masked=masked)
        made = (letter,)
    return ReadOutcome(segment, reading, made)


def _not_taken(segment: Segment, noted: set[str] | frozenset[str]) -> Iterator[ReadOutcome]:
    for skipped in beyond_limit(segment.item):
        if skipped.source_uri not in noted:
            yield ReadOutcome(segment, skipped, ())


def _rejection(record: NotRead, masked: Sequence[str]) -> Rejection:
    return Rejection(
        stage=STAGE,
        item_id=record.uri,
        reason=record.why.reason,
        detail=mask_personal_data(text=normalise_line(record.why.detail), kinds=masked).text,
        score=record.why.score,
        source_uri=record.uri,
        source_offset=record.offset,
        excerpt="",
    )


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
