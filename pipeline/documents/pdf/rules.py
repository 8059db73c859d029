"""The ruled lines, shapes and images of a PDF page.

In: a page that pdfium has loaded. Out: `Drawing`. Used by `pdf.grids`, by `pdf.figures`, and by `pdf.document` to find
scanned pages. Cost: about 1 µs an object; drawings with more than `MAX_OBJECTS` objects are cut.
"""

from __future__ import annotations

import ctypes
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

from pipeline.documents.pdf.words import Frame

MAX_OBJECTS = 20_000
MAX_RULES = 1500
"""A page with more rules is a drawing; its rules are ignored."""
_THIN = 3.0
"""A path of at most this height or width, in points, is a rule."""
_MIN_LENGTH = 6.0
_LEVEL = 1.0
_MAX_DEPTH = 4
_MAX_SEGMENTS = 400
_Matrix = tuple[float, float, float, float, float, float]
Box = tuple[float, float, float, float]
"""Left, top, right and bottom, in points."""
_IDENTITY: _Matrix = (1.0, 0.0, 0.0, 1.0, 0.0, 0.0)


@dataclass(frozen=True, slots=True)
class Rule:
    """A straight line along one axis."""

    at: float
    """`y` of a horizontal rule, `x` of a vertical one."""
    start: float
    end: float
    is_edge: bool = False
    """Whether it is only the side of a filled shape, such as the shading of a line of text."""


@dataclass(slots=True)
class Drawing:
    """What a page shows besides text."""

    across: list[Rule] = field(default_factory=list)
    down: list[Rule] = field(default_factory=list)
    shapes: list[Box] = field(default_factory=list)
    """The boxes of all painted paths, rules included."""
    image_area: float = 0.0
    """Sum of the images' shares of the page; above 1 if images overlap."""


def read_drawing(page: Any, frame: Frame) -> Drawing:  # Any: a page of pypdfium2
    """Return the rules and images of a page, in the coordinates of its words."""
    import pypdfium2.raw as pdfium

    drawing = Drawing()
    area = max(1.0, frame.width * frame.height)
    for found, kind, matrix in _objects(page.raw, pdfium):
        if kind == pdfium.FPDF_PAGEOBJ_IMAGE:
            left, top, right, bottom = _placed_box(_bounds(found, pdfium), matrix, frame)
            width = min(right, frame.width) - max(left, 0.0)
            height = min(bottom, frame.height) - max(top, 0.0)
            drawing.image_area += max(0.0, width) * max(0.0, height) / area
        elif kind == pdfium.FPDF_PAGEOBJ_PATH and _is_painted(found, pdfium):
            _add_rules(drawing, found, matrix, frame, pdfium)
    if len(drawing.across) + len(drawing.down) > MAX_RULES:
        drawing.across, drawing.down = [], []
    return drawing


def _objects(page: Any, pdfium: Any) -> Iterator[tuple[Any, int, _Matrix]]:  # Any: handles and module of pdfium
    """Yield each object of a page and of its form XObjects (embedded drawings), with its type and its form's matrix."""
    stack = [
        (page, pdfium.FPDFPage_GetObject, number, _IDENTITY, 0) for number in range(pdfium.FPDFPage_CountObjects(page))
    ][::-1]
    num_seen = 0
    while stack and num_seen < MAX_OBJECTS:
        parent, get, number, matrix, depth = stack.pop()
        found = get(parent, number)
        if not found:
            continue
        num_seen += 1
        kind = pdfium.FPDFPageObj_GetType(found)
        yield found, kind, matrix
        if kind == pdfium.FPDF_PAGEOBJ_FORM and depth < _MAX_DEPTH:
            inner = _product(_matrix_of(found, pdfium), matrix)
            count = min(MAX_OBJECTS, pdfium.FPDFFormObj_CountObjects(found))
            stack += [(found, pdfium.FPDFFormObj_GetObject, place, inner, depth + 1) for place in range(count)][::-1]


