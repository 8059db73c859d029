"""Reads the headings of a manual as nodes: marked, underlined, numbered, lettered and bulleted lines, and short lines.

Takes a text and the marks of the format reader. Returns HEADING nodes, each with everything below it. Used by
`grammar.source`. If the marks include headings, only these are used. Otherwise `heading_lines` finds candidates.

A family is the group of all candidates with the same form, such as `numbered`. Each family is accepted or rejected as a
whole: numbered lines with text between them are headings; without text, they are a list. Short lines count as headings
only in a document with at most one other heading. Time is linear in the text.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence

from pipeline.documents.grammar.headings.nesting import nest
from pipeline.documents.grammar.headings.reading import MAX_HEADINGS, marked_title
from pipeline.documents.grammar.manual.furniture import furniture_lines
from pipeline.documents.grammar.manual.heading_lines import heading_candidates
from pipeline.documents.grammar.manual.title_lines import Candidate, heading_number
from pipeline.documents.grammar.text_lines import TextLine, read_lines
from pipeline.documents.marks import Mark, MarkKind
from pipeline.nodes import Node, NodeKind

_MAX_TITLE_CHARS = 120
_MIN_SHARE_WITH_TEXT = 0.6
"""The minimum share of a family's lines that have text below."""
_MIN_SHARE_WITH_TEXT_BELOW_TITLE = 0.9
"""The same share in a document in which only the title is marked."""
_COUNTED = frozenset({"numbered", "parenthesis", "lettered", "circled", "roman"})
"""Families that may be lists."""
_MIN_CAPTIONS = 2


def read_headings(
    text: str,
    *,
    marks: Sequence[Mark] = (),
    lines: Sequence[TextLine] | None = None,
    furniture: frozenset[int] | None = None,
) -> list[Node]:
    """Return the nested headings in order, at most `MAX_HEADINGS`.

    A node covers the heading and the text below, up to the next heading of the same or a higher level. `body` is the
    end of the heading's lines, `label` the heading's number without a full stop, and `value` the title with the number,
    cut at 120 characters.

    Args:
        text: Text of the document.
        marks: Marks of the format reader.
        lines: Lines of the text, if already split.
        furniture: Result of `furniture_lines`, if already computed.
    """
    marked = [
        (mark.start, mark.end, mark.level, heading_number(title), title)
        for mark in marks
        if mark.kind is MarkKind.HEADING and (title := marked_title(text, mark))
    ]
    if marked:
        return _nested(text, marked[:MAX_HEADINGS])
    lines = read_lines(text, marks=marks) if lines is None else lines
    chosen = _chosen(text, lines, furniture_lines(lines) if furniture is None else furniture)[:MAX_HEADINGS]
    return _nested(
        text,
        [
            (lines[item.line].content_start, lines[item.last_line].end, item.rank, item.number, item.title)
            for item in chosen
        ],
    )


def _nested(text: str, headings: Sequence[tuple[int, int, int, str, str]]) -> list[Node]:
    starts = [start for start, _body, _rank, _number, _title in headings]
    ranks = [rank for _start, _body, rank, _number, _title in headings]
    return [
        Node(
            kind=NodeKind.HEADING,
            start=start,
            end=place.end,
            body=body,
            parent=place.parent,
            level=place.level,
            label=number,
            value=title[:_MAX_TITLE_CHARS],
        )
        for (start, body, _rank, number, title), place in zip(
            headings, nest(starts, ranks, length=len(text)), strict=True
        )
    ]


def _chosen(text: str, lines: Sequence[TextLine], furniture: frozenset[int]) -> list[Candidate]:
    candidates = list(heading_candidates(text, lines, furniture))
    if _hashes_are_code(candidates, lines):
        candidates = [item for item in candidates if not lines[item.line].text.startswith("#")]
    kept = _without_contents(_without_lists(candidates, lines), lines)
    certain = sum(1 for item in kept if item.family != "caption")
    if certain > 1 or not _captions_lead(kept, lines):
        # A short line may be the title above the other headings. Among several headings, it is probably plain text.
        kept = [item for item in kept if item.family != "caption"]
    return kept


