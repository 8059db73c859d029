"""Reads terms with their meanings as ENTRY nodes: options of a manual page, fields, error codes, questions and answers.

Takes the lines of a text; returns nodes. `label` is the term without markup, `value` contains all names of the term
(one per line), `sort` is the kind of term, and `body` is where the meaning begins. `numbering` is the number of the
list that contains the entry. Used by `manual.reading`. Time is linear in the text.

This module reads terms on the same line as their meanings, in four forms: an option next to its meaning, a list in
which every item begins with a marked or short term, lines such as `Weight: 2 kg`, and `Q:` with `A:`. `definitions`
reads terms above their meanings.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from functools import cache, lru_cache

from pipeline.documents.grammar.manual.definitions import read_colon_list, read_indented_list
from pipeline.documents.grammar.manual.furniture import furniture_line
from pipeline.documents.grammar.manual.terms import (
    BULLET,
    BULLETS,
    MAX_LABEL_WORDS,
    MIN_ENTRIES,
    OPTION,
    QUESTION,
    Entry,
    EntrySearch,
    Run,
    is_counted,
    is_sentence,
    plain_term,
    sort_of,
)
from pipeline.documents.grammar.text_lines import TextLine, last_text
from pipeline.languages import any_of
from pipeline.nodes import Node, NodeKind

_MIN_ITEMS = 3
_PLAIN_TERM = re.compile(r"(?P<term>[^\s:：][^:：\n]{0,60}?)(?:[ \t]?[:：][ \t]+|[ \t]+[-–—][ \t]+)(?=\S)")
"""A term before a colon or a dash, such as `Weight: `."""
_LABEL_SIGN = re.compile("[:：–—-]")
_DOUBLE_COLON = re.compile(r"(?P<term>[^\s:][^:\n]{0,60}?)::[ \t]+(?=\S)")
"""A term before two colons, as in AsciiDoc: `term:: `."""
_SIDE_BY_SIDE = re.compile(r"(?P<term>-{1,2}[\w?@#][^\n]{0,60}?)(?:[ ]{2,}|\t+)(?=\S)")
"""An option before a gap, such as `-a, --all   `."""


def read_entries(lines: Sequence[TextLine], *, ends: frozenset[int] = frozenset()) -> list[Node]:
    """Return the entries in text order. Entries of one list have the same `numbering`.

    Args:
        lines: Lines of the text.
        ends: Numbers of the lines of headings and furniture. Entries end there, except that the meaning next to an
            option continues as long as its lines are indented.
    """
    search = EntrySearch(lines, ends)
    index = 0
    while index < len(lines):
        if not lines[index].is_prose or index in ends:
            index += 1
            continue
        index = _read_at(search, index)
    nodes = [
        Node(
            kind=NodeKind.ENTRY,
            start=entry.start,
            end=entry.end,
            body=entry.body,
            label=entry.names[0],
            value="\n".join(entry.names),
            numbering=str(number),
            sort=entry.sort or sort_of(entry.names[0]),
        )
        for number, entries in enumerate(search.lists)
        for entry in entries
    ]
    return sorted(nodes, key=lambda node: (node.start, -node.end))


def _read_at(search: EntrySearch, index: int) -> int:
    """Read the entries that begin at a line. Return the number of the line at which to continue."""
    for read in _readers_of(search.lines[index].content[0]):
        if (stop := read(search, index)) > index:
            return stop
    return index + 1


def _side_by_side(search: EntrySearch, index: int) -> int:
    """Read `-a, --all   Show everything`; the meaning may continue on lines that are indented about as far."""
    lines = search.lines
    entries: list[Entry] = []
    at = index
    while at < len(lines) and lines[at].is_prose and at not in search.ends:
        match = _SIDE_BY_SIDE.match(lines[at].content)
        if match is None or (entries and lines[at].indent != lines[index].indent):
            break
        column = lines[at].indent + match.end()
        stop = at + 1
        while (
            stop < len(lines)
            and lines[stop].is_prose
            and lines[stop].indent >= max(column - 2, lines[index].indent + 2)
        ):
            stop += 1
        body = lines[at].content_start + match.end()
        names = [plain_term(match["term"])]
        entries.append(Entry(names, lines[at].content_start, body, lines[stop - 1].content_end, OPTION))
        at = stop
        if at + 1 < len(lines) and not lines[at].content and _SIDE_BY_SIDE.match(lines[at + 1].content):
            at += 1
    if not entries:
        return index
    if len(entries) >= MIN_ENTRIES:
        search.lists.append(entries)
        return at
    return index


def _item_list(search: EntrySearch, index: int) -> int:
    """Read a list in which every item begins with a marked term, or with a short term and a colon or dash.

    A list without such terms is skipped, unless it contains nested items.
    """
    lines = search.lines
    if BULLET.match(lines[index].content) is None:
        return index
    if index not in search.item_runs:
        _read_items(search, index)
    run, place = search.item_runs[index]
    if entries := run.from_index(place, _MIN_ITEMS):
        search.lists.append(entries)
        return run.stop
    # Nested items may have terms even if these items do not, so the nested lists are tried later.
    return index if _has_nested(lines, index, run.stop, lines[index].indent) else max(run.stop, index)


def _read_items(search: EntrySearch, index: int) -> None:
    """Read the items from a line on that have its indentation. A list from a later item on ends at the same line."""
    lines = search.lines
    indent = lines[index].indent
    starts = []
    at = index
    while at < len(lines) and at not in search.ends:
        line = lines[at]
        if line.content and not line.is_code:
            if line.indent == indent and BULLET.match(line.content):
                starts.append(at)
            elif line.indent <= indent and (not lines[at - 1].content or not starts):
                break
        at += 1
    entries = [_item_entry(lines, start, end) for start, end in zip(starts, [*starts[1:], at], strict=True)]
    first = next((place for place in range(len(entries), 0, -1) if entries[place - 1] is None), 0)
    run = Run(entries, at, first)
    search.item_runs.update((start, (run, place)) for place, start in enumerate(starts))


def _has_nested(lines: Sequence[TextLine], index: int, stop: int, indent: int) -> bool:
    return any(line.indent > indent and BULLET.match(line.content) for line in lines[index : min(stop, index + 400)])


def _item_entry(lines: Sequence[TextLine], start: int, stop: int) -> Entry | None:
    line = lines[start]
    bullet = BULLET.match(line.content)
    assert bullet is not None, "the line does not begin with a bullet"
    rest = line.content[bullet.end() :]
    marked = _marked_term().match(rest[:400])
    match = marked or _PLAIN_TERM.match(rest[:200])
    if match is None:
        return None
    term = plain_term(match["term"])
    if marked is None and (len(term.split()) > 6 or is_sentence(term) or "http" in term or '"' in term):
        return None
    if (
        "](" in rest
        or is_counted(term + " ")
        or furniture_line().match(term)
        or any(term.count(left) != term.count(right) for left, right in ("[]", "()", "{}"))
    ):
        return None
    names = [term]
    if marked is not None and marked["more"]:
        names += [plain_term(name) for name in re.split(rf",|/|{_alternative()}", marked["more"]) if name.strip()]
    body = line.content_start + bullet.end() + match.end()
    return Entry(names, line.content_start, body, lines[last_text(lines, start, stop)].content_end)


def _labelled_lines(search: EntrySearch, index: int) -> int:
    """Read at least three lines such as `Weight: 2 kg` or `term:: meaning`; each line is a whole entry."""
    lines = search.lines
    last = index + _MIN_ITEMS - 1
    if last >= len(lines) or not (lines[last].is_prose and lines[last - 1].is_prose):
        return index
    if index not in search.label_runs:
        _read_labels(search, index)
    run, place = search.label_runs[index]
    entries = run.from_index(place, _MIN_ITEMS)
    if not entries:
        return index
    search.lists.append(entries)
    return run.stop


def _read_labels(search: EntrySearch, index: int) -> None:
    """Read the lines with labels from a line on. Lists that begin at a later one of them end at the same line."""
    lines = search.lines
    indent = lines[index].indent
    entries: list[Entry] = []
    at = index
    while at < len(lines) and lines[at].is_prose and at not in search.ends and lines[at].indent == indent:
        entry = _labelled_entry(lines[at])
        if entry is None:
            break
        entries.append(entry)
        at += 1
    is_complete = at >= len(lines) or not lines[at].content or at in search.ends
    run = Run(entries, at, _first_of_distinct(entries) if is_complete else len(entries))
    search.label_runs[index] = run, 0
    search.label_runs.update((index + place, (run, place)) for place in range(len(entries)))


def _labelled_entry(line: TextLine) -> Entry | None:
    if _LABEL_SIGN.search(line.content) is None:
        return None
    match = _DOUBLE_COLON.match(line.content[:300]) or _PLAIN_TERM.match(line.content[:300])
    if match is None or BULLET.match(line.content) or is_counted(line.content):
        return None
    term = plain_term(match["term"])
    if len(term.split()) > MAX_LABEL_WORDS or is_sentence(term) or term[0] in '[#|>"' or "http" in term:
        return None
    return Entry([term], line.content_start, line.content_start + match.end(), line.content_end)


def _first_of_distinct(entries: Sequence[Entry]) -> int:
    """Return the index of the first entry from which on no two entries have the same name."""
    names: set[str] = set()
    for index in range(len(entries) - 1, -1, -1):
        name = entries[index].names[0].casefold()
        if name in names:
            return index + 1
        names.add(name)
    return 0


def _questions(search: EntrySearch, index: int) -> int:
    """Read a question `Q: …` that an answer `A: …` follows."""
    lines = search.lines
    asked = _asked().match(lines[index].content)
    if asked is None or asked.end() == len(lines[index].content):
        return index
    stop = index + 1
    answer = None
    while stop < len(lines) and stop not in search.ends and stop - index < 200:
        content = lines[stop].content
        if content and not lines[stop].is_code:
            if _asked().match(content):
                break
            if answer is None and _answered().match(content):
                answer = stop
        stop += 1
    if answer is None:
        return index
    question = " ".join(line.content for line in lines[index:answer] if line.content)[asked.end() :]
    match = _answered().match(lines[answer].content)
    assert match is not None, "the line does not begin an answer"
    last = last_text(lines, answer, stop)
    body = lines[answer].content_start + match.end()
    if not question.strip() or body >= lines[last].content_end or len(question) > 300:
        return index
    entry = Entry([plain_term(question)], lines[index].content_start, body, lines[last].content_end, QUESTION)
    search.lists.append([entry])
    return stop


@lru_cache(maxsize=4096)
def _readers_of(first: str) -> tuple[Callable[[EntrySearch, int], int], ...]:
    """Return the readers for lines with this first character, in the order in which they are tried.

    A reader takes the search and the number of a line, and returns the number of the line at which to continue. If that
    is the given line, the reader found nothing, and the next reader is tried.
    """
    readers = (
        (True, _questions),
        (True, read_colon_list),
        (first == "-", _side_by_side),
        (True, read_indented_list),
        (first in BULLETS, _item_list),
        (True, _labelled_lines),
    )
    return tuple(read for may_read, read in readers if may_read)


@cache
def _asked() -> re.Pattern[str]:
    label = any_of(lambda rules: rules.manual.question_labels)
    return re.compile(rf"(?:[*_#]{{1,4}}[ \t]?)?{label}[ \t]?\d{{0,3}}[ \t]?[.:)][ \t*_]*")


@cache
def _answered() -> re.Pattern[str]:
    label = any_of(lambda rules: rules.manual.answer_labels)
    return re.compile(rf"(?:[*_]{{1,3}})?{label}[ \t]?\d{{0,3}}[ \t]?[.:)][ \t*_]*(?=\S)")


@cache
def _alternative() -> str:
    return any_of(lambda rules: rules.manual.alternative)


@cache
def _marked_term() -> re.Pattern[str]:
    """Return a pattern for a term with markup, up to the meaning, such as `**-a**, **--all**: `."""
    mark = r"(?:\*\*|``|`|\*)"
    return re.compile(
        r"(?P<mark>\*\*|__|``|`|\*)(?P<term>[^*`\n]{1,80}?)[:.]?(?P=mark)"
        rf"(?P<more>(?:[ \t]*(?:,|/|{_alternative()})[ \t]*{mark}[^*`\n]{{1,80}}?{mark})*)"
        r"(?:[ \t]*\([^()\n]{1,60}\))?[ \t]*"
        r"(?:[:：]|—|–|--?(?=[ \t])|(?<=[:.]\*\*)|(?<=[:.]__))[ \t]*(?=\S)"
    )
