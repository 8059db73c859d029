"""Reads an RTF file: body, notes, and the optional comments, headers, footers and hidden text.

A file is one stream of text and control words, in nested groups; the end of a group restores the state before
it. Groups are kept on a list, so nested groups need no recursion. Numbers of lists are read as the program wrote them.
Cost: about 1 MB/s.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import replace

from pipeline.config.build import DocumentPart, TrackedChanges
from pipeline.documents.marks import MarkKind
from pipeline.documents.readers.blocks import (
    Block,
    Footnote,
    PageStart,
    Paragraph,
    Role,
    as_heading,
    has_pages,
    raised,
    text_of,
    title_of,
    write_blocks,
)
from pipeline.documents.readers.number_formats import numbered
from pipeline.documents.readers.paragraphs import Split, assembled
from pipeline.documents.readers.reader import Converted, ReadOptions, RefusedFileError
from pipeline.documents.readers.rich_text import words
from pipeline.documents.readers.rich_text.fonts import Font, Tables, read_fonts, read_styles
from pipeline.documents.readers.rich_text.state import Group, Story
from pipeline.documents.readers.rich_text.tables import RowShape
from pipeline.documents.readers.rich_text.tokens import Kind, Token, code_page, tokens_of
from pipeline.documents.readers.symbol_fonts import symbol_of
from pipeline.documents.readers.zip_parts import OfficeFileError
from pipeline.documents.text_builder import Run, TextBuilder

_DIGITS = re.compile(r"[(\[]?[\d.]+[.)\]]?")
_ENDNOTES = "lowerRoman"


_MAX_DEPTH = 20
"""The maximum depth of tables inside each other, and of stories inside each other."""


def read_rtf(data: bytes, options: ReadOptions) -> Converted:
    """Return the text and marks of an RTF file.

    Raises:
        RefusedFileError: the file holds no text.
        OfficeFileError: the file is no RTF.
    """
    if not data.lstrip(b"\xef\xbb\xbf \t\r\n\0").startswith(b"{\\rtf"):
        raise OfficeFileError("The file is no RTF.")
    reader = _RtfReader(options)
    blocks = reader.blocks(tokens_of(data))
    if has_pages(blocks):
        blocks.insert(0, PageStart("1"))
    builder = TextBuilder()
    write_blocks(blocks, builder, has_all_pages=False)
    if not builder.text and reader.has_pictures:
        raise RefusedFileError("scanned", "The file holds pictures without text; recognise their text first.")
    if not builder.text:
        raise RefusedFileError("empty", "The file holds no text.")
    return Converted(text=builder.text, title=title_of(blocks), marks=builder.marks)


class _RtfReader:
    """Follows the tokens of a file."""

    def __init__(self, options: ReadOptions) -> None:
        self._include = options.include
        self._is_final = options.tracked_changes is TrackedChanges.FINAL
        self._tables = Tables()
        self._codec = "cp1252"
        self._groups = [Group()]
        self._stories = [Story()]
        self._bytes = bytearray()
        self._units: list[int] = []
        """UTF-16 units that wait for the rest of their character."""
        self._to_skip = 0
        self._captured: list[str] = []
        self._author = ""
        self._numbers = {False: 0, True: 0}
        """Last numbers of the footnotes (False) and the endnotes (True)."""
        self._page = 1
        self._section_begins_page = True
        self._begins_section = False
        """Whether the next text is the first of a section."""
        self._margins: set[str] = set()
        self._footers: list[Block] = []
        self._is_optional = False
        self.has_pictures = False
        """Whether the file holds a picture."""

    def blocks(self, tokens: Iterator[Token]) -> list[Block]:
        """Return the blocks of the file."""
        for token in tokens:
            if token.kind is Kind.BYTES:
                self._take_bytes(token)
                continue
            self._flush(keeps_units=token.kind is Kind.WORD and token.name == "u")
            if token.kind is Kind.OPEN:
                self._groups.append(replace(self._group, opens=""))
                self._is_optional = False
            elif token.kind is Kind.CLOSE:
                self._close()
                if len(self._groups) == 1:
                    break
            elif token.kind is Kind.WORD:
                self._word(token, tokens)
            else:
                self._sign(token.name)
        self._flush()
        while len(self._groups) > 1:
            self._close()
        self._end_paragraph()
        self._story.end_tables(0)
        return self._story.blocks + self._footers

    @property
    def _group(self) -> Group:
        return self._groups[-1]

    @property
    def _story(self) -> Story:
        return self._stories[-1]

    def _take_bytes(self, token: Token) -> None:
        data = token.data
        if self._group.skips:
            return
        if self._to_skip:
            skipped = min(self._to_skip, len(data))
            self._to_skip -= skipped
            data = data[skipped:]
        if data:
            self._flush_units()
            self._bytes += data

    def _flush(self, *, keeps_units: bool = False) -> None:
        """Add the text that was collected.

        Args:
            keeps_units: keep UTF-16 units, because the next token may complete their character.
        """
        if not keeps_units:
            self._flush_units()
        if self._bytes:
            data = bytes(self._bytes)
            self._bytes.clear()
            font = self._tables.fonts.get(self._group.font, Font())
            if font.has_symbols and not self._group.captures:
                self._text("".join(chr(byte) if byte < 0x20 else symbol_of(byte, font.name) for byte in data))
            else:
                self._text(data.decode(font.codec(self._codec) if not font.has_symbols else self._codec, "replace"))

    def _flush_units(self) -> None:
        if self._units:
            text = b"".join(unit.to_bytes(2, "little") for unit in self._units).decode("utf-16-le", "replace")
            self._units.clear()
            font = self._tables.fonts.get(self._group.font, Font())
            self._text(
                "".join(symbol_of(ord(char), font.name) if 0xF000 <= ord(char) <= 0xF0FF else char for char in text)
            )

    def _text(self, text: str) -> None:
        group = self._group
        if group.captures:
            self._captured.append(text)
            return
        if group.waits or (group.is_deleted if self._is_final else group.is_inserted):
            return
        kind = MarkKind.INSERTED if group.is_inserted else None
        if group.is_hidden:
            if DocumentPart.HIDDEN not in self._include:
                return
            kind = MarkKind.HIDDEN
        if self._begins_section and len(self._stories) == 1:
            self._begins_section = False
            if self._section_begins_page:
                self._next_page()
        self._story.items.append(Run(raised(text) if group.is_raised else text, kind))

    def _sign(self, sign: str) -> None:
        if sign == "*":
            self._is_optional = True
        elif self._group.skips:
            return
        elif self._to_skip:
            self._to_skip -= 1
        elif sign in "\r\n":
            self._end_paragraph()
        elif sign in words.SIGNS:
            self._text(words.SIGNS[sign])

    def _word(self, token: Token, tokens: Iterator[Token]) -> None:
        name, number = token.name, token.number
        group = self._group
        is_optional, self._is_optional = self._is_optional, False
        if group.skips:
            return
        if name == "fonttbl":
            read_fonts(tokens, self._tables, self._codec)
            self._groups.pop()
        elif name == "stylesheet":
            read_styles(tokens, self._tables, self._codec)
            self._groups.pop()
        elif name in words.STORIES or name in words.MARGINS:
            self._open_story(name)
        elif name in words.CAPTURED and not group.opens:
            group.captures, group.opens = True, name
            self._captured.clear()
        elif name in words.SKIPPED or (is_optional and name not in words.KNOWN):
            group.skips = True
            self.has_pictures = self.has_pictures or name == "pict"
        elif name == "u":
            self._units.append((number or 0) & 0xFFFF)
            self._to_skip = group.skip_after_unicode
        elif name in words.TEXTS:
            self._text(words.TEXTS[name])
        elif name in words.CHARACTER:
            self._character(name, number)
        elif name in words.TABLE:
            self._table(name, number)
        elif name in words.PARAGRAPH:
            self._paragraph_word(name, number)

    def _character(self, name: str, number: int | None) -> None:
        group = self._group
        is_on = number != 0
        if name == "f":
            group.font = number or 0
        elif name == "uc":
            group.skip_after_unicode = min(max(0, number or 0), 100)
        elif name == "v":
            group.is_hidden = is_on
        elif name in ("revised", "mvt"):
            group.is_inserted = is_on
        elif name in ("deleted", "mvf"):
            group.is_deleted = is_on
        elif name == "super":
            group.is_raised = is_on
        elif name in ("nosupersub", "sub"):
            group.is_raised = False
        elif name == "plain":
            group.is_hidden = group.is_inserted = group.is_deleted = group.is_raised = False
            group.font = 0
        elif name == "ansicpg":
            self._codec = code_page(number or 0)
        elif name == "mac":
            self._codec = "mac_roman"
        elif name in ("pc", "pca"):
            self._codec = "cp437" if name == "pc" else "cp850"

    def _table(self, name: str, number: int | None) -> None:
        story, group = self._story, self._group
        depth = max(1, min(group.depth, _MAX_DEPTH))
        if name == "trowd":
            while len(story.shapes) < depth:
                story.shapes.append(RowShape())
            story.shapes[depth - 1] = RowShape()
            return
        if name in ("cell", "nestcell"):
            at = 1 if name == "cell" else max(2, depth)
            self._end_paragraph(at)
            story.at_depth(at).end_cell()
            return
        if name in ("row", "nestrow"):
            at = 1 if name == "row" else max(2, depth)
            shape = story.shapes[at - 1] if at <= len(story.shapes) else RowShape()
            story.at_depth(at).end_row(replace(shape, cells=list(shape.cells)))
            return
        if depth > len(story.shapes):
            return
        shape = story.shapes[depth - 1]
        if name == "cellx":
            shape.end_cell(number or 0)
        elif name == "trleft":
            shape.left = number or 0
        elif name == "clmrg":
            shape.continues_left = True
        elif name == "clvmrg":
            shape.continues_above = True

    def _paragraph_word(self, name: str, number: int | None) -> None:
        group, story = self._group, self._story
        if name == "par":
            self._end_paragraph()
        elif name == "pard":
            group.style, group.level, group.list_level, group.depth = 0, None, 0, 0
        elif name == "s":
            group.style = number or 0
        elif name == "outlinelevel":
            group.level = number
        elif name == "ilvl":
            group.list_level = min(max(0, number or 0), 8)
        elif name == "intbl":
            group.depth = max(1, group.depth)
        elif name == "itap":
            group.depth = min(max(0, number or 0), _MAX_DEPTH)
        elif name == "page":
            story.items.append(Split())
            self._next_page()
        elif name == "pagebb":
            self._next_page()
        elif name == "sectd":
            self._section_begins_page = True
        elif name in words.SECTION_BREAKS:
            self._section_begins_page = name not in ("sbknone", "sbkcol")
        elif name == "sect":
            self._end_paragraph()
            self._begins_section = True
        elif name == "ftnalt":
            story.is_endnote = True
        elif name == "ud":
            group.waits = False
        elif name == "upr":
            group.waits = True

    def _next_page(self) -> None:
        if len(self._stories) == 1:
            self._page += 1
            self._story.items.append(PageStart(str(self._page)))

    def _end_paragraph(self, depth: int | None = None) -> None:
        """End a paragraph at a depth of tables, by default that of the group."""
        group, story = self._group, self._story
        depth = group.depth if depth is None else depth
        items, story.items = story.items, []
        label, story.label = story.label, None
        style = self._tables.styles.get(group.style)
        level = self._tables.level_of(group.style) if group.level is None else group.level

        def made(runs: tuple[Run, ...], is_first: bool) -> Paragraph:
            shown = label if is_first else None
            if style is not None and style.is_title:
                return Paragraph(runs, Role.TITLE, 1, shown or None)
            if level is None or not 0 <= level < 9:
                return Paragraph(runs, Role.BODY, group.list_level + 1, shown)
            heading = as_heading(Paragraph(runs, Role.HEADING, level + 1, shown or None))
            return heading if heading.role is Role.HEADING else replace(heading, level=group.list_level + 1)

        for block in assembled(items, made):
            story.add(block, depth)
        if not items:
            story.end_tables(depth)

    def _open_story(self, name: str) -> None:
        group = self._group
        if group.opens:  # A damaged file: a group is one story.
            return
        is_read = name not in words.MARGINS or DocumentPart.HEADERS in self._include
        if name == "annotation":
            is_read = DocumentPart.COMMENTS in self._include
        if group.is_deleted if self._is_final else group.is_inserted:
            is_read = False
        if not is_read or len(self._stories) > _MAX_DEPTH:
            group.skips = True
            return
        self._stories.append(Story(name, place=len(self._story.items)))
        group.opens, group.depth, group.style, group.level = name, 0, 0, None
        group.is_raised = False

    def _close(self) -> None:
        """End a group, and the story or the captured text that began with it."""
        if len(self._groups) == 1:
            return
        opened = self._group.opens
        if opened in words.CAPTURED:
            text = "".join(self._captured)
            if opened == "atnauthor":
                self._author = text.strip()
            else:
                self._story.label = self._label(text)
        elif opened:
            self._end_paragraph()
            self._story.end_tables(0)
            self._close_story(self._stories.pop())
        self._groups.pop()
        self._to_skip = 0

    def _label(self, text: str) -> str:
        """Return the label of a list item; empty for a bullet."""
        shown = " ".join(text.split())
        font = self._tables.fonts.get(self._group.font, Font())
        is_number = any(char.isalnum() for char in shown) and shown not in ("o", "§")
        if font.has_symbols:
            is_number = _DIGITS.fullmatch(shown) is not None
        return shown if is_number else ""

    def _close_story(self, story: Story) -> None:
        around = self._story
        text = text_of(story.blocks)
        if story.name == "footnote":
            self._numbers[story.is_endnote] += 1
            count = self._numbers[story.is_endnote]
            label = numbered(count, _ENDNOTES if story.is_endnote else "decimal")
            around.items[story.place : story.place] = [Run(f"[^{label}]")]
            around.items.append(Footnote(label, text))
        elif story.name == "annotation":
            if text:
                shown = f"{self._author}: {text}" if self._author else text
                around.items.append(Paragraph((Run(shown),), Role.COMMENT))
            self._author = ""
        elif story.name in words.MARGINS:
            if text and text not in self._margins:
                self._margins.add(text)
                if story.name.startswith("header"):
                    self._stories[0].blocks += story.blocks
                else:
                    self._footers += story.blocks
        else:
            around.items += story.blocks
