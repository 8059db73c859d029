"""The placeholders that stand for masked personal data, such as `[PHONE-1]`: how they are written and recognised.

`clean.personal_data` writes them. The grammars accept them as names of speakers, and no synthesis task asks about a
value that contains one. This is the only definition.
"""

from __future__ import annotations

import re

from pipeline.config.build import PersonalData

PSEUDONYM = rf"\[(?:{'|'.join(sorted(kind.value.upper() for kind in PersonalData))})-[1-9]\d{{0,8}}\]"
"""A pattern without groups that matches one placeholder."""

_PSEUDONYM = re.compile(PSEUDONYM)
_PARTS = re.compile(rf"(?=({PSEUDONYM}))\[(?P<kind>[A-Z_]+)-(?P<number>\d+)\]")


def pseudonym(kind: str, number: int) -> str:
    """Return the placeholder of a kind's value with a number in its document: `[PHONE-1]`."""
    return f"[{kind.upper()}-{number}]"


def is_pseudonym(text: str) -> bool:
    """Return whether a text is one placeholder and nothing else."""
    return _PSEUDONYM.fullmatch(text) is not None


def has_pseudonym(text: str) -> bool:
    """Return whether personal data was masked in a text."""
    return _PSEUDONYM.search(text) is not None


def number_of(placeholder: str) -> int:
    """Return the number in a placeholder."""
    return int(placeholder[placeholder.rindex("-") + 1 : -1])


def pseudonyms_in(text: str) -> set[tuple[str, int]]:
    """Return the kind and number of every placeholder in a text."""
    if "[" not in text:
        return set()
    return {(match["kind"].lower(), int(match["number"])) for match in _PARTS.finditer(text)}


def without_numbers(text: str) -> str:
    """Return a text of the same length whose placeholders have no number, for comparing texts of two documents."""
    return _PSEUDONYM.sub(_blanked, text) if "[" in text else text


def _blanked(match: re.Match[str]) -> str:
    name, _, number = match.group().partition("-")
    return f"{name}{' ' * len(number)}]"


def without_pseudonyms(text: str) -> str:
    """Return a text without its placeholders, so that their names are not taken for words of the document."""
    return _PSEUDONYM.sub("", text) if "[" in text else text
