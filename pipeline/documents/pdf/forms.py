"""Filled form fields and comments of a PDF page.

In: a document or page of pypdfium2. Out: a page whose fields are part of its content, and the texts of comments. Used
by `pdf.document`. Cost: nothing for pages without annotations; pages with form fields or text boxes are loaded twice.
"""

from __future__ import annotations

import ctypes
from typing import Any

_MAX_ANNOTATIONS = 2000
_MAX_TEXT_BYTES = 1 << 16


def opened_page(document: Any, index: int) -> Any:  # Any: document and page of pypdfium2
    """Return a page. The values of form fields and the text boxes that were added to it become content."""
    import pypdfium2.raw as pdfium

    page = document[index]
    shown = {pdfium.FPDF_ANNOT_WIDGET, pdfium.FPDF_ANNOT_FREETEXT}
    if shown.isdisjoint(kind for kind, _ in _annotations(page, pdfium)):
        return page
    done = pdfium.FPDFPage_Flatten(page.raw, pdfium.FLAT_NORMALDISPLAY)
    if done != pdfium.FLATTEN_SUCCESS:
        return page
    page.close()
    return document[index]


def comments_of(page: Any) -> list[str]:  # Any: a page of pypdfium2
    """Return the texts of a page's comments: notes, and remarks on marked passages."""
    import pypdfium2.raw as pdfium

    kinds = {
        pdfium.FPDF_ANNOT_TEXT,
        pdfium.FPDF_ANNOT_HIGHLIGHT,
        pdfium.FPDF_ANNOT_UNDERLINE,
        pdfium.FPDF_ANNOT_STRIKEOUT,
        pdfium.FPDF_ANNOT_CARET,
    }
    return [text for kind, text in _annotations(page, pdfium) if kind in kinds and text]


def _annotations(page: Any, pdfium: Any) -> list[tuple[int, str]]:  # Any: page and module of pdfium
    """Return kind and text of each annotation."""
    found = []
    for number in range(min(_MAX_ANNOTATIONS, pdfium.FPDFPage_GetAnnotCount(page.raw))):
        annotation = pdfium.FPDFPage_GetAnnot(page.raw, number)
        if annotation:
            found.append((pdfium.FPDFAnnot_GetSubtype(annotation), _contents(annotation, pdfium)))
            pdfium.FPDFPage_CloseAnnot(annotation)
    return found


def _contents(annotation: Any, pdfium: Any) -> str:  # Any: handle and module of pdfium
    length = pdfium.FPDFAnnot_GetStringValue(annotation, b"Contents", None, 0)
    if not 2 < length <= _MAX_TEXT_BYTES:
        return ""
    buffer = ctypes.create_string_buffer(length)
    wide = ctypes.cast(buffer, ctypes.POINTER(ctypes.c_ushort))
    pdfium.FPDFAnnot_GetStringValue(annotation, b"Contents", wide, length)
    return buffer.raw[: length - 2].decode("utf-16-le", "replace").strip()
