"""The `replay` teacher: recorded answers from a `cache/` folder, for tests and for repeating a build elsewhere.

The replay teacher has the name of the recorded teacher, so a replayed build writes the same rows as the original build.
Its answers are stored one by one, like those of a server. A request that was not recorded fails.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Literal

from pipeline.config.build import TeacherOptions
from pipeline.errors import DamagedFileError, InputError
from pipeline.io import files
from pipeline.io.checked_json import CHECKSUM, read_checked
from pipeline.synthesize.cache import reply_of
from pipeline.synthesize.old_answers import old_answers
from pipeline.synthesize.teachers.plugin import TeacherPlugin
from pipeline.synthesize.teachers.protocol import (
    NOT_RECORDED,
    MayRepeat,
    TeacherReply,
    TeacherRequest,
    always,
    earlier_request_hash,
    failed_reply,
    request_hash,
)
from pipeline.synthesize.teachers.servers.watch import ServerWatch

_READERS = 8


class ReplayOptions(TeacherOptions):
    """Options of recorded answers. The recordings name the model."""

    kind: Literal["replay"] = "replay"
    recordings: str = ""
    """A `cache/` folder of an earlier build, on any filesystem and of any version."""


class ReplayTeacher:
    """A teacher that reads all recordings when it is created and keeps the answers in memory."""

    def __init__(self, options: ReplayOptions) -> None:
        """Read the recordings.

        Raises:
            InputError: the folder has no recordings, recordings of several teachers, or a damaged recording.
        """
        recordings = options.recordings
        paths = files.list_files(recordings, suffix=".json") if recordings else []
        batches = [_read(path) for path in paths]
        names = sorted({teacher for teacher, _ in batches})
        if len(names) != 1:
            found = f"recordings of {len(names)} teachers: {', '.join(names)}" if names else "no recordings"
            raise InputError(
                f"The replay teacher found {found} in '{recordings}'.",
                remedy="Set synthesize.teacher.recordings to the cache/ folder of a build with one teacher.",
            )
        self.name: str = names[0]
        self.address = f"The recordings in {recordings}"
        self.concurrency = _READERS
        self.watch = ServerWatch(address=self.address, max_wait_seconds=0.0, batch_size=options.batch_size)
        self._replies: Mapping[str, TeacherReply] = {
            answer["request"]: reply_of(answer) for _, answers in batches for answer in answers
        }

    def ask(self, request: TeacherRequest, *, may_repeat: MayRepeat = always) -> TeacherReply:
        """Return the recorded reply, or a failed reply if the request was not recorded."""
        for hash_of in (request_hash, earlier_request_hash):
            if reply := self._replies.get(hash_of(request)):
                return reply
        return failed_reply(f"{NOT_RECORDED}: the recordings do not contain this request")


def _read(path: str) -> tuple[str, list[Mapping[str, Any]]]:  # Any: JSON objects
    try:
        value = files.read_json(path)
        return old_answers(read_checked(path) if CHECKSUM in value else value)
    except (DamagedFileError, ValueError, LookupError, TypeError, AttributeError, RecursionError) as error:
        raise InputError(
            f"The recording {path} is damaged ({type(error).__name__}).",
            remedy="Remove it; its requests will then fail.",
        ) from error


TEACHER = TeacherPlugin(options=ReplayOptions, open=lambda options, _: ReplayTeacher(options), check=ReplayTeacher)
