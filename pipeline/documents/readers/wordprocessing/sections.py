"""Follows the pages and sections of a document: page numbers, and the headers and footers of each section."""

from __future__ import annotations

from dataclasses import dataclass

from pipeline.documents.readers.blocks import PageStart
from pipeline.documents.readers.number_formats import numbered
from pipeline.documents.readers.wordprocessing.package import R, W, is_on, number, value
from pipeline.documents.readers.zip_parts import Element

_MARGINS = ("headerReference", "footerReference")


@dataclass(frozen=True, slots=True)
class Section:
    """The properties of a section."""

    first_page: int | None
    """Number of the first page; None if the numbers go on."""
    page_format: str
    is_new_page: bool
    headers: tuple[str, ...]
    """Identifiers of the section's headers."""
    footers: tuple[str, ...]


def sections_of(body: Element, settings: Element | None) -> list[Section]:
    """Return the sections of a document in order; a single one with default properties if the document names none."""
    has_even = bool(is_on(settings, "evenAndOddHeaders"))
    references: dict[tuple[str, str], str] = {}
    found = []
    for element in body.iter(W + "sectPr"):
        # A section without a header of a kind has that of the section before.
        references |= {
            (name, made.get(W + "type") or "default"): made.get(R + "id") or ""
            for name in _MARGINS
            for made in element.findall(W + name)
        }
        kinds = [*(["first"] if is_on(element, "titlePg") else []), "default", *(["even"] if has_even else [])]
        headers, footers = (
            tuple(references[name, kind] for kind in kinds if references.get((name, kind))) for name in _MARGINS
        )
        found.append(_section(element, headers, footers))
    return found or [Section(None, "decimal", is_new_page=False, headers=(), footers=())]


def _section(element: Element, headers: tuple[str, ...], footers: tuple[str, ...]) -> Section:
    return Section(
        first_page=number(value(element, "pgNumType", "start")),
        page_format=value(element, "pgNumType", "fmt") or "decimal",
        is_new_page=(value(element, "type") or "nextPage") not in ("continuous", "nextColumn"),
        headers=headers,
        footers=footers,
    )


@dataclass(frozen=True, slots=True)
class PageState:
    """A place in the count of pages."""

    page: int
    restart: int | None = None
    """Number of the next page, if the section begins a new count."""


class Pages:
    """The page that the reader is on.

    If the program noted the page starts of its layout, these count; otherwise, the page breaks that the author set do.
    """

    def __init__(self, body: Element, section: Section) -> None:
        self.is_rendered = next(body.iter(W + "lastRenderedPageBreak"), None) is not None
        self.state = PageState(1 if section.first_page is None else section.first_page)
        self._section = section
        self.first = self._start()

    def rendered(self) -> list[PageStart]:
        """Return the page that begins at a noted page start."""
        return self._next() if self.is_rendered else []

    def broken(self) -> list[PageStart]:
        """Return the page that begins at a page break of the author."""
        return [] if self.is_rendered else self._next()

    def enter(self, section: Section) -> list[PageStart]:
        """Begin a section, and return the page that begins with it."""
        self._section = section
        self.state = PageState(self.state.page, section.first_page)
        return self.broken() if section.is_new_page else []

    def _next(self) -> list[PageStart]:
        self.state = PageState(self.state.page + 1 if self.state.restart is None else self.state.restart)
        return [self._start()]

    def _start(self) -> PageStart:
        return PageStart(numbered(self.state.page, self._section.page_format))
