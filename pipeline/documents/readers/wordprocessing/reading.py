"""Reads a WordprocessingML file: body, notes, and the optional comments, headers, footers and hidden text.

In: the bytes of a file. Out: text with marks. Cost: about 4 MB of XML a second; a tree in memory for each part.
"""

from __future__ import annotations

from collections.abc import Iterator

from pipeline.config.build import DocumentPart
from pipeline.documents.decoding import decode
from pipeline.documents.markup import convert_page
from pipeline.documents.readers.blocks import (
    Block,
    Footnote,
    Included,
    PageStart,
    Paragraph,
    Role,
    has_pages,
    text_of,
    title_of,
    write_blocks,
)
from pipeline.documents.readers.charts import drawing_paragraphs, plain_paragraph
from pipeline.documents.readers.drawn_parts import PART_REFERENCES, drawn_part
from pipeline.documents.readers.number_formats import numbered
from pipeline.documents.readers.reader import Converted, ReadOptions, RefusedFileError
from pipeline.documents.readers.wordprocessing.inline import is_custom
from pipeline.documents.readers.wordprocessing.numbering import Numbering
from pipeline.documents.readers.wordprocessing.package import MC, A, V, W, WordPackage, value
from pipeline.documents.readers.wordprocessing.sections import Pages, sections_of
from pipeline.documents.readers.wordprocessing.story import StoryReader
from pipeline.documents.readers.wordprocessing.styles import Styles
from pipeline.documents.readers.zip_parts import Element, OfficeFileError
from pipeline.documents.text_builder import Run, TextBuilder

_NOTE_PARTS = {"footnoteReference": ("footnotes", "footnote"), "endnoteReference": ("endnotes", "endnote")}
_USUAL_FORMATS = {"footnote": "decimal", "endnote": "lowerRoman"}
_TEXT_BOX = W + "txbxContent"
_WORD_ART = V + "textpath"
_PICTURES = (A + "blip", V + "imagedata")


def read_word(data: bytes, options: ReadOptions, *, depth: int = 0) -> Converted:
    """Return the text and marks of a WordprocessingML file.

    Args:
        data: the file.
        options: which parts and which version of the text to read.
        depth: how many files include this one.

    Raises:
        RefusedFileError: the file is encrypted, or holds no text.
        OfficeFileError: the file has no main document or no body, or is too large.
        zipfile.BadZipFile, lxml.etree.XMLSyntaxError: the file is damaged.
        RecursionError: tables, text boxes or notes are nested deeper than `story.MAX_DEPTH`.
    """
    return _WordFile(data, options, depth).converted()


