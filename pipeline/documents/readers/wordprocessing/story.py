"""Turns the paragraphs and tables of a story (the body, a note, a header or a text box) into blocks."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence

from pipeline.config.build import DocumentPart, TrackedChanges
from pipeline.documents.readers.blocks import Block, Paragraph, Role, Table, as_heading
from pipeline.documents.readers.paragraphs import Split, assembled
from pipeline.documents.readers.reader import ReadOptions
from pipeline.documents.readers.wordprocessing.inline import (
    InlineReader,
    Item,
    PageBreak,
    RenderedPageBreak,
    Surroundings,
)
from pipeline.documents.readers.wordprocessing.numbering import Label, Numbering
from pipeline.documents.readers.wordprocessing.package import MC, W, is_on, number, value
from pipeline.documents.readers.wordprocessing.sections import Pages
from pipeline.documents.readers.wordprocessing.styles import BODY_LEVEL, Style, Styles
from pipeline.documents.readers.wordprocessing.tables import read_table
from pipeline.documents.readers.zip_parts import Element
from pipeline.documents.text_builder import Run

_CONTAINERS = frozenset(W + name for name in ("sdt", "sdtContent", "customXml", "ins", "moveTo", "smartTag"))
MAX_DEPTH = 60
"""The maximum depth of tables, text boxes and notes inside each other."""


class StoryReader:
    """Reads the stories of a file. Lists are counted through all of them in the order in which they are read."""

    def __init__(
        self,
        *,
        styles: Styles,
        numbering: Numbering,
        options: ReadOptions,
        around: Surroundings,
        pages: Pages,
        read_chunk: Callable[[str], list[Block]],
        end_section: Callable[[], list[Block]],
    ) -> None:
        self._styles = styles
        self._numbering = numbering
        self._inline = InlineReader(styles, options, around)
        self._is_final = options.tracked_changes is TrackedChanges.FINAL
        self._reads_hidden = DocumentPart.HIDDEN in options.include
        self._pages = pages
        self._read_chunk = read_chunk
        self._end_section = end_section
        self._depth = 0

    def blocks(self, story: Element) -> list[Block]:
        """Return the blocks of a story, given the element around its paragraphs.

        Raises:
            RecursionError: the story is nested deeper than `MAX_DEPTH`.
        """
        if self._depth >= MAX_DEPTH:
            raise RecursionError(f"The file nests tables, text boxes or notes deeper than {MAX_DEPTH}.")
        self._depth += 1
        found: list[Block] = []
        carried: list[Item] = []
        for element in _blocks_of(story):
            if element.tag == W + "p":
                items = [*carried, *self._items(element)]
                carried = []
                if self._joins_next(element):
                    carried = items
                else:
                    found += self._paragraph(element, items)
            else:
                found += assembled(self._placed(carried), _plain)
                carried = []
                if element.tag == W + "tbl":
                    found.append(self._table(element))
                else:
                    found += self._read_chunk(element.get(_RELATIONSHIP) or "")
        found += assembled(self._placed(carried), _plain)
        self._depth -= 1
        return found

    def _placed(self, items: Sequence[Item]) -> Iterator[Run | Block | Split]:
        """Yield items with their page breaks as page starts. A page is counted when its item is taken."""
        for item in items:
            if isinstance(item, PageBreak):
                yield Split()
                yield from self._pages.broken()
            elif isinstance(item, RenderedPageBreak):
                yield from self._pages.rendered()
            else:
                yield item

    def _style_of(self, paragraph: Element) -> Style:
        return self._styles.get(value(paragraph, "pPr/pStyle"))

    def _items(self, paragraph: Element) -> list[Item]:
        return self._inline.read(paragraph, self._style_of(paragraph))

    def _joins_next(self, paragraph: Element) -> bool:
        """Return whether the end of a paragraph is deleted in the chosen version, so that the next one continues it."""
        names = ("del", "moveFrom") if self._is_final else ("ins", "moveTo")
        properties = paragraph.find(f"{W}pPr/{W}rPr")
        return properties is not None and any(properties.find(W + name) is not None for name in names)

    def _paragraph(self, element: Element, items: Sequence[Item]) -> list[Block]:
        properties = element.find(W + "pPr")
        style = self._style_of(element)
        is_hidden = is_on(properties.find(W + "rPr") if properties is not None else None, "vanish")
        is_hidden = bool(style.is_hidden) if is_hidden is None else is_hidden
        has_text = any(isinstance(item, Run) and item.text.strip() for item in items)
        label = None if is_hidden and not (has_text or self._reads_hidden) else self._label(properties, style)
        level = number(value(properties, "outlineLvl"))
        level = style.level if level is None else level

        def made(runs: tuple[Run, ...], is_first: bool) -> Paragraph:
            shown = label.text if label is not None and label.is_shown and is_first else None
            if style.is_title:
                return Paragraph(runs, Role.TITLE, 1, shown)
            if style.is_code:
                return Paragraph(runs, Role.CODE)
            if label is None and self._is_monospaced(element, style):
                return Paragraph(runs, Role.MONOSPACED)
            depth = label.level + 1 if label is not None else 1
            if level is None or not 0 <= level < BODY_LEVEL:
                return Paragraph(runs, Role.BODY, depth, shown)
            heading = as_heading(Paragraph(runs, Role.HEADING, level + 1, shown or None))
            return heading if heading.role is Role.HEADING else Paragraph(runs, Role.BODY, depth, shown)

        found: list[Block] = []
        breaks = is_on(properties, "pageBreakBefore")
        if style.starts_page if breaks is None else breaks:
            found += self._pages.broken()
        found += assembled(self._placed(items), made)
        if properties is not None and properties.find(W + "sectPr") is not None:
            found += self._end_section()
        return found

    def _is_monospaced(self, paragraph: Element, style: Style) -> bool:
        """Return whether all text of a paragraph is in a typewriter font."""
        runs = [run for run in paragraph.iter(W + "r") if run.find(W + "t") is not None]
        fonts = (value(run, "rPr/rFonts", "ascii") or style.font for run in runs)
        return bool(runs) and all(_TYPEWRITERS.fullmatch(font) for font in fonts)

    def _label(self, properties: Element | None, style: Style) -> Label | None:
        own = value(properties, "numPr/numId")
        level = number(value(properties, "numPr/ilvl"))
        num_id = style.num_id if own is None else own
        if num_id in (None, "0"):
            return None
        if level is None:
            tied = self._numbering.level_of_style(num_id, style.numbered_by) if own is None else None
            level = tied if tied is not None else style.num_level or 0
        return self._numbering.next_label(num_id, level)

    def _table(self, table: Element) -> Table:
        return read_table(table, is_read=self._is_row_read, read_row=self._cells)

    def _is_row_read(self, properties: Element) -> bool:
        gone = "del" if self._is_final else "ins"
        if properties.find(W + gone) is not None:
            return False
        return self._reads_hidden or not is_on(properties, "hidden")

    def _cells(self, cells: Sequence[Element]) -> list[list[Block]]:
        """Return the blocks of a row's cells; pages are counted in each cell from the page on which the row begins."""
        first = last = self._pages.state
        found = []
        for cell in cells:
            self._pages.state = first
            found.append(self.blocks(cell))
            last = max(last, self._pages.state, key=lambda state: state.page)
        self._pages.state = last
        return found


_TYPEWRITERS = re.compile(
    r"courier(?: new)?|consolas|menlo|monaco|lucida console|source code pro|d2coding|cascadia (?:code|mono)"
    r"|(?:dejavu sans|liberation|ubuntu|jetbrains|roboto) mono",
    re.IGNORECASE,
)
_RELATIONSHIP = "{http://schemas.openxmlformats.org/officeDocument/2006/relationships}id"


def _blocks_of(story: Element) -> Iterator[Element]:
    """Yield the paragraphs, tables and included files of a story, also those inside content controls."""
    for child in story:
        if child.tag in (W + "p", W + "tbl", W + "altChunk"):
            yield child
        elif child.tag in _CONTAINERS:
            yield from _blocks_of(child)
        elif child.tag == MC + "AlternateContent":
            for choice in (*child.findall(MC + "Choice"), *child.findall(MC + "Fallback")):
                found = list(_blocks_of(choice))
                if found:
                    yield from found
                    break


def _plain(runs: tuple[Run, ...], _is_first: bool) -> Paragraph:
    return Paragraph(runs)
