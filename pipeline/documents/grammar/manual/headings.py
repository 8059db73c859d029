"""Headings of a manual as nodes: marked, underlined, numbered, lettered, bulleted, and those that are only short lines.

In: text and the marks of its reader. Out: HEADING nodes, each with everything below it. Marks are read first; where
they hold headings, the text is not looked at. Else `heading_lines` finds candidates, and each family of them is judged
as a whole: numbered lines with text between them are headings, those without are a list. Short lines count as headings
only in a document that has no other. Linear.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence

from pipeline.documents.grammar.headings.reading import marked_title
from pipeline.documents.grammar.manual.furniture import furniture_lines
from pipeline.documents.grammar.manual.heading_lines import Candidate, heading_candidates, heading_number
from pipeline.documents.grammar.text_lines import TextLine, read_lines
from pipeline.documents.marks import Mark, MarkKind
from pipeline.nodes import ROOT, Node, NodeKind

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
    """Headings in order, nested; an empty list for a text without any.

    A node spans its heading and everything below it, up to the next heading of its level or above. `body` is the end of
    the heading's line or lines, `label` its number as written without a full stop, `value` the whole title as written.

    Args:
        text: of the document.
        marks: of its reader.
        lines: of the text, if they are read already.
        furniture: see `furniture_lines`, the same.
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
    """Ranks into levels: a heading is one below the nearest earlier heading that stands higher."""
    above: list[int] = []
    places: list[tuple[int, int]] = []
    ends = [len(text)] * len(headings)
    for index, (start, _body, rank, _number, _title) in enumerate(headings):
        while above and headings[above[-1]][2] >= rank:
            ends[above.pop()] = start
        places.append((above[-1] if above else ROOT, len(above) + 1))
        above.append(index)
    return [
        Node(
            kind=NodeKind.HEADING,
            start=start,
            end=end,
            body=body,
            parent=parent,
            level=level,
            label=number,
            value=title[:_MAX_TITLE_CHARS],
        )
        for (start, body, _rank, number, title), (parent, level), end in zip(headings, places, ends, strict=True)
    ]


def _chosen(text: str, lines: Sequence[TextLine], furniture: frozenset[int]) -> list[Candidate]:
    candidates = list(heading_candidates(text, lines, furniture))
    if _hashes_are_code(candidates, lines):
        candidates = [item for item in candidates if not lines[item.line].text.startswith("#")]
    kept = _without_contents(_without_lists(candidates, lines), lines)
    certain = sum(1 for item in kept if item.family != "caption")
    if certain > 1 or not _captions_lead(kept, lines):
        # A title may stand above other headings as a short line; in their midst a short line says nothing.
        kept = [item for item in kept if item.family != "caption"]
    return kept


def _captions_lead(kept: Sequence[Candidate], lines: Sequence[TextLine]) -> bool:
    """Whether most short lines have text of their own below them, so that they are no text themselves."""
    captions = [index for index, item in enumerate(kept) if item.family == "caption"]
    led = 0
    for index in captions:
        stop = kept[index + 1].line if index + 1 < len(kept) else len(lines)
        led += _has_text(lines, kept[index].last_line + 1, min(stop, kept[index].last_line + 5))
    return len(captions) >= _MIN_CAPTIONS and led >= _MIN_FAMILY_SHARE * len(captions)


def _hashes_are_code(candidates: Sequence[Candidate], lines: Sequence[TextLine]) -> bool:
    """Whether lines that begin with `# ` are comments or prompts of a shell: one level, and no room around them."""
    marked = [item for item in candidates if lines[item.line].text.startswith("#")]
    deeper = sum(1 for item in marked if lines[item.line].text.startswith("##"))
    if len(marked) < 2 or deeper * 5 > len(marked):
        return False
    crowded = sum(1 for item in marked if item.line and lines[item.line - 1].content)
    dotted = sum(1 for item in candidates if item.family == "dotted")
    return crowded * 2 >= len(marked) or dotted >= len(marked) // 4 + 3


def _without_lists(candidates: Sequence[Candidate], lines: Sequence[TextLine]) -> list[Candidate]:
    """Drop families whose lines are items of lists: most have no text of their own below them.

    A document that marks its headings has no others, but for `4.1` where `3.2` is marked; where only its title is
    marked, the others must all have text.
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
    """Drop entries of a list of contents: they stand without text, and the same title comes again."""
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
