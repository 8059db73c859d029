"""Decides which lines of a run are boilerplate, by the words of their paragraphs and by what is around them.

A *run* is a sequence of repeated lines of a document, in paragraphs. Takes the lines of a document and a run; returns
the indices of the lines to remove. Used by `clean.boilerplate`; `clean.boilerplate_words` knows the words.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence, Set
from dataclasses import dataclass
from enum import Enum

from pipeline.clean import boilerplate_words as words
from pipeline.domains.rules import Removed

MIN_BLOCK_LINES = 3
"""The minimum number of repeated lines of a run that is neither at the start nor at the end of a document."""
_MAX_BETWEEN_LINES = 3
"""The maximum number of lines of a repeated paragraph between two removed paragraphs that goes with them."""
_MIN_WRAPPED_CHARS = 30
"""The minimum length of a line that the next line continues."""
_MIN_MENU_LINES = 3
_MAX_TITLE_CHARS = 40
"""The maximum length of a repeated line that is the title of the paragraph below it."""


class Status(Enum):
    """Whether other documents of the source have a line."""

    OWN = "own"
    """No other line is like it, or too few are."""
    SHAPE = "shape"
    """The same line with other numbers is repeated."""
    REPEATED = "repeated"


@dataclass(frozen=True, slots=True)
class Line:
    """A line that is not blank."""

    start: int
    end: int
    text: str
    status: Status
    is_numbered: bool
    """Whether the line begins with the number of a clause, a heading or a list item."""
    is_heading: bool
    """Whether the file format says that the line is a heading."""
    follows_blank: bool
    is_kept: bool
    """Whether the line is in a table or in code, and always stays."""
    may_go: bool
    """Whether the line is repeated and nothing protects it."""


@dataclass(frozen=True, slots=True)
class Run:
    """A run of lines that may go: `lines[first:after]`, in paragraphs of consecutive lines."""

    first: int
    after: int
    is_at_end: bool


def gone_in(run: Run, lines: Sequence[Line], removed: Removed) -> set[int]:
    """Return the indices of the lines of a run that are boilerplate."""
    paragraphs = list(_paragraphs(run, lines))
    if _is_clause(run, lines, removed):
        paragraphs = paragraphs[1:]
    allowed = {index for paragraph in paragraphs for index in paragraph}
    free = [paragraph for paragraph in paragraphs if not _is_to_sign(paragraph, lines)]
    texts = [paragraph for paragraph in free if not _has_title(paragraph, lines)]
    gone: set[int] = set()
    for paragraph in texts:
        gone |= _notice_lines(paragraph, lines, removed, is_at_end=run.is_at_end)
    if removed is Removed.ALL or (removed is Removed.FOOTERS and gone):
        for paragraph in texts:
            gone |= _stretch(index for index in paragraph if words.is_letterhead(lines[index].text))
    for paragraph in free:
        gone |= {index for index in paragraph if _is_small_print(lines[index].text, removed)}
    if removed is not Removed.FOOTERS:
        gone |= _menu_lines(sorted(allowed), lines)
    gone |= _between(paragraphs, gone)
    gone |= _beside(run, lines, gone, allowed)
    if removed is Removed.ALL:
        gone |= _site_name(run, lines, gone)
    is_inside = run.first > 0 and not run.is_at_end
    return set() if is_inside and len(gone) < MIN_BLOCK_LINES else gone


def _is_small_print(text: str, removed: Removed) -> bool:
    return words.is_imprint(text, removed) or words.is_copyright(text)


def _is_to_sign(paragraph: range, lines: Sequence[Line]) -> bool:
    return words.is_to_sign("\n".join(lines[index].text for index in paragraph))


def _has_title(paragraph: range, lines: Sequence[Line]) -> bool:
    """Return whether a paragraph is the text of the heading above it, such as `Cookies` in a privacy policy."""
    if paragraph[0] == 0:
        return False
    above = lines[paragraph[0] - 1]
    if words.is_notice_heading(above.text) or words.is_separator(above.text):
        return False
    is_alone = above.follows_blank and lines[paragraph[0]].follows_blank and above.status is not Status.OWN
    is_title = len(above.text) <= _MAX_TITLE_CHARS and not words.ends_sentence(above.text)
    if above.is_heading:
        return True
    first = lines[paragraph[0]].text
    is_remark = len(paragraph) == 1 and len(first) <= _MAX_TITLE_CHARS and not words.ends_sentence(first)
    return is_alone and is_title and not is_remark and not _is_small_print(above.text, Removed.ALL)


def _paragraphs(run: Run, lines: Sequence[Line]) -> Iterator[range]:
    first = run.first
    for index in range(run.first + 1, run.after + 1):
        if index == run.after or lines[index].follows_blank:
            yield range(first, index)
            first = index


def _is_clause(run: Run, lines: Sequence[Line], removed: Removed) -> bool:
    """Return whether the first paragraph of a run is the text of the numbered heading or clause above it.

    In a manual, a paragraph below a heading that no other document has is not the heading's text, because it is
    repeated.
    """
    if run.first == 0 or not lines[run.first - 1].is_numbered:
        return False
    above = lines[run.first - 1]
    if not lines[run.first].follows_blank:
        return True
    is_repeated = above.status is not Status.OWN or removed is not Removed.ALL
    return is_repeated and not words.ends_sentence(above.text)


def _notice_lines(paragraph: range, lines: Sequence[Line], removed: Removed, *, is_at_end: bool) -> set[int]:
    """Return the lines of a notice in a paragraph, with the lines that its sentences begin and end in."""
    texts = [lines[index].text for index in paragraph]
    spans = words.notice_spans(" ".join(texts), removed) + words.notice_spans("\n".join(texts), removed)
    if not spans:
        return set()
    ends = []
    length = 0
    for text in texts:
        length += len(text) + 1
        ends.append(length)
    first = next(at for at, end in enumerate(ends) if end > min(start for start, _ in spans))
    last = next(at for at, end in enumerate(ends) if end >= max(end for _, end in spans))
    while first > 0 and len(texts[first - 1]) >= _MIN_WRAPPED_CHARS and not words.ends_sentence(texts[first - 1]):
        first -= 1
    if is_at_end:
        last = len(texts) - 1
    while last < len(texts) - 1 and len(texts[last]) >= _MIN_WRAPPED_CHARS and not words.ends_sentence(texts[last]):
        last += 1
    return set(range(paragraph[first], paragraph[last] + 1))


def _stretch(indices: Iterator[int]) -> set[int]:
    """Return all numbers from the first to the last."""
    found = list(indices)
    return set(range(found[0], found[-1] + 1)) if found else set()


def _menu_lines(allowed: Sequence[int], lines: Sequence[Line]) -> set[int]:
    """Return the lines of menus: lines with several entries, and stretches of lines with one entry each."""
    gone: set[int] = set()
    stretch: list[tuple[int, bool]] = []
    for index in [*allowed, -1]:
        entries = words.menu_entries(lines[index].text) if index >= 0 else []
        known = [words.is_menu_entry(entry) for entry in entries]
        if len(entries) == 1 and (not stretch or stretch[-1][0] == index - 1):
            stretch.append((index, known[0]))
            continue
        gone |= _menu_of(stretch)
        stretch = [(index, known[0])] if len(entries) == 1 else []
        if len(entries) > 1 and sum(known) >= 2 and 2 * sum(known) >= len(known):
            gone.add(index)
    return gone


def _menu_of(stretch: Sequence[tuple[int, bool]]) -> set[int]:
    found = [at for at, (_, is_known) in enumerate(stretch) if is_known]
    if not found:
        return set()
    menu = stretch[found[0] : found[-1] + 1]
    is_menu = len(menu) >= _MIN_MENU_LINES and 2 * len(found) >= len(menu)
    return {index for index, _ in menu} if is_menu else set()


def _site_name(run: Run, lines: Sequence[Line], gone: Set[int]) -> set[int]:
    """Return the first line of a document if it is short, stands alone and has a menu below it."""
    if run.first > 0 or 1 not in gone:
        return set()
    first = lines[0]
    is_name = len(first.text) <= _MAX_TITLE_CHARS and not words.ends_sentence(first.text) and not first.is_heading
    is_menu = any(words.is_menu_entry(entry) for entry in words.menu_entries(lines[1].text))
    return {0} if is_name and is_menu and lines[1].follows_blank else set()


def _between(paragraphs: Sequence[range], gone: Set[int]) -> set[int]:
    """Return short repeated paragraphs between removed ones, such as a slogan between an address and a notice."""
    return {
        index
        for before, paragraph, after in zip(paragraphs, paragraphs[1:], paragraphs[2:], strict=False)
        if len(paragraph) <= _MAX_BETWEEN_LINES and before[-1] in gone and after[0] in gone
        for index in paragraph
    }


def _beside(run: Run, lines: Sequence[Line], gone: Set[int], allowed: Set[int]) -> set[int]:
    """Return headings above removed lines, dates below them, and page numbers and separators beside them."""
    found: set[int] = set()
    for index in range(run.after - 1, run.first - 1, -1):
        if index in allowed and index + 1 in gone | found and words.is_notice_heading(lines[index].text):
            found.add(index)
    removed = gone | found
    stamps = {index for index in allowed - removed if index - 1 in removed and words.is_stamp(lines[index].text)}
    removed |= stamps
    numbers = {index for index in allowed - removed if words.is_bare_number(lines[index].text)}
    stamps |= {index for index in numbers if {index - 1, index + 1} & removed}
    removed |= stamps
    separators = {index for index in allowed - removed if words.is_separator(lines[index].text)}
    return found | stamps | {index for index in separators if {index - 1, index + 1} & removed}
