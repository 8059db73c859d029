"""The messages between a reading process and its parser process: JSON, followed by bytes.

A parser that a hostile file has taken over must not take over the reading process too. So answers are plain values that
are checked field by field (`io.record_values`), never pickles. Used by `isolation` and `parser_process`.
"""

from __future__ import annotations

import json
import struct
from dataclasses import dataclass, replace

from pipeline.config.build import DocumentPart, TrackedChanges
from pipeline.documents.readers.reader import Attachment, Converted, ReadOptions
from pipeline.io.record_values import json_of, record_of

_HEAD = struct.Struct(">Q")


@dataclass(frozen=True, slots=True)
class ParserRequest:
    """What the parser process is asked to convert."""

    reader: str
    """Name of the reader."""
    include: tuple[DocumentPart, ...]
    tracked_changes: TrackedChanges
    seconds: int
    """Time limit of the conversion."""

    @property
    def options(self) -> ReadOptions:
        """The options of the reader."""
        return ReadOptions(frozenset(self.include), self.tracked_changes)


@dataclass(frozen=True, slots=True)
class ParserAnswer:
    """The outcome of a conversion: exactly one of the three fields is set."""

    converted: Converted | None = None
    refused: tuple[str, ...] = ()
    """Reason and detail of a refusal."""
    failure: str = ""
    """The error, in words."""


@dataclass(frozen=True, slots=True)
class _Answer:
    converted: Converted | None
    refused: tuple[str, ...]
    failure: str
    attachment_names: tuple[str, ...]
    attachment_sizes: tuple[int, ...]


def encode_request(request: ParserRequest, data: bytes) -> bytes:
    """Return a request and the bytes of its file as one message."""
    return _encode(request) + data


def decode_request(message: bytes) -> tuple[ParserRequest, bytes]:
    """Return the request and the file that `encode_request` encoded."""
    values, data = _decode(message)
    return record_of(values, ParserRequest), data


def encode_answer(answer: ParserAnswer) -> bytes:
    """Return an answer as one message; the contents of attachments follow the JSON."""
    converted = answer.converted
    attachments = converted.attachments if converted is not None else ()
    plain = replace(converted, attachments=()) if converted is not None else None
    names = tuple(attachment.name for attachment in attachments)
    sizes = tuple(len(attachment.data) for attachment in attachments)
    head = _encode(_Answer(plain, answer.refused, answer.failure, names, sizes))
    return head + b"".join(attachment.data for attachment in attachments)


def decode_answer(message: bytes) -> ParserAnswer:
    """Return the answer that `encode_answer` encoded.

    Raises:
        ValueError: the message is not such an answer.
    """
    values, data = _decode(message)
    found = record_of(values, _Answer)
    attachments = []
    start = 0
    for name, size in zip(found.attachment_names, found.attachment_sizes, strict=True):
        attachments.append(Attachment(name, data[start : start + size]))
        start += size
    if found.converted is None:
        return ParserAnswer(refused=found.refused, failure=found.failure)
    return ParserAnswer(converted=replace(found.converted, attachments=tuple(attachments)))


def _encode(record: ParserRequest | _Answer) -> bytes:
    # Text may hold lone surrogates, which cleaning replaces later.
    head = json.dumps(json_of(record), ensure_ascii=False).encode("utf-8", "surrogatepass")
    return _HEAD.pack(len(head)) + head


def _decode(message: bytes) -> tuple[object, bytes]:
    if len(message) < _HEAD.size:
        raise ValueError(f"a message of {len(message)} bytes")
    (size,) = _HEAD.unpack_from(message)
    start = _HEAD.size
    return json.loads(message[start : start + size].decode("utf-8", "surrogatepass")), message[start + size :]
