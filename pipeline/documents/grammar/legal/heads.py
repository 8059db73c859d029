"""Finds heads: numbers of articles, sections and containers (chapters, titles) at the start of a line.

Takes the text, its lines and the rules of the language. Returns the `Head`s in order, without the entries of tables of
contents, and the offsets of these tables. Used by `reading`; `sequence` then decides which heads begin a provision.
Time grows linearly with the text, except that each line is compared with every amending span.
"""

from __future__ import annotations

import re
from bisect import bisect_right
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass

from pipeline.documents.grammar.legal.counting import dotted, outer_count
from pipeline.documents.grammar.legal.lines import Line, is_blank, text_above, without_markup
from pipeline.languages.provision_rules import HeadFamily, ProvisionRules, Role

_DECIMAL = re.compile(r"(?P<num>\d{1,3}(?:\.\d{1,3}){1,3})\.?(?:\*\*|__)?(?P<rest>[ \t]+\S[^\n]*)$", re.MULTILINE)
"""A dotted number and text: `4.1 Term`."""
_INTEGER = re.compile(r"(?P<num>\d{1,3})\.(?:\*\*|__)?(?P<rest>[ \t]+\S[^\n]*|[ \t]*)$", re.MULTILINE)
"""A number with a full stop, and text if any: `4. Term`."""
_BRACKET = re.compile(r"\[(?P<num>\d{1,3})\](?P<rest>[ \t]+\S[^\n]*)$", re.MULTILINE)
"""A paragraph number of a judgment: `[12] The appellant …`."""
LEADER = re.compile(r"(?:\.{3,}|…|(?:[ \t]\.){3,}|\t)[ \t]*\d{1,4}[ \t]*$|[ \t]{3,}\d{1,4}[ \t]*$")
"""A page number at the end of a line, after dots or a wide gap: `Term ..... 12`."""
_ADDRESS = re.compile(r"[<(\[]?(?:[a-z][a-z0-9+.-]{1,12}://|www\.|mailto:|[\w.+-]+@[\w-]+\.)\S+[ \t]*", re.IGNORECASE)
"""An address that is all of an entry in a list of links."""
_MAX_SOURCES_SHARE = 1 / 3
"""A list of references at the end of a text is not longer than this share of it."""
_MAX_RESIDUE = 12
"""The maximum number of characters between two entries of a table of contents, such as a page number."""
_OPEN_BRACKET = re.compile(r"[(（\[【〔][^)）\]】〕]*$")
"""A bracket that is not closed on its line."""
_MAX_WRAPPED_LINES = 4
_MAX_LINES_ABOVE = 4
_LEAST_RUN = 3
_CAPTION_CHARS = 10
_MIN_REPEATED_SHARE = 0.7
_LEAST_WRAPPED_CHARS = 40
"""The minimum length of a line that may be broken in the middle of a sentence."""
_MAX_COMPARED = 8


@dataclass(frozen=True, slots=True)
class Head:
    """A provision number at the start of a line."""

    line: int
    start: int
    rest: int
    """The offset after the number and the bracketed title."""
    role: Role | None
    """The role of the number; None for plain numbers (`4.`, `4.1`) and numbers in brackets (`[4]`)."""
    noun: str
    """What the provision is called: `Section`, `조`."""
    numeral: str
    """The number as written. The number of an inserted article has a second number after `_`: `4_2` for 제4조의2."""
    numbers: tuple[int, ...]
    """The number as integers: (4, 1) for `4.1`, (4, 2) for 제4조의2, (4, 0) for 제4조."""
    title: str
    """The bracketed title after the number; empty if there is none."""
    rank: int = 0
    """The rank of a container, from 1 for the outermost kind; 0 for other heads."""
    is_listed: bool = False
    """True if the line ends in a page number after dots or a wide gap, as in a table of contents."""


def find_heads(
    text: str, lines: Sequence[Line], rules: ProvisionRules, amending: Sequence[tuple[int, int]] = ()
) -> tuple[list[Head], list[int]]:
    """Return the heads of a text, and the offsets at which tables of contents begin.

    A number in a table of contents is not a head. Nor is a number such as `Section 4`, without a bracketed title, or
    `2.1` before a small letter, if its line continues a sentence from the line above.

    Args:
        text: the text of the document.
        lines: the lines of the text.
        rules: the rules of the language.
        amending: spans that amend another text, in order. A line in them that says what to change is not a head, unless
            it has a bracketed title.
    """
    heads = []
    for index, line in enumerate(lines):
        if not line.text:
            continue
        start = line.content
        if start >= line.end:
            continue
        head = _head_at(text, lines, index, start, rules)
        is_text = head is not None and not head.title and _is_in_sentence(lines, index, head)
        if head is not None and not is_text and not (not head.title and is_instruction(line, amending, rules)):
            heads.append(head)
    heads = [head for head in heads if head.role is not None or not _ADDRESS.fullmatch(text, *_rest(lines, head))]
    return _drop_contents(text, lines, _without_sources(text, lines, heads, rules), rules)


