"""The type of the rules that show which of several duplicates a person would keep."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True, kw_only=True)
class StandingRules:
    """Words in names and texts that show how a document stands among its duplicates.

    The words of all languages apply to every document. All strings are patterns that are searched in lower-case text.
    A pattern is quick if each of its alternatives begins with a plain letter (see `whole_words`): `re` then skips to
    the next place where one can begin. Patterns of names are searched in file names, folder names and titles; patterns
    of lines in the short lines at both ends of a text, one line at a time.
    """

    draft_name: str = ""
    """A draft, a template, or a text for review."""
    final_name: str = ""
    signed_name: str = ""
    copy_name: str = ""
    original_name: str = ""
    backup_name: str = ""
    """A backup or an archive."""
    superseded_name: str = ""
    current_name: str = ""
    """A text that is in force, or that contains its amendments."""
    scan_name: str = ""
    draft_line: str = ""
    copy_line: str = ""
    superseded_line: str = ""
    current_line: str = ""
    forward_line: str = ""
    """The line above a forwarded mail, or the subject of a forwarded mail; matched at the start of a line, behind
    dashes."""
    cut_end: str = ""
    """A note in the last line which says that the rest is missing."""
    unfinished_end: str = ""
    """A word that cannot be the last word of a text."""
    signature: str = ""
    """A signature that was given, such as a name before a seal."""
    blank: str = ""
    """A placeholder for a fact that is not filled in."""
    garbled: tuple[str, ...] = ()
    """Characters that only a bad scan or a wrong encoding puts next to each other. Not in lower case: searched in the
    text as it is."""
    revision_label: str = ""
    """Words beside the date from which a text is valid, or on which it was changed."""
    version_label: str = ""
    """A version with its number in the group `major`, and maybe `minor`; or with an ordinal in the group `ordinal`."""
    ordinals: Mapping[str, int] = field(default_factory=dict)
    """The numbers that the group `ordinal` of `version_label` can have."""
    dates: tuple[str, ...] = ()
    """Patterns of dates with a year: the groups `year`, `month`, and maybe `day`."""
    months: Mapping[str, int] = field(default_factory=dict)
    """The numbers of the month names that the group `month` can have."""


def whole_words(words: Iterable[str]) -> str:
    """Return a pattern of words that no letter touches; digits and underscores may.

    Args:
        words: patterns that each begin with a plain letter.
    """
    return "|".join(rf"{word[0]}(?<![^\W\d_].){word[1:]}(?![^\W\d_])" for word in words)
