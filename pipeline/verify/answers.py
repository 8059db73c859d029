"""Checks the teacher's answers in `cache/`: all files must be undamaged.

A file in `cache/requests/` must also be named after the request that it answers.

Answer files of format 1 are in `cache/ab/` (two hexadecimal digits) and have no checksum; the next synthesize stage
rewrites them. Such a file counts as damaged if its content is not a JSON object.
"""

from __future__ import annotations

import json

from pipeline.errors import DamagedFileError
from pipeline.io import files
from pipeline.io.checked_json import read_checked
from pipeline.io.layout import BuildFolder
from pipeline.synthesize.cache import request_path
from pipeline.verify.problems import Findings

_NEXT = "the next build sets it aside and asks the teacher again for the answers that it needs"
_REQUESTS, _BATCHES = "requests/", "batches/"


def check_answers(folder: BuildFolder, findings: Findings) -> None:
    """Check every answer file in the cache."""
    for path in files.list_files(folder.cache, suffix=".json"):
        findings.count("cache files")
        if is_damaged_answer(folder, path):
            findings.add(folder.relative(path), "is damaged", _NEXT)


def is_damaged_answer(folder: BuildFolder, path: str) -> bool:
    """Return whether a cache file is damaged, or is in `requests/` under the name of a different request."""
    name = path[len(folder.cache) + 1 :]
    if not name.startswith((_REQUESTS, _BATCHES)):
        return not _is_json_object(path)
    try:
        value = read_checked(path)
        if name.startswith(_REQUESTS):
            (answer,) = value["answers"]
            return request_path(folder.cache, value["teacher"], answer["request"]) != path
    except (DamagedFileError, LookupError, TypeError, ValueError):
        return True
    return False


def _is_json_object(path: str) -> bool:
    try:
        return isinstance(files.read_json(path), dict)
    except (json.JSONDecodeError, UnicodeDecodeError, RecursionError):
        return False
