"""Finds the headings among the paragraphs of a document, and their levels.

In: the paragraphs of all pages, the bookmarks and the tags of the file. Out: levels by paragraph. Used by
`pdf.document`; `pdf.writing` uses `is_caption`, and `pdf.outline` uses `Bookmark`. Cost: linear.

Code, entries of a table of contents and long paragraphs are never headings. Any other paragraph is a heading if a
bookmark near its page has its text, or if the file tags it as one; the bookmark or the tag also gives the level. Other
headings are larger than the body, or are bold or italic and are set apart or numbered. A look (size, weight and slant)
that makes up much of the document is taken to be that of the body.

The looks of headings are ranked by size, then weight, then slant. A look gets the level that bookmarks and tags give
most often to its headings; if they give none, it is one level below the look ranked before it, or on its level if both
are nearly of one size. `2.1` is below `2`. Levels end at 6.

If no name of a font tells which lines are bold, a font of little else than single lines directly above text tells it.

Labels of figures, the items of a list and what `pdf.unlikely` finds are headings only if a bookmark or a tag says so.
"""

from __future__ import annotations

import re
from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise

from pipeline.documents.pdf.lines import Line
from pipeline.documents.pdf.paragraphs import Paragraph, ParagraphKind
from pipeline.documents.pdf.unlikely import PlacedParagraph, in_rows, terms, without_bare

_LARGER, _LARGER_WITH_NUMBER = 1.1, 1.06
"""Least size of a heading, in sizes of the body; a numbered line of its own may be smaller."""
_MAX_CHARS = 200
_MAX_LINES = 4
_MAX_ITALIC_CHARS = 70
_MAX_SHARE = 0.2
"""Share of the document's characters above which a look is taken to be that of the body."""
_SHORT_LINES, _MAX_LONG = 2, 0.1
_MIN_GAP = 1.25
_MAX_GAP_BELOW, _MIN_TITLES, _MAX_TITLE_SHARE = 1.6, 3, 0.05
"""Distance of a title to its text, in font sizes; least number of titles in a font that says nothing of its weight, and
the largest share of the document's characters in it."""
_NOT_TEXT = re.compile(r"[\W_]+")
_NUMBERED = re.compile(
    r"(\d{1,2}(?:\.\d{1,2}){0,4})\.?\s+[^\W\d_]|([IVX]{1,5})\.\s+[^\W\d_]|제\s?\d+\s?(?:편|장|절|관)"
)
_SECTION = re.compile(r"^\(?\d{1,3}(?:[.-]\d{1,3})*[.)]?\s+(?=[^\W\d_])")
_FIELD = re.compile(r"[:：]\s*\d[\d/.,: -]*$")
"""The end of a field of a form, such as that of a date."""
_COLUMN_GAP = 1.5
_AMOUNT = re.compile(r"(?:[$€£¥₩₹`~±]\s?[\d.,]+|\d{1,3}(?:,\d{2,3})+)\S*(?:\s\S+){0,3}")
_MAX_SENTENCE_WORDS = 5
"""A line with more words that ends in a full stop is a sentence; a numbered title may end in one."""
_CAPTION = re.compile(r"(?:fig(?:ure|\.)|table|그림|표|사진|listing)\s?[<\[]?\d", re.IGNORECASE)
_INNER_BULLETS = frozenset("-–—*·ㆍ‧∙•◦▪▫‣⁃om")
"""Bullets of items in a list; others, such as □ and ■, also begin the headings of Korean reports."""
_ENDS = re.compile(r"[.,;:]$|다\.$")
_PAGE_NUMBER = re.compile(r"\s\d{1,4}$")
_LETTERS = re.compile(r"[^\W\d_]")
_NO_LEVEL, _MAX_LEVEL = 0, 6
_NEARLY = 0.9
"""Two looks of one weight are one level if the smaller size is at least this share of the larger one."""
_Look = tuple[float, bool, bool]


