"""Stores answers in an evaluation folder as they are given, so that no finished prompt is asked again.

The answers of a subject to a task are in `answers/TASK/SUBJECT-FINGERPRINT/*.jsonl`, one JSON object a line. The
fingerprint covers everything that an answer depends on besides the prompt: the weights, number type, device, code and
library versions. Answers with another fingerprint stay on disk, unused. Every file is written atomically, on any
filesystem. Used by `evaluate.run`; does not import torch.
"""

from __future__ import annotations

import json
import logging
import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from types import TracebackType
from typing import Self

from pipeline.evaluate.prompt import Answer
from pipeline.io import files

logger = logging.getLogger(__name__)

ANSWER_FOLDER = "answers"
"""Folder inside the evaluation folder."""
_SECONDS_BETWEEN_FILES = 1.0
"""Answers that come faster than this share a file. A killed process loses at most the answers of this time."""


@dataclass
class AnswerStore:
    """The answers of one subject to one task. Use it as a context manager; leaving it writes what is left."""

    folder: str
    stored: dict[str, Answer] = field(default_factory=dict)
    """The answers by `Prompt.key`."""

    def __enter__(self) -> Self:
        self._next_file = 0
        for path in files.list_files(self.folder, suffix=".jsonl"):
            self.stored.update(_read(path))
            self._next_file = max(self._next_file, 1 + int(path.rsplit("/", 1)[-1].removesuffix(".jsonl")))
        self._waiting: dict[str, Answer] = {}
        self._written_at = time.monotonic()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._write()

    def add(self, key: str, answer: Answer) -> None:
        """Keep an answer. An answer with a fault is used now and asked for again by the next run."""
        self.stored[key] = answer
        if answer.fault:
            return
        self._waiting[key] = answer
        if time.monotonic() - self._written_at >= _SECONDS_BETWEEN_FILES:
            self._write()

    def _write(self) -> None:
        if not self._waiting:
            return
        lines = [json.dumps(_line(key, answer), ensure_ascii=False) for key, answer in self._waiting.items()]
        files.make_folder(self.folder)
        files.write_text(files.join(self.folder, f"{self._next_file:06d}.jsonl"), "\n".join(lines) + "\n")
        self._next_file += 1
        self._waiting = {}
        self._written_at = time.monotonic()


def answer_folder(output: str, *, task: str, subject: str, fingerprint: str) -> str:
    """Return the folder of one subject's answers to one task."""
    return files.join(output, ANSWER_FOLDER, task, f"{subject}-{fingerprint[:12]}")


def _line(key: str, answer: Answer) -> Mapping[str, object]:
    return {"key": key, "text": answer.text, "num_tokens": answer.num_tokens, "is_cut": answer.is_cut}


def _read(path: str) -> dict[str, Answer]:
    found: dict[str, Answer] = {}
    with files.open_binary(path) as file:
        lines = file.read().decode("utf-8", errors="replace").splitlines()
    for number, line in enumerate(lines, 1):
        try:
            values = json.loads(line)
            answer = Answer(str(values["text"]), int(values["num_tokens"]), is_cut=bool(values["is_cut"]))
            found[str(values["key"])] = answer
        except (ValueError, TypeError, KeyError):
            logger.warning("%s: line %d is damaged; its prompt is asked again.", path, number)
    return found
