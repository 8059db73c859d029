"""Reads notes, tips and warnings that are set apart from the text, as NOTE nodes.

Takes the lines of a text; returns nodes. `label` is the word that introduces the note. `sort` is `note` or `warning`,
or `aside` for a block quote with a different heading. `body` is where the note's text begins. Used by `manual.reading`.

A note below a word on a line of its own may continue past the first paragraph, and so may a note that ends with a
colon. Such a note has `level` 1, unless the text below cannot belong to the note.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from functools import cache, lru_cache

from pipeline.documents.grammar.note_words import note_words
from pipeline.documents.grammar.tables.pipes import is_rule
from pipeline.documents.grammar.tables.reading import is_note_table
from pipeline.documents.grammar.text_lines import TextLine, last_text
from pipeline.languages import all_rules
from pipeline.nodes import Node, NodeKind

WHOLE, OPEN = 0, 1
"""The `level` of a note whose end is certain, and of a note that may continue."""
_QUOTE = re.compile(r"[ \t]{0,3}>[ \t]?")
_ALERT = re.compile(r"\[!(\w+)\][-+]?[ \t]*(.*)$")
"""A GitHub alert: `[!TIP]`."""
_DIRECTIVE = re.compile(r"\.\.[ \t]+(\w+)::[ \t]*(.*)$")
"""A reStructuredText directive: `.. note:: text`."""
_BANGS = re.compile(r"(?:!!!|\?\?\?\+?)[ \t]+(\w+)(?:[ \t]+\"[^\"]*\")?[ \t]*$")
"""An MkDocs admonition: `!!! note "Title"`."""
_COLONS = re.compile(r":{3,}[ \t]*\{?(\w+)\}?(?:[ \t]+[^:]*|\[[^\]]*\])?$")
"""The first line of a Docusaurus or MyST admonition: `:::tip`."""
_BLOCK = re.compile(r"\[(\w+)\]$")
"""The first line of an AsciiDoc block: `[NOTE]`."""
_BLOCK_EDGE = re.compile(r"={4,}$")


def read_notes(lines: Sequence[TextLine], *, ends: frozenset[int] = frozenset()) -> list[Node]:
    """Return the notes in order, without the notes inside other notes.

    Args:
        lines: Lines of the text.
        ends: Numbers of the lines of headings and furniture. No note begins there. Notes without block syntax also end
            there; block quotes, directives and fenced notes may contain such lines.
    """
    notes: list[Node] = []
    index = 0
    while index < len(lines):
        found = _read_at(lines, index, ends) if lines[index].is_prose and index not in ends else None
        if found is None:
            index += 1
            continue
        note, stop = found
        if note.body < note.end:
            notes.append(note)
        index = max(stop, index + 1)
    return notes


_Found = tuple[Node, int]


def _read_at(lines: Sequence[TextLine], index: int, ends: frozenset[int]) -> _Found | None:
    for read in _READERS.get(lines[index].content[0], _WORD_READERS):
        if (found := read(lines, index, ends)) is not None:
            return found
    return None


def _table_note(lines: Sequence[TextLine], index: int, ends: frozenset[int]) -> _Found | None:
    """Read `|  | Warning |` above a rule and one row, a table in which converters lay out a note."""
    cells = lines[index].content.strip("|").split("|") if lines[index].content.startswith("|") else []
    if len(cells) != 2 or index + 2 >= len(lines) or not is_rule(lines[index + 1].content):
        return None
    row = lines[index + 2]
    is_last = index + 3 >= len(lines) or not lines[index + 3].content.startswith("|")
    if not is_note_table(*cells) or not row.content.startswith("|") or not is_last:
        return None
    inner = row.content.strip("|").strip()
    if "|" in inner.replace("\\|", ""):
        return None
    body = row.content_start + row.content.index(inner) if inner else row.content_end
    label = next(cell.strip(" *_[]:") for cell in cells if cell.strip())
    return _note(lines[index].content_start, body, body + len(inner), label), index + 3


def _quoted_note(lines: Sequence[TextLine], index: int, ends: frozenset[int]) -> _Found | None:
    """Read a block quote that begins with `[!TIP]`, `**Note:**` or a heading."""
    if not lines[index].content.startswith(">"):
        return None
    stop = index
    while stop < len(lines) and lines[stop].content.startswith(">"):
        stop += 1
    first = next((number for number in range(index, stop) if _unquoted(lines[number])), stop)
    if first == stop:
        return None
    content = _unquoted(lines[first])
    content_start = _unquoted_start(lines[first])
    end = lines[stop - 1].content_end
    if match := _ALERT.match(content):
        body = content_start + match.start(2) if match.group(2) else _next_body(lines, first + 1, stop)
        note = _note(lines[index].content_start, body, end, match.group(1))
        return (note, stop) if _sort_of(match.group(1)) else None
    if (match := _label_before_text().match(content)) is not None:
        body = content_start + match.end()
        if match.end() == len(content):
            body = _next_body(lines, first + 1, stop)
        return _note(lines[index].content_start, body, end, _label(match)), stop
    if content.startswith("#"):
        title = content.strip("# \t")
        body = _next_body(lines, first + 1, stop)
        return _note(lines[index].content_start, body, end, title, sort=_sort_of(title) or "aside"), stop
    return _note(end, end, end, ""), stop  # An empty note makes the caller skip a plain quote.


def _directive_note(lines: Sequence[TextLine], index: int, ends: frozenset[int]) -> _Found | None:
    """Read `.. note::` or `!!! note` with the indented text below."""
    line = lines[index]
    match = _DIRECTIVE.match(line.content) or _BANGS.match(line.content)
    if match is None or not _sort_of(match.group(1)):
        return None
    stop = index + 1
    while stop < len(lines) and (not lines[stop].content or lines[stop].indent > line.indent):
        stop += 1
    last = last_text(lines, index, stop)
    rest = match.group(2) if match.re is _DIRECTIVE else ""
    body = line.content_start + match.start(2) if rest else _next_body(lines, index + 1, stop)
    return _note(line.content_start, body, lines[last].content_end, match.group(1)), stop


def _fenced_note(lines: Sequence[TextLine], index: int, ends: frozenset[int]) -> _Found | None:
    """Read a block from `:::tip` to `:::`, or a block between lines of `====` below `[NOTE]`."""
    line = lines[index]
    if match := _COLONS.match(line.content):
        stop = next((n for n in range(index + 1, min(len(lines), index + 200)) if lines[n].content == ":::"), None)
        first = index + 1
    elif (
        (match := _BLOCK.match(line.content)) and index + 1 < len(lines) and _BLOCK_EDGE.match(lines[index + 1].content)
    ):
        edge = lines[index + 1].content
        stop = next((n for n in range(index + 2, min(len(lines), index + 200)) if lines[n].content == edge), None)
        first = index + 2
    else:
        return None
    if stop is None or not _sort_of(match.group(1)):
        return None
    last = last_text(lines, first, stop)
    body = _next_body(lines, first, stop)
    return _note(line.content_start, body, max(body, lines[last].content_end), match.group(1)), stop + 1


def _opened_note(lines: Sequence[TextLine], index: int, ends: frozenset[int]) -> _Found | None:
    """Read `Note: …`, `**경고:** …` or `※ 주의 …`; the note ends with the paragraph."""
    line = lines[index]
    if index and lines[index - 1].is_prose and index - 1 not in ends and not line.content.startswith("※"):
        return None
    label = _label_before_text()
    match = label.match(line.content)
    if match is None or match.end() == len(line.content):
        return None
    stop = index + 1
    while stop < len(lines) and lines[stop].is_prose and stop not in ends and not label.match(lines[stop].content):
        stop += 1
    end = lines[stop - 1].content_end
    announces = lines[stop - 1].content.endswith((":", "："))
    body = line.content_start + match.end()
    return _note(line.content_start, body, end, _label(match), level=OPEN if announces else WHOLE), stop


def _headed_note(lines: Sequence[TextLine], index: int, ends: frozenset[int]) -> _Found | None:
    """Read `Warning` on a line of its own, and the note below.

    The note's end is certain only if the note is indented, or if a heading, another note or no text follows.
    """
    line = lines[index]
    if len(line.content) > 30 or (index and lines[index - 1].content):
        return None
    word = line.content.strip("[]<>【】*_#: ")
    if not _sort_of(word):
        return None
    first = index + 1
    while first < len(lines) and not lines[first].content:
        first += 1
    if first >= len(lines) or first > index + 2 or first in ends or not lines[first].is_prose:
        return None
    if lines[first].indent < line.indent:
        return None
    stop = first
    is_indented = lines[first].indent > line.indent
    while stop < len(lines) and stop not in ends and (not lines[stop].content or lines[stop].indent > line.indent):
        if not is_indented and not lines[stop].content:
            break
        stop += 1
    while not is_indented and stop < len(lines) and lines[stop].content and stop not in ends:
        stop += 1
    last = last_text(lines, first, stop)
    after = next((number for number in range(stop, len(lines)) if lines[number].content), None)
    is_whole = is_indented or after is None or after in ends or _is_note_word(lines[after])
    body = lines[first].content_start
    return _note(line.content_start, body, lines[last].content_end, word, level=WHOLE if is_whole else OPEN), stop


_WORD_READERS = (_opened_note, _headed_note)
_READERS = {
    "|": (_table_note, *_WORD_READERS),
    ">": (_quoted_note, *_WORD_READERS),
    ":": (_fenced_note, *_WORD_READERS),
    "[": (_fenced_note, *_WORD_READERS),
    **dict.fromkeys(".!?", (_directive_note, *_WORD_READERS)),
}
"""The readers for a line by its first character, in the order in which they are tried.

