"""Finds the headings among the paragraphs of a document, and their levels.

In: the paragraphs of all pages, the bookmarks and the tags of the file. Out: levels by paragraph. Used by
`pdf.document`; `pdf.writing` uses `is_caption`, and `pdf.outline` uses `Bookmark`. Cost: linear.

Code, entries of a table of contents and long paragraphs are never headings. Any other paragraph is a heading if a
bookmark near its page has its text, or if the file tags it as one; the bookmark or the tag also gives the level. Other
headings are larger than the body, or are bold or italic and are set apart or numbered. A look (size, weight and slant)
that makes up much of the document is taken to be that of the body.

The looks of headings are ranked by size, then weight, then slant. A look gets the level that bookmarks and tags give
most often to its headings; if they give none, it is one level below the look ranked before it. Among headings of one
look, `2.1` is one level below `2`.
"""

from __future__ import annotations

import re
from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from pipeline.documents.pdf.lines import Line
from pipeline.documents.pdf.paragraphs import Paragraph, ParagraphKind

_LARGER = 1.1
_MAX_CHARS = 200
_MAX_LINES = 4
_MAX_ITALIC_CHARS = 70
_MAX_SHARE = 0.2
"""Share of the document's characters above which a look is taken to be that of the body."""
_MIN_GAP = 1.25
_NOT_TEXT = re.compile(r"[\W_]+")
_NUMBERED = re.compile(
    r"(\d{1,2}(?:\.\d{1,2}){0,4})\.?\s+[^\W\d_]|([IVX]{1,5})\.\s+[^\W\d_]|제\s?\d+\s?(?:편|장|절|관)"
)
_CAPTION = re.compile(r"(?:fig(?:ure|\.)|table|그림|표|사진|listing)\s?[<\[]?\d", re.IGNORECASE)
_ENDS = re.compile(r"[.,;:]$|다\.$")
_LETTERS = re.compile(r"[^\W\d_]")
_NO_LEVEL = 0
_Look = tuple[float, bool, bool]


@dataclass(frozen=True, slots=True)
class Bookmark:
    """An entry of a file's outline."""

    title: str
    level: int
    page: int


@dataclass(frozen=True, slots=True)
class PlacedParagraph:
    """A paragraph and the index of its page."""

    paragraph: Paragraph
    page: int


def heading_levels(
    placed: Sequence[PlacedParagraph],
    bookmarks: Sequence[Bookmark],
    tags: Sequence[Mapping[int, int]],
    *,
    body: float,
) -> dict[int, int]:
    """Return the level of each heading by the `id()` of its paragraph.

    Args:
        placed: the paragraphs of the document in order.
        bookmarks: the file's outline.
        tags: for each page, heading levels by marked-content id.
        body: font size of the body.
    """
    common = _common_looks([item.paragraph for item in placed])
    given: dict[int, int] = {}
    found: list[Paragraph] = []
    entries = _by_text(bookmarks)
    for item in placed:
        paragraph = item.paragraph
        if paragraph.kind in (ParagraphKind.CODE, ParagraphKind.ENTRIES) or len(paragraph.lines) > _MAX_LINES:
            continue
        level = _bookmarked(item, entries) or _tagged(paragraph, tags[item.page])
        if level and paragraph.num_chars <= _MAX_CHARS:
            given[id(paragraph)] = level
            found.append(paragraph)
        elif _looks_like_heading(paragraph, body, common):
            found.append(paragraph)
    return _levels(found, given)


def body_size(lines: Iterable[Line]) -> float:
    """Return the most common font size by number of characters, rounded to 0.5; 10 if there are no lines."""
    sizes: Counter[float] = Counter()
    for line in lines:
        sizes[round(line.size * 2) / 2] += line.num_chars
    return max(sizes, key=lambda size: (sizes[size], size)) if sizes else 10.0


def _look(paragraph: Paragraph) -> _Look:
    return round(paragraph.size * 2) / 2, paragraph.is_bold, not paragraph.is_italic


def _common_looks(paragraphs: Sequence[Paragraph]) -> set[_Look]:
    sizes: Counter[_Look] = Counter()
    for paragraph in paragraphs:
        sizes[_look(paragraph)] += paragraph.num_chars
    total = sum(sizes.values())
    return {look for look, size in sizes.items() if size > _MAX_SHARE * total and total > 1000}


