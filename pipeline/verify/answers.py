"""The teacher's answers in `cache/`: checked JSON, or files that an earlier version wrote without a checksum."""

from __future__ import annotations

import json

from pipeline.errors import DamagedFileError
from pipeline.io import files
from pipeline.io.checked_json import CHECKSUM, read_checked
from pipeline.io.layout import BuildFolder
from pipeline.verify.problems import Findings

_NEXT = "the next build sets it aside, and asks again where it needs the answers"


def check_answers(folder: BuildFolder, findings: Findings) -> None:
    """Read every file of the cache."""
    for path in files.list_files(folder.cache, suffix=".json"):
        findings.count("cache files")
        if is_damaged_answer(path):
            findings.add(folder.relative(path), "is not what was written", _NEXT)


def is_damaged_answer(path: str) -> bool:
    """Whether a file of the cache is neither what was written nor a whole file of an earlier version."""
    try:
        read_checked(path)
    except DamagedFileError:
        return not _is_unchecked_object(path)
    return False


def _is_unchecked_object(path: str) -> bool:
    with files.open_binary(path) as file:
        data = file.read()
    try:
        value = json.loads(data)
    except (ValueError, RecursionError):
        return False
    return isinstance(value, dict) and CHECKSUM not in value
