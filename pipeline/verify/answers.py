"""The teacher's answers in `cache/`: each file is what was written, under the name of the request it answers.

Files of format 1, which stand directly in `cache/ab/`, have no checksum; the next synthesize stage rewrites them. They
are damaged where they are no whole JSON object.
"""

from __future__ import annotations

import json

from pipeline.errors import DamagedFileError
from pipeline.io import files
from pipeline.io.checked_json import read_checked
from pipeline.io.layout import BuildFolder
from pipeline.synthesize.cache import request_path
from pipeline.verify.problems import Findings

_NEXT = "the next build sets it aside, and asks again where it needs the answers"
_REQUESTS, _BATCHES = "requests/", "batches/"


def check_answers(folder: BuildFolder, findings: Findings) -> None:
    """Read every file of the cache."""
    for path in files.list_files(folder.cache, suffix=".json"):
        findings.count("cache files")
        if is_damaged_answer(folder, path):
            findings.add(folder.relative(path), "is not what was written", _NEXT)


def is_damaged_answer(folder: BuildFolder, path: str) -> bool:
    """Whether a file of the cache holds something else than was written under its name."""
    name = path[len(folder.cache) + 1 :]
    if not name.startswith((_REQUESTS, _BATCHES)):
        return not _is_object(path)
    try:
        value = read_checked(path)
        if name.startswith(_REQUESTS):
            (answer,) = value["answers"]
            return request_path(folder.cache, value["teacher"], answer["request"]) != path
    except (DamagedFileError, LookupError, TypeError, ValueError):
        return True
    return False


def _is_object(path: str) -> bool:
    try:
        return isinstance(files.read_json(path), dict)
    except (json.JSONDecodeError, UnicodeDecodeError, RecursionError):
        return False
