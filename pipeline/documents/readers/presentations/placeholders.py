"""Finds what a shape of a slide inherits from the slide's layout and master: its place and the styles of its text.

Used by `shapes`. ECMA-376, part 1, 19.3.1.36 (placeholders) and 21.1.2.4 (list styles).
"""

from __future__ import annotations

from dataclasses import dataclass

from pipeline.documents.readers.ooxml import A, OfficePackage
from pipeline.documents.readers.presentations.order import Box
from pipeline.documents.readers.zip_parts import Element

P = "{http://schemas.openxmlformats.org/presentationml/2006/main}"
TITLES = ("title", "ctrTitle")
_MASTER_TYPES = {"ctrTitle": "title", "subTitle": "body", "obj": "body", "": "body"}
_FURNITURE = ("dt", "ftr", "sldNum", "hdr")


@dataclass(frozen=True, slots=True)
class Placeholder:
    """The role of a shape in its layout."""

    kind: str
    """Type, such as `title`, `body` or `ftr`; empty for any content."""
    index: str


@dataclass(frozen=True, slots=True)
class Layout:
    """The layout and the master of a slide."""

    layout: Element | None
    master: Element | None
    defaults: Element | None
    """Styles of text outside placeholders, by the presentation."""

    @property
    def kind(self) -> str:
        """Type of the layout, such as `title` or `secHead`; empty if it has none."""
        return (self.layout.get("type") or "") if self.layout is not None else ""

    def styles(self, shape: Element, placeholder: Placeholder | None) -> list[Element]:
        """Return the list styles that apply to a shape's text, the nearest first."""
        shapes = [shape, *self._models(placeholder)]
        found = [item.find(f"{P}txBody/{A}lstStyle") for item in shapes]
        if placeholder is None:
            found.append(self.defaults)
        elif self.master is not None:
            kind = "titleStyle" if placeholder.kind in TITLES else "bodyStyle"
            found.append(self.master.find(f"{P}txStyles/{P}{'otherStyle' if placeholder.kind in _FURNITURE else kind}"))
        return [style for style in found if style is not None]

    def box(self, shape: Element, placeholder: Placeholder | None) -> Box | None:
        """Return the place of a shape; None if it is not stated."""
        return next((box for item in (shape, *self._models(placeholder)) if (box := _own_box(item)) is not None), None)

    def _models(self, placeholder: Placeholder | None) -> list[Element]:
        """Return the shapes of the layout and the master from which a placeholder inherits."""
        if placeholder is None:
            return []
        in_layout = _matching(self.layout, placeholder, by_index=True)
        found = (placeholder_of(in_layout) if in_layout is not None else None) or placeholder
        general = Placeholder(_MASTER_TYPES.get(found.kind, found.kind), "")
        return [shape for shape in (in_layout, _matching(self.master, general, by_index=False)) if shape is not None]


def read_layout(package: OfficePackage, slide_name: str) -> Layout:
    """Return the layout of a slide, given the name of the slide's part."""
    layout_name = next((found.target for found in package.related(slide_name, "slideLayout")), "")
    master_name = (
        next((found.target for found in package.related(layout_name, "slideMaster")), "") if layout_name else ""
    )
    return Layout(
        package.xml(layout_name) if layout_name else None,
        package.xml(master_name) if master_name else None,
        package.main.find(P + "defaultTextStyle"),
    )


def placeholder_of(shape: Element) -> Placeholder | None:
    """Return the placeholder that a shape fills; None for other shapes."""
    found = next(shape.iterfind(f"{P}*/{P}nvPr/{P}ph"), None)
    return Placeholder(found.get("type") or "", found.get("idx") or "") if found is not None else None


def _matching(root: Element | None, wanted: Placeholder, *, by_index: bool) -> Element | None:
    if root is None:
        return None
    shapes = [(shape, placeholder_of(shape)) for shape in root.iter(P + "sp")]
    found = [(shape, placeholder) for shape, placeholder in shapes if placeholder is not None]
    if by_index and wanted.index:
        same = next((shape for shape, placeholder in found if placeholder.index == wanted.index), None)
        if same is not None:
            return same
    kinds = {wanted.kind, _MASTER_TYPES.get(wanted.kind, wanted.kind)} if wanted.kind else {"", "obj", "body"}
    return next((shape for shape, placeholder in found if placeholder.kind in kinds), None)


def _own_box(shape: Element) -> Box | None:
    frame = next((found for path in _FRAMES if (found := shape.find(path)) is not None), None)
    if frame is None:
        return None
    start, size = frame.find(A + "off"), frame.find(A + "ext")
    if start is None or size is None:
        return None
    try:
        return Box(int(start.get("x")), int(start.get("y")), int(size.get("cx")), int(size.get("cy")))
    except (TypeError, ValueError):
        return None


_FRAMES = (f"{P}spPr/{A}xfrm", f"{P}xfrm", f"{P}grpSpPr/{A}xfrm")
