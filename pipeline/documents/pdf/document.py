"""Converts a PDF file into text with marks.

In: the bytes of a file. Out: `Converted`. Used by `readers.pdf`. Cost: 35 to 135 pages a second on one core, 87 on
average over 608 pages of three files.

The characters come from pdfium, which loses fewer than other libraries. The other modules of this package derive the
order, the paragraphs and the structure from positions, fonts, ruled lines, bookmarks and tags. The words of all pages
stay in memory until the text is written: about 100 KB a page.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from itertools import pairwise
from typing import Any

from pipeline.config.build import DocumentPart
from pipeline.documents.pdf.bullets import with_bullets
from pipeline.documents.pdf.cells import Table
from pipeline.documents.pdf.figures import is_figure, labels_in_figures, line_by_line
from pipeline.documents.pdf.forms import comments_of, opened_page
from pipeline.documents.pdf.furniture import PageParts, page_parts
from pipeline.documents.pdf.headings import body_size, heading_levels
from pipeline.documents.pdf.layout import page_layout
from pipeline.documents.pdf.legibility import Legibility, legibility_of
from pipeline.documents.pdf.lines import lines_of
from pipeline.documents.pdf.notes import Footnote, take_footnotes
from pipeline.documents.pdf.outline import page_label, read_bookmarks, read_heading_tags
from pipeline.documents.pdf.paragraphs import Paragraph, paragraphs_of
from pipeline.documents.pdf.rules import Drawing, read_drawing
from pipeline.documents.pdf.titles import joined_titles
from pipeline.documents.pdf.unlikely import PlacedParagraph
from pipeline.documents.pdf.words import Frame, PageWords, read_words
from pipeline.documents.pdf.writing import PageContent, lines_in, write_pages
from pipeline.documents.readers.reader import Converted, ReadOptions, RefusedFileError

_PASSWORD_ERRORS = (4, 5)
"""pdfium's codes for a wrong password and an unknown security handler."""
_SCAN_AREA = 0.5
"""Minimum share of a scanned page that images cover."""
_MAX_SCAN_CHARS = 40
_PICTURE_AREA = 0.02
"""Minimum share of a page that a picture covers which may hold what the page says, if no page has text."""
_MAX_ILLEGIBLE = 0.5
"""The largest share of the text that may be on pages whose fonts do not name their characters."""
_MAX_NAMED_PAGES = 20
_NO_FRAME = Frame(0, 0.0, 0.0, 1.0, 1.0)
"""The coordinates of a page that could not be read."""
_JUNK_TITLE = re.compile(
    r"untitled|microsoft|powerpoint|\.(?:docx?|hwpx?|pptx?|xlsx?|indd|tex|dvi|pdf)$|^\W*$", re.IGNORECASE
)


def convert_pdf(data: bytes, options: ReadOptions) -> Converted:
    """Convert a PDF file.

    Raises:
        RefusedFileError: the file needs a password (`encrypted`), too many of its pages are images without text
            (`scanned`), its fonts do not say which characters most of the text shows (`undecodable`), or it has no
            text (`empty`).
        pypdfium2.PdfiumError: the file, or each of its pages, is damaged.
    """
    import pypdfium2

    try:
        document = pypdfium2.PdfDocument(data)
    except pypdfium2.PdfiumError as error:
        if getattr(error, "err_code", None) in _PASSWORD_ERRORS:
            raise RefusedFileError("encrypted", "The PDF file needs a password.") from error
        raise
    try:
        return _convert(document, options)
    finally:
        document.close()


@dataclass(slots=True)
class _Raw:
    """What was read from the pages; each list has one element for each page."""

    words: list[PageWords] = field(default_factory=list)
    drawings: list[Drawing] = field(default_factory=list)
    tags: list[dict[int, int]] = field(default_factory=list)
    labels: list[str] = field(default_factory=list)
    comments: list[list[str]] = field(default_factory=list)
    damaged: list[int] = field(default_factory=list)
    """Numbers of the pages that could not be read, from 1; in the lists above, they are empty."""


def _convert(document: Any, options: ReadOptions) -> Converted:  # Any: a document of pypdfium2
    raw = _read(document)
    raw.words = with_bullets(raw.words)
    legibility = legibility_of(raw.words)
    warnings = _check(raw, legibility) + _damage(raw)
    parts = page_parts(raw.words, raw.drawings)
    is_typewritten = _is_typewritten(raw.words)
    layouts = [
        page_layout(part.words, drawing, words.turned)
        for part, drawing, words in zip(parts, raw.drawings, raw.words, strict=True)
    ]
    bookmarks = read_bookmarks(document)
    pages = [
        joined_titles(paragraphs_of(layout.items, is_typewritten=is_typewritten), bookmarks, index)
        for index, layout in enumerate(layouts)
    ]
    body = body_size(line for blocks in pages for line in lines_in(blocks))
    contents = []
    for index, blocks in enumerate(pages):
        frame = raw.words[index].frame
        notes, rest = take_footnotes(blocks, body=body, height=frame.height)
        turned = [line.text for line in lines_of(layouts[index].turned)]
        contents.append(replace(_content(raw, parts[index], index, rest, notes, options), turned=turned))
    is_one_figure = is_figure([content.blocks for content in contents], raw.drawings)
    if is_one_figure:
        contents = [replace(content, blocks=line_by_line(content.blocks)) for content in contents]
    labels: set[int] = set()
    for content, drawing, words in zip(contents, raw.drawings, raw.words, strict=True):
        labels |= labels_in_figures(content.blocks, drawing, words.frame)
    placed = [
        PlacedParagraph(block, index, is_one_figure or id(block) in labels, isinstance(above, Table))
        for index, content in enumerate(contents)
        for above, block in pairwise([None, *content.blocks])
        if isinstance(block, Paragraph)
    ]
    levels = heading_levels(placed, bookmarks, raw.tags, body=body)
    builder, title = write_pages(contents, levels)
    num_chars = sum(len(word.text) for page in raw.words for word in page.words)
    return Converted(
        text=builder.text,
        title=_title(document, builder.text) or title,
        replaced_share=min(1.0, legibility.num_unknown / max(1, num_chars)),
        marks=builder.marks,
        warnings=tuple(warnings),
    )


