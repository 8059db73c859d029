"""Makes small presentations from the XML of their parts."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from office_files import RELATIONSHIPS, zipped
from sheet_files import links

_NAMESPACES = " ".join(
    f'xmlns:{prefix}="{name}"'
    for prefix, name in {
        "p": "http://schemas.openxmlformats.org/presentationml/2006/main",
        "a": "http://schemas.openxmlformats.org/drawingml/2006/main",
        "r": RELATIONSHIPS,
        "c": "http://schemas.openxmlformats.org/drawingml/2006/chart",
        "dgm": "http://schemas.openxmlformats.org/drawingml/2006/diagram",
        "mc": "http://schemas.openxmlformats.org/markup-compatibility/2006",
        "m": "http://schemas.openxmlformats.org/officeDocument/2006/math",
        "a14": "http://schemas.microsoft.com/office/drawing/2010/main",
        "p188": "http://schemas.microsoft.com/office/powerpoint/2018/8/main",
    }.items()
)


def part(tag: str, inside: str, attributes: str = "") -> str:
    """Return a part of a pptx file with a root element and all namespaces."""
    return f'<?xml version="1.0" encoding="UTF-8"?><{tag} {_NAMESPACES} {attributes}>{inside}</{tag}>'


def line(text: str, properties: str = "", *, level: int = 0, size: int = 0) -> str:
    """Return a paragraph of DrawingML."""
    letters = f'<a:rPr sz="{size}"/>' if size else ""
    return f'<a:p><a:pPr lvl="{level}">{properties}</a:pPr><a:r>{letters}<a:t>{text}</a:t></a:r></a:p>'


def shape(*lines: str, kind: str = "", index: str = "", box: tuple[int, int, int, int] | None = None) -> str:
    """Return a shape: its paragraphs (plain text or XML), the type and index of its placeholder, and its place."""
    paragraphs = "".join(text if text.startswith("<") else line(text) for text in lines)
    named = f'<p:ph type="{kind}"' if kind else "<p:ph"
    placeholder = f'{named} idx="{index}"/>' if kind or index else ""
    frame = f"<a:xfrm>{_place(box)}</a:xfrm>" if box else ""
    return (
        f'<p:sp><p:nvSpPr><p:cNvPr id="1" name="x" descr="alt text"/><p:nvPr>{placeholder}</p:nvPr></p:nvSpPr>'
        f"<p:spPr>{frame}</p:spPr><p:txBody><a:bodyPr/>{paragraphs}</p:txBody></p:sp>"
    )


def _place(box: tuple[int, int, int, int]) -> str:
    left, top, width, height = box
    return f'<a:off x="{left}" y="{top}"/><a:ext cx="{width}" cy="{height}"/>'


def frame(inside: str, box: tuple[int, int, int, int] | None = None) -> str:
    """Return a frame with a table, a chart or a diagram."""
    placed = f"<p:xfrm>{_place(box)}</p:xfrm>" if box else ""
    return f"<p:graphicFrame>{placed}<a:graphic><a:graphicData>{inside}</a:graphicData></a:graphic></p:graphicFrame>"


@dataclass(frozen=True, slots=True)
class MadeSlide:
    """A slide to be written."""

    shapes: Sequence[str]
    is_hidden: bool = False
    layout: str = ""
    """Type of the slide's layout, such as `secHead`."""
    links: tuple[tuple[str, str, str], ...] = ()
    """Further references: identifier, last step of the type, and target."""


MASTER = part(
    "p:sldMaster",
    "<p:cSld><p:spTree>"
    + shape(kind="title", box=(0, 0, 100, 10))
    + shape(kind="body", index="1", box=(0, 20, 100, 80))
    + "</p:spTree></p:cSld><p:txStyles><p:titleStyle/><p:bodyStyle>"
    + "".join(f'<a:lvl{level}pPr><a:buChar char="•"/></a:lvl{level}pPr>' for level in (1, 2, 3))
    + "</p:bodyStyle></p:txStyles>",
)
_LAYOUT = "<p:cSld><p:spTree>{}{}</p:spTree></p:cSld>".format(
    shape(kind="subTitle", index="7").replace(
        "<a:bodyPr/>", "<a:bodyPr/><a:lstStyle><a:lvl1pPr><a:buNone/></a:lvl1pPr></a:lstStyle>"
    ),
    shape(kind="body", index="1"),
)


def pptx(*slides: MadeSlide, authors: str = "", parts: Mapping[str, str] | None = None) -> bytes:
    """Return a pptx file.

    Args:
        slides: the slides in order.
        authors: inside of the part with the authors of comments.
        parts: whole other parts by their names.
    """
    found = {
        "_rels/.rels": links(("r1", "officeDocument", "ppt/presentation.xml")),
        "ppt/presentation.xml": part(
            "p:presentation",
            "<p:sldIdLst>"
            + "".join(f'<p:sldId id="{256 + at}" r:id="r{at}"/>' for at in range(len(slides)))
            + "</p:sldIdLst>",
        ),
        # The parts are numbered from the last slide, so that their names say nothing about the order.
        "ppt/_rels/presentation.xml.rels": links(
            *((f"r{at}", "slide", f"slides/slide{len(slides) - at}.xml") for at in range(len(slides))),
            ("authors", "commentAuthors", "commentAuthors.xml"),
        ),
        "ppt/slideMasters/master.xml": MASTER,
    }
    if authors:
        found["ppt/commentAuthors.xml"] = part("p:cmAuthorLst", authors)
    for at, slide in enumerate(slides):
        number = len(slides) - at
        tree = f"<p:cSld><p:spTree>{''.join(slide.shapes)}</p:spTree></p:cSld>"
        found |= {
            f"ppt/slides/slide{number}.xml": part("p:sld", tree, 'show="0"' if slide.is_hidden else ""),
            f"ppt/slides/_rels/slide{number}.xml.rels": links(
                ("layout", "slideLayout", f"../slideLayouts/layout{number}.xml"), *slide.links
            ),
            f"ppt/slideLayouts/layout{number}.xml": part("p:sldLayout", _LAYOUT, f'type="{slide.layout}"'),
            f"ppt/slideLayouts/_rels/layout{number}.xml.rels": links(
                ("master", "slideMaster", "../slideMasters/master.xml")
            ),
        }
    return zipped({**found, **(parts or {})})
