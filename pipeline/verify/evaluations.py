"""Checks of an evaluation folder: the record and the result of every cell must be undamaged."""

from __future__ import annotations

from pipeline.errors import DamagedFileError
from pipeline.evaluate.cells import CELL_FOLDER
from pipeline.io import files
from pipeline.io.checked_json import read_checked
from pipeline.verify.problems import Findings

EVALUATION = "evaluation.json"


def check_evaluation(folder: str, findings: Findings) -> None:
    """Check the record and all cells."""
    for path in [
        files.join(folder, EVALUATION),
        *files.list_files(files.join(folder, CELL_FOLDER), suffix=".json"),
    ]:
        name = path[len(folder.rstrip("/")) + 1 :]
        findings.count("records")
        try:
            read_checked(path)
        except DamagedFileError as error:
            what = error.message.split(" is damaged: ", 1)[-1].rstrip(".")
            findings.add(name, what, "evaluate sets it aside and measures it again")
