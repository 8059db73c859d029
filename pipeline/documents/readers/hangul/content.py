"""The content of a Hangul document, as both of its formats state it.

`records` reads HWP 5 files and `owpml` reads HWPX files into these classes; `story` makes blocks of them. Lengths are
in HWP units; an inch has 7,200 HWP units.
"""

from __future__ import annotations

from collections.abc import Mapping, Set
from dataclasses import dataclass, field
from enum import StrEnum

from pipeline.documents.readers.blocks import Block
from pipeline.documents.readers.hangul.numbering import Numbering
from pipeline.documents.text_builder import Run


class HeadKind(StrEnum):
    """What Hangul writes before a paragraph."""

    NONE = "none"
    OUTLINE = "outline"
    """A number of the section's outline."""
    NUMBER = "number"
    BULLET = "bullet"


@dataclass(frozen=True, slots=True)
class ParagraphShape:
    """The settings of a paragraph that decide which number or bullet is written before the paragraph."""

    kind: HeadKind = HeadKind.NONE
    level: int = 0
    """From 0."""
    numbering: int = 0
    """Id of the numbering or the bullet."""


@dataclass(frozen=True, slots=True)
class Definitions:
    """What the paragraphs of a file refer to, by id."""

    shapes: Mapping[int, ParagraphShape]
    styles: Mapping[int, str]
    """Names of the paragraph styles."""
    numberings: Mapping[int, Numbering]
    bullets: Mapping[int, str]
    raised: Set[int] = frozenset()
    """Character shapes that raise their text, as in 10²."""


class NoteKind(StrEnum):
    """Where a note is placed."""

    FOOTNOTE = "footnote"
    ENDNOTE = "endnote"


class AsideKind(StrEnum):
    """Kinds of text beside the body, which are read only if the recipe includes them."""

    MARGIN = "margin"
    """A header, a footer or a master page."""
    COMMENT = "comment"
    """A memo or a hidden comment."""


@dataclass(frozen=True, slots=True)
class Note:
    """A footnote or an endnote."""

    kind: NoteKind
    number: int
    """The number that Hangul last showed; 0 if the file does not state it."""
    paragraphs: list[Paragraph]


@dataclass(frozen=True, slots=True)
class Aside:
    """Text beside the body."""

    kind: AsideKind
    paragraphs: list[Paragraph]


@dataclass(frozen=True, slots=True)
class GridCell:
    """A cell of a table."""

    row: int
    column: int
    row_span: int
    column_span: int
    paragraphs: list[Paragraph]


@dataclass(frozen=True, slots=True)
class Grid:
    """A table."""

    cells: list[GridCell]
    caption: list[Paragraph]
    is_caption_below: bool
    is_inline: bool
    """Whether the table is part of the line, like a character."""
    height: int


@dataclass(frozen=True, slots=True)
class Box:
    """The text in a shape, and the caption of a shape or picture."""

    paragraphs: list[Paragraph]
    is_inline: bool


@dataclass(frozen=True, slots=True)
class Chart:
    """A chart, as its title and a table of its values."""

    blocks: list[Block]


@dataclass(frozen=True, slots=True)
class SectionStart:
    """The start of a section."""

    outline: int
    """Id of the numbering of its outline."""
    first_page: int
    """Number of its first page; 0 if the numbers go on from the section before."""
    body_height: int
    """Height of the text on a page; 0 if unknown."""


@dataclass(frozen=True, slots=True)
class Columns:
    """The number of columns of the text that follows."""

    count: int


@dataclass(frozen=True, slots=True)
class NewPageNumber:
    """A new number for the page that it is on."""

    number: int


Piece = Run | Note | Aside | Grid | Box | Chart | SectionStart | Columns | NewPageNumber


@dataclass(slots=True)
class Paragraph:
    """A paragraph."""

    shape: int
    style: int
    pieces: list[Piece]
    begins_page: bool = False
    """Whether the author set a page break before it."""
    tops: list[int] = field(default_factory=list)
    """Distance of each line from the top of the page's text, as Hangul last laid it out."""


@dataclass(slots=True)
class HangulDocument:
    """A whole file."""

    definitions: Definitions
    sections: list[list[Paragraph]] = field(default_factory=list)
    num_pages: int = 0
    """Pages that Hangul last counted; 0 if the file does not say."""
    num_pictures: int = 0
    num_objects: int = 0
    """Embedded files of other programs, whose text is not read."""
    is_distribution: bool = False
    """Whether the file is a distribution copy (배포용 문서)."""
