"""Reads the text of a shape: paragraphs, list items with the numbers that the program computes, and equations.

In: a text body and the list styles that apply to it. Out: `Paragraph`s. Used by `shapes`. ECMA-376, part 1, 21.1.2.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from pipeline.documents.readers.blocks import Paragraph
from pipeline.documents.readers.number_formats import numbered
from pipeline.documents.readers.ooxml import MC, A
from pipeline.documents.readers.wordprocessing.equations import equation_text
from pipeline.documents.readers.zip_parts import Element
from pipeline.documents.text_builder import Run

_MATH = "{http://schemas.openxmlformats.org/officeDocument/2006/math}oMath"
_BULLETS = tuple(A + name for name in ("buNone", "buChar", "buAutoNum", "buBlip"))
_MAX_LEVEL = 8
_USUAL_SIZE = 1800
"""Size of text for which a file states none, in hundredths of a point."""
_SCHEME = re.compile(r"(?P<signs>.+?)(?P<shape>Plain|Period|ParenR|ParenBoth|Minus)$")
_FORMATS = {
    "alphaLc": "lowerLetter",
    "alphaUc": "upperLetter",
    "romanLc": "lowerRoman",
    "romanUc": "upperRoman",
    "circleNumDb": "decimalEnclosedCircle",
    "circleNumWdWhite": "decimalEnclosedCircle",
    "circleNumWdBlack": "decimalEnclosedCircle",
    "arabicDb": "decimalFullWidth",
    "ea1Chs": "chineseCounting",
    "ea1Cht": "chineseCounting",
    "ea1JpnKor": "chineseCounting",
    "ea1JpnChsDb": "chineseCounting",
}
"""Formats of numbers in WordprocessingML by the first part of the name of a scheme; others are digits."""
_SHAPES = {"Plain": "{}", "Period": "{}.", "ParenR": "{})", "ParenBoth": "({})", "Minus": "{} -"}


@dataclass(slots=True)
class _Counter:
    """The numbers of one list."""

    scheme: tuple[str, int]
    """Name of the scheme, and first number."""
    number: int


def read_paragraphs(body: Element | None, styles: Sequence[Element]) -> list[Paragraph]:
    """Return the paragraphs of a text body that have text.

    Args:
        body: the text body.
        styles: list styles, the nearest first.
    """
    found: list[Paragraph] = []
    counters: dict[int, _Counter] = {}
    for element in body.iterfind(A + "p") if body is not None else ():
        text = paragraph_text(element)
        if not text.strip():
            continue
        properties = element.find(A + "pPr")
        said = (properties.get("lvl") or "") if properties is not None else ""
        level = min(int(said), _MAX_LEVEL) if said.isdigit() else 0
        label = _label(_bullet(properties, level, styles), level, counters)
        found.append(Paragraph((Run(text),), level=level + 1, label=label))
    return found


def text_size(body: Element, styles: Sequence[Element]) -> int:
    """Return the largest size of the letters in a text body, in hundredths of a point."""
    sizes = [_size(found) for found in body.iter(A + "rPr")]
    named = (style.find(f"{A}lvl1pPr/{A}defRPr") for style in styles)
    inherited = next((size for found in named if found is not None and (size := _size(found))), _USUAL_SIZE)
    return max((size or inherited for size in sizes), default=inherited)


def _size(properties: Element) -> int:
    said = properties.get("sz") or ""
    return int(said) if said.isdigit() else 0


def paragraph_text(paragraph: Element) -> str:
    """Return the text of a paragraph; its line breaks are kept."""
    return "".join(_pieces(paragraph)).replace("\v", "\n")


def _pieces(element: Element) -> Iterable[str]:
    for child in element:
        if child.tag == A + "t":
            yield child.text or ""
        elif child.tag == A + "br":
            yield "\n"
        elif child.tag == _MATH:
            yield f"${equation_text(child)}$"
        elif child.tag == MC + "AlternateContent":
            choices = ("".join(_pieces(choice)) for choice in child)
            yield next((text for text in choices if text.strip()), "")
        elif child.tag not in (A + "pPr", A + "endParaRPr"):
            yield from _pieces(child)


def _bullet(properties: Element | None, level: int, styles: Sequence[Element]) -> Element | None:
    """Return the element that states the bullet of a paragraph; None if there is none."""
    name = f"{A}lvl{level + 1}pPr"
    for place in (properties, *(style.find(name) for style in styles)):
        if place is not None:
            found = next((child for child in place if child.tag in _BULLETS), None)
            if found is not None:
                return None if found.tag == A + "buNone" else found
    return None


def _label(bullet: Element | None, level: int, counters: dict[int, _Counter]) -> str | None:
    """Return the label of a paragraph, and count it; empty for a bullet, None without a label."""
    for deeper in [known for known in counters if known > level]:
        del counters[deeper]
    if bullet is None or bullet.tag != A + "buAutoNum":
        counters.pop(level, None)
        return None if bullet is None else ""
    start = bullet.get("startAt") or "1"
    scheme = (bullet.get("type") or "", int(start) if start.isdigit() else 1)
    counter = counters.get(level)
    if counter is None or counter.scheme != scheme:
        counter = counters[level] = _Counter(scheme, scheme[1] - 1)
    counter.number += 1
    match = _SCHEME.match(scheme[0])
    if match is None:
        return f"{counter.number}."
    return _SHAPES[match["shape"]].format(numbered(counter.number, _FORMATS.get(match["signs"], "decimal")))
