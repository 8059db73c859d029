"""Reads OpenDocument text: body, notes, and the optional comments, headers, footers and hidden text."""

from __future__ import annotations

from pipeline.config.build import DocumentPart
from pipeline.documents.readers.blocks import Block, PageStart, has_pages, text_of, title_of, write_blocks
from pipeline.documents.readers.opendocument.names import OFFICE, STYLE, OdfFile, without_text
from pipeline.documents.readers.opendocument.story import OdfStory
from pipeline.documents.readers.opendocument.styles import styles_of
from pipeline.documents.readers.reader import Converted, ReadOptions
from pipeline.documents.text_builder import TextBuilder

_HEADERS = ("header-first", "header", "header-left")
_FOOTERS = ("footer-first", "footer", "footer-left")
_MASTER = STYLE + "master-page-name"


def read_odt(data: bytes, options: ReadOptions) -> Converted:
    """Return the text and marks of an OpenDocument text file.

    Raises:
        RefusedFileError: the file is encrypted, or holds no text.
    """
    file = OdfFile(data)
    body = file.body("text")
    story = OdfStory(file, body, styles_of(file.roots), options)
    blocks = story.blocks(body)
    if has_pages(blocks):
        blocks.insert(0, PageStart("1"))
    if DocumentPart.HEADERS in options.include:
        blocks = [*_margins(file, story, _HEADERS), *blocks, *_margins(file, story, _FOOTERS)]
    builder = TextBuilder()
    write_blocks(blocks, builder, has_all_pages=story.pages.is_rendered)
    if not builder.text:
        raise without_text(body)
    return Converted(text=builder.text, title=title_of(blocks), marks=builder.marks)


def _margins(file: OdfFile, story: OdfStory, names: tuple[str, ...]) -> list[Block]:
    """Return the different headers or footers of the pages that the file uses."""
    used = {"Standard", *(style.get(_MASTER) for root in file.roots for style in root.iter(STYLE + "style"))}
    found: list[Block] = []
    seen: set[str] = set()
    for root in file.roots:
        for master in root.iterfind(f"{OFFICE}master-styles/{STYLE}master-page"):
            for name in names if master.get(STYLE + "name") in used else ():
                margin = master.find(STYLE + name)
                blocks = story.blocks(margin) if margin is not None else []
                text = text_of(blocks)
                if text and text not in seen:
                    seen.add(text)
                    found += blocks
    return found