def _add_rules(drawing: Drawing, path: Any, matrix: _Matrix, frame: Frame, pdfium: Any) -> None:
    left, top, right, bottom = _placed_box(_bounds(path, pdfium), matrix, frame)
    drawing.shapes.append((left, top, right, bottom))
    if bottom - top <= _THIN or right - left <= _THIN:
        _add_line(drawing, left, top, right, bottom)
        return
    count = pdfium.FPDFPath_CountSegments(path)
    if not 2 <= count <= _MAX_SEGMENTS:
        return
    is_edge = not _is_stroked(path, pdfium)
    whole = _product(_matrix_of(path, pdfium), matrix)
    x, y = ctypes.c_float(), ctypes.c_float()
    start = last = (0.0, 0.0)
    for number in range(count):
        segment = pdfium.FPDFPath_GetPathSegment(path, number)
        kind = pdfium.FPDFPathSegment_GetType(segment)
        pdfium.FPDFPathSegment_GetPoint(segment, x, y)
        point = frame.place(*_applied(whole, x.value, y.value))
        if kind == pdfium.FPDF_SEGMENT_MOVETO:
            start = point
        elif kind == pdfium.FPDF_SEGMENT_LINETO:
            _add_line(drawing, *last, *point, is_edge=is_edge)
        if kind != pdfium.FPDF_SEGMENT_MOVETO and pdfium.FPDFPathSegment_GetClose(segment):
            _add_line(drawing, *point, *start, is_edge=is_edge)
        last = point


def _add_line(drawing: Drawing, x1: float, y1: float, x2: float, y2: float, *, is_edge: bool = False) -> None:
    width, height = abs(x2 - x1), abs(y2 - y1)
    if width >= _MIN_LENGTH and height <= max(_LEVEL, _THIN if width > 4 * _THIN else 0):
        drawing.across.append(Rule((y1 + y2) / 2, min(x1, x2), max(x1, x2), is_edge))
    elif height >= _MIN_LENGTH and width <= max(_LEVEL, _THIN if height > 4 * _THIN else 0):
        drawing.down.append(Rule((x1 + x2) / 2, min(y1, y2), max(y1, y2), is_edge))


def _is_painted(path: Any, pdfium: Any) -> bool:
    fill, stroke = ctypes.c_int(), ctypes.c_int()
    pdfium.FPDFPath_GetDrawMode(path, fill, stroke)
    return bool(fill.value or stroke.value)


def _is_stroked(path: Any, pdfium: Any) -> bool:
    fill, stroke = ctypes.c_int(), ctypes.c_int()
    pdfium.FPDFPath_GetDrawMode(path, fill, stroke)
    return bool(stroke.value)


def _bounds(found: Any, pdfium: Any) -> Box:
    left, bottom, right, top = (ctypes.c_float() for _ in range(4))
    pdfium.FPDFPageObj_GetBounds(found, left, bottom, right, top)
    return left.value, bottom.value, right.value, top.value


def _matrix_of(found: Any, pdfium: Any) -> _Matrix:
    matrix = pdfium.FS_MATRIX()
    pdfium.FPDFPageObj_GetMatrix(found, matrix)
    return matrix.a, matrix.b, matrix.c, matrix.d, matrix.e, matrix.f


def _product(first: _Matrix, second: _Matrix) -> _Matrix:
    a, b, c, d, e, f = first
    a2, b2, c2, d2, e2, f2 = second
    return (
        a * a2 + b * c2, a * b2 + b * d2, c * a2 + d * c2, c * b2 + d * d2, e * a2 + f * c2 + e2, e * b2 + f * d2 + f2,
    )  # fmt: skip


def _applied(matrix: _Matrix, x: float, y: float) -> tuple[float, float]:
    a, b, c, d, e, f = matrix
    return a * x + c * y + e, b * x + d * y + f


def _placed_box(box: Box, matrix: _Matrix, frame: Frame) -> Box:
    left, bottom, right, top = box
    corners = [frame.place(*_applied(matrix, x, y)) for x, y in ((left, bottom), (right, top))]
    (x1, y1), (x2, y2) = corners
    return min(x1, x2), min(y1, y2), max(x1, x2), max(y1, y2)
