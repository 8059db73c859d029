"""Removes boilerplate: lines that many documents of one source repeat and that are not part of what they say.

Takes a normalised text, the hashes of the lines that its source repeats (`clean.repeated_lines`) and the spans of its
tables, code and headings; returns the text without boilerplate. `clean.document` calls `without_boilerplate` before
masking. Examples of boilerplate are site menus, cookie notes, mail footers, page numbers, letterheads and disclaimers.

Repetition alone removes nothing: fifty leases of one form repeat their clauses, and statutes their enacting words.
Lines go only if they form a *run* of repeated lines at the start or end of the document, or of `MIN_BLOCK_LINES` or
more elsewhere, and if the words of their paragraph show what they are (`clean.boilerplate_words`). A line that differs
in numbers or dates between documents counts as repeated only if it is an imprint or a copyright line. Page numbers also
go inside a document, one by one, if they rise (`clean.boilerplate_pages`), and so do running heads and feet, if each
page of the document repeats them (`clean.boilerplate_running`). Numbered headings and clauses, tables, code and blocks
of numbers always stay. Only page numbers, running lines and trailers go if the removed lines are too large a share of
the document, or if most of the rest is repeated too, as in a form. Cost: 4 to 8 MB/s on one core if the source repeats
lines, else that of a search for page numbers and running lines.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence, Set
from dataclasses import dataclass, replace

from pipeline.clean import boilerplate_words as words
from pipeline.clean.boilerplate_pages import is_in_column, is_marked_page, may_have_pages, page_lines
from pipeline.clean.boilerplate_running import may_have_running_lines, running_lines
from pipeline.clean.boilerplate_runs import MIN_BLOCK_LINES, Line, Run, Status, gone_in
from pipeline.clean.places import Edit, PlacedText
from pipeline.clean.repeated_lines import MAX_LINE_CHARS, line_hash
from pipeline.documents.marks import Mark, MarkKind
from pipeline.domains.rules import Removed

MAX_FORM_SHARE = 0.5
"""If a larger share of the text that would stay is repeated, the document is a filled-in form, and nothing goes."""
_MAX_TRAILER_LINES = 5
_MAX_ROUNDS = 4
"""The maximum number of searches. Two are enough for almost every document: the second finds nothing."""


@dataclass(frozen=True, slots=True)
class Trimmed:
    """A text after removal."""

    placed: PlacedText
    lines: tuple[str, ...] = ()
    """The removed lines, without blank ones."""
    num_chars: int = 0
    """The number of characters by which the text became shorter, including line ends."""
    was_too_much: bool = False
    """Whether boilerplate was found but kept, because it was too large a share of the text or the text is a form."""


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
    text = placed.text
    if removed is Removed.NONE or not (repeated or may_have_pages(text) or may_have_running_lines(text)):
        return Trimmed(placed)
    trimmed = Trimmed(placed)
    while True:  # A removed line can be what kept the next one from the start or the end of the text.
        more = _trimmed_once(trimmed.placed, marks, marked, repeated, removed, max_share)
        was_too_much = trimmed.was_too_much or more.was_too_much
        num_chars = trimmed.num_chars + more.num_chars
        trimmed = Trimmed(more.placed, (*trimmed.lines, *more.lines), num_chars, was_too_much)
        if not more.lines:
            return trimmed


def _trimmed_once(
    placed: PlacedText,
    marks: Sequence[Mark],
    marked: Sequence[int],
    repeated: Set[int],
    removed: Removed,
    max_share: float,
) -> Trimmed:
    at = dict(zip(marked, placed.places, strict=True))
    moved = [replace(mark, start=at[mark.start], end=at[mark.end]) for mark in marks]
    lines = _without_columns(_lines_of(placed.text, moved, repeated, removed))
    certain = page_lines(lines) | running_lines(lines, removed) | _trailer(lines)
    gone = _gone(lines, certain, removed) if repeated else certain
    was_too_much = gone != certain and _is_too_much(lines, gone, max_share)
    gone = certain if was_too_much else gone
    if not gone:
        return Trimmed(placed, was_too_much=was_too_much)
    left = placed.edited(Edit(start, end, "") for start, end in _spans(placed.text, lines, sorted(gone)))
    gone_lines = tuple(lines[index].text for index in sorted(gone))
    return Trimmed(left, gone_lines, len(placed.text) - len(left.text), was_too_much)


def _lines_of(text: str, marks: Sequence[Mark], repeated: Set[int], removed: Removed) -> list[Line]:
    """Return the lines of a text that are not blank."""
    kept = _merged([(mark.start, mark.end) for mark in marks if mark.kind in (MarkKind.TABLE, MarkKind.CODE)])
    headings = _merged([(mark.start, mark.end) for mark in marks if mark.kind is MarkKind.HEADING])
    lines: list[Line] = []
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
) -> Line:
    status = _status(text, repeated)
    is_imprint = status is not Status.OWN and words.is_imprint(text, removed)
    is_numbered = not is_imprint and words.is_numbered(text)
    may_go = status is Status.REPEATED or (status is Status.SHAPE and _may_differ(text, is_imprint=is_imprint))
    if is_kept or is_numbered:
        may_go = False
    elif is_heading and may_go:
        entries = words.menu_entries(text)
        may_go = words.is_notice_heading(text) or (len(entries) == 1 and words.is_menu_entry(entries[0]))
    return Line(start, start + len(text), text, status, is_numbered, is_heading, follows_blank, is_kept, may_go)


def _without_columns(lines: Sequence[Line]) -> list[Line]:
    """Return the lines, of which bare numbers and page numbers may go only if they stand alone.

    Several numbers below each other are data: the years above the columns of a table that lost its frame.
    """
    return [
        replace(line, may_go=not is_in_column(lines, index))
        if line.may_go and (words.is_bare_number(line.text) or is_marked_page(line.text))
        else line
        for index, line in enumerate(lines)
    ]


def _may_differ(text: str, *, is_imprint: bool) -> bool:
    """Return whether a line may go although its numbers differ between documents."""
    return is_imprint or words.is_copyright(text) or words.is_stamp(text) or words.is_bare_number(text)


def _status(text: str, repeated: Set[int]) -> Status:
    if len(text) > MAX_LINE_CHARS:
        return Status.OWN
    hashed = line_hash(text)
    if hashed.exact in repeated:
        return Status.REPEATED
    return Status.SHAPE if hashed.shape in repeated else Status.OWN


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


def _trailer(lines: Sequence[Line]) -> set[int]:
    """Return the last lines of a page if they are facts about the page itself, which differ between pages."""
    last = range(max(0, len(lines) - _MAX_TRAILER_LINES), len(lines))
    begin = next((at for at in last if lines[at].may_go and words.is_trailer(lines[at].text)), len(lines))
    return set(range(begin, len(lines)))


def _gone(lines: Sequence[Line], certain: Set[int], removed: Removed) -> set[int]:
    """Return the indices of the lines that are boilerplate, with those that are certain to be.

    Lines that a removed line was between are next to each other then, so the search is repeated on what is left.
    """
    left = [index for index in range(len(lines)) if index not in certain]
    for _ in range(_MAX_ROUNDS):
        kept = lines if len(left) == len(lines) else _left_of(lines, left)
        gone = {index for run in _runs(kept) for index in gone_in(run, kept, removed)}
        if not gone:
            break
        left = [at for place, at in enumerate(left) if place not in gone]
    return set(range(len(lines))).difference(left)


def _left_of(lines: Sequence[Line], left: Sequence[int]) -> list[Line]:
    """Return the lines that are left; a blank line above any of the lines that were cut stays."""
    firsts = [0, *(at + 1 for at in left)]
    return [
        replace(lines[at], follows_blank=any(line.follows_blank for line in lines[first : at + 1]))
        for first, at in zip(firsts, left, strict=False)
    ]


def _runs(lines: Sequence[Line]) -> Iterator[Run]:
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
            yield Run(first, after, is_at_end)
        first = after


def _is_too_much(lines: Sequence[Line], gone: Set[int], max_share: float) -> bool:
    total = sum(len(line.text) for line in lines)
    num_gone = sum(len(lines[index].text) for index in gone)
    form = sum(
        len(line.text) for index, line in enumerate(lines) if index not in gone and line.status is not Status.OWN
    )
    return num_gone > max_share * total or form > MAX_FORM_SHARE * (total - num_gone)


def _spans(text: str, lines: Sequence[Line], gone: Sequence[int]) -> Iterator[tuple[int, int]]:
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
