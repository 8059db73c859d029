"""The rules that each domain sets for cleaning, headings, versions and related documents.

A domain's grammar is in `documents.grammar.domains`; the questions about its documents are in `synthesize.tasks`.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum

from pipeline.domains.quality_rules import PROSE, QualityRules


class HeadingStyle(Enum):
    """Which lines can be headings."""

    MARKED = "marked"
    """Only lines that the file format marks as headings, or that are underlined."""
    LEGAL = "legal"
    """Articles, sections, schedules, parts of judgments."""
    MANUAL = "manual"
    """Chapters, numbered titles, short lines above text."""
    DIALOGUE = "dialogue"
    """Agenda items, scenes."""
    NONE = "none"


class Removed(Enum):
    """Which boilerplate is removed from documents of a domain."""

    NONE = "none"
    NOTICES = "notices"
    """Notices, page numbers, print lines and menus. Disclaimers and addresses are part of contracts."""
    FOOTERS = "footers"
    """Notices, page numbers and print lines, and the sender's address beside a notice. Short lines are speech."""
    ALL = "all"
    """Also disclaimers, letterheads and revision lines."""


class RelatedBy(Enum):
    """What related documents have in common; such documents may be joined."""

    NONE = "none"
    CASE = "case"
    """The case number."""
    THREAD = "thread"
    """The subject of a thread, or the name of a file series."""
    FOLDER = "folder"
    """The manual's folder."""


@dataclass(frozen=True, slots=True, kw_only=True)
class DomainRules:
    """The rules of one domain."""

    order: int
    """The position of the domain in lists and reports."""
    headings: HeadingStyle = HeadingStyle.MARKED
    related_by: RelatedBy = RelatedBy.NONE
    asked_like: str = "manual"
    """The domain whose prompts the written tasks use if a language has no prompts for this domain."""
    is_code: bool = False
    """Whether documents are source code, which is cut at definitions, compared case-sensitively, titled by file name,
    and related by repository."""
    keeps_tabs: bool = False
    boilerplate: Removed = Removed.ALL
    quality: QualityRules = PROSE
    """What documents must satisfy so that they do not count as junk. Speech and code may repeat themselves."""
    keeps_versions: bool = False
    """Whether near duplicates that differ in numbers, dates or names are separate documents by default. Two leases made
    from one form, for example, are separate documents."""