def _looks_like_heading(paragraph: Paragraph, body: float, common: set[_Look]) -> bool:
    text = " ".join(line.text for line in paragraph.lines)
    if _look(paragraph) in common or not 2 <= paragraph.num_chars <= _MAX_CHARS or len(_LETTERS.findall(text)) < 2:
        return False
    if (
        (paragraph.bullet and paragraph.size < _LARGER * body)
        or _CAPTION.match(text)
        or len(_LETTERS.findall(text)) < 0.4 * paragraph.num_chars
    ):
        return False
    is_larger = paragraph.size >= _LARGER * body
    if _ENDS.search(text) and not (is_larger and len(text) < 60 and not text.endswith((",", ";"))):
        return False
    if is_larger:
        return True
    is_short = len(paragraph.lines) <= 2 and len(text) <= 120
    is_apart = paragraph.gap_above >= _MIN_GAP or _NUMBERED.match(text) is not None
    is_set_off = paragraph.is_bold or (paragraph.is_italic and len(text) <= _MAX_ITALIC_CHARS and text[0].isupper())
    return is_set_off and paragraph.size >= 0.95 * body and is_short and is_apart


def _by_text(bookmarks: Sequence[Bookmark]) -> dict[str, list[Bookmark]]:
    entries: dict[str, list[Bookmark]] = defaultdict(list)
    for bookmark in bookmarks:
        if text := _plain(bookmark.title):
            entries[text].append(bookmark)
    return entries


def _bookmarked(item: PlacedParagraph, entries: Mapping[str, Sequence[Bookmark]]) -> int:
    text = _plain(" ".join(line.text for line in item.paragraph.lines))
    unnumbered = text.lstrip("0123456789")
    for key in (text, unnumbered):
        for entry in entries.get(key, ()):
            if abs(entry.page - item.page) <= 1:
                return entry.level
    return _NO_LEVEL


def _tagged(paragraph: Paragraph, tags: Mapping[int, int]) -> int:
    levels = {tags.get(word.style.content_id, _NO_LEVEL) for line in paragraph.lines for word in line.words}
    return levels.pop() if len(levels) == 1 else _NO_LEVEL


def _plain(text: str) -> str:
    return _NOT_TEXT.sub("", text).lower()


def _levels(found: Sequence[Paragraph], given: Mapping[int, int]) -> dict[int, int]:
    """Return a level for each heading: the given one, or else the level of its look, lowered by the heading's number.

    The level of a look is the one that bookmarks and tags give most often to its headings. If they give none, it is one
    level below the look ranked before it.
    """
    said: dict[_Look, Counter[int]] = defaultdict(Counter)
    depths: dict[_Look, Counter[int]] = defaultdict(Counter)
    for paragraph in found:
        if id(paragraph) in given:
            said[_look(paragraph)][given[id(paragraph)]] += 1
        depths[_look(paragraph)][_depth(paragraph)] += 1
    ranks: dict[_Look, int] = {}
    level = 0
    for look in sorted({_look(paragraph) for paragraph in found}, reverse=True):
        level = said[look].most_common(1)[0][0] if look in said else level + 1
        ranks[look] = level
    levels = {}
    titled = {_look(paragraph) for paragraph in found[:1] if not _depth(paragraph)}
    for paragraph in found:
        look = _look(paragraph)
        depth = _depth(paragraph)
        least = min((depth for depth in depths[look] if depth), default=0)
        deeper = depth - least + (look in titled) if depth and least else 0
        levels[id(paragraph)] = given.get(id(paragraph), ranks[look] + deeper)
    return levels


def _depth(paragraph: Paragraph) -> int:
    """Return how many parts a heading's number has, such as 2 for `2.1`; 0 without such a number."""
    match = _NUMBERED.match(paragraph.first_text)
    return match[1].count(".") + 1 if match is not None and match[1] else 0


def is_caption(line: Line) -> bool:
    """Return whether a line begins the caption of a figure, table, photo or listing."""
    return _CAPTION.match(line.text) is not None
