"""Cuts prose into units: paragraphs, or groups of sentences of a long one, with headings, lists, tables and code.

Left out, so that no segment goes over them, are title pages, tables of contents, notices of licences, blocks to be
signed, page numbers, and whatever is too long to be shown. Used for contracts, manuals and all text that has neither
turns nor definitions. Time is linear in the length of the text.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, replace
from enum import Enum, auto
from functools import cache

from pipeline.documents.grammar.text_lines import TextLine
from pipeline.languages import any_of, letters_of, together
from pipeline.synthesize.segmenting.bare import is_contents, is_licence_notice, is_to_be_signed
from pipeline.synthesize.segmenting.document import CutDocument
from pipeline.synthesize.segmenting.telling import told_chars
from pipeline.synthesize.segmenting.units import Unit
from pipeline.synthesize.sentences import Span, sentence_spans
from pipeline.synthesize.structural.blocks import shown_width

_MIN_TOLD_SHARE = 0.3
"""A block of which less tells something is a list, a title or a form."""
_MIN_TABLE_TOLD_SHARE = 0.6
"""A table counts as text only if most of its cells are sentences."""
_CLOSED = re.compile(r"[.!?。][\"'”’»)\]`*_]*$")
_ITEM = re.compile(
    rf"[ \t]*(?:[-*+•·‣○▪■▶–][ \t]|\(?(?:[\divx]{{1,4}}|[{letters_of(lambda rules: rules.sentences.item_letters)}])[.)]"
    r"|[①-⑳|>#])"
)
"""The beginning of an item of a list, a row of a table, a quotation or a heading."""
_SPACED_END = re.compile(r"(?<=\s)([.!?])\s+")
_MAX_LEAD_CHARS = 200
"""The maximum white space between the start of a section and its heading."""
_PAGE_NUMBER = re.compile(r"[-–—]\s?\d{1,4}\s?[-–—]")
_MIN_PIECE_WORDS = 3
"""A shorter piece that ends a line, such as a reference to an issue, stays with the sentence before it."""
_MAX_CAPTION_WIDTH = 80
_MAX_TITLE_WIDTH = 100
_MIN_WRAPPED_WIDTH = 40
_FINAL_SYLLABLES = tuple(together(lambda rules: frozenset(rules.sentences.final_syllables)))


class _Kind(Enum):
    """What a block is."""

    TEXT = auto()
    HEADING = auto()
    SUPPORT = auto()
    """A table, a list of names or a code example: shown with the text around it, but no segment alone."""
    BARE = auto()
    """Never shown."""


@dataclass(frozen=True, slots=True)
class _Block:
    start: int
    end: int
    section: int
    is_code: bool = False
    is_table: bool = False


def prose_units(document: CutDocument, *, start: int, end: int, first_run: int) -> list[Unit]:
    """Return the units of `text[start:end]`, in order, numbered in runs from `first_run`."""
    text, sections = document.text, document.sections
    units: list[Unit] = []
    run, has_text = first_run, False
    for block in _whole_paragraphs(document, _blocks(document, start, end)):
        kind, num_told = _judged(document, block, has_text=has_text)
        if kind is _Kind.BARE:
            run += 1
            continue
        has_text = has_text or kind is _Kind.TEXT
        level = sections[block.section].level
        if block.end - block.start <= document.max_chars:
            is_heading = kind is _Kind.HEADING
            is_bound = is_heading or (kind is _Kind.TEXT and _announces(text, block))
            units.append(Unit(block.start, block.end, run, block.section, level, num_told, is_bound, is_heading))
        elif kind is _Kind.TEXT:
            for piece in cut_pieces(text, block.start, block.end, document.max_chars):
                told = told_chars(text, start=piece.start, end=piece.end, language=document.context.language)
                units.append(Unit(piece.start, piece.end, run, block.section, level, told))
        else:
            run += 1
    return units


def cut_pieces(text: str, start: int, end: int, max_chars: int) -> Iterator[Span]:
    """Yield the pieces of a long block: single sentences with the marks before them, in order.

    Where a sentence without final punctuation goes on in the next one, both are one piece, if that is short enough.
    """
    pending: Span | None = None
    for sentence in _with_tails(text, _sentences(text, start, end, max_chars)):
        piece = sentence
        if pending is not None and piece.end - pending.start <= max_chars:
            piece = Span(pending.start, piece.end)
        elif pending is not None:
            yield pending
        if _is_closed(text[piece.start : piece.end]):
            yield piece
            pending = None
        else:
            pending = piece
    if pending is not None:
        yield pending


def _with_tails(text: str, sentences: Iterator[Span]) -> Iterator[Span]:
    """Yield the sentences, each with the few words behind it in its line."""
    current: Span | None = None
    for sentence in sentences:
        if current is not None:
            is_short = len(text[sentence.start : sentence.end].split()) < _MIN_PIECE_WORDS
            if is_short and "\n" not in text[current.end : sentence.end]:
                current = Span(current.start, sentence.end)
                continue
            yield current
        current = sentence
    if current is not None:
        yield current


def _sentences(text: str, start: int, end: int, max_chars: int) -> Iterator[Span]:
    """Yield the sentences with their marks; a long one is cut where a transcript has a space before a full stop."""
    position = start
    for sentence in sentence_spans(text, start=start, end=end):
        begin = sentence.start - len(text[position : sentence.start].lstrip())
        position = sentence.end
        if sentence.end - begin > max_chars:
            for match in _SPACED_END.finditer(text, begin, sentence.end):
                yield Span(begin, match.end(1))
                begin = match.end()
        if begin < sentence.end:
            yield Span(begin, sentence.end)


def _blocks(document: CutDocument, start: int, end: int) -> Iterator[_Block]:
    """Yield runs of lines without a blank one; a section, a table and a code example each begin a new one."""
    current: list[TextLine] = []
    state: tuple[int, bool, bool] | None = None
    for index in document.lines_in(start, end):
        line = document.lines[index]
        is_left_out = index in document.furniture
        if (not line.content and not line.is_code) or is_left_out:
            if current and state is not None and (is_left_out or not line.is_code):
                yield _block(current, state)
                current = []
            if is_left_out:
                yield _Block(line.start, line.start, document.section_at(line.start))
            continue
        if not current and not line.is_code and _separates(line.content):
            continue
        now = (document.section_at(line.content_start), line.is_code, document.is_in_table(line.content_start))
        if current and state != now and state is not None:
            yield _block(current, state)
            current = []
        current.append(line)
        state = now
    if current and state is not None:
        yield _block(current, state)


def _separates(content: str) -> bool:
    """Return whether a line only separates paragraphs or pages: `---`, `- 12 -`."""
    return not any(map(str.isalnum, content)) or _PAGE_NUMBER.fullmatch(content) is not None


def _block(lines: list[TextLine], state: tuple[int, bool, bool]) -> _Block:
    filled = [line for line in lines if line.content] or lines[:1]
    return _Block(filled[0].content_start, filled[-1].content_end, *state)


def _judged(document: CutDocument, block: _Block, *, has_text: bool) -> tuple[_Kind, int]:
    """Return the kind of a block and how many of its characters tell something."""
    text = document.text
    begin = _body_start(document, block)
    body = text[begin : block.end].strip()
    if block.start == block.end or document.is_in_contents(block.start):
        return _Kind.BARE, 0
    if not body:
        return _Kind.HEADING, 0
    lines = body.split("\n")
    if is_contents(lines, document.titles) or (
        document.has_notices and is_licence_notice(text[block.start : block.end])
    ):
        return _Kind.BARE, 0
    if block.is_code:
        return _Kind.SUPPORT, 0
    told = told_chars(text, start=begin, end=block.end, language=document.context.language)
    if block.is_table:
        return (_Kind.TEXT, told) if told >= _MIN_TABLE_TOLD_SHARE * len(body) else (_Kind.SUPPORT, 0)
    if told >= _MIN_TOLD_SHARE * len(body) and (has_text or not _is_long_title(body)):
        return _Kind.TEXT, told
    if is_to_be_signed(lines) or not has_text:
        return _Kind.BARE, 0
    return (_Kind.HEADING, 0) if _is_caption(body) else (_Kind.SUPPORT, 0)


def _is_long_title(body: str) -> bool:
    """Return whether the first block of a text may be its title, although it is as long as a phrase."""
    return shown_width(body) <= _MAX_TITLE_WIDTH and not any(map(_is_closed, map(str.rstrip, body.split("\n"))))


def _is_caption(body: str) -> bool:
    """Return whether a block is one short line, underlined or not, which names what follows."""
    named = [line for line in body.split("\n") if any(map(str.isalnum, line))]
    return len(named) == 1 and shown_width(named[0]) <= _MAX_CAPTION_WIDTH and _ITEM.match(named[0]) is None


def _body_start(document: CutDocument, block: _Block) -> int:
    """Return where the text of a block begins, below or behind the heading with which its section begins."""
    text, section = document.text, document.sections[block.section]
    if not section.title or block.start - section.start > _MAX_LEAD_CHARS:
        return block.start
    if text[section.start : block.start].strip():
        return block.start
    end = document.heading_ends.get(section.start)
    if end is None:
        line_end = text.find("\n", block.start, block.end)
        end = block.end if line_end < 0 else line_end
    return min(max(end, block.start), block.end)


def _announces(text: str, block: _Block) -> bool:
    words = text[block.start : block.end]
    last = words[-200:].rpartition("\n")[2]
    return words.endswith((":", "：", ",", ";", "；")) or _announcing().search(last) is not None


def _whole_paragraphs(document: CutDocument, blocks: Iterator[_Block]) -> Iterator[_Block]:
    """Yield the blocks; those that a page break, or a converter that doubles line breaks, cut in a sentence are one."""
    current: _Block | None = None
    for block in blocks:
        if current is not None and _continues(document, current, block):
            current = replace(current, end=block.end)
            continue
        if current is not None:
            yield current
        current = block
    if current is not None:
        yield current


def _continues(document: CutDocument, above: _Block, block: _Block) -> bool:
    text = document.text
    if above.section != block.section or above.is_code or block.is_code or not block.end > block.start:
        return False
    if above.is_table or block.is_table or _is_closed(text[max(above.start, above.end - 20) : above.end]):
        return False
    last = text[max(above.start, text.rfind("\n", above.start, above.end) + 1) : above.end]
    head = text[block.start : block.start + 40]
    is_wrapped = shown_width(last) >= _MIN_WRAPPED_WIDTH and last[-1:] not in ":："
    return is_wrapped and _ITEM.match(head) is None and not head[:1].isupper()


def _is_closed(words: str) -> bool:
    return _CLOSED.search(words) is not None or words.endswith(_FINAL_SYLLABLES)


@cache
def _announcing() -> re.Pattern[str]:
    return re.compile(any_of(lambda rules: rules.manual.announcing), re.IGNORECASE)
