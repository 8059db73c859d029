"""Finds where a document may be cut, and ranks the boundaries: a lower rank is a better cut.

The best boundaries are the starts of sections. Prose may also be cut before the parts and provisions of a legal text
(`부칙`, supplementary provisions; `제3조`, Article 3), paragraphs and sentences. Inside a table, a procedure or a note,
paragraphs rank no better than sentences. Dialogue may be cut before turns, and before the sentences of long turns. Code
may be cut before files, before top-level definitions (see `pack.code_lines`), before blocks inside them (the least
nested first), and as a last resort before any line. `pack.encoding` calls `boundaries`. `pack.split` uses the ranks: it
cuts inside a paragraph, a turn or a definition only if that is too long for a part.
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
"""The rank of paragraphs, turns and top-level blocks of code. The rank of a section is its level, which is lower."""
RULE_RANK = PARAGRAPH_RANK - 1
"""The rank of a paragraph after a horizontal rule, such as `----`."""
PROVISION_RANK = PARAGRAPH_RANK - 10
"""The rank of a part of a legal text, such as `부칙`; provisions have higher ranks."""
CAPTION_RANK = PARAGRAPH_RANK + 50
"""The rank of a paragraph after a single short line, which may be its heading."""
SENTENCE_RANK = 200
"""The rank of sentences and list rows. An indented block of code ranks between paragraph and sentence, by its
indentation."""
LAST_RANK = 300
"""The rank of list items within one long sentence, and of lines inside a block of code."""
HIDDEN_RANK = LAST_RANK + 1
"""The rank of lines inside a multi-line string or comment, which may be longer than any bucket."""

_BLOCKS = frozenset({NodeKind.TABLE, NodeKind.STEPS, NodeKind.NOTE})
"""Kinds of outline nodes that are not cut inside if possible."""
_LONG_TURN_CHARS = 2000
"""A longer turn, or text between turns, may be cut before its sentences."""
_MAX_CAPTION_CHARS = 100
_RULE_SIGNS = "-*_=#~"
_RULE = re.compile(rf"[ \t]*([{_RULE_SIGNS}])(?:[ \t]*\1){{2,}}[ \t]*")
"""A horizontal rule, such as `----` or `* * *`."""
_LIST_ROW = re.compile(r"^[ \t]*(?P<marker>[-*•|#>]).*\n(?=[ \t]*(?P=marker))", re.MULTILINE)
"""A line that starts with a marker, such as `- one`, if the next line starts with the same marker."""
_NUMBER = r"[ \t]*(?:\d{1,4}(?:\.\d{1,4})*[.)]|\d{1,4}(?:\.\d{1,4})+)[ \t]"
"""The number of a list item or provision, such as `3.`, `3)` or `3.2`, with the space after it."""
_NUMBERED_ROW = re.compile(rf"^{_NUMBER}.*\n(?={_NUMBER})", re.MULTILINE)
"""A line that starts with a number, if the next line does as well."""
_OPENING_RANKS = {
    Opening.PARAGRAPH: PARAGRAPH_RANK,
    Opening.SENTENCE: SENTENCE_RANK,
    Opening.ITEM: LAST_RANK,
}


class Boundary(NamedTuple):
    """An offset where a part may begin; a lower rank is a better cut."""

    offset: int
    rank: int


_Pair = tuple[int, int]
"""Offset and rank of a boundary, as a plain tuple because that sorts faster."""


def boundaries(
    text: str, *, domain: str, sections: Sequence[Section], outline: Sequence[Node], path: str
) -> list[Boundary]:
    """Return the boundaries of a text in ascending order, without its start and end.

    An offset that several rules find gets the lowest of its ranks.

    Args:
        text: the document's text.
        domain: the document's domain, which decides between code and prose.
        sections: the document's sections. One that does not begin a line is ignored, and in code also one that begins
            an indented line.
        outline: the document's outline, not used for code; if it has turns, the text is read as dialogue.
        path: the source path; its extension gives the programming language of files without a section title.
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
    return [Boundary(offset, rank) for offset, rank in best.items() if 0 < offset < len(text)]


def _of_sections(text: str, sections: Sequence[Section], *, unindented_only: bool) -> Iterator[_Pair]:
    for section in sections:
        begins_line = text[section.start - 1 : section.start] == "\n"
        is_indented = text[section.start : section.start + 1] in (" ", "\t")
        if begins_line and not (unindented_only and is_indented):
            yield section.start, min(section.level, PARAGRAPH_RANK)


def _of_provisions(text: str, outline: Sequence[Node]) -> Iterator[_Pair]:
    """Yield the starts of parts and provisions that begin a line; deeper ones rank worse, at worst like paragraphs."""
    for node in outline:
        if node.kind is NodeKind.PART or node.kind is NodeKind.PROVISION:
            start = text.rfind("\n", 0, node.start) + 1
            if not text[start : node.start].strip():
                depth = 0 if node.kind is NodeKind.PART else max(1, node.level)
                yield start, min(PROVISION_RANK + depth, PARAGRAPH_RANK)


def _outside_blocks(found: Iterable[_Pair], outline: Sequence[Node]) -> Iterator[_Pair]:
    """Yield the same boundaries, except that those inside a table, procedure or note rank no better than a sentence."""
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


def _of_prose(text: str) -> Iterator[_Pair]:
    first = len(text) - len(text.lstrip())
    for offset, opening in sentence_starts(text):
        rank = _rank_after_line(text, offset, first) if opening is Opening.PARAGRAPH else _OPENING_RANKS[opening]
        yield offset, rank
    for pattern in (_LIST_ROW, _NUMBERED_ROW):
        for row in pattern.finditer(text):
            yield row.end(), SENTENCE_RANK


def _rank_after_line(text: str, offset: int, first: int) -> int:
    """Return the rank of a paragraph: better after a rule, worse after a single line, which may be its heading.

    Args:
        text: the document's text.
        offset: the start of the paragraph.
        first: offset of the first character of the text that is not white space.
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


def _of_turns(text: str, turns: Sequence[Node]) -> Iterator[_Pair]:
    """Yield the starts of turns and, with a worse rank, of sentences in long turns and in long text between turns."""
    starts = [text.rfind("\n", 0, turn.start) + 1 for turn in turns]
    for start in starts:
        yield start, PARAGRAPH_RANK
    for start, end in pairwise([0, *starts, len(text)]):
        if end - start > _LONG_TURN_CHARS:
            for offset, rank in _of_prose(text[start:end]):
                yield start + offset, max(rank, SENTENCE_RANK)


def _of_code(text: str, sections: Sequence[Section], path: str) -> Iterator[_Pair]:
    files = [(section.start, section.end, section.title or path) for section in sections] or [(0, len(text), path)]
    for start, end, title in files:
        for offset, depth, is_hidden in code_blocks(text, start=start, end=end, path=title):
            if depth is None:
                yield offset, HIDDEN_RANK if is_hidden else LAST_RANK
            else:
                yield offset, min(PARAGRAPH_RANK + depth, SENTENCE_RANK)
