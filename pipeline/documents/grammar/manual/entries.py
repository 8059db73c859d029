"""Terms with their meaning, as ENTRY nodes: options of a manual page, fields, error codes, questions with answers.

In: the lines of a text. Out: nodes. `label` is the term as written, `value` holds all its names (one per line), `sort`
is the kind of term, and `body` is where the meaning begins. `numbering` is the number of the list that holds the entry.
Used by `reading`. Forms: `term` above `:   meaning`; a term above an indented meaning; an option next to its meaning; a
list in which every item has a marked or short term; lines such as `Weight: 2 kg`; `Q:` and `A:`. Cost: linear.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from functools import cache, lru_cache

from pipeline.documents.grammar.manual.furniture import furniture_line
from pipeline.documents.grammar.manual.steps import item_pattern
from pipeline.documents.grammar.text_lines import TextLine
from pipeline.languages import any_of
from pipeline.languages.heading_rules import has_predicate
from pipeline.nodes import Node, NodeKind

OPTION, CODE, QUESTION, TERM = "option", "code", "question", "term"
_MAX_TERM_CHARS = 100
_MAX_NAMES = 6
_MAX_OTHER_NAME_WORDS = 3
_MIN_INDENTED = 2
_MIN_ITEMS = 3
_MAX_LABEL_WORDS = 5
_COLON_BODY = re.compile(r":[ \t]{1,4}(?=\S)")
_BULLETS = "-*+•·‣◦○☆▪□■▶–o"
_BULLET = re.compile(rf"[{_BULLETS}][ \t]+")
_PLAIN_TERM = re.compile(r"(?P<term>[^\s:：][^:：\n]{0,60}?)(?:[ \t]?[:：][ \t]+|[ \t]+[-–—][ \t]+)(?=\S)")
_LABEL_SIGN = re.compile("[:：–—-]")
_DOUBLE_COLON = re.compile(r"(?P<term>[^\s:][^:\n]{0,60}?)::[ \t]+(?=\S)")
_SIDE_BY_SIDE = re.compile(r"(?P<term>-{1,2}[\w?@#][^\n]{0,60}?)(?:[ ]{2,}|\t+)(?=\S)")
_OPTION = re.compile(r"(?:[-+]{1,2}\[?|/(?![\w.-]*/))[\w?@#][\w\[\]<>=.,|/?*…:+-]*(?:[ \t,|]|$)")
_CODE = re.compile(r"(?:0x[0-9A-Fa-f]+|[A-Z]{1,6}[-_ ]?\d{1,6}|\d{2,5})$")
_NUMBER = re.compile(r"[\d.,\s-]+$")
_COUNTED = re.compile(r"\(?\d{1,3}(?:\.\d{1,3})*[.)]\s|[A-Z]\.\d|\(?[A-Za-z][.)]\s|[①-⑳]|\[\d")
_INLINE = re.compile(r"\*\*|__(?=\S)|(?<=\S)__|``|`|(?<![\w*])\*(?=\S)|(?<=\S)\*(?![\w*])")


@dataclass(slots=True)
class _Entry:
    names: list[str]
    start: int
    body: int
    end: int
    sort: str = ""


@dataclass(slots=True)
class _State:
    lines: Sequence[TextLine]
    ends: frozenset[int]
    has_colon_lines: bool
    """True if any line opens a meaning with a colon."""
    next_indented: Sequence[int]
    """For each line, the number of the next indented line below; the number of lines if there is none."""
    lists: list[list[_Entry]] = field(default_factory=list)


def read_entries(lines: Sequence[TextLine], *, ends: frozenset[int] = frozenset()) -> list[Node]:
    """Return the entries in text order. Entries of one list have the same `numbering`.

    Args:
        lines: Lines of the text.
        ends: Numbers of the lines at which every entry ends: headings and furniture.
    """
    state = _State(
        lines,
        ends,
        has_colon_lines=any(line.content[:1] == ":" for line in lines),
        next_indented=_next_indented(lines),
    )
    index = 0
    while index < len(lines):
        if not lines[index].is_prose or index in ends:
            index += 1
            continue
        index = _read_at(state, index)
    nodes = []
    for number, entries in enumerate(state.lists):
        for entry in entries:
            nodes.append(
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
            )
    return sorted(nodes, key=lambda node: (node.start, -node.end))


def _read_at(state: _State, index: int) -> int:
    """Read the entries that begin at a line. Return the index after them, or after the line if none begins there."""
    for read in _readers_of(state.lines[index].content[0]):
        if (stop := read(state, index)) > index:
            return stop
    return index + 1


def sort_of(term: str) -> str:
    """Return the kind of a term, judged by its form."""
    if _OPTION.match(term):
        return OPTION
    if term.endswith("?") and len(term.split()) > 2:
        return QUESTION
    return CODE if _CODE.match(term) else TERM


def plain_term(written: str) -> str:
    """Return a term without inline marks and trailing punctuation."""
    return " ".join(_INLINE.sub("", written).split()).rstrip(" :")


def _colon_list(state: _State, index: int) -> int:
    """Read `term` lines above `:   meaning`, the form in which converters write definition lists."""
    if not state.has_colon_lines:
        return index
    lines = state.lines
    names, first, place = _names_above_colon(state, index)
    if not names:
        return index
    entries: list[_Entry] = []
    while names:
        stop, last = _indented_end(state, place, lines[place].indent)
        match = _COLON_BODY.match(lines[place].content)
        assert match is not None, "matched in _names_above_colon"
        body = lines[place].content_start + match.end()
        entries.append(_Entry(names, lines[first].content_start, body, lines[last].content_end))
        following = _next_text(lines, stop)
        if following is None:
            break
        names, first, place = _names_above_colon(state, following)
    state.lists.append(entries)
    return stop


def _names_above_colon(state: _State, index: int) -> tuple[list[str], int, int]:
    """Return the names of the entry that begins at a line, its first line and its meaning's line; no names if none."""
    lines = state.lines
    names: list[str] = []
    first = at = index
    if index and _goes_on(state, index):
        return [], index, index
    while at < len(lines) and len(names) < _MAX_NAMES:
        line = lines[at]
        if not line.is_prose or at in state.ends or len(line.content) > _MAX_TERM_CHARS or line.content[0] in "|>:":
            return [], index, index
        below = at + 1 if at + 1 < len(lines) and lines[at + 1].content else at + 2
        if below >= len(lines):
            return [], index, index
        names.append(plain_term(line.content))
        if below == at + 1 and _COLON_BODY.match(lines[below].content):
            if any(not name or _is_sentence(name) or _is_counted(name) for name in names):
                return [], index, index
            if any(len(name.split()) > _MAX_OTHER_NAME_WORDS and name[0] not in "-<$" for name in names[:-1]):
                return [], index, index
            return names, first, below
        if below == at + 1 or line.content.endswith((":", "：", ".")):
            return [], index, index
        at = below
    return [], index, index


