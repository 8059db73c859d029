"""Reads the nested headings of a text: markdown headings, underlined headings, and headings in the domain's style.

Takes cleaned text, its domain and its marks; returns nodes of kind `heading`. Used by `grammar.source`; for manuals,
only if `manual.headings` finds no headings. Speed: about 15 MB/s on one core.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import islice

from pipeline.documents.grammar.headings.lines import read_heading
from pipeline.documents.grammar.headings.nesting import nest
from pipeline.documents.grammar.turns.lines import split_lines
from pipeline.documents.marks import Mark, MarkKind
from pipeline.domains import domain_rules
from pipeline.domains.rules import HeadingStyle
from pipeline.languages import final_syllables
from pipeline.languages.heading_rules import Heading, LineContext, ends_sentence
from pipeline.nodes import Node, NodeKind

ATX = re.compile(r"(?P<marks>#{1,6})[ \t]+(?P<title>\S.*?)[ \t]*#*$")
_ASCIIDOC = re.compile(r"(?P<marks>={2,6}) (?P<title>\S.*)$")
UNDERLINE_SIGNS = tuple("=-~^\"'*+.#:`")
UNDERLINE = re.compile(r"([=\-~^\"'*+.#:`])\1{2,}$")
_SENTENCE_ENDS = (".", ":", ",", ";", *final_syllables())
_SHORT_LINE_CHARS = 40
"""A shorter line ends its paragraph, even if the line does not end a sentence; a heading may follow directly below."""
_UNDERLINE_ANY = re.compile(r"=+|-+")
_UNREAD = (MarkKind.CODE, MarkKind.HIDDEN)
"""Kinds of marks whose text contains no headings."""
_FENCE = re.compile(r" {0,3}(`{3,}|~{3,})")
_FENCE_SIGNS = ("`", "~")
FRONT_MATTER = re.compile(r"---\n(?:[^\n]*\n){0,60}?---(?:\n|$)")


@dataclass(frozen=True, slots=True)
class _Found:
    start: int
    body_start: int
    heading: Heading


MAX_HEADINGS = 200_000
"""The maximum number of headings in a text. A code of laws of 50 MB has a quarter as many; a text with more headings is
not a document."""


def read_headings(*, text: str, domain: str, marks: Sequence[Mark] = ()) -> list[Node]:
    """Return the headings in order. Each covers the text up to the next heading of the same or a higher level.

    The headings of a domain are clauses and parts of legal texts, numbered titles of manuals, or agenda items and
    scenes of dialogue. Levels start at 1 and nest without gaps. Only the first `MAX_HEADINGS` + 1 headings are read, so
    a caller can detect a text with too many.

    Args:
        text: Text of the document.
        domain: Domain of the document.
        marks: Marks of the format reader. If there are any, they alone decide which lines are markdown headings and
            code.
    """
    found = _without_list_items(
        list(islice(_headings(text, domain_rules(domain).headings, marks), MAX_HEADINGS + 1)), text
    )
    starts, ranks = [item.start for item in found], [item.heading.rank for item in found]
    return [
        Node(
            kind=NodeKind.HEADING,
            start=item.start,
            end=place.end,
            body=min(item.body_start, place.end),
            parent=place.parent,
            level=place.level,
            value=item.heading.title,
        )
        for item, place in zip(found, nest(starts, ranks, length=len(text)), strict=True)
    ]


def _headings(text: str, style: HeadingStyle, marks: Sequence[Mark]) -> Iterator[_Found]:
    lines = split_lines(text)
    starts, texts = lines.starts, lines.texts
    filled = [line.strip() for line in texts]
    next_texts = _next_texts(filled)
    marked_lines = {text.rfind("\n", 0, mark.start) + 1: mark for mark in marks if mark.kind is MarkKind.HEADING}
    unread = iter([mark for mark in marks if mark.kind in _UNREAD])
    next_unread = next(unread, None)
    underline_ranks: dict[str, int] = {}
    fence = before = ""
    front_matter = FRONT_MATTER.match(text)
    skip_until = front_matter.end() if front_matter else 0
    for index, (start, line, words) in enumerate(zip(starts, texts, filled, strict=True)):
        above, before = before, words
        while next_unread is not None and next_unread.end <= start:
            next_unread = next(unread, None)
        if next_unread is not None and _begins_in(line, start, next_unread):
            skip_until = max(skip_until, next_unread.end)
        if fence:
            fence = "" if words.startswith(fence) and not words.strip(fence[0]) else fence
            continue
        if not marks and words[:1] in _FENCE_SIGNS and (match := _FENCE.match(line)):
            fence = match.group(1)
            continue
        if not words or start < skip_until:
            continue
        if start in marked_lines:
            mark = marked_lines[start]
            skip_until = mark.end
            if (titled := _titled(text, mark)) is not None:
                yield _Found(start, mark.end, titled)
            continue
        below = filled[index + 1] if index + 1 < len(filled) else ""
        if not marks and line[0] in "#=" and (marked := _marked(line, style)):
            yield _Found(start, start + len(line), marked)
        elif not marks and not above and (underlined := _underlined(line, below, underline_ranks)):
            yield _Found(start, starts[index + 1] + len(texts[index + 1]), underlined)
        elif not above or len(above) < _SHORT_LINE_CHARS or ends_sentence(above):
            context = LineContext(words, not above, not below, next_texts[index])
            if (heading := read_heading(context, style)) is not None:
                yield _Found(start, _body_start(start, line, heading), heading)


def _begins_in(line: str, start: int, mark: Mark) -> bool:
    """Return whether a mark begins above this line, or on this line no later than the first word."""
    return mark.start <= start + len(line) and not line[: max(0, mark.start - start)].strip()


def _next_texts(filled: Sequence[str]) -> list[str]:
    """Return, for each line, the next line that is not blank; empty if there is none."""
    following = [""] * len(filled)
    seen = ""
    for index in range(len(filled) - 1, -1, -1):
        following[index] = seen
        seen = filled[index] or seen
    return following


def _marked(line: str, style: HeadingStyle) -> Heading | None:
    match = ATX.match(line) or (_ASCIIDOC.match(line) if style is HeadingStyle.MANUAL else None)
    if match is None or not any(char.isalnum() for char in match["title"]):
        return None
    return Heading(rank=len(match["marks"]), title=_plain(match["title"]), family="marked", number=-1)


def _underlined(line: str, after: str, ranks: dict[str, int]) -> Heading | None:
    """Read a title above a line of one repeated character (setext, reStructuredText).

    The character that appears first in the text has the highest rank.
    """
    match = UNDERLINE.fullmatch(after) if after[:1] in UNDERLINE_SIGNS else None
    title = line.strip() if match else ""
    if match is None or not any(char.isalnum() for char in title) or line[0] in " \t|+" or len(title) > 100:
        return None
    if not 0.6 * len(title) <= len(after) <= 3 * len(title) + 12 or title.endswith(_SENTENCE_ENDS):
        return None
    rank = ranks.setdefault(match.group(1), len(ranks) + 1)
    return Heading(rank=min(rank, 6), title=_plain(title), family="marked", number=-1)


def marked_title(text: str, mark: Mark) -> str:
    """Return the title of a marked heading.

    The result is empty for a title without letters or digits, and for a sentence or a long line above dashes or equals
    signs, which markdown parses as a heading.
    """
    title, _, below = text[mark.start : mark.end].strip().lstrip("> \t").partition("\n")
    match = ATX.match(title)
    title = match["title"] if match else title
    if not any(char.isalnum() for char in title):
        return ""
    if below and (not _UNDERLINE_ANY.fullmatch(below.strip()) or len(title) > 100 or title.endswith(_SENTENCE_ENDS)):
        return ""
    return _plain(title)


def _titled(text: str, mark: Mark) -> Heading | None:
    title = marked_title(text, mark)
    return Heading(rank=mark.level, title=title, family="marked", number=-1) if title else None


def _plain(title: str) -> str:
    """Return a markdown title without inline markup or anchors, cut at 120 characters."""
    text = re.sub(r"\[([^\]]*)\]\([^)]*\)|\{#[^}]*\}", lambda match: match.group(1) or "", title)
    return " ".join(text.replace("**", "").replace("`", "").split())[:120]


def _body_start(start: int, line: str, heading: Heading) -> int:
    """Return where the text below a heading begins: after the caption if a clause follows it, else after the line."""
    whole_line = start + len(line)
    return whole_line if len(" ".join(line.split())) <= len(heading.title) + 3 else start + len(heading.title)


def _without_list_items(found: list[_Found], text: str) -> list[_Found]:
    """Drop the titles that are list items: consecutive numbers or letters of one form without text between them."""
    drop: set[int] = set()
    for index in range(len(found) - 1):
        here, following = found[index], found[index + 1]
        if here.heading.family in _LISTED and here.heading.family == following.heading.family:
            counts_on = following.heading.number == here.heading.number + 1
            if counts_on and not text[here.body_start : following.start].strip():
                drop |= {index, index + 1}
    return [item for index, item in enumerate(found) if index not in drop]


_LISTED = frozenset({"numbered", "lettered", "dotted1", "dotted2"})