def _rest(lines: Sequence[Line], head: Head) -> tuple[int, int]:
    """Return the span of the text behind a number on its line."""
    line = lines[head.line]
    return line.end - len(line.text[head.rest - line.start :].lstrip()), line.end


def _without_sources(text: str, lines: Sequence[Line], heads: list[Head], rules: ProvisionRules) -> list[Head]:
    """Return the heads without the entries of a list of references at the end of a text: `1.`, `2.` below `References`.

    Entries are the last heads of the text, count from 1, and stand in its last third, so that a table of contents with
    the entry `References` above the provisions is not taken for such a list.
    """
    at = len(heads)
    while at and heads[at - 1].role is None and heads[at - 1].numbers != (1,):
        at -= 1
    first = heads[at - 1] if at and heads[at - 1].role is None else None
    if first is None or rules.sources is None:
        return heads
    above = text_above(lines, first.line)
    numbers = [head.numbers for head in heads[at - 1 :]]
    counts = numbers == [(number,) for number in range(1, len(numbers) + 1)]
    is_last = len(text) - first.start <= _MAX_SOURCES_SHARE * len(text)
    is_list = above >= 0 and rules.sources.fullmatch(without_markup(lines[above].text).rstrip(":")) is not None
    return heads[: at - 1] if counts and is_last and is_list else heads


def _is_in_sentence(lines: Sequence[Line], index: int, head: Head) -> bool:
    """Return whether a number is part of the sentence on the line above: `… of the LGPL version` before `2.1 or later`.

    A plain number is so only before a small letter, and below a long line that has no number of its own.
    """
    if head.role is not None:
        return _continues(lines, index, head)
    above = lines[index - 1].text.strip() if index else ""
    rest = lines[index].text[max(0, head.rest - lines[index].start) :].strip()
    is_wrapped = len(above) >= _LEAST_WRAPPED_CHARS and above[-1].islower() and above[-1].isascii()
    return is_wrapped and rest[:1].islower() and not above[0].isdigit()


def _continues(lines: Sequence[Line], index: int, head: Head) -> bool:
    """Return whether a line continues the sentence above: after `… as set out in`, a number is a reference."""
    above = lines[index - 1].text.rstrip() if index else ""
    if not above or above[-1] in '.;:!?)]”"' or not above[-1].isascii():
        return False
    has_only_number = not lines[index].text[max(0, head.rest - lines[index].start) :].strip(" \t.:–—-")
    return above[-1] == "," or (above[-1].islower() and (has_only_number or len(above) >= _LEAST_WRAPPED_CHARS))


def is_instruction(line: Line, amending: Sequence[tuple[int, int]], rules: ProvisionRules) -> bool:
    """Return whether a line is in an amending span and says what to change."""
    if rules.instruction is None or not any(start <= line.start < end for start, end in amending):
        return False
    return rules.instruction.match(without_markup(line.text)) is not None


def _head_at(text: str, lines: Sequence[Line], index: int, start: int, rules: ProvisionRules) -> Head | None:
    first = text[start]
    if first.isdigit():
        for pattern in (_DECIMAL, _INTEGER):
            if match := pattern.match(text, start, lines[index].end):
                return _plain(lines, index, match, rules.decimals or rules.plain)
        return None
    if first == "[":
        match = _BRACKET.match(text, start, lines[index].end) if rules.paragraph else None
        return _plain(lines, index, match, rules.paragraph) if match else None
    for family in rules.heads:
        match = family.pattern.match(text, start, lines[index].end)
        if "title" in family.pattern.groupindex and not (match and match["title"]) and index + 1 < len(lines):
            match = _wrapped(text, lines, index, start, family) or match
        if match is not None:
            return _named(lines, index, match, family, rules)
    return None


def _wrapped(text: str, lines: Sequence[Line], index: int, start: int, family: HeadFamily) -> re.Match[str] | None:
    """Match a number with a bracketed title that continues on the next lines, or return None."""
    if _OPEN_BRACKET.search(text, start, lines[index].end) is None:
        return None
    last = min(index + _MAX_WRAPPED_LINES, len(lines) - 1)
    match = family.pattern.match(text, start, lines[last].end)
    return match if match is not None and match["title"] else None


def _plain(lines: Sequence[Line], index: int, match: re.Match[str], noun: str) -> Head:
    return Head(
        line=index,
        start=match.start(),
        rest=match.start("rest"),
        role=None,
        noun=noun,
        numeral=match["num"],
        numbers=dotted(match["num"]),
        title="",
        is_listed=LEADER.search(lines[index].text) is not None,
    )


