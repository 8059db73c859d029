"""The `replay` teacher: recorded answers from a `cache/` folder, for tests and for repeating a build elsewhere.

It takes the name of the teacher that was recorded, so a replayed build writes the rows of the original one.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from pipeline.errors import InputError
from pipeline.io import files
from pipeline.synthesize.cache import reply_of
from pipeline.synthesize.teachers.protocol import BatchOrder, TeacherReply, TeacherRequest, failed_reply, request_hash


class ReplayTeacher:
    """Reads every recording when built; memory is that of the answers."""

    batch_order = BatchOrder.BY_DOCUMENT

    def __init__(self, *, recordings: str) -> None:
        """Read the recordings.

        Args:
            recordings: a `cache/` folder of an earlier build, on any filesystem.

        Raises:
            InputError: the folder has no recordings, or those of several teachers.
        """
        batches = [files.read_json(path) for path in files.list_files(recordings, suffix=".json")] if recordings else []
        names = sorted({batch["teacher"] for batch in batches})
        if len(names) != 1:
            found = f"recordings of {len(names)} teachers: {', '.join(names)}" if names else "no recordings"
            raise InputError(
                f"The replay teacher finds {found} in '{recordings}'.",
                remedy="Set synthesize.teacher.recordings to the cache/ folder of a build with one teacher.",
            )
        self.name: str = names[0]
        self._replies: Mapping[str, TeacherReply] = {
            answer["request"]: reply_of(answer) for batch in batches for answer in batch["answers"]
        }

    def answer(self, requests: Sequence[TeacherRequest]) -> list[TeacherReply]:
        """The recorded replies; a request that was not recorded is an error reply."""
        unknown = failed_reply("this request was not recorded")
        return [self._replies.get(request_hash(request), unknown) for request in requests]