def _captions_lead(kept: Sequence[Candidate], lines: Sequence[TextLine]) -> bool:
    """Return whether there are at least two short lines, and most of them have text below, as headings do."""
    captions = [index for index, item in enumerate(kept) if item.family == "caption"]
    num_with_text = 0
    for index in captions:
        stop = kept[index + 1].line if index + 1 < len(kept) else len(lines)
        num_with_text += _has_text(lines, kept[index].last_line + 1, min(stop, kept[index].last_line + 5))
    return len(captions) >= _MIN_CAPTIONS and num_with_text >= _MIN_SHARE_WITH_TEXT * len(captions)


def _hashes_are_code(candidates: Sequence[Candidate], lines: Sequence[TextLine]) -> bool:
    """Return whether `# ` lines are comments or shell prompts, not headings.

    They are if nearly all of them begin with a single `#`, and if half of them directly follow text or the document has
    many dotted headings.
    """
    marked = [item for item in candidates if lines[item.line].text.startswith("#")]
    deeper = sum(1 for item in marked if lines[item.line].text.startswith("##"))
    if len(marked) < 2 or deeper * 5 > len(marked):
        return False
    crowded = sum(1 for item in marked if item.line and lines[item.line - 1].content)
    dotted = sum(1 for item in candidates if item.family == "dotted")
    return crowded * 2 >= len(marked) or dotted >= len(marked) // 4 + 3


def _without_lists(candidates: Sequence[Candidate], lines: Sequence[TextLine]) -> list[Candidate]:
    """Drop the families of list items, in which few lines have text below.

    In a document with marked headings, all other families are dropped, with two exceptions. Dotted numbers (`4.1`) are
    kept if most of them have text below and a marked heading has a dotted number too (`3.2`). If only one heading is
    marked, the title, a family of several lines is kept if nearly all of them have text below. Short lines (the family
    `caption`) are never dropped here.
    """
    counts: Counter[str] = Counter()
    num_with_text: Counter[str] = Counter()
    stops = [*(item.line for item in candidates[1:]), len(lines)]
    for item, stop in zip(candidates, stops, strict=False):
        below = next((line for line in lines[item.last_line + 1 : min(stop, item.last_line + 4)] if line.content), None)
        counts[item.family] += 1
        num_with_text[item.family] += below is not None and not below.content.startswith(":")
    num_marked = counts[""]
    has_dotted_marks = any("." in heading_number(item.title) for item in candidates if not item.family)
    kept = []
    for item in candidates:
        share = num_with_text[item.family] / counts[item.family]
        if not item.family or item.family == "caption":
            is_heading = True
        elif num_marked:
            is_heading = num_marked == 1 and counts[item.family] > 1 and share >= _MIN_SHARE_WITH_TEXT_BELOW_TITLE
            is_heading |= has_dotted_marks and item.family == "dotted" and share >= _MIN_SHARE_WITH_TEXT
        elif item.family in _COUNTED:
            is_heading = counts[item.family] > 1 and share >= _MIN_SHARE_WITH_TEXT
        else:
            is_heading = True
        if is_heading:
            kept.append(item)
    return kept


def _without_contents(candidates: Sequence[Candidate], lines: Sequence[TextLine]) -> list[Candidate]:
    """Drop the entries of a table of contents: they have no text below, and the same title occurs again."""
    times = Counter(item.title.casefold() for item in candidates)
    stops = [*(item.line for item in candidates[1:]), len(lines)]
    kept = []
    for item, stop in zip(candidates, stops, strict=False):
        title = item.title.casefold()
        if item.family and times[title] > 1 and not _has_text(lines, item.last_line + 1, min(stop, item.last_line + 6)):
            times[title] -= 1
        else:
            kept.append(item)
    return kept


def _has_text(lines: Sequence[TextLine], first: int, stop: int) -> bool:
    return any(line.content for line in lines[first:stop])