A reader takes the lines, the number of a line and the ends, and returns the note and the number of the line after it.
"""


def _note(start: int, body: int, end: int, label: str, *, sort: str = "", level: int = WHOLE) -> Node:
    return Node(
        kind=NodeKind.NOTE,
        start=start,
        end=max(start, end),
        body=max(start, min(body, end)),
        level=level,
        label=label,
        sort=sort or _sort_of(label),
    )


def _unquoted(line: TextLine) -> str:
    return _QUOTE.sub("", line.content, count=1).strip()


def _unquoted_start(line: TextLine) -> int:
    inner = _unquoted(line)
    return line.start + line.text.index(inner) if inner else line.content_end


def _next_body(lines: Sequence[TextLine], first: int, stop: int) -> int:
    """Return where text begins in some lines, after quote signs; the end of the last line if the lines have no text."""
    for line in lines[first:stop]:
        if _unquoted(line):
            return _unquoted_start(line)
    return lines[max(first, stop) - 1].content_end


def _label(match: re.Match[str]) -> str:
    return next(group for group in match.groups() if group)


def _is_note_word(line: TextLine) -> bool:
    return len(line.content) <= 30 and bool(_sort_of(line.content.strip("[]<>【】*_#: ")))


@lru_cache(maxsize=4096)
def _sort_of(word: str) -> str:
    """Return `note` or `warning`; empty for any other word."""
    return next((sort for sort, pattern in _sorts() if pattern.fullmatch(word)), "")


@cache
def _sorts() -> list[tuple[str, re.Pattern[str]]]:
    return [
        (sort, re.compile(words, re.IGNORECASE))
        for _, rules in all_rules()
        for sort, words in (("warning", rules.manual.warning_words), ("note", rules.manual.note_words))
        if words
    ]


@cache
def _label_before_text() -> re.Pattern[str]:
    """Return a pattern for a note's word before its text: with a colon, in brackets, or after the sign `※`."""
    word = note_words()
    return re.compile(
        rf"(?:※[ \t]*)?(?:(?:[*_]{{1,3}})?(?P<word>{word})(?:[*_]{{1,3}})?[ \t]?[:：](?:[*_]{{1,3}})?(?:[ \t]+|$)"
        rf"|[\[<【(](?P<bracket>{word})[\]>】)][ \t:]*"
        rf"|(?<=※)[ \t]?(?P<marked>{word})[ \t]+)"
    )
