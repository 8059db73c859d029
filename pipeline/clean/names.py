"""Personal data in file names, titles and licences: masked as in text, and told apart by a hash.

In: a printable name and the kinds to look for. Out: the name masked. Used by the ingest stage. Pure.
"""

from __future__ import annotations

from collections.abc import Sequence

from pipeline.clean.normalise import normalise_line
from pipeline.clean.personal_data import mask_personal_data

MAX_NAME_CHARS = 200
"""Titles and licences are cut to this length."""
_STANDS_FOR_UNDERSCORE = "\ue000"
"""A private-use character: no letter, digit or space to the patterns, as an underscore in a name is meant."""


def mask_name(name: str, kinds: Sequence[str]) -> str:
    """A file's name or path without personal data. An underscore parts words here, which it does not do in text."""
    masked = mask_personal_data(text=name, kinds=kinds).text
    if "_" not in masked or not any(char.isdigit() for char in masked):
        return masked
    apart = masked.replace("_", _STANDS_FOR_UNDERSCORE)
    return mask_personal_data(text=apart, kinds=kinds).text.replace(_STANDS_FOR_UNDERSCORE, "_")


def clean_line(text: str, kinds: Sequence[str]) -> str:
    """A title or licence: one normalised line, masked as the text is, of at most 200 characters."""
    return mask_personal_data(text=normalise_line(text), kinds=kinds).text[:MAX_NAME_CHARS].rstrip()
