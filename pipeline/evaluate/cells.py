"""The cells of an evaluation, one for each model, task and length, and their results on disk.

Takes a cell and the fingerprint of everything that its result depends on. Returns the result, if an earlier run
measured the same cell. Does not import torch, because the command line reads `EvaluationTask`.
"""

from __future__ import annotations

import logging
from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from pipeline.errors import DamagedFileError
from pipeline.io import files
from pipeline.io.checked_json import read_checked, write_checked

logger = logging.getLogger(__name__)

CELL_FOLDER = "cells"
"""Folder inside the evaluation folder."""


class EvaluationTask(StrEnum):
    """The tasks that an evaluation can measure."""

    PERPLEXITY = "perplexity"
    PASSKEY = "passkey"


class Role(StrEnum):
    """Which of the two models a cell measures."""

    BASE = "base"
    TUNED = "tuned"


@dataclass(frozen=True, slots=True)
class Cell:
    """One measurement, which is not repeated while its fingerprint is unchanged."""

    role: Role
    task: EvaluationTask
    length: int
    fingerprint: str
    """Fingerprint of the model files, tokens or prompts, settings and code."""


@dataclass(frozen=True, slots=True)
class CellResult:
    """The result of one measurement."""

    cell: Cell
    seconds: float
    values: Mapping[str, Any]
    """`nll`: one list per window (perplexity); `trials`: one object per prompt (passkey)."""


class CellStore:
    """The results in an evaluation folder, `cells/*.json`."""

    def __init__(self, output: str) -> None:
        self._folder = files.join(output, CELL_FOLDER)

    def load(self, cell: Cell) -> CellResult | None:
        """Return the result of a cell; None if the result is missing, is damaged, or has a different fingerprint."""
        path = self._path(cell)
        if not files.exists(path):
            return None
        try:
            stored = read_checked(path)
        except DamagedFileError as error:
            logger.warning("%s It is kept as %s and measured again.", error.message, files.set_aside(path))
            return None
        if stored["fingerprint"] != cell.fingerprint:
            return None
        return CellResult(cell=cell, seconds=stored["seconds"], values=stored["values"])

    def save(self, result: CellResult) -> None:
        """Write the result of a cell atomically; the cell is then finished."""
        write_checked(
            self._path(result.cell),
            {"fingerprint": result.cell.fingerprint, "seconds": result.seconds, "values": result.values},
        )

    def _path(self, cell: Cell) -> str:
        return files.join(self._folder, f"{cell.role.value}-{cell.task.value}-{cell.length:07d}.json")
