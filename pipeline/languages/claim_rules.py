"""The types of the rules for the parts of a judgment that report the claims of its two sides."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum


class Side(StrEnum):
    """The two sides of a case."""

    CLAIMING = "claiming"
    OPPOSING = "opposing"


@dataclass(frozen=True, slots=True)
class ClaimPart:
    """What a heading says about the part below it."""

    side: Side
    party: str
    """The party as the heading names it, in the form used in a table: `Plaintiff`."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ClaimRules:
    """Rules for headings above the claims of one side."""

    read_heading: Callable[[str], ClaimPart | None]
    """Returns whose claims stand below a heading; None unless the whole heading says that and nothing else. A heading
    of what the court thinks of a claim is none: 피고의 주장에 대한 판단."""
    side_column: str
    """The header of the column of parties in a table."""
    claims_column: str
    """The header of the column of claims in a table."""
