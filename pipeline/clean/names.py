"""Mask personal data in file names, titles and licences, as in text.

In: a printable name and the kinds to look for. Out: the masked name. Used by the ingest stage. Pure.
"""

from __future__ import annotations

from collections.abc import Sequence

from pipeline.clean.normalise import normalise_line
from pipeline.clean.personal_data import mask_personal_data

MAX_NAME_CHARS = 200
"""Longest title or licence; longer ones are cut."""
_STANDS_FOR_UNDERSCORE = "\ue000"
"""A private-use character. Patterns do not take it for a letter, digit or space, so it separates words as an underscore
in a name does."""


def mask_name(name: str, kinds: Sequence[str]) -> str:
    """Return a file's name or path without personal data. An underscore separates words here, unlike in text."""
    masked = mask_personal_data(text=name, kinds=kinds).text
    if "_" not in masked or not any(char.isdigit() for char in masked):
        return masked
    apart = masked.replace("_", _STANDS_FOR_UNDERSCORE)
    return mask_personal_data(text=apart, kinds=kinds).text.replace(_STANDS_FOR_UNDERSCORE, "_")


def clean_line(text: str, kinds: Sequence[str]) -> str:
    """Return a title or licence as one normalised line of at most 200 characters, masked as the text is."""
    return mask_personal_data(text=normalise_line(text), kinds=kinds).text[:MAX_NAME_CHARS].rstrip()
