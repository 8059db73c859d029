"""The styles of an OpenDocument file: what they say about structure, visibility, pages and lists."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, field

from pipeline.documents.readers.number_formats import format_of_sample
from pipeline.documents.readers.opendocument.names import FO, PRESENTATION, STYLE, TEXT
from pipeline.documents.readers.zip_parts import Element

_ESCAPED = re.compile(r"_([0-9a-f]{2,4})_")
_CODE = re.compile(r"(?:preformatted text|source ?(?:code|text)|code)", re.IGNORECASE)
_RAISED = re.compile(r"super|[1-9]\d*%")
_LIST_FORMAT = re.compile(r"%(\d{1,2})%")
_MAX_LEVELS = 10


@dataclass(frozen=True, slots=True)
class OdfStyle:
    """The effective properties of a style."""

    names: tuple[str, ...] = ()
    """Names of the style and its parents, in lower case."""
    level: int = 0
    """Outline level, from 1; 0 for none."""
    is_hidden: bool = False
    is_raised: bool = False
    breaks_before: bool = False
    breaks_after: bool = False
    page_number: int | None = None
    is_hidden_slide: bool = False

    @property
    def is_title(self) -> bool:
        """Whether paragraphs of the style are the title of the document."""
        return "title" in self.names

    @property
    def is_code(self) -> bool:
        """Whether paragraphs of the style are code."""
        return any(_CODE.fullmatch(name) for name in self.names)


@dataclass(frozen=True, slots=True)
class ListLevel:
    """How a level of a list is labelled."""

    format: str = "none"
    prefix: str = ""
    suffix: str = ""
    pattern: str = ""
    """Pattern with places such as `%1%`; empty if prefix and suffix say it all."""
    num_shown: int = 1
    """Number of levels in the label."""
    start: int = 1
    is_bullet: bool = False


@dataclass(slots=True)
class OdfStyles:
    """The styles of a file."""

    _elements: dict[tuple[str, str], Element] = field(default_factory=dict)
    _resolved: dict[tuple[str, str], OdfStyle] = field(default_factory=dict)
    lists: dict[str, dict[int, ListLevel]] = field(default_factory=dict)
    """Levels of the list styles, by the style's name and the level from 1."""
    outline: dict[int, ListLevel] = field(default_factory=dict)
    """Levels of the headings."""

    def get(self, name: str | None, family: str) -> OdfStyle:
        """Return a style of a family, such as `paragraph`; an empty one if there is none."""
        key = (family, name or "")
        if key not in self._resolved:
            self._resolved[key] = self._resolve(*key)
        return self._resolved[key]

    def _resolve(self, family: str, name: str) -> OdfStyle:
        chain: list[Element] = []
        seen: set[str] = set()
        while name not in seen and (family, name) in self._elements:
            seen.add(name)
            chain.append(self._elements[family, name])
            name = chain[-1].get(STYLE + "parent-style-name") or ""

        def first(path: str, attribute: str) -> str:
            found = (style.find(path) if path else style for style in chain)
            values = (element.get(attribute) for element in found if element is not None)
            return next((value for value in values if value), "")

        paragraph, text = STYLE + "paragraph-properties", STYLE + "text-properties"
        level, page = first("", STYLE + "default-outline-level"), first(paragraph, STYLE + "page-number")
        own = chain[0].get(STYLE + "master-page-name") if chain else ""
        return OdfStyle(
            names=tuple(_name_of(style) for style in chain),
            level=int(level) if level.isdecimal() and int(level) <= _MAX_LEVELS else 0,
            is_hidden=first(text, TEXT + "display") == "none",
            is_raised=_RAISED.match(first(text, STYLE + "text-position")) is not None,
            breaks_before=first(paragraph, FO + "break-before") == "page" or bool(own),
            breaks_after=first(paragraph, FO + "break-after") == "page",
            page_number=int(page) if page.isdecimal() and len(page) < 6 else None,
            is_hidden_slide=first(STYLE + "drawing-page-properties", PRESENTATION + "visibility") == "hidden",
        )


def styles_of(roots: Sequence[Element]) -> OdfStyles:
    """Return the styles of a file, given its roots."""
    found = OdfStyles()
    for root in roots:
        for style in root.iter(STYLE + "style"):
            found._elements[style.get(STYLE + "family") or "", style.get(STYLE + "name") or ""] = style
        for made in root.iter(TEXT + "list-style"):
            found.lists[made.get(STYLE + "name") or ""] = _levels(made)
        for made in root.iter(TEXT + "outline-style"):
            found.outline.update(_levels(made))
    return found


def _name_of(style: Element) -> str:
    name = style.get(STYLE + "display-name") or style.get(STYLE + "name") or ""
    return _ESCAPED.sub(lambda match: chr(int(match[1], 16)), name).lower()


def _levels(element: Element) -> dict[int, ListLevel]:
    found = {}
    for level in element:
        text = level.get(TEXT + "level") or ""
        if not text.isdecimal() or not 1 <= int(text) <= _MAX_LEVELS:
            continue
        if level.tag in (TEXT + "list-level-style-bullet", TEXT + "list-level-style-image"):
            found[int(text)] = ListLevel(is_bullet=True)
            continue
        start, shown = level.get(TEXT + "start-value") or "1", level.get(TEXT + "display-levels") or "1"
        patterns = (value for name, value in level.items() if name.endswith("}num-list-format"))
        found[int(text)] = ListLevel(
            format=format_of_sample(level.get(STYLE + "num-format") or ""),
            prefix=level.get(STYLE + "num-prefix") or "",
            suffix=level.get(STYLE + "num-suffix") or "",
            pattern=next((made for made in patterns if _LIST_FORMAT.search(made)), ""),
            start=int(start) if start.isdecimal() and len(start) < 9 else 1,
            num_shown=int(shown) if shown.isdecimal() and len(shown) < 3 else 1,
        )
    return found
