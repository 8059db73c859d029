"""The rules of a domain, apart from its grammar: cleaning, headings, versions and related documents.

`documents.grammar.domains` holds the grammar of a domain, `synthesize.tasks` the questions about it.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum


class HeadingStyle(Enum):
    """Which lines can be headings."""

    MARKED = "marked"
    """Only lines that the format marks or underlines."""
    LEGAL = "legal"
    """Articles, sections, schedules, parts of judgments."""
    MANUAL = "manual"
    """Chapters, numbered titles, short lines above text."""
    DIALOGUE = "dialogue"
    """Items of an agenda, scenes."""
    NONE = "none"


class RelatedBy(Enum):
    """What related documents share, so that they may be joined."""

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
    asked_like: str = "manual"
    """The domain whose prompts the written tasks use if a language has none for this one."""
    is_code: bool = False
    """Whether it is source code, which is cut at definitions, compared case-sensitively and titled by its file name."""
    keeps_tabs: bool = False
    is_prose: bool = True
    """Whether the quality filters for prose apply; they do not fit speech and code, which may repeat themselves."""
    keeps_versions: bool = False
    """Whether near duplicates that differ in numbers, dates or names are separate documents, unless the recipe says
    otherwise: two leases made from one form are."""
