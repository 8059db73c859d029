"""Writes JSON Lines files: one JSON object a line, in UTF-8, without escapes for letters.

Used by the export stage. Memory: one line.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from contextlib import ExitStack
from types import TracebackType
from typing import Any, Self

from pipeline.io import files
from pipeline.io.written import WrittenFile, written_file


class JsonLinesWriter:
    """Writes one file, as a context manager. Without objects, no file is written."""

    def __init__(self, path: str) -> None:
        self.path = path
        self._stack = ExitStack()
        self._file: files.AtomicFile | None = None

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._stack.__exit__(kind, error, trace)

    @property
    def written(self) -> WrittenFile | None:
        """The written file, available after the block has ended; None if nothing was added."""
        return written_file(self.path, self._file) if self._file else None

    def add(self, values: Mapping[str, Any]) -> None:  # Any: what JSON can express
        """Append one object."""
        if self._file is None:
            self._file = self._stack.enter_context(files.open_atomic(self.path))
        self._file.write((json.dumps(values, ensure_ascii=False) + "\n").encode())
