"""Stores teachers' answers on disk, so that a resumed build does not ask again. Failures are never stored.

A server's answers are stored one by one as they arrive, and each is found by its request. Answers of teachers in this
process are stored and found by batch, because in bfloat16 the other requests of a batch can change an answer. A build
that was killed and resumed therefore ends with the same bytes as a build that was not. A damaged file is renamed, and
its requests are asked again.

    cache/requests/ab/abcdef….json   one answer of a server, by teacher and request
    cache/batches/ab/abcdef….json    the answers of a batch, by teacher and requests
    cache/format                     "2"; see `synthesize.old_answers`

Earlier versions of this project included the prompt version in the hash of a request. If nothing is found by the
current hash, the earlier hash is tried.

Both kinds of files are checked JSON: {"teacher": …, "answers": [{"request": hash, "text": …, …}, …], "checksum": …}.
Cost: one small file per server request or batch, in 256 folders; 300,000 files make about 1,200 per folder.
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
    """The stored answers of one teacher in a folder. Several threads may use the cache for different requests."""

    def __init__(self, *, folder: str, teacher: str) -> None:
        self._folder = folder
        self._teacher = teacher

    def read_request(self, request: TeacherRequest) -> TeacherReply | None:
        """Return the stored answer to one request; None if there is none."""
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
        """Return the stored answers of a batch by index; empty if this batch has not been answered."""
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
        """Return the answers in one file by request hash; a file of a different teacher or shape counts as damaged."""
        try:
            value = read_checked(path)
            if value.get("teacher") != self._teacher:
                raise DamagedFileError(f"{path} holds the answers of a different teacher than expected.")
            return {answer["request"]: reply_of(answer) for answer in value["answers"]}
        except FileNotFoundError:
            return {}
        except (DamagedFileError, LookupError, TypeError, ValueError) as error:
            set_aside_answers(path, error)
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
    """Return an answer from a cache file as a reply.

    Raises:
        RecordValueError: the answer does not have the shape of a reply.
    """
    return record_of({name: value for name, value in answer.items() if name != "request"}, TeacherReply)


def set_aside_answers(path: str, error: Exception) -> None:
    """Rename a damaged file of answers and log it; the requests in it are asked again."""
    said = error.message if isinstance(error, DamagedFileError) else f"{path} is damaged: {type(error).__name__}."
    logger.warning("%s It is set aside as %s; its requests are asked again.", said, files.set_aside(path))