def _goes_on(state: _State, index: int) -> bool:
    """Return whether a line continues the paragraph above it."""
    above = state.lines[index - 1]
    is_text = above.is_prose and bool(above.content) and index - 1 not in state.ends
    return is_text and above.indent <= state.lines[index].indent and not _COLON_BODY.match(above.content)


def _indented_list(state: _State, index: int) -> int:
    """Read terms above indented meanings: at least two at the same indent."""
    if state.next_indented[index] > index + 2 * _MAX_NAMES:  # Names are on adjacent lines, or one blank line apart.
        return index
    lines = state.lines
    indent = lines[index].indent
    below = index + 1
    if below < len(lines) and lines[below].content and lines[below].indent <= indent and lines[index].content[0] != "-":
        return index
    entries: list[_Entry] = []
    at: int | None = index
    stop = index
    while at is not None and lines[at].indent == indent:
        found = _indented_entry(state, at, indent)
        if found is None:
            break
        entry, stop = found
        entries.append(entry)
        at = _next_text(lines, stop)
        if at is not None and at in state.ends:
            break
    if len(entries) < _MIN_INDENTED:
        return index
    state.lists.append(entries)
    return stop


def _indented_entry(state: _State, index: int, indent: int) -> tuple[_Entry, int] | None:
    lines = state.lines
    names: list[str] = []
    at = index
    while at < len(lines) and lines[at].is_prose and lines[at].indent == indent and at not in state.ends:
        content = lines[at].content
        below = _next_text(lines, at + 1)
        if below is None or below > at + 2:
            return None
        is_above_meaning = lines[below].indent > indent
        if not is_above_meaning and below == at + 1 and not content.startswith("-"):
            return None
        if len(content) > _MAX_TERM_CHARS or len(names) >= _MAX_NAMES or not _is_term(content):
            return None
        names.append(content)
        if is_above_meaning:
            break
        at = below
    else:
        return None
    names = [plain_term(name) for name in names]
    below = _next_text(lines, at + 1)
    if below is None or not lines[below].is_prose or lines[below].indent < indent + 2 or below in state.ends:
        return None
    if _BULLET.match(lines[below].content) or _is_counted(lines[below].content):
        return None
    if lines[below].content[0].islower() and any(len(name.split()) > _MAX_LABEL_WORDS for name in names):
        return None  # A sentence that continues with an indent.
    stop, last = _indented_end(state, below, indent + 1)
    return _Entry(names, lines[index].content_start, lines[below].content_start, lines[last].content_end), stop


