"""Converts the answers that earlier versions of this project stored, so that they need not be paid for again.

Format 1 stored every teacher's answers by batch, without a checksum and with failures, in `cache/ab/….json`. Server
answers are rewritten one by one, so that they are found by request. Batches of teachers in this process keep their key.
Failures are left out. The file `cache/format` marks a converted folder. An interrupted conversion starts again and
overwrites files with equal content. The synthesize stage runs the conversion in one process before it works on shards.
The `replay` teacher also reads files of format 1.
"""

from __future__ import annotations

import logging
from collections.abc import Mapping
from typing import Any

from pipeline.io import files
from pipeline.io.checked_json import write_checked
from pipeline.synthesize.cache import AnswerCache, reply_of, set_aside_answers
from pipeline.synthesize.teachers.protocol import FinishReason

logger = logging.getLogger(__name__)

FORMAT = "2\n"
_SERVER_TEACHER = "openai:"
_KEY_HEX_DIGITS = 32
_FOLDERS = ("requests", "batches")


def rewrite_old_answers(folder: str) -> int:
    """Convert a `cache/` folder to the current format, and return the number of converted answers."""
    marker = files.join(folder, "format")
    if _read_marker(marker) == FORMAT:
        return 0
    num_answers = 0
    for path in files.list_files(folder, suffix=".json"):
        if _is_old(path):
            num_answers += _rewrite(path, folder)
    files.write_text(marker, FORMAT)
    if num_answers:
        logger.info("Answers of an earlier version converted in %s: %d", folder, num_answers)
    return num_answers


def old_answers(value: Any) -> tuple[str, list[Mapping[str, Any]]]:  # Any: from JSON
    """Return the teacher and the answers of a file of format 1, without failures.

    Raises:
        TypeError, LookupError, ValueError, AttributeError: the file does not have that shape.
    """
    answers = [answer for answer in value["answers"] if reply_of(answer).finish_reason is not FinishReason.ERROR]
    if not isinstance(value["teacher"], str) or not all(isinstance(answer["request"], str) for answer in answers):
        raise TypeError("a teacher or request is not a string")
    return value["teacher"], answers


def _rewrite(path: str, folder: str) -> int:
    try:
        teacher, answers = old_answers(files.read_json(path))
    except (ValueError, LookupError, TypeError, AttributeError, RecursionError) as error:
        set_aside_answers(path, error)
        return 0
    if teacher.startswith(_SERVER_TEACHER):
        cache = AnswerCache(folder=folder, teacher=teacher)
        for answer in answers:
            cache.write_answer(answer)
    elif answers:
        prefix, name = path.rsplit("/", 2)[1:]
        target = files.join(folder, "batches", prefix, name)
        write_checked(target, {"teacher": teacher, "answers": answers})
    files.remove_file(path)
    return len(answers)


def _is_old(path: str) -> bool:
    """Return whether a path has the form `cache/ab/ab….json` and is not below `requests/` or `batches/`."""
    parent, prefix, name = path.rsplit("/", 3)[1:]
    stem = name.removesuffix(".json")
    return parent not in _FOLDERS and len(prefix) == 2 and len(stem) == _KEY_HEX_DIGITS and stem.startswith(prefix)


def _read_marker(marker: str) -> str:
    if not files.exists(marker):
        return ""
    with files.open_binary(marker) as file:
        return file.read(16).decode("utf-8", "replace")
