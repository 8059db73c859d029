"""Find where a document may be cut, and rank each cut by how much it loses: the grammar of the four domains.

Prose is cut before sections, before the provisions of its outline, before paragraphs or before sentences. A table, a
procedure or a note is cut inside only if it is too long by itself. Dialogue is cut before sections or before the turns
of its outline. Code is cut before files, before top-level definitions (`pack.code_lines`), then before blocks inside
them, least nested first, and as a last resort before any line. Used by `pack.encoding`, which lists the boundaries, and
by `pack.split`, which cuts inside a paragraph, a turn or a definition only if it is too long by itself.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from itertools import pairwise
from typing import NamedTuple

from pipeline.domains import domain_rules
from pipeline.nodes import Node, NodeKind
from pipeline.pack.code_lines import code_blocks
from pipeline.pack.sentences import Opening, sentence_starts
from pipeline.records import Section

PARAGRAPH_RANK = 100
"""The rank of paragraphs, turns and top-level blocks of code: worse than the rank of any section."""
RULE_RANK = PARAGRAPH_RANK - 1
PROVISION_RANK = PARAGRAPH_RANK - 10
CAPTION_RANK = PARAGRAPH_RANK + 50
SENTENCE_RANK = 200
"""The rank of sentences and of rows of a list or table. An indented block of code ranks between paragraph and sentence,
by its indent."""
LAST_RANK = 300
"""The rank of items of a list that is one long sentence, and of lines inside a block of code."""
HIDDEN_RANK = LAST_RANK + 1
"""The rank of lines inside a string or comment of several lines, which may be longer than any bucket."""

_BLOCKS = frozenset({NodeKind.TABLE, NodeKind.STEPS, NodeKind.NOTE})
_LONG_TURN_CHARS = 2000
_MAX_CAPTION_CHARS = 100
_RULE_SIGNS = "-*_=#~"
_RULE = re.compile(rf"[ \t]*([{_RULE_SIGNS}])(?:[ \t]*\1){{2,}}[ \t]*")
_LIST_ROW = re.compile(r"^[ \t]*(?P<marker>[-*•|#>]).*\n(?=[ \t]*(?P=marker))", re.MULTILINE)
_NUMBER = r"[ \t]*(?:\d{1,4}(?:\.\d{1,4})*[.)]|\d{1,4}(?:\.\d{1,4})+)[ \t]"
_NUMBERED_ROW = re.compile(rf"^{_NUMBER}.*\n(?={_NUMBER})", re.MULTILINE)
_OPENING_RANKS = {
    Opening.PARAGRAPH: PARAGRAPH_RANK,
    Opening.SENTENCE: SENTENCE_RANK,
    Opening.ITEM: LAST_RANK,
}


class Boundary(NamedTuple):
    """An offset where a part may begin; a lower rank is a better cut. The rank of a section is its level."""

    offset: int
    rank: int


_Place = tuple[int, int]
"""Offset and rank of a boundary, in a form that compares fast."""


def boundaries(
    text: str, *, domain: str, sections: Sequence[Section], outline: Sequence[Node], path: str
) -> list[Boundary]:
    """Return all offsets inside a text where it may be cut, ascending, without the start and end of the text.

    An offset that several rules find keeps its lowest rank.

    Args:
        text: the document's text.
        domain: selects the grammar; dialogue without recognisable turns is read as prose.
        sections: the document's sections; a section that does not begin a line is ignored.
        outline: the document's outline.
        path: path of the source; its suffix gives the language of code that is not a joined tree.
    """
    if domain_rules(domain).is_code:
        found = [*_of_sections(text, sections, unindented_only=True), *_of_code(text, sections, path)]
    else:
        turns = [node for node in outline if node.kind is NodeKind.TURN]
        inner = _of_turns(text, turns) if turns else _of_prose(text)
        outer = [*_of_sections(text, sections, unindented_only=False), *_of_provisions(text, outline)]
        found = [*outer, *_outside_blocks(inner, outline)]
    best: dict[int, int] = {}
    for offset, rank in sorted(found):
        best.setdefault(offset, rank)
    return [Boundary._make(place) for place in best.items() if 0 < place[0] < len(text)]


def _of_sections(text: str, sections: Sequence[Section], *, unindented_only: bool) -> Iterator[_Place]:
    for section in sections:
        begins_line = text[section.start - 1 : section.start] == "\n"
        is_indented = text[section.start : section.start + 1] in (" ", "\t")
        if begins_line and not (unindented_only and is_indented):
            yield section.start, min(section.level, PARAGRAPH_RANK)


def _of_provisions(text: str, outline: Sequence[Node]) -> Iterator[_Place]:
    """Yield places before parts and provisions that begin a line: the deeper, the worse, but not below a paragraph."""
    for node in outline:
        if node.kind is NodeKind.PART or node.kind is NodeKind.PROVISION:
            start = text.rfind("\n", 0, node.start) + 1
            if not text[start : node.start].strip():
                depth = 0 if node.kind is NodeKind.PART else max(1, node.level)
                yield start, min(PROVISION_RANK + depth, PARAGRAPH_RANK)


def _outside_blocks(found: Iterable[_Place], outline: Sequence[Node]) -> Iterator[_Place]:
    """Yield the same places; those inside a table, a procedure or a note rank no better than a sentence."""
    blocks = iter([node for node in outline if node.kind in _BLOCKS])
    block, end = next(blocks, None), 0
    if block is None:
        yield from found
        return
    for offset, rank in sorted(found):
        while block is not None and block.start < offset:
            end = max(end, block.end)
            block = next(blocks, None)
        yield offset, max(rank, SENTENCE_RANK) if offset < end else rank


def _of_prose(text: str) -> Iterator[_Place]:
    first = len(text) - len(text.lstrip())
    for offset, opening in sentence_starts(text):
        rank = _rank_after_line(text, offset, first) if opening is Opening.PARAGRAPH else _OPENING_RANKS[opening]
        yield offset, rank
    for pattern in (_LIST_ROW, _NUMBERED_ROW):
        for row in pattern.finditer(text):
            yield row.end(), SENTENCE_RANK


def _rank_after_line(text: str, offset: int, first: int) -> int:
    """Return the rank of a paragraph: better after a rule, worse after a single line, which may be its heading.

    `first` is the offset of the first character that is not white space.
    """
    end = offset - 2
    if end < 1 or text[end] != "\n" or text[end - 1].isspace():
        floor = max(0, offset - _MAX_CAPTION_CHARS - 8)
        end = floor + len(text[floor:offset].rstrip())
    line = text.rfind("\n", 0, end) + 1
    if text[end - 1 : end] in _RULE_SIGNS and _RULE.fullmatch(text, line, end):
        return RULE_RANK
    is_alone = line <= first or text[max(0, line - 2) : line] == "\n\n"
    return CAPTION_RANK if is_alone and end - line <= _MAX_CAPTION_CHARS else PARAGRAPH_RANK


def _of_turns(text: str, turns: Sequence[Node]) -> Iterator[_Place]:
    """Yield places before each turn and, as a last resort, at the sentences of a long turn or of text between turns."""
    starts = [text.rfind("\n", 0, turn.start) + 1 for turn in turns]
    for start in starts:
        yield start, PARAGRAPH_RANK
    for start, end in pairwise([0, *starts, len(text)]):
        if end - start > _LONG_TURN_CHARS:
            for offset, rank in _of_prose(text[start:end]):
                yield start + offset, max(rank, SENTENCE_RANK)


def _of_code(text: str, sections: Sequence[Section], path: str) -> Iterator[_Place]:
    files = [(section.start, section.end, section.title or path) for section in sections] or [(0, len(text), path)]
    for start, end, title in files:
        for offset, depth, is_hidden in code_blocks(text, start=start, end=end, path=title):
            if depth is None:
                yield offset, HIDDEN_RANK if is_hidden else LAST_RANK
            else:
                yield offset, min(PARAGRAPH_RANK + depth, SENTENCE_RANK)
