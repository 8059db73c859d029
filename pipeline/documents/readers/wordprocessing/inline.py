"""Reads the inside of a paragraph: text runs, notes, drawings, equations, fields and page breaks, in reading order.

Of tracked changes, the version that the recipe names is read. Of a field, the result is read, not the instruction.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Protocol

from pipeline.config.build import DocumentPart, TrackedChanges
from pipeline.documents.marks import MarkKind
from pipeline.documents.readers.blocks import Block, raised
from pipeline.documents.readers.reader import ReadOptions
from pipeline.documents.readers.symbol_fonts import shown_in, symbol_of
from pipeline.documents.readers.wordprocessing.equations import equation_text
from pipeline.documents.readers.wordprocessing.package import MC, M, W, is_on, number, value
from pipeline.documents.readers.wordprocessing.styles import Style, Styles
from pipeline.documents.readers.zip_parts import Element
from pipeline.documents.text_builder import Run


class PageBreak:
    """A page break that the author set; it ends the paragraph."""


class RenderedPageBreak:
    """A page start that the program noted when it last laid out the document."""


Item = Run | Block | PageBreak | RenderedPageBreak


class Surroundings(Protocol):
    """What a paragraph's reader asks of the document around it."""

    def note_label(self, reference: Element) -> tuple[str, list[Block]]:
        """Return the label of a footnote or endnote, and the note as blocks."""

    def comment(self, identifier: str) -> list[Block]:
        """Return a comment as blocks."""

    def drawn(self, element: Element) -> list[Block]:
        """Return the text of a drawing, picture or object as blocks."""


_CONTAINERS = frozenset(
    W + name for name in ("hyperlink", "smartTag", "customXml", "fldSimple", "dir", "bdo", "sdtContent", "rubyBase")
)
_TEXTS = {"tab": "\t", "ptab": "\t", "cr": "\n", "noBreakHyphen": "-"}
_CHECKED, _UNCHECKED = "☒", "☐"


@dataclass(slots=True)
class _Field:
    """A complex field that has begun."""

    has_result: bool = False


