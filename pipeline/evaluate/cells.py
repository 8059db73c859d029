"""Defines the cells of an evaluation, one for each model, task and length, and stores their results on disk.

A cell contains the fingerprint of everything that its result depends on. A stored result is returned only for a cell
with the same fingerprint. Used by the modules of this package, the command line and `verify.run`. Does not import
torch, so that the command line, which needs `EvaluationTask`, starts quickly.
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
    """Fingerprint of the model files, tokens or prompts, number type, device, code, and versions of the libraries."""


@dataclass(frozen=True, slots=True)
class CellResult:
    """The result of one measurement."""

    cell: Cell
    seconds: float
    values: Mapping[str, Any]
    """For perplexity, `nll`: the list of token losses of each window. For passkey, `trials`: one object per prompt."""


class CellStore:
    """The results in an evaluation folder, `cells/*.json`."""

    def __init__(self, output: str) -> None:
        self._folder = files.join(output, CELL_FOLDER)

    def load(self, cell: Cell) -> CellResult | None:
        """Return the result of a cell; None if the result is missing, is damaged, or has a different fingerprint.

        A damaged file is renamed, so that it is kept.
        """
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
        """Write the result of a cell atomically, which marks the cell as finished."""
        write_checked(
            self._path(result.cell),
            {"fingerprint": result.cell.fingerprint, "seconds": result.seconds, "values": result.values},
        )

    def _path(self, cell: Cell) -> str:
        return files.join(self._folder, f"{cell.role.value}-{cell.task.value}-{cell.length:07d}.json")