def _read(document: Any) -> _Raw:  # Any: a document of pypdfium2
    """Read all pages.

    Raises:
        pypdfium2.PdfiumError: no page can be read.
    """
    import pypdfium2

    raw = _Raw()
    for index in range(len(document)):
        try:
            _read_page(document, index, raw)
        except pypdfium2.PdfiumError:
            raw.damaged.append(index + 1)
            if len(raw.damaged) == len(document):
                raise
            _add(raw, PageWords(_NO_FRAME), Drawing(), {}, [])
        raw.labels.append(page_label(document, index))
    return raw


def _read_page(document: Any, index: int, raw: _Raw) -> None:  # Any: a document of pypdfium2
    """Add what a page holds; nothing if the page is damaged."""
    page = opened_page(document, index)
    try:
        words = read_words(page)
        _add(raw, words, read_drawing(page, words.frame), read_heading_tags(page), comments_of(page))
    finally:
        page.close()


def _add(raw: _Raw, words: PageWords, drawing: Drawing, tags: dict[int, int], comments: list[str]) -> None:
    raw.words.append(words)
    raw.drawings.append(drawing)
    raw.tags.append(tags)
    raw.comments.append(comments)


def _damage(raw: _Raw) -> list[str]:
    if not raw.damaged:
        return []
    numbers = ", ".join(map(str, raw.damaged[:_MAX_NAMED_PAGES]))
    more = len(raw.damaged) - _MAX_NAMED_PAGES
    return [f"damaged pages left out: {numbers}{f' and {more} more' if more > 0 else ''}"]


def _check(raw: _Raw, legibility: Legibility) -> list[str]:
    """Return warnings about a file.

    Raises:
        RefusedFileError: more pages are scanned than have text, no page has text, or most text is on pages whose fonts
            do not say which characters they show.
    """
    num_pages = len(raw.words)
    scanned = [
        number
        for number, (page, drawing) in enumerate(zip(raw.words, raw.drawings, strict=True), start=1)
        if drawing.image_area >= _SCAN_AREA and _num_chars(page) < _MAX_SCAN_CHARS
    ]
    filled = [number for number, page in enumerate(raw.words, start=1) if _num_chars(page) > 0]
    if len(scanned) > len({*filled} - {*scanned}):
        raise RefusedFileError("scanned", f"{len(scanned)} of {num_pages} pages are images without text.")
    pictured = sum(drawing.image_area >= _PICTURE_AREA for drawing in raw.drawings)
    if not filled and pictured:
        raise RefusedFileError(
            "scanned",
            f"None of the {num_pages} pages has text, and {pictured} hold a picture; recognise its text first.",
        )
    if not filled:
        raise RefusedFileError("empty", f"None of the {num_pages} pages has text.")
    if legibility.share > _MAX_ILLEGIBLE:
        raise RefusedFileError(
            "undecodable",
            f"The fonts of {len(legibility.pages)} of {num_pages} pages do not say which characters they show. "
            "Print the file to images and run OCR over them.",
        )
    warnings = [f"pages without text, as images: {len(scanned)} of {num_pages}"] if scanned else []
    if legibility.pages:
        numbers = ", ".join(str(index + 1) for index in legibility.pages[:_MAX_NAMED_PAGES])
        more = " and others" if len(legibility.pages) > _MAX_NAMED_PAGES else ""
        warnings.append(f"the fonts do not say which characters they show: pages {numbers}{more}")
    return warnings


def _is_typewritten(pages: Sequence[PageWords]) -> bool:
    """Return whether most characters of a document are in fonts of fixed width."""
    num_fixed = sum(len(word.text) for page in pages for word in page.words if word.style.is_fixed)
    return 2 * num_fixed > sum(_num_chars(page) for page in pages)


def _num_chars(page: PageWords) -> int:
    return sum(len(word.text) for word in (*page.words, *page.turned))


def _content(
    raw: _Raw,
    parts: PageParts,
    index: int,
    blocks: Sequence[Paragraph | Table],
    notes: Sequence[Footnote],
    options: ReadOptions,
) -> PageContent:
    has_headers = DocumentPart.HEADERS in options.include
    return PageContent(
        label=raw.labels[index],
        blocks=list(blocks),
        notes=list(notes),
        headers=parts.headers if has_headers else [],
        footers=parts.footers if has_headers else [],
        comments=raw.comments[index] if DocumentPart.COMMENTS in options.include else [],
        is_missing=index + 1 in raw.damaged,
    )


def _title(document: Any, text: str) -> str:  # Any: a document of pypdfium2
    """Return the title that the file states if the first 3,000 characters of the text contain it; else an empty string.

    A title that names a program or a file is ignored.
    """
    title = " ".join(str(document.get_metadata_dict().get("Title") or "").split())
    is_said = title.lower() in " ".join(text[:3000].split()).lower()
    return title if title and is_said and _JUNK_TITLE.search(title) is None else ""
