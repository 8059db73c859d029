"""Store teacher answers on disk, so that a resumed build does not ask again. Only answers are kept, never failures.

A server's answers are stored one by one as they arrive and are found by request, independently of other requests.
Answers of teachers in this process are stored and found by batch. Batch composition can change an answer in bfloat16,
so a batch is either taken whole from the cache or asked whole. A build that was killed and resumed therefore ends with
the same bytes as one that was not. A damaged file is reported and set aside, and its requests are asked again.

    cache/requests/ab/abcdef….json   one answer of a server, by teacher and request
    cache/batches/ab/abcdef….json    the answers of a batch, by teacher and requests
    cache/format                     "2"; see `synthesize.old_answers`

Earlier versions hashed a request together with its prompt version. If today's hash finds nothing, theirs is tried.

Both kinds of files are checked JSON: {"teacher": …, "answers": [{"request": hash, "text": …, …}, …], "checksum": …}.
Cost: one small file per request, in 256 folders; 300,000 requests make about 1,200 files per folder.
"""

from __future__ import annotations

import logging
from collections.abc import Mapping, Sequence
from typing import Any

from pipeline.errors import DamagedFileError
from pipeline.identity import content_id, fingerprint, stable_hash64
from pipeline.io import files
from pipeline.io.checked_json import read_checked, write_checked
from pipeline.io.record_values import json_of, record_of
from pipeline.synthesize.teachers.protocol import (
    FinishReason,
    TeacherReply,
    TeacherRequest,
    earlier_request_hash,
    request_hash,
)

logger = logging.getLogger(__name__)


class AnswerCache:
    """The answers of one teacher below one folder; several threads may use it for different requests."""

    def __init__(self, *, folder: str, teacher: str) -> None:
        self._folder = folder
        self._teacher = teacher

    def read_request(self, request: TeacherRequest) -> TeacherReply | None:
        """Return the answer to one request, or None if it has not been answered."""
        for hash_of in (request_hash, earlier_request_hash):
            key = hash_of(request)
            if reply := self._read(request_path(self._folder, self._teacher, key)).get(key):
                return reply
        return None

    def write_request(self, request: TeacherRequest, reply: TeacherReply) -> None:
        """Store one answer."""
        self.write_answer({"request": request_hash(request), **json_of(reply)})

    def write_answer(self, answer: Mapping[str, Any]) -> None:  # Any: a JSON object
        """Store one answer, given in the form of a cache file, under the request that it names."""
        path = request_path(self._folder, self._teacher, answer["request"])
        write_checked(path, {"teacher": self._teacher, "answers": [dict(answer)]})

    def read_batch(self, batch: Sequence[TeacherRequest]) -> dict[int, TeacherReply]:
        """Return the answers of a batch by index; empty if the batch has not been asked."""
        for hash_of in (request_hash, earlier_request_hash):
            hashes = [hash_of(request) for request in batch]
            if answers := self._read(batch_path(self._folder, self._teacher, hashes)):
                return {index: answers[key] for index, key in enumerate(hashes) if key in answers}
        return {}

    def write_batch(self, batch: Sequence[TeacherRequest], replies: Sequence[TeacherReply]) -> None:
        """Store the answers of a batch, without failures."""
        hashes = [request_hash(request) for request in batch]
        answers = [
            {"request": key, **json_of(reply)}
            for key, reply in zip(hashes, replies, strict=True)
            if reply.finish_reason is not FinishReason.ERROR
        ]
        path = batch_path(self._folder, self._teacher, hashes)
        write_checked(path, {"teacher": self._teacher, "answers": answers})

    def _read(self, path: str) -> dict[str, TeacherReply]:
        """Return the answers in one file by request hash; a file of another teacher or shape counts as damaged."""
        try:
            value = read_checked(path)
            if value.get("teacher") != self._teacher:
                raise DamagedFileError(f"{path} holds answers of another teacher than the one in its name.")
            return {answer["request"]: reply_of(answer) for answer in value["answers"]}
        except FileNotFoundError:
            return {}
        except (DamagedFileError, LookupError, TypeError, ValueError) as error:
            put_aside(path, error)
            return {}


def request_path(folder: str, teacher: str, request: str) -> str:
    """Return the path of the answer to a request, given the request's hash."""
    key = fingerprint([teacher, request])
    return files.join(folder, "requests", key[:2], f"{key}.json")


def batch_path(folder: str, teacher: str, requests: Sequence[str]) -> str:
    """Return the path of the answers of a batch, given the hashes of its requests."""
    key = content_id(teacher, *requests) + f"{stable_hash64('batch', teacher, *requests):016x}"
    return files.join(folder, "batches", key[:2], f"{key}.json")


def reply_of(answer: Mapping[str, Any]) -> TeacherReply:  # Any: a JSON object
    """Return one answer of a cache file as a reply.

    Raises:
        RecordValueError: the answer does not have the shape of a reply.
    """
    return record_of({name: value for name, value in answer.items() if name != "request"}, TeacherReply)


def put_aside(path: str, error: Exception) -> None:
    """Log a damaged file of answers and rename it, so that its requests are asked again."""
    said = error.message if isinstance(error, DamagedFileError) else f"{path} is damaged: {type(error).__name__}."
    logger.warning("%s It is set aside as %s; its requests are asked again.", said, files.set_aside(path))
