"""Teacher answers on disk, a batch a file, so that a crash never asks twice.

A batch is the unit of asking and of keeping. A padded batch in bfloat16 may answer otherwise in other company, so a
batch is taken whole from the cache or asked whole, and its composition depends on the documents only; a build that was
killed and resumed therefore ends with the bytes of one that was not. A file appears under its name when it is
complete (`io.files.open_atomic`), on object stores too; one small file a batch, no appends.

    cache/ab/abcdef….json   {"teacher": …, "answers": [{"request": hash, "text": …, …}, …]}
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict
from typing import Any

from pipeline.identity import content_id, stable_hash64
from pipeline.io import files
from pipeline.synthesize.teachers.protocol import FinishReason, TeacherReply, TeacherRequest, request_hash


class AnswerCache:
    """Answers of one teacher below one folder."""

    def __init__(self, *, folder: str, teacher: str) -> None:
        self._folder = folder
        self._teacher = teacher

    def read(self, batch: Sequence[TeacherRequest]) -> dict[int, TeacherReply]:
        """Answers of a batch by index; empty where it has not been asked, without those that met an error."""
        path = self._path(batch)
        if not files.exists(path):
            return {}
        replies = (reply_of(answer) for answer in files.read_json(path)["answers"])
        return {index: reply for index, reply in enumerate(replies) if reply.finish_reason is not FinishReason.ERROR}

    def write(self, batch: Sequence[TeacherRequest], replies: Sequence[TeacherReply]) -> None:
        """Keep a finished batch, its errors among it: what was answered is not asked again because of them."""
        answers = [
            {"request": request_hash(request), **asdict(reply)} for request, reply in zip(batch, replies, strict=True)
        ]
        files.write_json(self._path(batch), {"teacher": self._teacher, "answers": answers})

    def _path(self, batch: Sequence[TeacherRequest]) -> str:
        hashes = [request_hash(request) for request in batch]
        key = content_id(self._teacher, *hashes) + f"{stable_hash64('batch', self._teacher, *hashes):016x}"
        return files.join(self._folder, key[:2], f"{key}.json")


def reply_of(answer: dict[str, Any]) -> TeacherReply:  # Any: a JSON object
    """One answer of a cache file as a reply."""
    values = {name: value for name, value in answer.items() if name != "request"}
    return TeacherReply(**{**values, "finish_reason": FinishReason(values["finish_reason"])})