def _named(
    lines: Sequence[Line], index: int, match: re.Match[str], family: HeadFamily, rules: ProvisionRules
) -> Head | None:
    groups = match.groupdict()
    title = " ".join((groups.get("title") or "").split())
    rest = match["rest"]
    if not title and rules.no_rest is not None and rules.no_rest.match(rest):
        return None
    branch = groups.get("branch")
    if family.role in (Role.SECTION, Role.SIGN):
        numbers = dotted(match["num"])
    else:
        numbers = (outer_count(match["num"]), int(branch or 0))
    if not numbers or not numbers[0]:
        return None
    return Head(
        line=index,
        start=match.start(),
        rest=match.start("rest"),
        role=family.role,
        noun=family.noun,
        numeral=match["num"] + (f"_{branch}" if branch else ""),
        numbers=numbers,
        title=title,
        rank=family.rank,
        is_listed=LEADER.search(lines[index].text) is not None,
    )


def _drop_contents(
    text: str, lines: Sequence[Line], heads: Sequence[Head], rules: ProvisionRules
) -> tuple[list[Head], list[int]]:
    """Return the heads that are not in a table of contents, and the offsets at which tables of contents begin.

    A table of contents is a run of heads with little text between them. Most of these heads occur again later or end in
    page numbers; below the heading of a table of contents, one such head is enough. Outside tables of contents, heads
    that end in page numbers are dropped too.
    """
    keys = [(head.noun, head.numeral) for head in heads]
    captions = [_caption(text, lines, head) for head in heads]
    later: dict[tuple[str, str], list[int]] = defaultdict(list)
    for index, key in enumerate(keys):
        later[key].append(index)
    kept: list[Head] = []
    contents: list[int] = []
    at = 0
    while at < len(heads):
        run = _run_at(text, lines, heads, keys, at)
        is_below_heading = _is_below_contents_heading(lines, heads[at].line, rules)
        repeated = sum(_recurs(index, captions, later[keys[index]]) for index in run)
        listed = sum(heads[index].is_listed for index in run)
        if any(_is_list_item(text, lines, heads[index]) for index in run):
            repeated = 0
        if is_below_heading and (repeated or listed):
            run = range(at, max(run.stop, _next_same(later[keys[at]], at)))
            is_contents = True
        elif len(run) < _LEAST_RUN:
            is_contents = max(repeated, listed) == len(run) and (len(run) > 1 or listed > 0)
        else:
            is_contents = max(repeated, listed) >= _MIN_REPEATED_SHARE * len(run)
        if not is_contents:
            kept += [heads[index] for index in run if not heads[index].is_listed]
        else:
            contents.append(lines[_first_line(lines, heads[at].line)].start)
        at = run.stop
    return kept, contents


def _is_list_item(text: str, lines: Sequence[Line], head: Head) -> bool:
    """Return whether the text after a plain number looks like a list item: a small first letter, or `,` or `;` last."""
    line = text[head.rest : lines[head.line].end].strip()
    return head.role is None and (line[:1].islower() or line.endswith((",", ";")))


def _recurs(index: int, captions: Sequence[str], same: Sequence[int]) -> bool:
    """Return whether one of the next heads with the same number has the same caption, or one caption is empty."""
    caption = captions[index]
    for later in same[bisect_right(same, index) : bisect_right(same, index) + _MAX_COMPARED]:
        if not caption or not captions[later] or caption == captions[later]:
            return True
    return False


def _next_same(same: Sequence[int], index: int) -> int:
    """Return the index of the next head with the same number, or the next index if there is none."""
    at = bisect_right(same, index)
    return same[at] if at < len(same) else index + 1


def _first_line(lines: Sequence[Line], index: int) -> int:
    """Return the index of the first line of a table of contents, including short lines directly above its entries."""
    first = index
    while (
        first > max(0, index - _MAX_LINES_ABOVE)
        and not is_blank(lines, first - 1)
        and len(lines[first - 1].text.strip()) <= _MAX_RESIDUE
    ):
        first -= 1
    return first


def _caption(text: str, lines: Sequence[Line], head: Head) -> str:
    """Return the first letters of the title or of the text after a number, to compare heads."""
    line = text[head.rest : lines[head.line].end] if head.rest <= lines[head.line].end else ""
    return "".join(re.findall(r"[^\W\d_]+", head.title or line)).casefold()[:_CAPTION_CHARS]


def _run_at(text: str, lines: Sequence[Line], heads: Sequence[Head], keys: Sequence[tuple[str, str]], at: int) -> range:
    """Return the longest run of heads from index `at` with hardly any text between their lines and no head twice."""
    stop, seen = at + 1, {keys[at]}
    while stop < len(heads) and keys[stop] not in seen:
        between = text[lines[heads[stop - 1].line].end : heads[stop].start].strip()
        if len(between) > _MAX_RESIDUE:
            break
        seen.add(keys[stop])
        stop += 1
    return range(at, stop)


def _is_below_contents_heading(lines: Sequence[Line], index: int, rules: ProvisionRules) -> bool:
    """Return whether the nearest line with text above a line is the heading of a table of contents."""
    above = index - 1
    while above >= max(0, index - _MAX_LINES_ABOVE) and is_blank(lines, above):
        above -= 1
    return (
        above >= 0
        and rules.contents is not None
        and rules.contents.fullmatch(without_markup(lines[above].text)) is not None
    )
