"""Reads the text of a diagram (SmartArt) as a list whose levels are those of the diagram's outline.

In: the root of a diagram's data part. Out: list items in the diagram's own order. Used by `shapes`. ECMA-376, part 1,
21.4. Cost: linear in the points of the diagram.
"""

from __future__ import annotations

from pipeline.documents.readers.blocks import Paragraph
from pipeline.documents.readers.ooxml import DGM, A
from pipeline.documents.readers.presentations.paragraphs import paragraph_text
from pipeline.documents.readers.zip_parts import Element
from pipeline.documents.text_builder import Run

_MAX_DEPTH = 6


def diagram_items(root: Element) -> list[Paragraph]:
    """Return the texts of a diagram's points as list items."""
    points = {point.get("modelId") or "": point for point in root.iter(DGM + "pt")}
    children: dict[str, list[tuple[int, str]]] = {}
    inner: set[str] = set()
    for link in root.iter(DGM + "cxn"):
        if (link.get("type") or "parOf") == "parOf":
            place, child = link.get("srcOrd") or "0", link.get("destId") or ""
            children.setdefault(link.get("srcId") or "", []).append((int(place) if place.isdigit() else 0, child))
            inner.add(child)
    found: list[Paragraph] = []
    seen: set[str] = set()
    waiting = [(name, 1) for name in reversed(points) if name not in inner]
    while waiting:
        name, level = waiting.pop()
        if name in seen or name not in points:
            continue
        seen.add(name)
        text = _text(points[name])
        if text:
            found.append(Paragraph((Run(text),), level=min(level, _MAX_DEPTH), label=""))
        below = level + 1 if text else level
        waiting += [(child, below) for _, child in sorted(children.get(name, ()), reverse=True)]
    return found


def _text(point: Element) -> str:
    body = point.find(DGM + "t")
    lines = [paragraph_text(line).strip() for line in body.iterfind(A + "p")] if body is not None else []
    return "\n".join(line for line in lines if line)
