"""Reads a presentation in OOXML: slides in order, each with its title as a heading and its number as a page.

In: the bytes of a file and the recipe's options. Out: a `Converted`. Used by the readers of pptx and ppt. Headings have
up to three levels: the title of the presentation (from a title slide at the start), the titles of section slides, and
the titles of the other slides.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from pipeline.config.build import DocumentPart
from pipeline.documents.marks import MarkKind
from pipeline.documents.readers.blocks import Block, Paragraph, write_blocks
from pipeline.documents.readers.ooxml import OfficePackage, R
from pipeline.documents.readers.presentations.placeholders import P, read_layout
from pipeline.documents.readers.presentations.remarks import read_comments, read_notes
from pipeline.documents.readers.presentations.shapes import Found, Slide, SlideTable, read_shapes
from pipeline.documents.readers.reader import Converted, ReadOptions, RefusedFileError
from pipeline.documents.text_builder import TextBuilder, one_line

_SECTION = "secHead"


@dataclass(frozen=True, slots=True)
class _ReadSlide:
    """A slide's contents."""

    number: int
    is_hidden: bool
    layout: str
    shapes: Sequence[Found]
    remarks: Sequence[Paragraph]
    has_pictures: bool

    @property
    def begins_deck(self) -> bool:
        """Whether the slide shows the title of the presentation."""
        return self.number == 1 and any(shape.is_main_title for shape in self.shapes)


def read_deck(data: bytes, options: ReadOptions) -> Converted:
    """Return the text of a presentation.

    Raises:
        RefusedFileError: the file is encrypted, or no slide that is read has text.
        OfficeFileError: the file has no main part, or is too large.
        zipfile.BadZipFile, lxml.etree.XMLSyntaxError: the file is damaged.
    """
    package = OfficePackage(data, main="ppt/presentation.xml")
    slides = [
        slide
        for number, entry in enumerate(package.main.iterfind(f"{P}sldIdLst/{P}sldId"), start=1)
        if (slide := _read_slide(package, package.target(package.main_name, entry.get(R + "id")), number, options))
    ]
    num_hidden = sum(slide.is_hidden for slide in slides)
    takes_hidden = DocumentPart.HIDDEN in options.include
    shown = [slide for slide in slides if takes_hidden or not slide.is_hidden]
    builder = TextBuilder()
    has_title = any(slide.begins_deck for slide in shown)
    has_sections = any(slide.layout == _SECTION for slide in shown)
    for slide in shown:
        is_top = slide.begins_deck or not has_title
        level = 1 if slide.begins_deck else (1 if is_top else 2) + (has_sections and slide.layout != _SECTION)
        _write(slide, level, builder)
    if not builder.text.strip():
        raise _without_text(slides, 0 if takes_hidden else num_hidden)
    left_out = f"hidden slides left out: {num_hidden}"
    warnings = (left_out,) if num_hidden and not takes_hidden else ()
    return Converted(text=builder.text, title=_title(shown), marks=builder.marks, warnings=warnings)


def _without_text(slides: Sequence[_ReadSlide], num_left_out: int) -> RefusedFileError:
    if num_left_out:
        hint = f"{num_left_out} of {len(slides)} are hidden; to read them, add hidden to the recipe's ingest.include."
        return RefusedFileError("empty", f"The slides that are shown hold no text. {hint}")
    if any(slide.has_pictures for slide in slides):
        return RefusedFileError("scanned", f"The {len(slides)} slides hold pictures and no text.")
    return RefusedFileError("empty", "The slides hold no text.")


def _read_slide(package: OfficePackage, name: str, number: int, options: ReadOptions) -> _ReadSlide | None:
    """Return a slide; None if its part is missing."""
    root = package.xml(name)
    if root is None:
        return None
    layout = read_layout(package, name)
    slide = Slide(package, name, layout, takes_furniture=DocumentPart.HEADERS in options.include)
    remarks = read_notes(package, name) if DocumentPart.NOTES in options.include else []
    remarks += read_comments(package, name) if DocumentPart.COMMENTS in options.include else []
    shapes = read_shapes(root.find(f"{P}cSld/{P}spTree"), slide)
    is_hidden, has_pictures = root.get("show") in ("0", "false"), bool(package.related(name, "image"))
    return _ReadSlide(number, is_hidden, layout.kind, shapes, remarks, has_pictures)


def _write(slide: _ReadSlide, level: int, builder: TextBuilder) -> None:
    start = builder.length
    builder.page(str(slide.number))
    for shape in slide.shapes:
        builder.end_list()
        if shape.is_title:
            builder.heading(" ".join(_lines(shape.blocks)), level=level)
            continue
        waiting: list[Block] = []
        for block in shape.blocks:
            if isinstance(block, SlideTable):
                write_blocks(waiting, builder, has_all_pages=True)
                waiting.clear()
                builder.table(block.rows, header=block.header)
            else:
                waiting.append(block)
        write_blocks(waiting, builder, has_all_pages=True)
    write_blocks(slide.remarks, builder, has_all_pages=True)
    if slide.is_hidden:
        builder.mark_from(start, MarkKind.HIDDEN)


def _lines(blocks: Iterable[Block | SlideTable]) -> list[str]:
    return [one_line(block.text) for block in blocks if isinstance(block, Paragraph)]


def _title(slides: Sequence[_ReadSlide]) -> str:
    """Return the title of the presentation; empty if no title slide comes first."""
    titles = (shape for slide in slides if slide.begins_deck for shape in slide.shapes if shape.is_title)
    return next((" ".join(_lines(shape.blocks)) for shape in titles), "")
