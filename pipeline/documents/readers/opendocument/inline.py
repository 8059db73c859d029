"""Reads the inside of a paragraph of an OpenDocument file, in reading order."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Protocol

from pipeline.config.build import DocumentPart, TrackedChanges
from pipeline.documents.marks import MarkKind
from pipeline.documents.readers.blocks import Block, Footnote, PageStart, Paragraph, Role, raised, text_of
from pipeline.documents.readers.opendocument.names import DC, DRAW, OFFICE, TEXT, count_of
from pipeline.documents.readers.opendocument.styles import OdfStyles
from pipeline.documents.readers.reader import ReadOptions
from pipeline.documents.readers.zip_parts import Element
from pipeline.documents.text_builder import Run

_WHITE_SPACE = re.compile(r"[ \t\r\n]+")
_MAX_SPACES = 1000
_UNREAD = frozenset(
    {TEXT + name for name in ("tracked-changes", "script", "hidden-paragraph", "bookmark", "number", "annotation-end")}
    | {OFFICE + name for name in ("forms", "annotation-end")}
)
Item = Run | Block


class Surroundings(Protocol):
    """What a paragraph's reader asks of the document around it."""

    def blocks(self, element: Element) -> list[Block]:
        """Return the blocks inside an element, such as a note."""

    def drawn(self, shape: Element) -> list[Block]:
        """Return the text of a frame or a shape as blocks."""

    def equation(self, shape: Element) -> str:
        """Return the equation in a frame; empty if the frame holds anything else."""

    def soft_page(self) -> list[PageStart]:
        """Return the page that begins at a noted page start."""


class OdfInline:
    """Reads the paragraphs of a file."""

    def __init__(
        self, styles: OdfStyles, options: ReadOptions, around: Surroundings, deletions: dict[str, Element]
    ) -> None:
        self._styles = styles
        self._include = options.include
        self._is_final = options.tracked_changes is TrackedChanges.FINAL
        self._around = around
        self._deletions = deletions
        self._insertions: set[str] = set()
        """Identifiers of the insertions around the present place; an insertion may span paragraphs."""

    @property
    def is_unread(self) -> bool:
        """Whether the present place belongs to an insertion that the chosen version lacks."""
        return bool(self._insertions) and not self._is_final

    def change(self, element: Element) -> Iterator[Item]:
        """Follow an element that says where a tracked change is; yield deleted text of the original version."""
        identifier = element.get(TEXT + "change-id") or ""
        deleted = self._deletions.get(identifier)
        if element.tag == TEXT + "change-end":
            self._insertions.discard(identifier)
        elif deleted is None and element.tag == TEXT + "change-start":
            self._insertions.add(identifier)
        elif deleted is not None and not self._is_final:
            text = text_of([block for block in self._around.blocks(deleted) if isinstance(block, Paragraph)])
            if text:
                yield Run(text)

    def read(self, element: Element, kind: MarkKind | None = None, *, is_raised: bool = False) -> Iterator[Item]:
        """Yield the items inside a paragraph or a part of one."""
        yield from self._text(element.text, kind, is_raised=is_raised)
        for child in element:
            if isinstance(child.tag, str):
                yield from self._child(child, kind, is_raised=is_raised)
            yield from self._text(child.tail, kind, is_raised=is_raised)

    def _child(self, child: Element, kind: MarkKind | None, *, is_raised: bool) -> Iterator[Item]:
        tag = child.tag
        if tag == TEXT + "span":
            style = self._styles.get(child.get(TEXT + "style-name"), "text")
            if style.is_hidden and DocumentPart.HIDDEN not in self._include:
                return
            yield from self.read(
                child, MarkKind.HIDDEN if style.is_hidden else kind, is_raised=is_raised or style.is_raised
            )
        elif tag == TEXT + "s":
            yield from self._run(" " * count_of(child, TEXT + "c", most=_MAX_SPACES), kind)
        elif tag == TEXT + "tab":
            yield from self._run("\t", kind)
        elif tag == TEXT + "line-break":
            yield from self._run("\n", kind)
        elif tag == TEXT + "soft-page-break":
            yield from self._around.soft_page()
        elif tag == TEXT + "note":
            yield from self._note(child)
        elif tag == OFFICE + "annotation":
            yield from self._comment(child)
        elif tag in (TEXT + "change", TEXT + "change-start", TEXT + "change-end"):
            yield from self.change(child)
        elif tag == TEXT + "hidden-text":
            if DocumentPart.HIDDEN in self._include:
                yield from self._run(child.get(TEXT + "string-value") or "", MarkKind.HIDDEN)
        elif tag == TEXT + "ruby":
            yield from self._ruby(child, kind)
        elif tag.startswith(DRAW):
            equation = self._around.equation(child) if _is_among_words(child) else ""
            if equation:
                yield from self._run(f"${equation}$", kind)
            elif not self.is_unread:
                yield from self._around.drawn(child)
        elif tag not in _UNREAD:
            yield from self.read(child, kind, is_raised=is_raised)

    def _run(self, text: str, kind: MarkKind | None) -> Iterator[Run]:
        if text and not self.is_unread:
            yield Run(text, kind or (MarkKind.INSERTED if self._insertions else None))

    def _text(self, text: str | None, kind: MarkKind | None, *, is_raised: bool) -> Iterator[Run]:
        shown = _WHITE_SPACE.sub(" ", text or "")
        yield from self._run(raised(shown) if is_raised else shown, kind)

    def _note(self, note: Element) -> Iterator[Item]:
        citation, body = note.find(TEXT + "note-citation"), note.find(TEXT + "note-body")
        if self.is_unread or body is None:
            return
        label = "".join(citation.itertext()).strip() if citation is not None else ""
        label = label or (citation.get(TEXT + "label") if citation is not None else "") or "*"
        yield Run(f"[^{label}]")
        yield Footnote(label, text_of(self._around.blocks(body)))

    def _comment(self, comment: Element) -> Iterator[Item]:
        if DocumentPart.COMMENTS in self._include and not self.is_unread:
            text = text_of(self._around.blocks(comment))
            author = (comment.findtext(DC + "creator") or "").strip()
            if text:
                yield Paragraph((Run(f"{author}: {text}" if author else text),), Role.COMMENT)

    def _ruby(self, element: Element, kind: MarkKind | None) -> Iterator[Item]:
        """Read a word with its pronunciation: `漢字(한자)`."""
        for base in element.findall(TEXT + "ruby-base"):
            yield from self.read(base, kind)
        above = "".join(element.findtext(TEXT + "ruby-text") or "")
        if above.strip():
            yield from self._run(f"({above})", kind)


def _is_among_words(frame: Element) -> bool:
    """Return whether a frame is placed like a letter, and its line has other text."""
    if frame.get(TEXT + "anchor-type") != "as-char":
        return False
    around = frame.getparent()
    texts = [around.text, *(child.tail for child in around)]
    return any(text and text.strip() for text in texts) or any(
        child is not frame and "".join(child.itertext()).strip() for child in around
    )
