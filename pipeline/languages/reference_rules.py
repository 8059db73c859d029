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
    """Nothing is said: that of the text around it."""
    OWN = "own"
    """This document, by its own words: of this Agreement, 이 법."""
    RELATIVE = "relative"
    """The provision around it: paragraph (a) of this section, 제2항."""
    ORIGINAL = "original"
    """What an amendment changes."""
    NAMED = "named"
    """A part of this file or another document, by its name."""
    FOREIGN = "foreign"
    """Another law or document for certain."""
    UNCLEAR = "unclear"


@dataclass(frozen=True, slots=True)
class CitedNumber:
    """One number of a mention."""

    key: str
    """As `ReferenceRules.key` writes labels."""
    ends_range: bool = False
    """Everything from the number before it up to this one is meant."""


@dataclass(frozen=True, slots=True)
class Mention:
    """A mention of provisions: `text[start:end]`, the name of their law included."""

    start: int
    end: int
    numbers: tuple[CitedNumber, ...]
    whose: Whose
    name: str = ""
    """Of the part or document, for `NAMED` and `FOREIGN`; may be empty."""
    start_of_number: int = 0
    continues: bool = False
    """It goes on with the list of the mention before."""
    is_weak: bool = False
    """It may be no mention at all, if no provision has this number."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ReferenceRules:
    """Mentions of provisions."""

    find: Callable[[str], Iterator[Mention]]
    """All mentions of a text in order."""
    key: Callable[[str], str]
    """What labels that mean the same have in common; that of an inner provision begins with that of the outer one."""
    others: Callable[[str], tuple[str, ...]]
    """Other keys that a mention may mean, in order: clause 4 for Section 4."""
    outer: Callable[[str], str]
    """The key of the provision around the one with this key; empty if there is none."""
    is_other: Callable[[str], bool]
    """Whether a name that no part has is certainly that of another document."""
    share_behind: re.Pattern[str] | None = None
    """Behind a number: which of its sentences is meant (본문, 단서), so that the number alone says too much."""
    own_part: frozenset[str] = frozenset()
    """Openings of keys that count in the part they are used in: `paragraph`."""
    written: Callable[[str], str]
    """A key as an answer names it."""
    range_name: Callable[[str, str], str]
    """What the provisions from one to another are called, by the names of both."""
    holders: Callable[[str], tuple[str, ...]] = lambda key: ()
    """Keys of what may hold a provision by the points of its number: of 4.2 those of Article 4 and Section 4."""
    part_line: re.Pattern[str] | None = None
    """A whole line that opens an annexed part; a group `name` holds its name: `Appendix B`."""
    part_mention: re.Pattern[str] | None = None
    """Finds an annexed part, a chapter or a comment that is mentioned by its letter or number."""