class _WordFile:
    """A file that is being read."""

    def __init__(self, data: bytes, options: ReadOptions, depth: int) -> None:
        self._package = WordPackage(data)
        self._options = options
        self._depth = depth
        self._part = self._package.main_name
        self._num_notes = dict.fromkeys(_USUAL_FORMATS, 0)
        self._notes: dict[str, dict[str, Element]] = {}
        self._comments: dict[str, Element] | None = None
        self._shown_headers: set[str] = set()
        self._num_unread = 0
        styles = Styles(self._package.of_kind("styles"))
        self._main = self._package.main
        self._bodies = self._main.findall(W + "body")
        if not self._bodies:
            raise OfficeFileError("The main document has no body.")
        self._settings = self._package.of_kind("settings")
        settings = [element for element in (self._settings, *self._main.iter(W + "sectPr")) if element is not None]
        self._note_formats = {
            kind: next(filter(None, (value(element, f"{kind}Pr/numFmt") for element in settings)), usual)
            for kind, usual in _USUAL_FORMATS.items()
        }
        self._sections = sections_of(self._main, self._settings)
        self._section = 0
        self._pages = Pages(self._main, self._sections[0])
        self._story = StoryReader(
            styles=styles,
            numbering=Numbering(self._package.of_kind("numbering"), styles),
            options=options,
            around=self,
            pages=self._pages,
            read_chunk=self._chunk,
            end_section=self._next_section,
        )

    def converted(self) -> Converted:
        blocks = self._margin_blocks(is_header=True)
        for body in self._bodies:
            blocks += self._story.blocks(body)
        blocks += self._margin_blocks(is_header=False)
        if has_pages(blocks):
            blocks.insert(0, self._pages.first)
        builder = TextBuilder()
        write_blocks(blocks, builder, has_all_pages=self._pages.is_rendered)
        if not builder.text:
            if any(next(self._main.iter(tag), None) is not None for tag in _PICTURES):
                raise RefusedFileError("scanned", "The file holds pictures without text; recognise their text first.")
            raise RefusedFileError("empty", "The file holds no text.")
        warnings = (f"Embedded files that are not read: {self._num_unread}.",) if self._num_unread else ()
        return Converted(text=builder.text, title=title_of(blocks), marks=builder.marks, warnings=warnings)

    def note_label(self, reference: Element) -> tuple[str, list[Block]]:
        """Return the label of a footnote or endnote, and the note as blocks; see `inline.Surroundings`."""
        part, kind = _NOTE_PARTS[reference.tag.removeprefix(W)]
        if part not in self._notes:
            root = self._package.of_kind(part)
            found = root.findall(W + kind) if root is not None else []
            self._notes[part] = {note.get(W + "id") or "": note for note in found}
        label = self._custom_label(reference) or self._next_label(kind)
        note = self._notes[part].get(reference.get(W + "id") or "")
        if note is None:
            return label, []
        text = text_of(self._blocks_in(self._package.name_of_kind(part), note))
        return label, [Footnote(label, text)]

    def comment(self, identifier: str) -> list[Block]:
        """Return a comment as blocks, if comments are read; see `inline.Surroundings`."""
        if DocumentPart.COMMENTS not in self._options.include:
            return []
        if self._comments is None:
            root = self._package.of_kind("comments")
            found = root.findall(W + "comment") if root is not None else []
            self._comments = {comment.get(W + "id") or "": comment for comment in found}
        found_comment = self._comments.get(identifier)
        if found_comment is None:
            return []
        text = text_of(self._blocks_in(self._package.name_of_kind("comments"), found_comment))
        author = found_comment.get(W + "author") or ""
        return [Paragraph((Run(f"{author}: {text}" if author else text),), Role.COMMENT)] if text else []

    def drawn(self, element: Element) -> list[Block]:
        """Return the text in a drawing, such as text boxes, charts and diagrams; see `inline.Surroundings`."""
        found: list[Block] = []
        for child in _outermost(element):
            if child.tag == _TEXT_BOX:
                found += self._story.blocks(child)
            elif child.tag in PART_REFERENCES:
                found += drawn_part(child, self._related)
            elif child.tag == A + "txBody":
                found += drawing_paragraphs(child)
            elif child.tag == _WORD_ART and (child.get("string") or "").strip():
                found.append(plain_paragraph(child.get("string")))
            elif child.tag == _EMBEDDED:
                self._num_unread += 1
        return found

    def _related(self, identifier: str) -> Element | None:
        name = self._package.target(self._part, identifier)
        return self._package.xml(name) if name else None

    def _blocks_in(self, part: str, element: Element) -> list[Block]:
        """Return the blocks of an element of another part. Its pages are not those of the body."""
        around, self._part, state = self._part, part, self._pages.state
        found = self._story.blocks(element)
        self._part, self._pages.state = around, state
        return [block for block in found if not isinstance(block, PageStart)]

    def _custom_label(self, reference: Element) -> str:
        if not is_custom(reference):
            return ""
        return "".join(text.text or "" for text in reference.itersiblings(W + "t", W + "sym")).strip()[:10]

    def _next_label(self, kind: str) -> str:
        self._num_notes[kind] += 1
        return numbered(self._num_notes[kind], self._note_formats[kind])

    def _next_section(self) -> list[Block]:
        """End a section: return its footers and, if another section follows, the page that begins and its headers."""
        found = self._margin_blocks(is_header=False)
        if self._section + 1 < len(self._sections):
            self._section += 1
            found += self._pages.enter(self._sections[self._section])
            found += self._margin_blocks(is_header=True)
        return found

    def _margin_blocks(self, *, is_header: bool) -> list[Block]:
        """Return the headers or footers of the section, if they are read and were not shown before."""
        if DocumentPart.HEADERS not in self._options.include:
            return []
        section = self._sections[self._section]
        found: list[Block] = []
        for identifier in section.headers if is_header else section.footers:
            name = self._package.target(self._package.main_name, identifier)
            root = self._package.xml(name) if name else None
            blocks = self._blocks_in(name, root) if root is not None else []
            text = text_of(blocks)
            if text and text not in self._shown_headers:
                self._shown_headers.add(text)
                found += blocks
        return found

    def _chunk(self, identifier: str) -> list[Block]:
        """Return a file that the document includes as a part of its text (`w:altChunk`)."""
        name = self._package.target(self._part, identifier)
        data = self._package.read(name) if name else None
        suffix = name.rpartition(".")[2].lower()
        if data and suffix in ("htm", "html", "xhtml"):
            page = convert_page(decode(data=data, declared="").text)
            return [Included(page.markdown, page.marks)]
        if data and suffix == "txt":
            return [plain_paragraph(decode(data=data, declared="").text)]
        if data and suffix in ("docx", "docm") and self._depth < _MAX_INCLUSIONS:
            found = read_word(data, self._options, depth=self._depth + 1)
            return [Included(found.text, found.marks)]
        self._num_unread += 1
        return []


_MAX_INCLUSIONS = 3
_EMBEDDED = "{urn:schemas-microsoft-com:office:office}OLEObject"
_DRAWN = frozenset({_TEXT_BOX, *PART_REFERENCES, A + "txBody", _WORD_ART, _EMBEDDED})


def _outermost(element: Element) -> Iterator[Element]:
    """Yield the outermost elements with text in a drawing; of alternatives, only the first one that has any."""
    for child in element:
        if child.tag in _DRAWN:
            yield child
        elif child.tag == MC + "AlternateContent":
            choices = (list(_outermost(choice)) for choice in child if choice.tag in (MC + "Choice", MC + "Fallback"))
            yield from next(filter(None, choices), [])
        else:
            yield from _outermost(child)
