"""Stores answers in an evaluation folder as they are given, so that no finished prompt is asked again.

The answers of a subject to a task are in `answers/TASK/SUBJECT-FINGERPRINT/*.jsonl`, one JSON object a line. The
fingerprint covers everything that an answer depends on besides the prompt: the weights, number type, device, code and
library versions. Answers with another fingerprint stay on disk, unused. Every file is written atomically, on any
filesystem. Used by `evaluate.run`; does not import torch.
"""

from __future__ import annotations

import json
import logging
import threading
from collections.abc import Mapping
from dataclasses import dataclass, field
from types import TracebackType
from typing import Self

from pipeline.errors import PipelineError
from pipeline.evaluate.prompt import Answer
from pipeline.io import files

logger = logging.getLogger(__name__)

ANSWER_FOLDER = "answers"
"""Folder inside the evaluation folder."""
_SECONDS_BETWEEN_FILES = 1.0
WRITER_THREAD = "answer store"
"""The name of the thread that writes answers while the next ones are awaited."""


@dataclass
class AnswerStore:
    """The answers of one subject to one task. Use it as a context manager; leaving it writes what is left."""

    folder: str
    stored: dict[str, Answer] = field(default_factory=dict)
    """The answers by `Prompt.key`."""
    seconds_between_files: float = _SECONDS_BETWEEN_FILES
    """Answers that come faster than this share a file. A killed process loses at most the answers of this time, because
    a thread writes them then: the next batch may take minutes."""

    def __enter__(self) -> Self:
        self._next_file = 0
        for path in files.list_files(self.folder, suffix=".jsonl"):
            self.stored.update(_read(path))
            number = path.rsplit("/", 1)[-1].removesuffix(".jsonl")
            self._next_file = max(self._next_file, 1 + int(number) if number.isdecimal() else 0)
        self._waiting: dict[str, Answer] = {}
        self._lock = threading.Lock()
        self._timer: threading.Timer | None = None
        self._has_failed = False
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._timer is not None:
            self._timer.cancel()
        self._write()

    def add(self, key: str, answer: Answer) -> None:
        """Keep an answer. An answer with a fault is used now and asked for again by the next run.

        Raises:
            DiskFullError: earlier answers do not fit on the disk.
        """
        self.stored[key] = answer
        if answer.fault:
            return
        with self._lock:
            self._waiting[key] = answer
            is_first = len(self._waiting) == 1
        if self._has_failed:
            self._write()
        elif is_first:
            self._timer = threading.Timer(self.seconds_between_files, self._write_late)
            self._timer.name, self._timer.daemon = WRITER_THREAD, True
            self._timer.start()

    def _write_late(self) -> None:
        try:
            self._write()
        except (PipelineError, OSError) as error:
            # The answers still wait. The next one writes them in the thread of the run, which raises the error there.
            logger.debug("%s: answers were not written: %s", self.folder, error)
            self._has_failed = True

    def _write(self) -> None:
        with self._lock:
            if not self._waiting:
                return
            lines = [json.dumps(_line(key, answer), ensure_ascii=False) for key, answer in self._waiting.items()]
            files.make_folder(self.folder)
            files.write_text(files.join(self.folder, f"{self._next_file:06d}.jsonl"), "\n".join(lines) + "\n")
            self._next_file += 1
            self._waiting = {}
            self._has_failed = False


def answer_folder(output: str, *, task: str, subject: str, fingerprint: str) -> str:
    """Return the folder of one subject's answers to one task."""
    return files.join(output, ANSWER_FOLDER, task, f"{subject}-{fingerprint[:12]}")


def _line(key: str, answer: Answer) -> Mapping[str, object]:
    return {"key": key, "text": answer.text, "num_tokens": answer.num_tokens, "is_cut": answer.is_cut}


def _read(path: str) -> dict[str, Answer]:
    found: dict[str, Answer] = {}
    with files.open_binary(path) as file:
        text = file.read().decode("utf-8", errors="replace")
    # An answer may contain signs that `splitlines` takes for the end of a line, such as U+2028.
    for number, line in enumerate(text.removesuffix("\n").split("\n"), 1):
        try:
            values = json.loads(line)
            answer = Answer(str(values["text"]), int(values["num_tokens"]), is_cut=bool(values["is_cut"]))
            found[str(values["key"])] = answer
        except (ValueError, TypeError, KeyError):
            logger.warning("%s: line %d is damaged; its prompt is asked again.", path, number)
    return found