class InlineReader:
    """Reads the paragraphs of a file."""

    def __init__(self, styles: Styles, options: ReadOptions, around: Surroundings) -> None:
        self._styles = styles
        self._around = around
        self._is_final = options.tracked_changes is TrackedChanges.FINAL
        self._reads_hidden = DocumentPart.HIDDEN in options.include
        self._kinds: tuple[MarkKind, ...] = ()
        self._fields: list[_Field] = []
        self._style = Style()

    def read(self, paragraph: Element, style: Style) -> list[Item]:
        """Return the items of a paragraph, given its style."""
        # The text of a note or a text box is read in the middle of a paragraph.
        saved = self._fields, self._kinds, self._style
        self._fields, self._kinds, self._style = [], (), style
        found = list(self._inside(paragraph))
        self._fields, self._kinds, self._style = saved
        return found

    def _inside(self, element: Element) -> Iterator[Item]:
        for child in element:
            tag = child.tag
            if tag == W + "r":
                yield from self._run(child)
            elif tag in _CONTAINERS or tag == W + "sdt":
                yield from self._inside(child)
            elif tag in (W + "ins", W + "moveTo"):
                if self._is_final:
                    yield from self._marked(child, MarkKind.INSERTED)
            elif tag in (W + "del", W + "moveFrom"):
                if not self._is_final:
                    yield from self._inside(child)
            elif tag == M + "oMath":
                yield from self._text(f"${equation_text(child)}$")
            elif tag == M + "oMathPara":
                for equation in child.iter(M + "oMath"):
                    yield from self._text(f"$${equation_text(equation)}$$\n")
            elif tag == MC + "AlternateContent":
                yield from self._alternative(child, self._inside)

    def _marked(self, element: Element, kind: MarkKind) -> Iterator[Item]:
        self._kinds = (*self._kinds, kind)
        yield from self._inside(element)
        self._kinds = self._kinds[:-1]

    def _alternative(self, element: Element, read: Callable[[Element], Iterator[Item]]) -> Iterator[Item]:
        """Read the first alternative that has content; all of them show the same."""
        for choice in (*element.findall(MC + "Choice"), *element.findall(MC + "Fallback")):
            found = list(read(choice))
            if found:
                yield from found
                return

    def _run(self, run: Element) -> Iterator[Item]:
        properties = run.find(W + "rPr")
        is_hidden = self._is_hidden(properties)
        if is_hidden and not self._reads_hidden:
            # Fields begin and end in hidden runs, too.
            for mark in run.findall(W + "fldChar"):
                self._field(mark)
            return
        if is_hidden:
            self._kinds = (*self._kinds, MarkKind.HIDDEN)
        font = value(properties, "rFonts", "ascii") or self._style.font
        is_raised = value(properties, "vertAlign") == "superscript"
        for item in self._pieces(run, font):
            yield Run(raised(item.text), item.kind) if is_raised and isinstance(item, Run) else item
        if is_hidden:
            self._kinds = self._kinds[:-1]

    def _pieces(self, run: Element, font: str) -> Iterator[Item]:
        skips_mark = False
        for piece in run:
            if not isinstance(piece.tag, str):
                continue
            name = piece.tag.removeprefix(W)
            if name == "t" or (name == "delText" and not self._is_final):
                if not skips_mark:
                    yield from self._text(shown_in((piece.text or "").replace("\n", " "), font))
            elif name in _TEXTS:
                yield from self._text(_TEXTS[name])
            elif name == "br":
                if piece.get(W + "type") == "page":
                    yield PageBreak()
                else:
                    yield from self._text("\n")
            elif name == "lastRenderedPageBreak":
                yield RenderedPageBreak()
            elif name == "sym":
                code = piece.get(W + "char") or ""
                yield from self._text(symbol_of(_from_hex(code), piece.get(W + "font") or font))
            elif name == "fldChar":
                yield from self._text(_form_value(piece))
                self._field(piece)
            elif name in ("footnoteReference", "endnoteReference"):
                label, blocks = self._around.note_label(piece)
                skips_mark = is_custom(piece)
                yield from self._text(f"[^{label}]")
                yield from blocks
            elif name == "commentReference":
                yield from self._around.comment(piece.get(W + "id") or "")
            elif name in ("drawing", "pict", "object"):
                yield from self._around.drawn(piece)
            elif name == "ruby":
                yield from self._ruby(piece)
            elif piece.tag == MC + "AlternateContent":
                yield from self._alternative(piece, lambda choice: self._pieces(choice, font))

    def _text(self, text: str) -> Iterator[Run]:
        if text and not any(not field.has_result for field in self._fields):
            yield Run(text, self._kinds[-1] if self._kinds else None)

    def _ruby(self, element: Element) -> Iterator[Item]:
        """Read a word with its pronunciation: `漢字(한자)`."""
        for base in element.findall(W + "rubyBase"):
            yield from self._inside(base)
        above = "".join(text.text or "" for text in element.findall(f"{W}rt//{W}t"))
        if above.strip():
            yield from self._text(f"({above})")

    def _field(self, mark: Element) -> None:
        """Follow where fields begin, where their results begin, and where they end."""
        kind = mark.get(W + "fldCharType")
        if kind == "begin":
            self._fields.append(_Field())
        elif self._fields and kind == "separate":
            self._fields[-1].has_result = True
        elif self._fields and kind == "end":
            self._fields.pop()

    def _is_hidden(self, properties: Element | None) -> bool:
        own = is_on(properties, "vanish")
        if own is not None:
            return own
        named = value(properties, "rStyle")
        of_style = self._styles.get(named).is_hidden if named else None
        return bool(self._style.is_hidden if of_style is None else of_style)


def is_custom(reference: Element) -> bool:
    """Return whether a note has a mark that the author typed after its reference."""
    return (reference.get(W + "customMarkFollows") or "0").lower() in ("1", "true", "on")


def _form_value(mark: Element) -> str:
    """Return the value of a check box or a drop-down list at the start of its field; empty for other fields."""
    form = mark.find(W + "ffData")
    box, entries = (form.find(W + name) if form is not None else None for name in ("checkBox", "ddList"))
    if box is not None:
        checked = is_on(box, "checked")
        return _CHECKED if (is_on(box, "default") if checked is None else checked) else _UNCHECKED
    if entries is not None:
        shown = [entry.get(W + "val") or "" for entry in entries.findall(W + "listEntry")]
        chosen = number(value(entries, "result")) or number(value(entries, "default")) or 0
        return shown[chosen] if 0 <= chosen < len(shown) else ""
    return ""


def _from_hex(code: str) -> int:
    try:
        return int(code, 16)
    except ValueError:
        return 0
