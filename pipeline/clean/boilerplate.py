"""Removes boilerplate: lines that many documents of one source repeat and that are not part of what they say.

Takes a normalised text, the hashes of the lines that its source repeats (`clean.repeated_lines`) and the spans of its
tables, code and headings; returns the text without boilerplate. `clean.document` calls `without_boilerplate` before
masking. Examples of boilerplate are site menus, cookie notes, mail footers, page numbers, letterheads and disclaimers.

Repetition alone removes nothing: fifty leases of one form repeat their clauses, and statutes their enacting words.
Lines go only if they form a *run* of repeated lines at the start or end of the document, or of `MIN_BLOCK_LINES` or
more elsewhere, and if the words of their paragraph show what they are (`clean.boilerplate_words`). A line that differs
in numbers or dates between documents counts as repeated only if it is an imprint or a copyright line. Numbered headings
and clauses, tables and code always stay. Nothing goes if the removed lines are too large a share of the document, or if
most of the rest is repeated too, as in a form. Cost: 10 MB/s on one core if the source repeats any line, else nothing.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence, Set
from dataclasses import dataclass, replace
from enum import Enum

from pipeline.clean import boilerplate_words as words
from pipeline.clean.places import Edit, PlacedText
from pipeline.clean.repeated_lines import MAX_LINE_CHARS, line_hash
from pipeline.documents.marks import Mark, MarkKind
from pipeline.domains.rules import Removed

MIN_BLOCK_LINES = 3
"""The minimum number of repeated lines of a run that is neither at the start nor at the end of a document."""
MAX_FORM_SHARE = 0.5
"""If a larger share of the text that would stay is repeated, the document is a filled-in form, and nothing goes."""
_MAX_BETWEEN_LINES = 3
"""The maximum number of lines of a repeated paragraph between two removed paragraphs that goes with them."""
_MIN_WRAPPED_CHARS = 30
"""The minimum length of a line that the next line continues."""
_MIN_MENU_LINES = 3
_MAX_ROUNDS = 4
"""The maximum number of searches. Two are enough for almost every document: the second finds nothing."""
_MAX_TITLE_CHARS = 40
"""The maximum length of a repeated line that is the title of the paragraph below it."""


@dataclass(frozen=True, slots=True)
class Trimmed:
    """A text after removal."""

    placed: PlacedText
    lines: tuple[str, ...] = ()
    """The removed lines, in order, without blank ones."""
    num_chars: int = 0
    """The number of characters by which the text became shorter, including line ends."""
    was_too_much: bool = False
    """Whether boilerplate was found but kept, because it was too large a share of the text or the text is a form."""


class _Status(Enum):
    OWN = "own"
    """The line is not repeated, or is protected."""
    SHAPE = "shape"
    """The same line with other numbers is repeated."""
    REPEATED = "repeated"


@dataclass(frozen=True, slots=True)
class _Line:
    start: int
    end: int
    text: str
    status: _Status
    is_numbered: bool
    is_heading: bool
    """Whether the file format says that the line is a heading."""
    follows_blank: bool
    may_go: bool


@dataclass(frozen=True, slots=True)
class _Run:
    """A run of lines that may go: `lines[first:after]`, in paragraphs of consecutive lines."""

    first: int
    after: int
    is_at_end: bool


def without_boilerplate(
    placed: PlacedText,
    *,
    marks: Sequence[Mark],
    marked: Sequence[int],
    repeated: Set[int],
    removed: Removed,
    max_share: float,
) -> Trimmed:
    """Return the text without boilerplate.

    Args:
        placed: a normalised text.
        marks: the marks of the document, with offsets in the text that its reader returned.
        marked: the offsets of the marks there; `placed.places` are the same places in `placed.text`.
        repeated: the hashes of the lines that the document's source repeats.
        removed: which boilerplate the document's domain allows to remove.
        max_share: the maximum share of the text that may be removed. If more would go, nothing goes.
    """
    if not repeated or removed is Removed.NONE:
        return Trimmed(placed)
    at = dict(zip(marked, placed.places, strict=True))
    moved = [replace(mark, start=at[mark.start], end=at[mark.end]) for mark in marks]
    lines = _lines_of(placed.text, moved, repeated, removed)
    gone = _gone(lines, removed)
    if not gone:
        return Trimmed(placed)
    if _is_too_much(lines, gone, max_share):
        return Trimmed(placed, was_too_much=True)
    left = placed.edited(Edit(start, end, "") for start, end in _spans(placed.text, lines, sorted(gone)))
    gone_lines = tuple(lines[index].text for index in sorted(gone))
    return Trimmed(left, gone_lines, num_chars=len(placed.text) - len(left.text))


def _lines_of(text: str, marks: Sequence[Mark], repeated: Set[int], removed: Removed) -> list[_Line]:
    """Return the lines of a text that are not blank."""
    kept = _merged([(mark.start, mark.end) for mark in marks if mark.kind in (MarkKind.TABLE, MarkKind.CODE)])
    headings = _merged([(mark.start, mark.end) for mark in marks if mark.kind is MarkKind.HEADING])
    lines: list[_Line] = []
    start = 0
    follows_blank = in_fence = False
    for line in text.split("\n"):
        end = start + len(line)
        if not line.strip():
            follows_blank = True
        else:
            is_fence = words.is_fence(line)
            is_kept = in_fence or is_fence or words.is_table_row(line) or _touches(kept, start, end)
            is_heading = line.startswith("#") or _touches(headings, start, end)
            in_fence = in_fence != is_fence
            lines.append(_line(line, start, follows_blank, repeated, removed, is_kept=is_kept, is_heading=is_heading))
            follows_blank = False
        start = end + 1
    return lines


def _line(
    text: str,
    start: int,
    follows_blank: bool,
    repeated: Set[int],
    removed: Removed,
    *,
    is_kept: bool,
    is_heading: bool,
) -> _Line:
    status = _status(text, repeated)
    is_imprint = status is not _Status.OWN and words.is_imprint(text, removed)
    is_numbered = not is_imprint and words.is_numbered(text)
    may_go = status is _Status.REPEATED or (status is _Status.SHAPE and _may_differ(text, is_imprint=is_imprint))
    if is_kept or is_numbered:
        may_go = False
    elif is_heading and may_go:
        entries = words.menu_entries(text)
        may_go = words.is_notice_heading(text) or (len(entries) == 1 and words.is_menu_entry(entries[0]))
    return _Line(start, start + len(text), text, status, is_numbered, is_heading, follows_blank, may_go)


def _may_differ(text: str, *, is_imprint: bool) -> bool:
    """Return whether a line may go although its numbers differ between documents."""
    return is_imprint or words.is_copyright(text) or words.is_stamp(text)


def _status(text: str, repeated: Set[int]) -> _Status:
    if len(text) > MAX_LINE_CHARS:
        return _Status.OWN
    hashed = line_hash(text)
    if hashed.exact in repeated:
        return _Status.REPEATED
    return _Status.SHAPE if hashed.shape in repeated else _Status.OWN


def _merged(spans: Sequence[tuple[int, int]]) -> list[tuple[int, int]]:
    """Return the spans in order, without those inside others."""
    found: list[tuple[int, int]] = []
    for start, end in sorted(spans):
        if not found or start >= found[-1][1]:
            found.append((start, end))
        elif end > found[-1][1]:
            found[-1] = (found[-1][0], end)
    return found


def _touches(spans: list[tuple[int, int]], start: int, end: int) -> bool:
    """Return whether any of the spans has characters of a line; removes the spans that end before the line."""
    while spans and spans[0][1] <= start:
        spans.pop(0)
    return bool(spans) and spans[0][0] < end


def _gone(lines: Sequence[_Line], removed: Removed) -> set[int]:
    """Return the indices of the lines that are boilerplate.

    Lines that a removed line was between are next to each other then, so the search is repeated on what is left.
    """
    left = list(range(len(lines)))
    for _ in range(_MAX_ROUNDS):
        kept = lines if len(left) == len(lines) else _left_of(lines, left)
        gone = {index for run in _runs(kept) for index in _gone_in(run, kept, removed)}
        if not gone:
            break
        left = [at for place, at in enumerate(left) if place not in gone]
    return set(range(len(lines))).difference(left)


def _left_of(lines: Sequence[_Line], left: Sequence[int]) -> list[_Line]:
    """Return the lines that are left; a blank line above any of the lines that were cut stays."""
    firsts = [0, *(at + 1 for at in left)]
    return [
        replace(lines[at], follows_blank=any(line.follows_blank for line in lines[first : at + 1]))
        for first, at in zip(firsts, left, strict=False)
    ]


def _runs(lines: Sequence[_Line]) -> Iterator[_Run]:
    first = 0
    while first < len(lines):
        if not lines[first].may_go:
            first += 1
            continue
        after = first
        while after < len(lines) and lines[after].may_go:
            after += 1
        is_at_end = after == len(lines)
        if first == 0 or is_at_end or after - first >= MIN_BLOCK_LINES:
            yield _Run(first, after, is_at_end)
        first = after


def _gone_in(run: _Run, lines: Sequence[_Line], removed: Removed) -> set[int]:
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
    is_inside = run.first > 0 and not run.is_at_end
    return set() if is_inside and len(gone) < MIN_BLOCK_LINES else gone


def _is_small_print(text: str, removed: Removed) -> bool:
    return words.is_imprint(text, removed) or words.is_copyright(text)


def _is_to_sign(paragraph: range, lines: Sequence[_Line]) -> bool:
    return words.is_to_sign("\n".join(lines[index].text for index in paragraph))


def _has_title(paragraph: range, lines: Sequence[_Line]) -> bool:
    """Return whether a paragraph is the text of the heading above it, such as `Cookies` in a privacy policy."""
    if paragraph[0] == 0:
        return False
    above = lines[paragraph[0] - 1]
    if words.is_notice_heading(above.text) or words.is_separator(above.text):
        return False
    is_alone = above.follows_blank and lines[paragraph[0]].follows_blank and above.status is not _Status.OWN
    is_title = len(above.text) <= _MAX_TITLE_CHARS and not words.ends_sentence(above.text)
    return above.is_heading or (is_alone and is_title and not _is_small_print(above.text, Removed.ALL))


def _paragraphs(run: _Run, lines: Sequence[_Line]) -> Iterator[range]:
    first = run.first
    for index in range(run.first + 1, run.after + 1):
        if index == run.after or lines[index].follows_blank:
            yield range(first, index)
            first = index


def _is_clause(run: _Run, lines: Sequence[_Line], removed: Removed) -> bool:
    """Return whether the first paragraph of a run is the text of the numbered heading or clause above it.

    In a manual, a paragraph below a heading that no other document has is not the heading's text, because it is
    repeated.
    """
    if run.first == 0 or not lines[run.first - 1].is_numbered:
        return False
    above = lines[run.first - 1]
    if not lines[run.first].follows_blank:
        return True
    is_repeated = above.status is not _Status.OWN or removed is not Removed.ALL
    return is_repeated and not words.ends_sentence(above.text)


def _notice_lines(paragraph: range, lines: Sequence[_Line], removed: Removed, *, is_at_end: bool) -> set[int]:
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


def _menu_lines(allowed: Sequence[int], lines: Sequence[_Line]) -> set[int]:
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


def _between(paragraphs: Sequence[range], gone: Set[int]) -> set[int]:
    """Return short repeated paragraphs between removed ones, such as a slogan between an address and a notice."""
    return {
        index
        for before, paragraph, after in zip(paragraphs, paragraphs[1:], paragraphs[2:], strict=False)
        if len(paragraph) <= _MAX_BETWEEN_LINES and before[-1] in gone and after[0] in gone
        for index in paragraph
    }


def _beside(run: _Run, lines: Sequence[_Line], gone: Set[int], allowed: Set[int]) -> set[int]:
    """Return headings above removed lines, dates below them, and separators beside them."""
    found: set[int] = set()
    for index in range(run.after - 1, run.first - 1, -1):
        if index in allowed and index + 1 in gone | found and words.is_notice_heading(lines[index].text):
            found.add(index)
    removed = gone | found
    stamps = {index for index in allowed - removed if index - 1 in removed and words.is_stamp(lines[index].text)}
    removed |= stamps
    separators = {index for index in allowed - removed if words.is_separator(lines[index].text)}
    return found | stamps | {index for index in separators if {index - 1, index + 1} & removed}


def _is_too_much(lines: Sequence[_Line], gone: Set[int], max_share: float) -> bool:
    total = sum(len(line.text) for line in lines)
    num_gone = sum(len(lines[index].text) for index in gone)
    form = sum(
        len(line.text) for index, line in enumerate(lines) if index not in gone and line.status is not _Status.OWN
    )
    return num_gone > max_share * total or form > MAX_FORM_SHARE * (total - num_gone)


def _spans(text: str, lines: Sequence[_Line], gone: Sequence[int]) -> Iterator[tuple[int, int]]:
    """Yield the spans to cut: removed lines with the blank lines on one side, so that paragraphs stay apart."""
    at = 0
    while at < len(gone):
        first = last = gone[at]
        while at + 1 < len(gone) and gone[at + 1] == last + 1:
            at += 1
            last = gone[at]
        at += 1
        before = lines[first - 1].end if first else 0
        after = lines[last + 1].start if last + 1 < len(lines) else len(text)
        if first == 0 or last + 1 == len(lines):
            yield before, after
        elif lines[first].start - before >= after - lines[last].end:
            yield lines[first].start, after
        else:
            yield before, lines[last].end
