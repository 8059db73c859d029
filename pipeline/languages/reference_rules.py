"""The types of the rules for mentions of provisions: which numbers a text cites, and which document they belong to.

A language finds the mentions in a text; `synthesize.structural.resolving` looks up their keys in the outline. A key is
a label in a normal form, such as `section4.1(a)` for both `Section 4.1(a)` and `clause 4.1(a)`.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from enum import StrEnum


class Whose(StrEnum):
    """The document or part that the numbers of a mention belong to."""

    HERE = "here"
    """The document or part that contains the mention, because the text names no other."""
    OWN = "own"
    """This document, which the text names explicitly: `of this Agreement`, 이 법."""
    RELATIVE = "relative"
    """The provision around the mention: `paragraph (a) of this section`, 제2항."""
    ORIGINAL = "original"
    """The text that an amendment changes."""
    NAMED = "named"
    """A document that the text names. It may be a part of this file."""
    FOREIGN = "foreign"
    """Certainly a different law or document."""
    UNCLEAR = "unclear"


@dataclass(frozen=True, slots=True)
class CitedNumber:
    """One number of a mention."""

    key: str
    """The number in the form that `ReferenceRules.key` returns for labels."""
    ends_range: bool = False
    """Whether the number ends a range that begins with the number before it."""


@dataclass(frozen=True, slots=True)
class Mention:
    """A mention of one or more provisions in `text[start:end]`, which may include the name of their law."""

    start: int
    end: int
    numbers: tuple[CitedNumber, ...]
    whose: Whose
    name: str = ""
    """The name of the part or document, if the text gives one. `NAMED` and `FOREIGN` use it."""
    start_of_number: int = 0
    """Where the first number begins."""
    continues: bool = False
    """Whether the mention continues the list of the mention before it."""
    is_weak: bool = False
    """Whether the mention counts only if a provision has this number."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ReferenceRules:
    """Rules for mentions of provisions."""

    find: Callable[[str], Iterator[Mention]]
    """Yields all mentions in a text, in order."""
    key: Callable[[str], str]
    """Returns the key of a label. Labels with the same meaning have the same key, and the key of an inner provision
    begins with the key of the provision around it."""
    others: Callable[[str], tuple[str, ...]]
    """Returns the other keys that a mention with this key may mean, in the order to try: § 4 for Section 4."""
    outer: Callable[[str], str]
    """Returns the key of the next outer provision: `section4.1` for `section4.1(a)`; empty if the key contains none."""
    is_other: Callable[[str], bool]
    """Returns whether a name, which no part of this file has, is certainly the name of a different document."""
    share_behind: re.Pattern[str] | None = None
    """Matches words after a number that select some of the provision's sentences (본문, 단서), in which case the number
    alone is not an exact answer."""
    own_part: frozenset[str] = frozenset()
    """The beginnings of keys that are looked up first in the part that contains the mention: `paragraph`. If that part
    does not have the number, the number belongs to the main part."""
    written: Callable[[str], str]
    """Returns a key in the form that an answer uses."""
    range_name: Callable[[str, str], str]
    """Returns the name of a range of provisions, from the names of its two ends."""
    holders: Callable[[str], tuple[str, ...]] = lambda key: ()
    """Returns the keys of the provisions that may contain a provision with a dotted number: Article 4 and Section 4 for
    4.2."""
    part_line: re.Pattern[str] | None = None
    """Matches a whole line that begins an annexed part; the group `name` holds the part's name: `Appendix B`."""
    part_mention: re.Pattern[str] | None = None
    """Finds a mention of an annexed part, a chapter or a comment: `Appendix B`, `this annex`, 별표."""