@lru_cache(maxsize=1024)
def _is_term(content: str) -> bool:
    """Return whether a line can name an entry: it is neither an item nor a sentence. Cached, since lines recur."""
    if _BULLET.match(content) or _is_counted(content) or content[0] in "|>#" or not any(map(str.isalnum, content)):
        return False
    return not _is_sentence(content)


def _is_counted(content: str) -> bool:
    return _COUNTED.match(content) is not None or item_pattern().match(content) is not None


def _is_sentence(content: str) -> bool:
    bare = content.rstrip("*_` ")
    return bare.endswith((".", ":", ";", ",", "!", "。")) or has_predicate(bare) or len(bare.split()) > 12


def _side_by_side(state: _State, index: int) -> int:
    """Read `-a, --all   Show everything`; the meaning may continue below its first word."""
    lines = state.lines
    entries: list[_Entry] = []
    at = index
    while at < len(lines) and lines[at].is_prose and at not in state.ends:
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
        entries.append(_Entry(names, lines[at].content_start, body, lines[stop - 1].content_end, OPTION))
        at = stop
        if at + 1 < len(lines) and not lines[at].content and _SIDE_BY_SIDE.match(lines[at + 1].content):
            at += 1
    if not entries:
        return index
    if len(entries) >= _MIN_INDENTED:
        state.lists.append(entries)
        return at
    return index


def _item_list(state: _State, index: int) -> int:
    """Read a list in which every item opens with a marked term, or with a short term and a colon or dash."""
    lines = state.lines
    if _BULLET.match(lines[index].content) is None:
        return index
    indent = lines[index].indent
    starts = []
    at = index
    while at < len(lines) and at not in state.ends:
        line = lines[at]
        if line.content and not line.is_code:
            if line.indent == indent and _BULLET.match(line.content):
                starts.append(at)
            elif line.indent <= indent and (not lines[at - 1].content or not starts):
                break
        at += 1
    stop = at
    entries = [_item_entry(lines, start, end) for start, end in zip(starts, [*starts[1:], stop], strict=True)]
    whole = [entry for entry in entries if entry is not None]
    if len(whole) == len(entries) and len(whole) >= _MIN_ITEMS:
        state.lists.append(whole)
        return stop
    # Nested items may have terms even if these do not. They are read on their own.
    return index if _has_nested(lines, index, stop, indent) else max(stop, index)


def _has_nested(lines: Sequence[TextLine], index: int, stop: int, indent: int) -> bool:
    return any(line.indent > indent and _BULLET.match(line.content) for line in lines[index : min(stop, index + 400)])


def _item_entry(lines: Sequence[TextLine], start: int, stop: int) -> _Entry | None:
    line = lines[start]
    opening = _BULLET.match(line.content)
    assert opening is not None, "it opens an item"
    rest = line.content[opening.end() :]
    last = stop - 1
    while last > start and not lines[last].content:
        last -= 1
    marked = _marked_term().match(rest[:400])
    match = marked or _PLAIN_TERM.match(rest[:200])
    if match is None:
        return None
    term = plain_term(match["term"])
    if marked is None and (len(term.split()) > 6 or _is_sentence(term) or "http" in term or '"' in term):
        return None
    if (
        "](" in rest
        or _is_counted(term + " ")
        or furniture_line().match(term)
        or any(term.count(left) != term.count(right) for left, right in ("[]", "()", "{}"))
    ):
        return None
    names = [term]
    if marked is not None and marked["more"]:
        names += [plain_term(name) for name in re.split(rf",|/|{_alternative()}", marked["more"]) if name.strip()]
    body = line.content_start + opening.end() + match.end()
    return _Entry(names, line.content_start, body, lines[last].content_end)


