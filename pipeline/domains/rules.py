"""What depends on the kind of a document, apart from its grammar: cleaning, headings, versions, relatives.

The grammar of a domain is in `documents.grammar.domains`, the questions asked of it in `synthesize.tasks`.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum


class HeadingStyle(Enum):
    """Which lines can be headings."""

    MARKED = "marked"
    """Only those that their format marks or underlines."""
    LEGAL = "legal"
    """Articles, sections, schedules, parts of judgments."""
    MANUAL = "manual"
    """Chapters, numbered titles, short lines above text."""
    DIALOGUE = "dialogue"
    """Items of an agenda, scenes."""
    NONE = "none"


class RelatedBy(Enum):
    """What the relatives of a document share, by which it may be joined with them."""

    NONE = "none"
    CASE = "case"
    """The number of a case."""
    THREAD = "thread"
    """The subject of a thread, or the name of a series of files."""
    FOLDER = "folder"
    """The folder of a manual."""


@dataclass(frozen=True, slots=True, kw_only=True)
class DomainRules:
    """The rules of one domain."""

    order: int
    """Its place in lists and pages."""
    headings: HeadingStyle = HeadingStyle.MARKED
    related_by: RelatedBy = RelatedBy.NONE
    is_code: bool = False
    """Source code: cut at definitions, compared with its letter case, titled by its file's name."""
    keeps_tabs: bool = False
    is_prose: bool = True
    """Whether the quality filters for prose apply: speech and code may repeat themselves."""
    keeps_versions: bool = False
    """Whether near duplicates that differ in numbers, dates or names are documents of their own, if the recipe does not
    say otherwise: two leases of one form are."""
