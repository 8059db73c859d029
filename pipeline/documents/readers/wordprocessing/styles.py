"""The styles of a WordprocessingML file: what a paragraph or character style says about structure and visibility."""

from __future__ import annotations

import re
from dataclasses import dataclass, replace

from pipeline.documents.readers.wordprocessing.package import W, is_on, number, value
from pipeline.documents.readers.zip_parts import Element

_HEADING = re.compile(r"(?:heading|제목|개요) ?([1-9])", re.IGNORECASE)
_TITLES = ("title", "제목")
_CODE = re.compile(r"(?:html preformatted|source ?code|code|code ?block|preformatted(?: text)?|코드)", re.IGNORECASE)
BODY_LEVEL = 9
"""The outline level of text that is not a heading."""


@dataclass(frozen=True, slots=True)
class Style:
    """The effective properties of a style. None means that neither the style nor its bases set the property."""

    name: str = ""
    level: int | None = None
    """Outline level, from 0; 9 for body text."""
    num_id: str | None = None
    num_level: int | None = None
    numbered_by: str = ""
    """The nearest style that sets `num_id` or `num_level`: the style itself or one of its bases."""
    is_hidden: bool | None = None
    font: str = ""
    starts_page: bool = False

    @property
    def is_title(self) -> bool:
        """Whether paragraphs in this style are the document's title."""
        return self.name.lower() in _TITLES

    @property
    def is_code(self) -> bool:
        """Whether paragraphs in this style are code."""
        return _CODE.fullmatch(self.name) is not None


class Styles:
    """The styles of a file by identifier."""

    def __init__(self, root: Element | None) -> None:
        found = root.findall(W + "style") if root is not None else []
        self._elements = {style.get(W + "styleId"): style for style in found}
        self._resolved: dict[str, Style] = {}
        defaults = (style for style in found if style.get(W + "type") == "paragraph" and _is_default(style))
        self._default = next((style.get(W + "styleId") for style in defaults), "")

    def get(self, identifier: str | None) -> Style:
        """Return the style with an identifier, or the default paragraph style if none is given.

        If the file does not define the style, the identifier serves as its name.
        """
        identifier = identifier or self._default or ""
        if identifier not in self._resolved:
            self._resolved[identifier] = self._resolve(identifier)
        return self._resolved[identifier]

    def _resolve(self, identifier: str) -> Style:
        chain: list[str] = []
        following: str | None = identifier
        while following and following in self._elements and following not in chain:
            chain.append(following)
            following = value(self._elements[following], "basedOn")
        style = Style()
        for name in reversed(chain):
            style = _derived(style, name, self._elements[name])
        if not chain:
            style = Style(name=identifier)
        named = _HEADING.fullmatch(style.name)
        return replace(style, level=int(named[1]) - 1) if named and style.level is None else style


def _derived(base: Style, identifier: str, element: Element) -> Style:
    paragraph, run = element.find(W + "pPr"), element.find(W + "rPr")
    level = number(value(paragraph, "outlineLvl"))
    num_id = value(paragraph, "numPr/numId")
    num_level = number(value(paragraph, "numPr/ilvl"))
    name = value(element, "name") or identifier
    named = _HEADING.fullmatch(name)
    is_hidden = is_on(run, "vanish")
    starts_page = is_on(paragraph, "pageBreakBefore")
    return Style(
        name=name,
        level=level if level is not None else int(named[1]) - 1 if named else base.level,
        num_id=base.num_id if num_id is None else num_id,
        num_level=base.num_level if num_level is None else num_level,
        numbered_by=base.numbered_by if num_id is None and num_level is None else identifier,
        is_hidden=base.is_hidden if is_hidden is None else is_hidden,
        font=value(run, "rFonts", "ascii") or base.font,
        starts_page=base.starts_page if starts_page is None else starts_page,
    )


def _is_default(style: Element) -> bool:
    return (style.get(W + "default") or "0").lower() in ("1", "true", "on")
