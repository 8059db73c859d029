"""Selects the entries of a manual that can be asked about: options, terms, codes, and questions with their answers.

Takes a `Manual`; returns an `EntryList`. Used by the tasks `entry` and `passage`.
"""

from __future__ import annotations

import re
from collections import Counter
from dataclasses import dataclass
from functools import cache

from pipeline.documents.grammar.note_words import note_words
from pipeline.languages import any_of
from pipeline.nodes import Node, NodeKind
from pipeline.synthesize.structural.manuals import Manual
from pipeline.synthesize.structural.prose import announcing

_NUMBER = re.compile(
    r"[\d.,\s#-]+$|(?=\d[^\n]*[,&\s]\d)(?:[\d.,\s#&/§()+;–-]|(?<![^\W\d_])[^\W\d_]{1,3}(?![^\W\d_]))+$"
)
"""A number, or several, in place of a term: in a list of changes, the sections that changed."""
_NUMBERED = re.compile(r"[^\W\d_] \d{1,3}(?:\.\d{1,3})* [^\W\d_]|^[a-z]+ \d{1,3}(?:\.\d{1,3})+$")
"""A number between words, or a dotted one after a word: a section of a different document, such as `RFC 12 Names`."""
_QUOTES = "'\"`"


@dataclass(frozen=True, slots=True)
class EntryList:
    """The entries of one manual."""

    manual: Manual
    every: tuple[Node, ...]
    """All entries, including those that are not asked about."""
    asked: tuple[Node, ...]
    """The entries that can be asked about: not notes, numbers, tables of contents or the like."""
    counts: Counter[str]
    """The number of asked entries by term, in lower case."""
    counts_per_section: Counter[tuple[int, str]]
    """The number of asked entries by the start of their section and their term."""

    def count(self, entry: Node) -> int:
        """Return how many asked entries have the term of the given entry."""
        return self.counts[_key(entry)]

    def is_ambiguous(self, entry: Node) -> bool:
        """Return whether no question can identify an entry, by its term alone or by its term and the section's name."""
        section = self.manual.section_of(entry)
        return self.count(entry) > 1 and (not section.name or self.counts_per_section[section.start, _key(entry)] > 1)


def list_entries(manual: Manual) -> EntryList:
    """Return the entries of a manual."""
    titles = frozenset(section.title.casefold() for section in manual.sections if section.title)
    every = manual.of_kind(NodeKind.ENTRY)
    asked = [
        entry
        for entry in every
        if not _is_aside(entry)
        and (not _NUMBER.match(entry.label) or is_about_codes(manual.section_of(entry).title))
        and not _NUMBERED.search(entry.label)
        and not announcing().search(entry.label)
        and not (entry.label[0] in _QUOTES and entry.label.count(entry.label[0]) == 1)
        and not _is_contents(manual, entry, titles)
    ]
    return EntryList(
        manual=manual,
        every=tuple(every),
        asked=tuple(asked),
        counts=Counter(_key(entry) for entry in asked),
        counts_per_section=Counter((manual.section_of(entry).start, _key(entry)) for entry in asked),
    )


def is_about_codes(title: str) -> bool:
    """Return whether a section with this title explains codes, such as error codes."""
    return _code_titles().search(title) is not None


def _is_contents(manual: Manual, entry: Node, titles: frozenset[str]) -> bool:
    """Return whether an entry is part of a table of contents: each line of its text is a heading of the document."""
    lines = [line.strip(" :*-\t") for line in manual.text[entry.body : entry.end].split("\n")]
    given = [line for line in lines if line]
    return bool(given) and all(" ".join(line.split()).casefold() in titles for line in given)


def _key(entry: Node) -> str:
    return entry.label.casefold()


def _is_aside(entry: Node) -> bool:
    """Return whether an entry is a note written as a list item: `- Note: …`."""
    return _aside().fullmatch(entry.label) is not None


@cache
def _code_titles() -> re.Pattern[str]:
    return re.compile(any_of(lambda rules: rules.manual.code_titles))


@cache
def _aside() -> re.Pattern[str]:
    return re.compile(note_words(), re.IGNORECASE)
