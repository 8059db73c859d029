"""Headings of a manual as nodes: marked, underlined, numbered, lettered, bulleted, and plain short lines.

In: text and the marks of its reader. Out: HEADING nodes, each with everything below it. Used by `grammar.outline`. If
the marks hold headings, only those are used. Otherwise `heading_lines` finds candidates, and each family of candidates
is judged as a whole: numbered lines with text between them are headings, those without text are a list. Short lines
count as headings only in a document with at most one other heading. Cost: linear.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence

from pipeline.documents.grammar.headings.nesting import nest
from pipeline.documents.grammar.headings.reading import marked_title
from pipeline.documents.grammar.manual.furniture import furniture_lines
from pipeline.documents.grammar.manual.heading_lines import Candidate, heading_candidates, heading_number
from pipeline.documents.grammar.text_lines import TextLine, read_lines
from pipeline.documents.marks import Mark, MarkKind
from pipeline.nodes import Node, NodeKind

MAX_HEADINGS = 200_000
_MAX_TITLE_CHARS = 120
_MIN_FAMILY_SHARE = 0.6
_MIN_LED_BELOW_TITLE = 0.9
_COUNTED = frozenset({"numbered", "parenthesis", "lettered", "circled", "roman"})
_MIN_CAPTIONS = 2


def read_headings(
    text: str,
    *,
    marks: Sequence[Mark] = (),
    lines: Sequence[TextLine] | None = None,
    furniture: frozenset[int] | None = None,
) -> list[Node]:
    """Return the nested headings in order; an empty list for a text without any.

    A node covers its heading and everything below it, up to the next heading of its level or above. `body` is the end
    of the heading's lines, `label` its number as written without a full stop, `value` the whole title as written.

    Args:
        text: Text of the document.
        marks: Marks of the document's reader.
        lines: Lines of the text, if already read.
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
        # A short line may be a title above the other headings. Among several headings it is not evidence of a heading.
        kept = [item for item in kept if item.family != "caption"]
    return kept


def _captions_lead(kept: Sequence[Candidate], lines: Sequence[TextLine]) -> bool:
    """Return whether most short lines have text below them, so that they are not plain text themselves."""
    captions = [index for index, item in enumerate(kept) if item.family == "caption"]
    led = 0
    for index in captions:
        stop = kept[index + 1].line if index + 1 < len(kept) else len(lines)
        led += _has_text(lines, kept[index].last_line + 1, min(stop, kept[index].last_line + 5))
    return len(captions) >= _MIN_CAPTIONS and led >= _MIN_FAMILY_SHARE * len(captions)


def _hashes_are_code(candidates: Sequence[Candidate], lines: Sequence[TextLine]) -> bool:
    """Return whether `# ` lines are comments or shell prompts, not headings.

    Nearly all of them are then at one level, and most directly follow text or the document has many dotted headings.
    """
    marked = [item for item in candidates if lines[item.line].text.startswith("#")]
    deeper = sum(1 for item in marked if lines[item.line].text.startswith("##"))
    if len(marked) < 2 or deeper * 5 > len(marked):
        return False
    crowded = sum(1 for item in marked if item.line and lines[item.line - 1].content)
    dotted = sum(1 for item in candidates if item.family == "dotted")
    return crowded * 2 >= len(marked) or dotted >= len(marked) // 4 + 3


def _without_lists(candidates: Sequence[Candidate], lines: Sequence[TextLine]) -> list[Candidate]:
    """Drop families whose lines are list items: most of them have no text below.

    In a document with marked headings, other families are dropped, except dotted numbers (`4.1`) if a marked heading
    has one too (`3.2`). If only the title is marked, a family is kept if nearly all of its lines have text below.
    """
    counts: Counter[str] = Counter()
    led: Counter[str] = Counter()
    stops = [*(item.line for item in candidates[1:]), len(lines)]
    for item, stop in zip(candidates, stops, strict=False):
        below = next((line for line in lines[item.last_line + 1 : min(stop, item.last_line + 4)] if line.content), None)
        counts[item.family] += 1
        led[item.family] += below is not None and not below.content.startswith(":")
    num_marked = counts[""]
    counts_marked = any("." in heading_number(item.title) for item in candidates if not item.family)
    kept = []
    for item in candidates:
        share = led[item.family] / counts[item.family]
        if not item.family or item.family == "caption":
            is_heading = True
        elif num_marked:
            is_heading = num_marked == 1 and counts[item.family] > 1 and share >= _MIN_LED_BELOW_TITLE
            is_heading |= counts_marked and item.family == "dotted" and share >= _MIN_FAMILY_SHARE
        elif item.family in _COUNTED:
            is_heading = counts[item.family] > 1 and share >= _MIN_FAMILY_SHARE
        else:
            is_heading = True
        if is_heading:
            kept.append(item)
    return kept


def _without_contents(candidates: Sequence[Candidate], lines: Sequence[TextLine]) -> list[Candidate]:
    """Drop entries of a list of contents: they have no text below, and the same title occurs again."""
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
