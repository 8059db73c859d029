"""Outcomes that a person has read and approved, kept as text in `tests/approved/`.

A change that alters one shows as a diff of that file. Where the change is meant, read the diff, run

    APPROVE=1 python -m pytest THE_TEST

and commit the file with it.
"""

from __future__ import annotations

import difflib
import os
import re
from collections.abc import Sequence
from pathlib import Path

FOLDER = Path(__file__).parent / "approved"
_DECIMAL = re.compile(r"-?\d+\.\d+(?:e[-+]\d+)?")


def check_approved(name: str, lines: Sequence[str], *, relative: float = 0.0) -> None:
    """Hold lines against an approved file.

    Args:
        name: of the file.
        lines: of the outcome, without line ends.
        relative: how far a number with a decimal point may be off; machines round differently.
    """
    path = FOLDER / name
    if os.environ.get("APPROVE"):
        FOLDER.mkdir(exist_ok=True)
        path.write_text("\n".join(lines) + "\n", encoding="utf-8")
    approved = path.read_text(encoding="utf-8").splitlines()
    assert approved, f"{path} is empty"
    if len(approved) != len(lines) or not all(map(_alike, approved, lines, [relative] * len(lines))):
        diff = "\n".join(difflib.unified_diff(approved, list(lines), "approved", "now", lineterm="", n=1))
        raise AssertionError(f"The outcome is not the one approved in {path}:\n{diff}")


def _alike(approved: str, line: str, relative: float) -> bool:
    if approved == line:
        return True
    if not relative or _DECIMAL.sub("#", approved) != _DECIMAL.sub("#", line):
        return False
    pairs = zip(map(float, _DECIMAL.findall(approved)), map(float, _DECIMAL.findall(line)), strict=True)
    return all(abs(one - other) <= relative * max(abs(one), abs(other)) for one, other in pairs)