def _labelled_lines(state: _State, index: int) -> int:
    """Read `Weight: 2 kg` or `term:: meaning`: at least three such lines, each a whole entry."""
    lines = state.lines
    indent = lines[index].indent
    last = index + _MIN_ITEMS - 1
    if last >= len(lines) or not (lines[last].is_prose and lines[last - 1].is_prose):
        return index
    entries: list[_Entry] = []
    at = index
    while at < len(lines) and lines[at].is_prose and at not in state.ends and lines[at].indent == indent:
        line = lines[at]
        if _LABEL_SIGN.search(line.content) is None:
            break
        match = _DOUBLE_COLON.match(line.content[:300]) or _PLAIN_TERM.match(line.content[:300])
        if match is None or _BULLET.match(line.content) or _is_counted(line.content):
            break
        term = plain_term(match["term"])
        if len(term.split()) > _MAX_LABEL_WORDS or _is_sentence(term) or term[0] in '[#|>"' or "http" in term:
            break
        entries.append(_Entry([term], line.content_start, line.content_start + match.end(), line.content_end))
        at += 1
    ends_whole = at >= len(lines) or not lines[at].content or at in state.ends
    names = {entry.names[0].casefold() for entry in entries}
    if len(entries) < _MIN_ITEMS or not ends_whole or len(names) < len(entries):
        return index
    state.lists.append(entries)
    return at


def _questions(state: _State, index: int) -> int:
    """Read `Q: …` followed by `A: …`."""
    lines = state.lines
    asked = _asked().match(lines[index].content)
    if asked is None or asked.end() == len(lines[index].content):
        return index
    stop = index + 1
    answer = None
    while stop < len(lines) and stop not in state.ends and stop - index < 200:
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
    assert match is not None, "it opens an answer"
    last = stop - 1
    while last > answer and not lines[last].content:
        last -= 1
    body = lines[answer].content_start + match.end()
    if not question.strip() or body >= lines[last].content_end or len(question) > 300:
        return index
    entry = _Entry([plain_term(question)], lines[index].content_start, body, lines[last].content_end, QUESTION)
    state.lists.append([entry])
    return stop


@lru_cache(maxsize=4096)
def _readers_of(first: str) -> tuple[Callable[[_State, int], int], ...]:
    """Return the readers for lines with this first character, in order. The first one that finds entries wins."""
    readers = (
        (True, _questions),
        (True, _colon_list),
        (first == "-", _side_by_side),
        (True, _indented_list),
        (first in _BULLETS, _item_list),
        (True, _labelled_lines),
    )
    return tuple(read for may_read, read in readers if may_read)


def _indented_end(state: _State, first: int, indent: int) -> tuple[int, int]:
    """Return the index after the indented lines of a meaning, and the last of them that has text.

    Args:
        state: State of the reading.
        first: Line where the meaning begins.
        indent: Smallest indent of the lines below it.
    """
    lines = state.lines
    last = first
    stop = first + 1
    while stop < len(lines) and stop not in state.ends:
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
    """Return whether a line at the margin continues a meaning that begins with `:`."""
    return (
        bool(_COLON_BODY.match(lines[first].content))
        and lines[stop].indent == lines[first].indent
        and not (stop + 1 < len(lines) and _COLON_BODY.match(lines[stop + 1].content))
    )


def _next_indented(lines: Sequence[TextLine]) -> list[int]:
    found = []
    following = len(lines)
    for index in range(len(lines) - 1, -1, -1):
        found.append(following)
        if lines[index].indent and lines[index].content:
            following = index
    found.reverse()
    return found


def _next_text(lines: Sequence[TextLine], index: int) -> int | None:
    for number in range(index, min(len(lines), index + 6)):
        if lines[number].content:
            return number
    return None


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
    mark = r"(?:\*\*|``|`|\*)"
    return re.compile(
        r"(?P<mark>\*\*|__|``|`|\*)(?P<term>[^*`\n]{1,80}?)[:.]?(?P=mark)"
        rf"(?P<more>(?:[ \t]*(?:,|/|{_alternative()})[ \t]*{mark}[^*`\n]{{1,80}}?{mark})*)"
        r"(?:[ \t]*\([^()\n]{1,60}\))?[ \t]*"
        r"(?:[:：]|—|–|--?(?=[ \t])|(?<=[:.]\*\*)|(?<=[:.]__))[ \t]*(?=\S)"
    )
