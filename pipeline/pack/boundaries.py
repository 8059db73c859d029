"""Where a document may be cut, and how much is lost by cutting there: the grammar of the four domains.

Prose is cut before sections, paragraphs or sentences; dialogue before sections or turns; code before unindented
sections (files, top-level definitions), blocks after a blank line, the less indented the better, or, last of all,
lines. Used by `pack.split`.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from pipeline.pack.sentences import Opening, sentence_starts
from pipeline.records import Domain, Section

PARAGRAPH_RANK = 100
"""Below every section level; also of turns and top-level blocks."""
SENTENCE_RANK = 200
"""Also of rows of a list or table. Indented blocks of code rank between paragraph and sentence, by their indent."""
LAST_RANK = 300
"""Items of a list that is one long sentence; lines inside a block of code."""

_MIN_TURNS = 2
_TAB_WIDTH = 4
_LIST_ROW = re.compile(r"^[ \t]*(?P<marker>[-*•|#>]).*\n(?=[ \t]*(?P=marker))", re.MULTILINE)
_NUMBER = r"[ \t]*(?:\d{1,4}(?:\.\d{1,4})*[.)]|\d{1,4}(?:\.\d{1,4})+)[ \t]"
_NUMBERED_ROW = re.compile(rf"^{_NUMBER}.*\n(?={_NUMBER})", re.MULTILINE)
_TURN = re.compile(
    r"""^[ \t]*
    (?:[-*][ ]|\#+[ ])?                                       # list or heading markup
    (?:[\[(]?\d{1,2}:\d{2}(?::\d{2})?(?:\.\d+)?[\])]?[ \t]*[-–]?[ \t]*)?  # time
    (?: <[ @+%~&]?[^>\n]{1,40}>[ \t]                          # <nick> of a chat log
      | \[[^\]\n]{1,40}\][ \t]+\S                             # [speaker]
      | [QA][.:][ \t]                                         # examination of a witness
      | \*{0,2}[^\W\d_]                                      # Speaker (role), Dr. Speaker, **Speaker**
        (?:[^:：\n.!?] | (?<=[A-Z])\. | (?<=Mr|Ms|Dr|Jr|Sr)\. | (?<=Mrs|Hon)\. | (?<=Prof)\.){0,48}
        [:：]\*{0,2}(?=\s)
    )""",
    re.VERBOSE | re.MULTILINE,
)
_OPENING_RANKS = {
    Opening.PARAGRAPH: PARAGRAPH_RANK,
    Opening.SENTENCE: SENTENCE_RANK,
    Opening.ITEM: LAST_RANK,
}
_LINE = re.compile(r"^(?P<indent>[ \t]*)(?P<first>\S)?", re.MULTILINE)


@dataclass(frozen=True, slots=True)
class Boundary:
    """An offset where a part may begin; the lower the rank, the better the cut. Section levels rank as themselves."""

    offset: int
    rank: int


def boundaries(text: str, *, domain: str, sections: Sequence[Section]) -> list[Boundary]:
    """All places inside a text where it may be cut, ascending, one per offset; neither start nor end of the text.

    Args:
        text: of the document.
        domain: decides the grammar; dialogue without recognisable turns is read as prose.
        sections: of the document; one counts where it begins a line.
    """
    if domain == Domain.CODE:
        found = [*_of_sections(text, sections, unindented_only=True), *_of_code(text)]
    else:
        turns = list(_of_turns(text)) if domain == Domain.DIALOGUE else []
        inner = turns if len(turns) >= _MIN_TURNS else _of_prose(text)
        found = [*_of_sections(text, sections, unindented_only=False), *inner]
    best: dict[int, int] = {}
    for boundary in found:
        if 0 < boundary.offset < len(text):
            best[boundary.offset] = min(boundary.rank, best.get(boundary.offset, boundary.rank))
    return [Boundary(offset=offset, rank=best[offset]) for offset in sorted(best)]


def _of_sections(text: str, sections: Sequence[Section], *, unindented_only: bool) -> Iterator[Boundary]:
    for section in sections:
        begins_line = text[section.start - 1 : section.start] == "\n"
        is_indented = text[section.start : section.start + 1] in (" ", "\t")
        if begins_line and not (unindented_only and is_indented):
            yield Boundary(offset=section.start, rank=min(section.level, PARAGRAPH_RANK))


def _of_prose(text: str) -> Iterator[Boundary]:
    for offset, opening in sentence_starts(text):
        yield Boundary(offset=offset, rank=_OPENING_RANKS[opening])
    for pattern in (_LIST_ROW, _NUMBERED_ROW):
        for row in pattern.finditer(text):
            yield Boundary(offset=row.end(), rank=SENTENCE_RANK)


def _of_turns(text: str) -> Iterator[Boundary]:
    for turn in _TURN.finditer(text):
        yield Boundary(offset=turn.start(), rank=PARAGRAPH_RANK)


def _of_code(text: str) -> Iterator[Boundary]:
    after_blank = False
    for line in _LINE.finditer(text):
        first = line.group("first")
        if first is None:
            after_blank = True
            continue
        indent = len(line.group("indent").expandtabs(_TAB_WIDTH))
        opens_block = after_blank and first not in ")]}"
        rank = min(PARAGRAPH_RANK + indent, SENTENCE_RANK) if opens_block else LAST_RANK
        yield Boundary(offset=line.start(), rank=rank)
        after_blank = False
