"""Converts a Hangul file of either format: its content becomes text with marks.

The text is compared with second readings, unless the recipe asks for the original text of tracked changes.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

from pipeline.config.build import DocumentPart, TrackedChanges
from pipeline.documents.readers.blocks import title_of, write_blocks
from pipeline.documents.readers.hangul.content import HangulDocument
from pipeline.documents.readers.hangul.second_readings import disagreements
from pipeline.documents.readers.hangul.story import read_story
from pipeline.documents.readers.reader import Converted, ReadOptions, RefusedFileError
from pipeline.documents.text_builder import TextBuilder

ReadContent = Callable[[bytes, ReadOptions], HangulDocument]


def convert_hangul(data: bytes, options: ReadOptions, *, read: ReadContent, suffix: str) -> Converted:
    """Convert a file.

    Args:
        data: the file.
        options: parts of the document to read.
        read: reads the content of the format.
        suffix: suffix of the format.

    Raises:
        RefusedFileError: the file has no text (`scanned` if it has pictures, `no_text` if it has embedded objects, else
            `empty`), or `read` refuses it.
    """
    document = read(data, options)
    written = _written(document, options)
    if not written.text:
        if document.num_pictures:
            raise RefusedFileError("scanned", "The file holds pictures without text; recognise their text first.")
        if document.num_objects:
            held = f"{document.num_objects} embedded objects, such as charts, whose text is not read"
            raise RefusedFileError("no_text", f"The file holds no text of its own, but {held}; save it as PDF instead.")
        raise RefusedFileError("empty", "The file holds no text.")
    warnings: list[str] = []
    if options.tracked_changes is TrackedChanges.FINAL:
        whole = replace(options, include=frozenset(DocumentPart))
        compared = written if whole == options else _written(document, whole)
        warnings += disagreements(compared.text, data, suffix, is_distribution=document.is_distribution)
    if document.num_objects:
        warnings.append(f"{document.num_objects} embedded objects are not read.")
    return replace(written, warnings=tuple(warnings))


def _written(document: HangulDocument, options: ReadOptions) -> Converted:
    blocks = read_story(document, options)
    builder = TextBuilder()
    write_blocks(blocks, builder, has_all_pages=True)
    return Converted(text=builder.text, title=title_of(blocks), marks=builder.marks)