@dataclass(frozen=True, slots=True)
class Bookmark:
    """An entry of a file's outline."""

    title: str
    level: int
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
    fonts = _title_fonts(placed)
    unlikely = _listed([item.paragraph for item in placed]) | in_rows(placed) | terms(placed)
    for item in placed:
        paragraph = item.paragraph
        if paragraph.kind in (ParagraphKind.CODE, ParagraphKind.ENTRIES) or len(paragraph.lines) > _MAX_LINES:
            continue
        level = _bookmarked(item, entries) or _tagged(paragraph, tags[item.page])
        if level and paragraph.num_chars <= _MAX_CHARS:
            given[id(paragraph)] = level
            found.append(paragraph)
        elif (
            not item.is_label
            and id(paragraph) not in unlikely
            and (_looks_like_heading(paragraph, body, common) or _is_in_title_font(paragraph, fonts, body))
        ):
            found.append(paragraph)
    kept = without_bare(found, _levels(found, given), given, placed)
    return _levels(kept, given)


def body_size(lines: Iterable[Line]) -> float:
    """Return the most common font size by number of characters, rounded to 0.5; 10 if there are no lines."""
    sizes: Counter[float] = Counter()
    for line in lines:
        sizes[round(line.size * 2) / 2] += line.num_chars
    return max(sizes, key=lambda size: (sizes[size], size)) if sizes else 10.0


def _look(paragraph: Paragraph) -> _Look:
    return round(paragraph.size * 2) / 2, paragraph.is_bold, not paragraph.is_italic


def _common_looks(paragraphs: Sequence[Paragraph]) -> set[_Look]:
    """Return the looks that make up much of the text. Bold lines may, if there is more text of another look."""
    sizes: Counter[_Look] = Counter()
    long: Counter[_Look] = Counter()
    for paragraph in paragraphs:
        sizes[_look(paragraph)] += paragraph.num_chars
        long[_look(paragraph)] += paragraph.num_chars if len(paragraph.lines) > _SHORT_LINES else 0
    total = sum(sizes.values())
    most = max(sizes.values(), default=0)
    return {
        look
        for look, size in sizes.items()
        if size > _MAX_SHARE * total
        and total > 1000
        and not (look[1] and size < most and long[look] <= _MAX_LONG * size)
    }


def _listed(paragraphs: Sequence[Paragraph]) -> set[int]:
    """Return the `id()` of each item of a list, of whatever size: items of one look that follow each other.

    A line that ends in a number beside entries of a table of contents is an entry without dots.
    Numbers of several parts, such as `2.1`, name sections: they are items only beside others that are.
    """
    found: set[int] = set()
    for first, second in pairwise(paragraphs):
        are_items = first.kind is ParagraphKind.ITEM and second.kind is ParagraphKind.ITEM
        if second.kind is ParagraphKind.ENTRIES and _PAGE_NUMBER.search(first.lines[-1].text):
            found.add(id(first))
        if first.kind is ParagraphKind.ENTRIES and _PAGE_NUMBER.search(second.lines[-1].text):
            found.add(id(second))
        if are_items and _look(first) == _look(second) and not (_depth(first) > 1 or _depth(second) > 1):
            found |= {id(first), id(second)}
    return found


