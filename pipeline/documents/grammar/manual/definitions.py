"""Reads definition lists: terms on lines above their meanings.

Takes a search for entries and the number of a line; adds the list that begins at this line to the search, and returns
the number of the line after the list, or the given number if no list begins there. Used by `entries`. The forms are
`term` above `:   meaning`, and a term above an indented meaning.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

from pipeline.documents.grammar.manual.terms import (
    BULLET,
    MAX_LABEL_WORDS,
    MIN_ENTRIES,
    Entry,
    EntrySearch,
    is_counted,
    is_sentence,
    is_term,
    plain_term,
)
from pipeline.documents.grammar.text_lines import TextLine

_MAX_TERM_CHARS = 100
_MAX_NAMES = 6
_MAX_OTHER_NAME_WORDS = 3
_COLON_BODY = re.compile(r":[ \t]{1,4}(?=\S)")
"""The colon before a meaning."""


def read_colon_list(search: EntrySearch, index: int) -> int:
    """Read `term` lines above `:   meaning`, the form in which converters write definition lists."""
    if not search.has_colon_lines:
        return index
    lines = search.lines
    names, meaning = _names_above_colon(search, index)
    if not names:
        return index
    entries: list[Entry] = []
    first = index
    while names:
        stop, last = _indented_end(search, meaning, lines[meaning].indent)
        match = _COLON_BODY.match(lines[meaning].content)
        assert match is not None, "the meaning does not begin with a colon"
        body = lines[meaning].content_start + match.end()
        entries.append(Entry(names, lines[first].content_start, body, lines[last].content_end))
        following = _next_text(lines, stop)
        if following is None:
            break
        first = following
        names, meaning = _names_above_colon(search, first)
    search.lists.append(entries)
    return stop


def _names_above_colon(search: EntrySearch, index: int) -> tuple[list[str], int]:
    """Return the names of the entry that begins at a line, and the number of the line where the meaning begins.

    If no entry begins at the line, there are no names.
    """
    lines = search.lines
    names: list[str] = []
    at = index
    if index and _continues(search, index):
        return [], index
    while at < len(lines) and len(names) < _MAX_NAMES:
        line = lines[at]
        if not line.is_prose or at in search.ends or len(line.content) > _MAX_TERM_CHARS or line.content[0] in "|>:":
            return [], index
        below = at + 1 if at + 1 < len(lines) and lines[at + 1].content else at + 2
        if below >= len(lines):
            return [], index
        names.append(plain_term(line.content))
        if below == at + 1 and _COLON_BODY.match(lines[below].content):
            if any(not name or is_sentence(name) or is_counted(name) for name in names):
                return [], index
            if any(len(name.split()) > _MAX_OTHER_NAME_WORDS and name[0] not in "-<$" for name in names[:-1]):
                return [], index
            return names, below
        if below == at + 1 or line.content.endswith((":", "：", ".")):
            return [], index
        at = below
    return [], index


def _continues(search: EntrySearch, index: int) -> bool:
    """Return whether a line continues the paragraph above the line."""
    above = search.lines[index - 1]
    is_text = above.is_prose and bool(above.content) and index - 1 not in search.ends
    return is_text and above.indent <= search.lines[index].indent and not _COLON_BODY.match(above.content)


def read_indented_list(search: EntrySearch, index: int) -> int:
    """Read terms above indented meanings: at least two terms with the same indentation."""
    # The names of one term are on adjacent lines, or one blank line apart.
    if search.next_indented[index] > index + 2 * _MAX_NAMES:
        return index
    lines = search.lines
    indent = lines[index].indent
    below = index + 1
    if below < len(lines) and lines[below].content and lines[below].indent <= indent and lines[index].content[0] != "-":
        return index
    entries: list[Entry] = []
    at: int | None = index
    stop = index
    while at is not None and lines[at].indent == indent:
        found = _indented_entry(search, at, indent)
        if found is None:
            break
        entry, stop = found
        entries.append(entry)
        at = _next_text(lines, stop)
        if at is not None and at in search.ends:
            break
    if len(entries) < MIN_ENTRIES:
        return index
    search.lists.append(entries)
    return stop


def _indented_entry(search: EntrySearch, index: int, indent: int) -> tuple[Entry, int] | None:
    """Return the entry that begins at a line, and the number of the line after the entry; None if none begins there."""
    lines = search.lines
    names: list[str] = []
    at = index
    while at < len(lines) and lines[at].is_prose and lines[at].indent == indent and at not in search.ends:
        content = lines[at].content
        below = _next_text(lines, at + 1)
        if below is None or below > at + 2:
            return None
        is_above_meaning = lines[below].indent > indent
        if not is_above_meaning and below == at + 1 and not content.startswith("-"):
            return None
        if len(content) > _MAX_TERM_CHARS or len(names) >= _MAX_NAMES or not is_term(content):
            return None
        names.append(content)
        if is_above_meaning:
            break
        at = below
    else:
        return None
    names = [plain_term(name) for name in names]
    below = _next_text(lines, at + 1)
    if below is None or not lines[below].is_prose or lines[below].indent < indent + 2 or below in search.ends:
        return None
    if BULLET.match(lines[below].content) or is_counted(lines[below].content):
        return None
    if lines[below].content[0].islower() and any(len(name.split()) > MAX_LABEL_WORDS for name in names):
        return None  # This is a sentence whose second line is indented.
    stop, last = _indented_end(search, below, indent + 1)
    return Entry(names, lines[index].content_start, lines[below].content_start, lines[last].content_end), stop


def _indented_end(search: EntrySearch, first: int, indent: int) -> tuple[int, int]:
    """Return the number of the line after a meaning, and the number of the meaning's last line with text.

    Args:
        search: Search for entries.
        first: Number of the line where the meaning begins.
        indent: Minimum indentation of the meaning's other lines.
    """
    lines = search.lines
    last = first
    stop = first + 1
    while stop < len(lines) and stop not in search.ends:
        line = lines[stop]
        if line.content:
            is_inside = line.indent >= max(indent, 1) or (
                lines[stop - 1].content and not line.is_code and last == stop - 1 and _is_lazy(lines, first, stop)
            )
            if not is_inside:
                break
            last = stop
        stop += 1
    return last + 1, last


def _is_lazy(lines: Sequence[TextLine], first: int, stop: int) -> bool:
    """Return whether a line continues a meaning that begins with `:` although the line is not indented further."""
    return (
        bool(_COLON_BODY.match(lines[first].content))
        and lines[stop].indent == lines[first].indent
        and not (stop + 1 < len(lines) and _COLON_BODY.match(lines[stop + 1].content))
    )


def _next_text(lines: Sequence[TextLine], index: int) -> int | None:
    """Return the number of the first line with text among the six lines from `index` on; None if all are blank."""
    for number in range(index, min(len(lines), index + 6)):
        if lines[number].content:
            return number
    return None
