"""Sentences that answer a question about something that a document does not have, and names that documents often have.

Used by the tasks `absent_…`. The sentences are functions, because a language may attach particles to the names in them.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True, kw_only=True)
class AbsenceRules:
    """How a language says that something is absent and what the document has instead."""

    provision: Callable[[str, str, str], str]
    """Takes a label, and the first and the last provision of its numbering."""
    term: Callable[[str, Sequence[str]], str]
    """Takes a term, and terms that the document defines."""
    entry: Callable[[str, Sequence[str]], str]
    """Takes the name of an option, code or term, and names that the document describes."""
    function: Callable[[str, str, Sequence[str]], str]
    """Takes a file, the name of a function, and functions of that file."""
    time: Callable[[str, str, str, str], str]
    """Takes a speaker, a time, and the times at which the speaker speaks before and after it."""
    speaker: Callable[[str, Sequence[str]], str]
    """Takes a name, and everyone who speaks."""
    head_field: Callable[[str, Sequence[str]], str]
    """Takes the name of a field at the head of a document, and fields that it has."""
    section: Callable[[str, Sequence[str]], str]
    """Takes the title of a section, and titles of sections that the document has."""
    item: Callable[[str, str, str], str]
    """Takes the number of an item, the title of the section with its list, and the number of the last item."""
    split_person: Callable[[str], tuple[str, str] | None] = field(default=lambda name: None)
    """Returns the family name and the given name, if the language writes them without a space."""
    terms: tuple[str, ...] = ()
    """Terms that legal texts often define."""
    people: tuple[str, ...] = ()
    """Names of people."""
    roles: tuple[str, ...] = ()
    """What speakers are called instead of by a name."""
    fields: tuple[tuple[tuple[str, ...], tuple[str, ...]], ...] = ()
    """For each sort of document, such as rulings: fields that tell that a head is one of this sort, and other fields
    that such heads often have. None of these may mean the same as one of those."""
    topics: tuple[str, ...] = ()
    """Titles of sections that manuals of every sort often have."""
    topics_by_sort: tuple[tuple[re.Pattern[str], tuple[str, ...]], ...] = ()
    """For each sort of manual, such as that of a device: finds words of such texts, and titles of sections that they
    often have."""
    swaps: tuple[tuple[str, str], ...] = ()
    """A word in a section's title, and the word that makes it the title of a related section: Installing, Removing."""
    swapped_at: int = 0
    """The position of this word in the title; -1 for the last word, in a language whose verbs come last."""
