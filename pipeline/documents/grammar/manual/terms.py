"""Decides what the term of an entry is, and holds the state of a search for entries.

An entry is a term with its meaning, such as an option with its description. Used by `entries` and `definitions`; the
kinds of terms are also used by `synthesize.tasks`.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import cached_property, lru_cache

from pipeline.documents.grammar.manual.steps import item_pattern
from pipeline.documents.grammar.text_lines import TextLine
from pipeline.languages.heading_rules import has_predicate

OPTION, CODE, QUESTION, TERM = "option", "code", "question", "term"
"""The kinds of terms."""
MIN_ENTRIES = 2
"""The minimum number of entries in a list, if their layout is nearly certain."""
MAX_LABEL_WORDS = 5
"""The maximum number of words in a label, which is a term without markup."""
BULLETS = "-*+•·‣◦○☆▪□■▶–o"
BULLET = re.compile(rf"[{BULLETS}][ \t]+")
_OPTION = re.compile(r"(?:[-+]{1,2}\[?|/(?![\w.-]*/))[\w?@#][\w\[\]<>=.,|/?*…:+-]*(?:[ \t,|]|$)")
"""A command-line option, such as `-a`, `--all=WHEN` or `/S`."""
_CODE = re.compile(r"(?:0x[0-9A-Fa-f]+|[A-Z]{1,6}[-_ ]?\d{1,6}|\d{2,5})$")
"""An error or status code, such as `0x1F`, `E-104` or `404`."""
_NUMBERING = re.compile(r"\(?\d{1,3}(?:\.\d{1,3})*[.)]\s|[A-Z]\.\d|\(?[A-Za-z][.)]\s|[①-⑳]|\[\d")
"""A number or letter at the start of a line, such as `1.2) `, `A.1`, `(b) ` or `①`."""
_INLINE = re.compile(r"\*\*|__(?=\S)|(?<=\S)__|``|`|(?<![\w*])\*(?=\S)|(?<=\S)\*(?![\w*])")
"""Markdown and reStructuredText signs around a word."""


@dataclass(slots=True)
class Entry:
    """A term with its meaning, as offsets in the text."""

    names: list[str]
    """All names of the term, without markup."""
    start: int
    body: int
    """Offset at which the meaning begins."""
    end: int
    sort: str = ""
    """Kind of the term; empty if `sort_of` decides."""


@dataclass(frozen=True, slots=True)
class Run:
    """Lines or items of one form, one after another, all read at once.

    A list may begin at a later one of them if none begins at the first. The run is kept, so that it is not read again
    from each of them.
    """

    entries: Sequence[Entry | None]
    """One for each line or item; None for an item that is no entry."""
    stop: int
    """Number of the line after the run."""
    first: int
    """Index of the first entry from which all others form a list; the number of entries if there is none."""

    def from_index(self, index: int, least: int) -> list[Entry]:
        """Return the list that begins at an entry; empty if none begins there, or one of fewer than `least` entries."""
        found = [entry for entry in self.entries[index:] if entry is not None] if index >= self.first else []
        return found if len(found) >= least else []


@dataclass
class EntrySearch:
    """The lines that are searched for entries, and the entries found so far."""

    lines: Sequence[TextLine]
    ends: frozenset[int]
    """Numbers of the lines of headings and furniture, at which entries end; see `read_entries`."""
    lists: list[list[Entry]] = field(default_factory=list)
    """The lists of entries found so far."""
    item_runs: dict[int, tuple[Run, int]] = field(default_factory=dict)
    """By the number of an item's first line: the run of items that contains it, and its index in the run."""
    label_runs: dict[int, tuple[Run, int]] = field(default_factory=dict)
    """The same for lines that begin with a label."""

    @cached_property
    def has_colon_lines(self) -> bool:
        """Whether any line begins with a colon, which may come before a meaning."""
        return any(line.content[:1] == ":" for line in self.lines)

    @cached_property
    def next_indented(self) -> Sequence[int]:
        """For each line, the number of the next indented line below; the number of lines if there is none."""
        found = []
        following = len(self.lines)
        for index in range(len(self.lines) - 1, -1, -1):
            found.append(following)
            if self.lines[index].indent and self.lines[index].content:
                following = index
        found.reverse()
        return found


def sort_of(term: str) -> str:
    """Return the kind of a term, judged by the term's form."""
    if _OPTION.match(term):
        return OPTION
    if term.endswith("?") and len(term.split()) > 2:
        return QUESTION
    return CODE if _CODE.match(term) else TERM


def plain_term(written: str) -> str:
    """Return a term without inline markup or trailing colons."""
    return " ".join(_INLINE.sub("", written).split()).rstrip(" :")


@lru_cache(maxsize=1024)
def is_term(content: str) -> bool:
    """Return whether a line can be the term of an entry.

    It can if it has a letter or digit and is not a list item, sentence, table row, block quote or Markdown heading. The
    result is cached, because a line is often checked more than once.
    """
    if BULLET.match(content) or is_counted(content) or content[0] in "|>#" or not any(map(str.isalnum, content)):
        return False
    return not is_sentence(content)


def is_counted(content: str) -> bool:
    """Return whether a line begins with a number, or with a letter that counts."""
    return _NUMBERING.match(content) is not None or item_pattern().match(content) is not None


def is_sentence(content: str) -> bool:
    """Return whether a line is a sentence: it ends as prose does, has a predicate, or has more than twelve words."""
    plain = content.rstrip("*_` ")
    return plain.endswith((".", ":", ";", ",", "!", "。")) or has_predicate(plain) or len(plain.split()) > 12
