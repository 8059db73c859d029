"""Rules for mentions of provisions: which numbers a sentence cites, and whose numbers they are.

A language finds the mentions in a text; `synthesize.structural.references` looks their keys up in the outline.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from enum import StrEnum


class Whose(StrEnum):
    """The document or part whose numbers a mention uses."""

    HERE = "here"
    """The text around the mention, since nothing else is said."""
    OWN = "own"
    """This document, in its own words: of this Agreement, 이 법."""
    RELATIVE = "relative"
    """The provision around the mention: paragraph (a) of this section, 제2항."""
    ORIGINAL = "original"
    """The text that an amendment changes."""
    NAMED = "named"
    """A part of this file or another document, by its name."""
    FOREIGN = "foreign"
    """Certainly another law or document."""
    UNCLEAR = "unclear"


@dataclass(frozen=True, slots=True)
class CitedNumber:
    """One number of a mention."""

    key: str
    """The number in the form that `ReferenceRules.key` gives to labels."""
    ends_range: bool = False
    """Whether everything from the number before it up to this one is meant."""


@dataclass(frozen=True, slots=True)
class Mention:
    """A mention of provisions: `text[start:end]`, which includes the name of their law."""

    start: int
    end: int
    numbers: tuple[CitedNumber, ...]
    whose: Whose
    name: str = ""
    """The name of the part or document, for `NAMED` and `FOREIGN`; may be empty."""
    start_of_number: int = 0
    continues: bool = False
    """Whether it continues the list of the mention before."""
    is_weak: bool = False
    """Whether it counts as a mention only if a provision has this number."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ReferenceRules:
    """Rules for mentions of provisions."""

    find: Callable[[str], Iterator[Mention]]
    """All mentions of a text, in order."""
    key: Callable[[str], str]
    """The key of a label. Labels with the same meaning have the same key, and the key of an inner provision
    begins with the key of the outer one."""
    others: Callable[[str], tuple[str, ...]]
    """Other keys that a mention may mean, in order: clause 4 for Section 4."""
    outer: Callable[[str], str]
    """The key of the provision around the one with this key; empty if it has none."""
    is_other: Callable[[str], bool]
    """Whether a name that no part has is certainly the name of another document."""
    share_behind: re.Pattern[str] | None = None
    """Words after a number that select some of its sentences (본문, 단서), so the number alone would say too much."""
    own_part: frozenset[str] = frozenset()
    """Openings of keys that count inside the part they are used in: `paragraph`."""
    written: Callable[[str], str]
    """A key in the form that an answer uses."""
    range_name: Callable[[str, str], str]
    """The name of a range of provisions, from the names of its two ends."""
    holders: Callable[[str], tuple[str, ...]] = lambda key: ()
    """Keys of what may hold a provision, by the dots of its number: Article 4 and Section 4 for 4.2."""
    part_line: re.Pattern[str] | None = None
    """A whole line that opens an annexed part; a group `name` holds its name: `Appendix B`."""
    part_mention: re.Pattern[str] | None = None
    """Pattern to find a mention of an annexed part, a chapter or a comment by its letter or number."""
