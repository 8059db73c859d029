"""Stores the results of forward tasks, one file for each cell: one model, task, variant and length.

A cell contains the fingerprint of everything that its result depends on. A stored result is returned only for a cell
with the same fingerprint. Used by `evaluate.run` and `verify.run`. Does not import torch.
"""

from __future__ import annotations

import logging
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from pipeline.errors import DamagedFileError
from pipeline.evaluate.task import ForwardCell
from pipeline.io import files
from pipeline.io.checked_json import read_checked, write_checked

logger = logging.getLogger(__name__)

CELL_FOLDER = "cells"
"""Folder inside the evaluation folder."""
_FINGERPRINT_CHARS = 12


@dataclass(frozen=True, slots=True)
class CellResult:
    """The result of one measurement."""

    cell: ForwardCell
    seconds: float
    values: Mapping[str, Any]
    """What the task's `measure` returned."""


class CellStore:
    """The results of one forward task and one model in an evaluation folder, `cells/*.json`."""

    def __init__(self, output: str, *, task: str, model: str) -> None:
        """Open the store.

        Args:
            output: the evaluation folder.
            task: the name of the task.
            model: the short name of the model's reference. It may be that of other models too, because the name of a
                file also has a part of the fingerprint; a subject's name depends on the other subjects.
        """
        self._folder = files.join(output, CELL_FOLDER)
        self._stem = f"{model}-{task}"

    def load(self, cell: ForwardCell, fingerprint: str) -> CellResult | None:
        """Return the result of a cell; None if the result is missing, is damaged, or has a different fingerprint.

        A damaged file is renamed, so that it is kept.
        """
        path = self._path(cell, fingerprint)
        if not files.exists(path):
            return None
        try:
            stored = read_checked(path)
        except DamagedFileError as error:
            logger.warning("%s It is kept as %s and measured again.", error.message, files.set_aside(path))
            return None
        if stored["fingerprint"] != fingerprint:
            return None
        return CellResult(cell=cell, seconds=stored["seconds"], values=stored["values"])

    def save(self, result: CellResult, fingerprint: str) -> None:
        """Write the result of a cell atomically, which marks the cell as finished."""
        write_checked(
            self._path(result.cell, fingerprint),
            {"fingerprint": fingerprint, "seconds": result.seconds, "values": result.values},
        )

    def _path(self, cell: ForwardCell, fingerprint: str) -> str:
        variant = f"-{cell.variant}" if cell.variant else ""
        name = f"{self._stem}{variant}-{cell.length:07d}-{fingerprint[:_FINGERPRINT_CHARS]}.json"
        return files.join(self._folder, name)
