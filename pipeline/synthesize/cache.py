"""Teacher answers on disk, so that a crash never asks twice. Only answers are kept, never failures.

A server's answers are kept one by one, as they arrive, and found by request, whatever is asked beside them. Answers of
teachers in this process are kept and found by batch: batch composition can change an answer in bfloat16, so a batch is
taken whole from the cache or asked whole. A build that was killed and resumed therefore ends with the bytes of one that
was not. A damaged file is named and set aside, and what it held is asked again.

    cache/requests/ab/abcdef….json   one answer of a server, by teacher and request
    cache/batches/ab/abcdef….json    the answers of a batch, by teacher and requests
    cache/format                     "2"; see `synthesize.old_answers`

Earlier versions hashed a request with its prompt version. Where the hash of today finds nothing, theirs is tried.

Both kinds of files are checked JSON: {"teacher": …, "answers": [{"request": hash, "text": …, …}, …], "checksum": …}.
Cost: a small file a request, in 256 folders; 300,000 requests are about 1,200 files a folder.
"""

from __future__ import annotations

import logging
from collections.abc import Mapping, Sequence
from dataclasses import asdict
from typing import Any

from pipeline.errors import DamagedFileError
from pipeline.identity import content_id, fingerprint, stable_hash64
from pipeline.io import files
from pipeline.io.checked_json import read_checked, write_checked
from pipeline.synthesize.teachers.protocol import (
    FinishReason,
    TeacherReply,
    TeacherRequest,
    earlier_request_hash,
    request_hash,
)

logger = logging.getLogger(__name__)


class AnswerCache:
    """Answers of one teacher below one folder; safe to use from several threads for different requests."""

    def __init__(self, *, folder: str, teacher: str) -> None:
        self._folder = folder
        self._teacher = teacher

    def read_request(self, request: TeacherRequest) -> TeacherReply | None:
        """The answer to one request; None where it has not been answered."""
        for hash_of in (request_hash, earlier_request_hash):
            key = hash_of(request)
            if reply := self._read(request_path(self._folder, self._teacher, key)).get(key):
                return reply
        return None

    def write_request(self, request: TeacherRequest, reply: TeacherReply) -> None:
        """Keep one answer."""
        self.write_answer({"request": request_hash(request), **asdict(reply)})

    def write_answer(self, answer: Mapping[str, Any]) -> None:  # Any: a JSON object
        """Keep one answer as it is in a file, by the request it names."""
        path = request_path(self._folder, self._teacher, answer["request"])
        write_checked(path, {"teacher": self._teacher, "answers": [dict(answer)]})

    def read_batch(self, batch: Sequence[TeacherRequest]) -> dict[int, TeacherReply]:
        """Answers of a batch by index; empty where it has not been asked."""
        for hash_of in (request_hash, earlier_request_hash):
            hashes = [hash_of(request) for request in batch]
            if answers := self._read(batch_path(self._folder, self._teacher, hashes)):
                return {index: answers[key] for index, key in enumerate(hashes) if key in answers}
        return {}

    def write_batch(self, batch: Sequence[TeacherRequest], replies: Sequence[TeacherReply]) -> None:
        """Keep the answers of a batch."""
        hashes = [request_hash(request) for request in batch]
        answers = [
            {"request": key, **asdict(reply)}
            for key, reply in zip(hashes, replies, strict=True)
            if reply.finish_reason is not FinishReason.ERROR
        ]
        path = batch_path(self._folder, self._teacher, hashes)
        write_checked(path, {"teacher": self._teacher, "answers": answers})

    def _read(self, path: str) -> dict[str, TeacherReply]:
        """Answers of one file by request hash; a file of another teacher or of no known shape is damaged."""
        try:
            value = read_checked(path)
            if value.get("teacher") != self._teacher:
                raise DamagedFileError(f"{path} holds answers of another teacher than its name says.")
            return {answer["request"]: reply_of(answer) for answer in value["answers"]}
        except FileNotFoundError:
            return {}
        except (DamagedFileError, LookupError, TypeError, ValueError) as error:
            put_aside(path, error)
            return {}


def request_path(folder: str, teacher: str, request: str) -> str:
    """Where the answer to a request is, by the request's hash."""
    key = fingerprint([teacher, request])
    return files.join(folder, "requests", key[:2], f"{key}.json")


def batch_path(folder: str, teacher: str, requests: Sequence[str]) -> str:
    """Where the answers of a batch are, by the hashes of its requests."""
    key = content_id(teacher, *requests) + f"{stable_hash64('batch', teacher, *requests):016x}"
    return files.join(folder, "batches", key[:2], f"{key}.json")


def reply_of(answer: Mapping[str, Any]) -> TeacherReply:  # Any: a JSON object
    """One answer of a cache file as a reply.

    Raises:
        TypeError, LookupError, ValueError: it is not of that shape.
    """
    values = {name: value for name, value in answer.items() if name != "request"}
    return TeacherReply(**{**values, "finish_reason": FinishReason(values["finish_reason"])})


def put_aside(path: str, error: Exception) -> None:
    """Name a damaged file of answers and rename it, so that its requests are asked again."""
    said = error.message if isinstance(error, DamagedFileError) else f"{path} is damaged: {type(error).__name__}."
    logger.warning("%s It is set aside as %s; what it held is asked again.", said, files.set_aside(path))
