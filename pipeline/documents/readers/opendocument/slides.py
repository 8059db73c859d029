"""Reads OpenDocument presentations: each slide is a page with a heading; notes and hidden slides are optional."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from pipeline.config.build import DocumentPart
from pipeline.documents.readers.blocks import Block, PageStart, Paragraph, Role, text_of, write_blocks
from pipeline.documents.readers.opendocument.names import DRAW, OFFICE, PRESENTATION, OdfFile, without_text
from pipeline.documents.readers.opendocument.story import OdfStory
from pipeline.documents.readers.opendocument.styles import OdfStyles, styles_of
from pipeline.documents.readers.reader import Converted, ReadOptions
from pipeline.documents.readers.zip_parts import Element
from pipeline.documents.text_builder import Run, TextBuilder

_MAX_TITLE_CHARS = 100
_CLASS = PRESENTATION + "class"
_UNREAD_CLASSES = ("date-time", "footer", "header", "page-number", "page", "notes")


def read_odp(data: bytes, options: ReadOptions) -> Converted:
    """Return the text and marks of an OpenDocument presentation.

    Raises:
        RefusedFileError: the file is encrypted, or holds no text.
    """
    file = OdfFile(data)
    body = file.body("presentation")
    styles = styles_of(file.roots)
    story = OdfStory(file, body, styles, options)
    blocks: list[Block] = []
    for number, slide in enumerate(body.findall(DRAW + "page"), start=1):
        if DocumentPart.HIDDEN in options.include or not _is_hidden(slide, styles):
            blocks.append(PageStart(str(number)))
            blocks += _slide(slide, story, options)
    builder = TextBuilder()
    write_blocks(blocks, builder, has_all_pages=True)
    if not builder.text:
        raise without_text(body)
    return Converted(text=builder.text, marks=builder.marks)


def _is_hidden(slide: Element, styles: OdfStyles) -> bool:
    return styles.get(slide.get(DRAW + "style-name"), "drawing-page").is_hidden_slide


def _reads_as_title(blocks: Sequence[Block]) -> bool:
    """Return whether a shape, the first of its slide, is one short paragraph, as titles in converted files are."""
    filled = [block for block in blocks if text_of([block])]
    return len(filled) == 1 and isinstance(filled[0], Paragraph) and len(filled[0].text) <= _MAX_TITLE_CHARS


def _slide(slide: Element, story: OdfStory, options: ReadOptions) -> Iterator[Block]:
    """Yield the title of a slide as a heading, its other shapes in order, and its notes and comments, if read."""
    shapes = [shape for shape in slide if isinstance(shape.tag, str) and shape.tag.startswith(DRAW)]
    shown = [
        (shape.get(_CLASS) == "title", story.drawn(shape))
        for shape in sorted(shapes, key=lambda shape: shape.get(_CLASS) != "title")
        if shape.get(_CLASS) not in _UNREAD_CLASSES and shape.get(PRESENTATION + "placeholder") != "true"
    ]
    filled = [(is_title, blocks) for is_title, blocks in shown if text_of(blocks)]
    for number, (is_title, blocks) in enumerate(filled):
        if is_title or (number == 0 and _reads_as_title(blocks) and len(filled) > 1):
            yield Paragraph((Run(text_of(blocks)),), Role.HEADING)
        else:
            yield from blocks
    notes = slide.find(PRESENTATION + "notes")
    if notes is not None and DocumentPart.NOTES in options.include:
        for shape in notes:
            if shape.get(_CLASS) == "notes" and (said := text_of(story.drawn(shape))):
                yield Paragraph((Run(said),), Role.COMMENT)
    if DocumentPart.COMMENTS in options.include:
        for comment in slide.findall(OFFICE + "annotation"):
            if said := text_of(story.blocks(comment)):
                yield Paragraph((Run(said),), Role.COMMENT)