def _looks_like_heading(paragraph: Paragraph, body: float, common: set[_Look]) -> bool:
    text = " ".join(line.text for line in paragraph.lines)
    if _look(paragraph) in common or not 2 <= paragraph.num_chars <= _MAX_CHARS or len(_LETTERS.findall(text)) < 2:
        return False
    if _FIELD.search(text) or any(_has_columns(line) for line in paragraph.lines):
        return False
    if 2 * len(text.split()) > paragraph.num_chars + 1:
        return False  # Letters far apart, such as the columns of a table or the label of an axis.
    if (
        (paragraph.bullet and (paragraph.size < _LARGER * body or paragraph.bullet in _INNER_BULLETS))
        or _CAPTION.match(text)
        or len(_LETTERS.findall(text)) < 0.4 * paragraph.num_chars
    ):
        return False
    least = _LARGER_WITH_NUMBER if paragraph.label and len(paragraph.lines) == 1 else _LARGER
    is_larger = paragraph.size >= least * body
    if _ENDS.search(text) and not (is_larger and len(text) < 60 and not text.endswith((",", ";"))):
        return False
    if text.endswith(".") and len(text.split()) > _MAX_SENTENCE_WORDS and not paragraph.label:
        return False
    if sum(map(str.isdigit, _unlabelled(text))) >= len(_LETTERS.findall(text)) or _AMOUNT.fullmatch(text):
        return False  # An amount, such as the figures of a report that are set large.
    if is_larger:
        return True
    is_short = len(paragraph.lines) <= 2 and len(text) <= 120
    is_apart = paragraph.gap_above >= _MIN_GAP or _NUMBERED.match(text) is not None
    is_set_off = paragraph.is_bold or (paragraph.is_italic and len(text) <= _MAX_ITALIC_CHARS and text[0].isupper())
    return is_set_off and paragraph.size >= 0.95 * body and is_short and is_apart


def _title_fonts(placed: Sequence[PlacedParagraph]) -> frozenset[str]:
    """Return the fonts of lines that stand directly above text in the font of the body, and of little else.

    They tell titles where no name of a font says `bold`.
    """
    total: Counter[str] = Counter()
    for item in placed:
        for line in item.paragraph.lines:
            total[line.style.font] += line.num_chars
    if not total:
        return frozenset()
    body = max(total, key=lambda font: (total[font], font))
    titles: Counter[str] = Counter()
    for item, following in pairwise(placed):
        paragraph, text = item.paragraph, following.paragraph
        is_above = item.page == following.page and text.gap_above < _MAX_GAP_BELOW and len(text.lines) > 1
        if is_above and _is_single(paragraph) and text.lines[0].style.font == body:
            titles[paragraph.lines[0].font] += 1
    least = _MAX_TITLE_SHARE * sum(total.values())
    return frozenset(
        font for font, number in titles.items() if font != body and number >= _MIN_TITLES and total[font] <= least
    )


def _is_single(paragraph: Paragraph) -> bool:
    """Return whether a paragraph is a line in one font, set apart from what is above it, and no sentence."""
    line = paragraph.lines[0]
    text = line.text
    is_title = len(paragraph.lines) == 1 and bool(line.font) and text[0].isupper() and _ENDS.search(text) is None
    is_plain = paragraph.kind is ParagraphKind.TEXT and not line.style.is_fixed and len(text) <= _MAX_ITALIC_CHARS
    return is_title and is_plain and paragraph.gap_above >= _MIN_GAP and _CAPTION.match(text) is None


def _is_in_title_font(paragraph: Paragraph, fonts: frozenset[str], body: float) -> bool:
    return paragraph.lines[0].font in fonts and _is_single(paragraph) and paragraph.size >= 0.95 * body


def _has_columns(line: Line) -> bool:
    """Return whether the words of a line form three or more columns, like the names in the head of a table."""
    gaps = (following.left - word.right for word, following in pairwise(line.words))
    return sum(gap > _COLUMN_GAP * line.size for gap in gaps) > 1


def _unlabelled(text: str) -> str:
    """Return a text without the number at its start, such as that of a section."""
    return _SECTION.sub("", text, count=1)


def _by_text(bookmarks: Sequence[Bookmark]) -> dict[str, list[Bookmark]]:
    entries: dict[str, list[Bookmark]] = defaultdict(list)
    for bookmark in bookmarks:
        if text := _plain(bookmark.title):
            entries[text].append(bookmark)
    return entries


