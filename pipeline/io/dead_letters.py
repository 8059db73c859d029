"""Makes the dead letter of an item that failed unexpectedly, and tells the name of its error."""

from __future__ import annotations

import traceback

from pipeline.records import DeadLetter


def dead_letter_of(
    error: BaseException, *, stage: str, item_id: str, source_uri: str, source_offset: int
) -> DeadLetter:
    """Return the dead letter of an item, with the error and its traceback."""
    return DeadLetter(
        stage=stage,
        item_id=item_id,
        source_uri=source_uri,
        source_offset=source_offset,
        error=f"{type(error).__name__}: {error}",
        traceback="".join(traceback.format_exception(error)),
    )


def error_name(letter: DeadLetter) -> str:
    """Return the name of a dead letter's error, by which letters are counted."""
    return letter.error.split(":", 1)[0]
