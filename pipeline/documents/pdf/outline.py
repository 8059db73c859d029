"""Bookmarks, page labels and heading tags of a PDF.

In: a document or page of pypdfium2. Out: `Bookmark`s and levels by marked content. Used by `pdf.document`. Cost:
linear; both trees are cut at a number of nodes, because a damaged file can have loops.
"""

from __future__ import annotations

import ctypes
import re
from typing import Any

from pipeline.documents.pdf.headings import Bookmark

_MAX_BOOKMARKS = 20_000
_MAX_NODES = 20_000
_MAX_TYPE_BYTES = 64
_HEADING = re.compile(r"H([1-6])?$|Title$")


def read_bookmarks(document: Any) -> list[Bookmark]:  # Any: a document of pypdfium2
    """Return the outline of a file; entries without a page are left out."""
    found: list[Bookmark] = []
    for entry in document.get_toc():
        destination = entry.get_dest()
        page = destination.get_index() if destination is not None else None
        title = entry.get_title()
        if page is not None and title.strip():
            found.append(Bookmark(title.strip(), entry.level + 1, page))
        if len(found) == _MAX_BOOKMARKS:
            break
    return found


def page_label(document: Any, index: int) -> str:  # Any: a document of pypdfium2
    """Return the label of a page as a viewer shows it, such as `iv`; its number if the file names none."""
    return str(document.get_page_label(index)).strip() or str(index + 1)


def read_heading_tags(page: Any) -> dict[int, int]:  # Any: a page of pypdfium2
    """Return heading levels by marked-content id, for the content of a page that the file tags as headings."""
    import pypdfium2.raw as pdfium

    tree = pdfium.FPDF_StructTree_GetForPage(page.raw)
    if not tree:
        return {}
    found: dict[int, int] = {}
    try:
        count = pdfium.FPDF_StructTree_CountChildren(tree)
        stack = [(pdfium.FPDF_StructTree_GetChildAtIndex(tree, number), 0) for number in range(min(count, _MAX_NODES))]
        num_seen = 0
        while stack and num_seen < _MAX_NODES:
            element, level = stack.pop()
            num_seen += 1
            if not element:
                continue
            level = _level_of(element, pdfium) or level
            children = min(pdfium.FPDF_StructElement_CountChildren(element), _MAX_NODES)
            for number in range(children):
                content_id = pdfium.FPDF_StructElement_GetChildMarkedContentID(element, number)
                if content_id >= 0 and level:
                    found[content_id] = level
                elif content_id < 0:
                    stack.append((pdfium.FPDF_StructElement_GetChildAtIndex(element, number), level))
    finally:
        pdfium.FPDF_StructTree_Close(tree)
    return found


def _level_of(element: Any, pdfium: Any) -> int:
    buffer = ctypes.create_string_buffer(_MAX_TYPE_BYTES)
    length = pdfium.FPDF_StructElement_GetType(element, buffer, _MAX_TYPE_BYTES)
    if not 2 <= length <= _MAX_TYPE_BYTES:
        return 0
    match = _HEADING.match(buffer.raw[: length - 2].decode("utf-16-le", "replace"))
    if match is None:
        return 0
    return int(match[1] or 1)