def _bookmarked(item: PlacedParagraph, entries: Mapping[str, Sequence[Bookmark]]) -> int:
    if item.paragraph.bullet in _INNER_BULLETS and item.paragraph.bullet:
        return _NO_LEVEL  # An item with the name of a section, such as in an overview before it.
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

    If the first heading has no number and others of its look have one, it is the title, and they are one level below.
    A heading with a number such as `2.1` is below the heading `2` before it, unless the file gives its level.
    """
    ranks = _ranks(found, given)
    depths: dict[_Look, Counter[int]] = defaultdict(Counter)
    for paragraph in found:
        depths[_look(paragraph)][_depth(paragraph)] += 1
    titled = {
        _look(paragraph) for paragraph in found[:1] if not _depth(paragraph) and len(depths[_look(paragraph)]) > 1
    }
    levels: dict[int, int] = {}
    numbered: dict[str, int] = {}
    for place, paragraph in enumerate(found):
        look, depth = _look(paragraph), _depth(paragraph)
        least = min((depth for depth in depths[look] if depth), default=0)
        level = ranks[look] + max(0, depth - least if depth else 0) + bool(place and look in titled)
        number = _number(paragraph)
        if id(paragraph) in given:
            level = given[id(paragraph)]
        elif number:
            level = max(level, numbered.get(number.rpartition(".")[0], 0) + 1)
        levels[id(paragraph)] = min(_MAX_LEVEL, level)
        if number:
            numbered = {other: last for other, last in numbered.items() if number.startswith(f"{other}.")}
            numbered[number] = level
    return levels


def _ranks(found: Sequence[Paragraph], given: Mapping[int, int]) -> dict[_Look, int]:
    """Return the level of each look.

    It is the one that bookmarks and tags give most often to the headings of this look and of those that are nearly
    alike; if they give none, it is one below the level of the looks ranked before. If that makes too many levels, a
    look that only one heading has joins the looks above it.
    """
    counts = Counter(_look(paragraph) for paragraph in found)
    groups: list[list[_Look]] = []
    for look in sorted(counts, reverse=True):
        if groups and _are_near(groups[-1][0], look):
            groups[-1].append(look)
        else:
            groups.append([look])
    if len(groups) > _MAX_LEVEL:
        groups = _without_singles(groups, counts)
    said: dict[_Look, Counter[int]] = defaultdict(Counter)
    for paragraph in found:
        if id(paragraph) in given:
            said[_look(paragraph)][given[id(paragraph)]] += 1
    ranks: dict[_Look, int] = {}
    level = 0
    for group in groups:
        stated = sum((said[look] for look in group), Counter[int]())
        level = stated.most_common(1)[0][0] if stated else level + 1
        for look in group:
            ranks[look] = said[look].most_common(1)[0][0] if said[look] else level
    return ranks


def _without_singles(groups: Sequence[list[_Look]], counts: Mapping[_Look, int]) -> list[list[_Look]]:
    kept: list[list[_Look]] = []
    for group in groups:
        if kept and sum(counts[look] for look in group) == 1:
            kept[-1] = [*kept[-1], *group]
        else:
            kept.append(group)
    return kept


def _are_near(larger: _Look, look: _Look) -> bool:
    """Return whether two looks are one level: the same weight and nearly the same size."""
    return larger[1] == look[1] and look[0] >= _NEARLY * larger[0]


def _depth(paragraph: Paragraph) -> int:
    """Return how many parts a heading's number has, such as 2 for `2.1`; 0 without such a number."""
    number = _number(paragraph)
    return number.count(".") + 1 if number else 0


def _number(paragraph: Paragraph) -> str:
    """Return a heading's number, such as `2.1`; an empty string without one in Arabic digits."""
    match = _NUMBERED.match(paragraph.first_text)
    return match[1] or "" if match is not None else ""


def is_caption(line: Line) -> bool:
    """Return whether a line begins the caption of a figure, table, photo or listing."""
    return _CAPTION.match(line.text) is not None
