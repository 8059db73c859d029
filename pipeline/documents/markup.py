"""Converts HTML to markdown: the main part of a page, without navigation or forms, or all that a body shows.

Takes decoded HTML. Returns markdown (headings, numbered lists, pipe tables, fenced code), the page's title, and marks
for the page's elements. Used by the readers of pages, mails and
books. Parser and converter together process about 1 MB/s.

The converter does not report offsets. So the text of a marked element is put between sentinels (Unicode
noncharacters), which move with the text and are removed at the end.

A page can be built to keep a converter busy for days (trafilatura#704, llm-foundry PR#1240). So the number of tags and
the nesting are limited, and every character that a tag passes to its parent counts as work. A page is refused if it
needs more work than a fixed amount plus a fixed multiple of the page's size. The limits depend only on the page, so the
same page is refused on every machine.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace

from bs4 import BeautifulSoup, NavigableString, Tag
from markdownify import ATX, MarkdownConverter

from pipeline.documents.admonitions import quote_admonitions
from pipeline.documents.html_lines import break_lines, tighten_breaks
from pipeline.documents.html_tables import Grid, arrange_table
from pipeline.documents.marks import Mark, MarkKind
from pipeline.errors import PipelineError

MAX_NESTING = 200
"""The maximum depth of an element. Ordinary pages have depths below 40. The limit bounds the converter's recursion."""
MAX_TAGS = 500_000
"""The maximum number of tags, counted by `<`. An element takes a kilobyte of memory. The longest single-page
specifications have 300,000 tags."""
_WORK_PER_CHAR = 400
_FREE_WORK = 2_000_000
_DROPPED = (
    "script",
    "style",
    "noscript",
    "template",
    "nav",
    "header",
    "footer",
    "aside",
    "form",
    "iframe",
    "svg",
    "button",
    "dialog",
)
_NEVER_SHOWN = ("script", "style", "template", "nav", "iframe", "svg", "button", "head", "title")
_DROPPED_ROLES = ("navigation", "banner", "contentinfo", "search", "complementary")
_DROPPED_CLASS = re.compile(
    r"^(?:nav(?:header|footer|bar|igation)|sphinxsidebar|sidebar|breadcrumbs?|related|site-footer)$"
)
_LANGUAGE_CLASS = re.compile(r"^(?:language|lang|highlight|brush|source)-([\w+#-]+)$")


class PageTooCostlyError(PipelineError):
    """The page nests too deeply, has too many tags, or needs too much work for its size."""


@dataclass(frozen=True, slots=True)
class Page:
    """The converted content of a page."""

    markdown: str
    title: str
    marks: tuple[Mark, ...] = ()


def convert_page(html: str) -> Page:
    """Convert a page's main part.

    Raises:
        PageTooCostlyError: The page has more than `MAX_TAGS` tags, nests deeper than `MAX_NESTING`, or needs more work
            than its size allows.
    """
    soup = _parsed(html)
    title = _title(soup)
    main = _main_part(soup)
    for tag in main.find_all(_DROPPED):
        # A header inside the main part is content if it contains a heading.
        if tag.decomposed or (tag.name == "header" and tag.find(re.compile("^h[1-6]$")) is not None):
            continue
        if _footnote_label(tag) is None:
            tag.decompose()
    for tag in [*main.find_all(attrs={"role": _DROPPED_ROLES}), *main.find_all(class_=_DROPPED_CLASS)]:
        if not tag.decomposed:
            tag.decompose()
    for anchor in main.find_all("a", class_=("headerlink", "anchor")):
        anchor.decompose()
    _flatten_tables(main, _holds_blocks)
    return _converted(html, soup, main, title)


def convert_body(html: str) -> Page:
    """Convert everything that the body of a page shows, such as a chapter of a book or a mail.

    Raises:
        PageTooCostlyError: See `convert_page`.
    """
    soup = _parsed(html)
    title = _title(soup)
    body = soup.find("body") or soup
    for tag in body.find_all(_NEVER_SHOWN):
        if not tag.decomposed:
            tag.decompose()
    _flatten_tables(body, lambda table: _holds_blocks(table) or _is_frame(table))
    return _converted(html, soup, body, title)


def _parsed(html: str) -> BeautifulSoup:
    if html.count("<") > MAX_TAGS:
        raise PageTooCostlyError(f"The page has more than {MAX_TAGS} tags.")
    soup = BeautifulSoup(_parsable(html), "html.parser")
    _check_nesting(soup)
    return soup


def _converted(html: str, soup: BeautifulSoup, main: Tag, title: str) -> Page:
    for string in main.find_all(string="¶"):
        if isinstance(string, NavigableString):
            string.extract()
    for reference in main.find_all(_is_note_reference):
        reference.replace_with(f"[^{' '.join(reference.get_text().split()).strip('[]()')}]")
    break_lines(main, soup)
    tighten_breaks(main)
    quote_admonitions(main)
    grids = {id(table): arrange_table(table, soup) for table in main.find_all("table")}
    converter = _BoundedConverter(max_work=_FREE_WORK + _WORK_PER_CHAR * len(html), grids=grids)
    return _marked_page(converter.convert_soup(main), title, converter.marks)


_MAX_BLANKS = 100
_LONG_BLANK = re.compile(rf"[ \t]{{{_MAX_BLANKS},}}")


def _parsable(html: str) -> str:
    """Shorten long blanks and escape unclosed tags and comments, which would cost quadratic time."""
    html = _LONG_BLANK.sub(" " * _MAX_BLANKS, html)
    for opening, closing in (("<!--", "-->"), ("<", ">")):
        head, mark, tail = html.rpartition(closing)
        html = head + mark + tail.replace(opening, "&lt;" + opening[1:])
    return html


_OPENING, _NUMBERED, _CLOSING = "\ufdd0", "\ufdd1", "\ufdda"
_DIGITS = "\ufdd2\ufdd3\ufdd4\ufdd5\ufdd6\ufdd7\ufdd8\ufdd9"
_SENTINEL = re.compile(f"{_OPENING}([{_DIGITS}]+){_NUMBERED}|{_CLOSING}")
_NO_CHARACTER = re.compile("[\ufdd0-\ufdef]")
_HEADINGS = ("h1", "h2", "h3", "h4", "h5", "h6")


def _marked_page(text: str, title: str, marks: Sequence[Mark]) -> Page:
    """Remove the sentinels from a text, and return the page with the marks that the sentinels encode."""
    pieces: list[str] = []
    open_marks: list[tuple[int, int]] = []
    found: list[Mark] = []
    position = length = 0
    for sentinel in _SENTINEL.finditer(text):
        pieces.append(text[position : sentinel.start()])
        length += sentinel.start() - position
        position = sentinel.end()
        if sentinel[1]:
            number = sum(_DIGITS.index(digit) << (3 * place) for place, digit in enumerate(sentinel[1]))
            open_marks.append((number, length))
        else:
            number, start = open_marks.pop()
            found.append(replace(marks[number], start=start, end=length))
    pieces.append(text[position:])
    return Page("".join(pieces), title, tuple(sorted(found, key=lambda mark: (mark.start, -mark.end))))


class _BoundedConverter(MarkdownConverter):
    """markdownify's converter, with counted work and marked elements.

    The work of a tag is the length of the tag's text, plus a constant.
    """

    def __init__(self, *, max_work: int, grids: Mapping[int, Grid]) -> None:
        super().__init__(
            heading_style=ATX,
            bullets="-",
            escape_asterisks=False,
            escape_underscores=False,
            code_language_callback=_code_language,
            table_infer_header=False,
            strip=["a", "img", "video"],
        )
        self._work_left = max_work
        self._headers = {table: grid.header for table, grid in grids.items()}
        self._places = {cell: place for grid in grids.values() for cell, place in grid.places.items()}
        self._copies = {copy: cell for grid in grids.values() for copy, cell in grid.copies.items()}
        self._repeated: dict[int, str] = dict.fromkeys(self._copies.values(), "")
        """Converted text of each cell that is repeated."""
        self.marks: list[Mark] = []
        """Marks of the converted elements, in order of sentinel number; the spans are not yet known."""

    def convert_sup(self, node: Tag, text: str, parent_tags: set[str]) -> str:
        """Write `2<sup>32</sup>` as `2^32`, not `232`."""
        return f"^{text}" if text.strip() else text

    def process_tag(self, node: Tag, parent_tags: set[str] | None = None) -> str:
        text = str(super().process_tag(node, parent_tags=parent_tags))  # type: ignore[misc]  # missing in its stub
        if (cell := self._copies.get(id(node))) is not None:
            text = self._repeated[cell]
        elif id(node) in self._repeated:
            self._repeated[id(node)] = _SENTINEL.sub("", text)
        if (mark := self._mark_of(node, text, parent_tags or set())) is not None:
            text = self._between_sentinels(text, mark)
        self._work_left -= len(text) + 16
        if self._work_left < 0:
            raise PageTooCostlyError("Converting the page takes far more work than the size of the page warrants.")
        return text

    def process_text(self, el: NavigableString, parent_tags: set[str] | None = None) -> str:
        text = str(super().process_text(el, parent_tags=parent_tags))  # type: ignore[misc]  # missing in its stub
        return text if text.isascii() else _NO_CHARACTER.sub("", text)

    def _mark_of(self, node: Tag, text: str, parent_tags: set[str]) -> Mark | None:
        """Return the mark for an element, with an empty span, or None if the element is not marked."""
        if node.name in _HEADINGS and not parent_tags & {"_inline", "blockquote"}:
            return Mark(MarkKind.HEADING, 0, 0, level=int(node.name[1]), value=" ".join(node.get_text(" ").split()))
        if node.name == "table":
            return Mark(MarkKind.TABLE, 0, 0, value=self._headers.get(id(node), ""))
        if (place := self._places.get(id(node))) is not None:
            where = (place.row, place.column, place.row_span, place.column_span)
            return Mark(MarkKind.CELL, 0, 0, 0, "", *where)
        if node.name == "pre":
            return Mark(MarkKind.CODE, 0, 0, value=_code_language(node))
        if (label := _page_label(node)) is not None:
            return Mark(MarkKind.PAGE, 0, 0, value=label)
        if node.name in ("del", "s", "strike", "ins"):
            return Mark(MarkKind.INSERTED if node.name == "ins" else MarkKind.DELETED, 0, 0)
        if node.has_attr("hidden") or _HIDING_STYLE.search(str(node.get("style") or "")):
            return Mark(MarkKind.HIDDEN, 0, 0)
        if (label := _footnote_label(node)) is not None:
            return Mark(MarkKind.FOOTNOTE, 0, 0, value=label)
        if node.name == "li":
            number = re.match(r"\s*(\d+)\. ", text)
            depth = len(node.find_parents(["ul", "ol"]))
            return Mark(MarkKind.LIST_ITEM, 0, 0, level=max(1, depth), value=number[1] if number else "")
        return None

    def _between_sentinels(self, text: str, mark: Mark) -> str:
        if mark.kind is MarkKind.PAGE:
            is_only_label = len(text) <= _MAX_LABEL_CHARS
            return self._sentinels(mark, "") + ("" if is_only_label else text)
        end = len(text)
        if mark.kind is MarkKind.CELL:
            end -= len(" |")
        inner = text[:end].strip()
        if not inner:
            return text
        start = text.index(inner[0])
        return text[:start] + self._sentinels(mark, inner) + text[start + len(inner) :]

    def _sentinels(self, mark: Mark, text: str) -> str:
        number, digits = len(self.marks), ""
        while number or not digits:
            digits += _DIGITS[number & 7]
            number >>= 3
        self.marks.append(mark)
        return f"{_OPENING}{digits}{_NUMBERED}{text}{_CLOSING}"


_HIDING_STYLE = re.compile(r"display\s*:\s*none|visibility\s*:\s*hidden", re.IGNORECASE)
_PAGE_ROLES = ("doc-pagebreak", "pagebreak")
_MAX_LABEL_CHARS = 20
_PAGE_NUMBER = re.compile(r"\s*[\[({]?\s*(?:[Pp](?:g|age)?\.?\s*)?(\d{1,5}|[ivxlcIVXLC]{1,8})\s*[\])}]?\s*")
_FOOTNOTE_ROLES = ("doc-footnote", "doc-endnote", "footnote", "endnote")
_FOOTNOTE_ID = re.compile(r"(?:fn|footnote|cite_note)[-:_]?([\w-]{1,20})$")


def _page_label(node: Tag) -> str | None:
    """Return the label of the page that begins at an element, in the markup of EPUB; None for any other element.

    Project Gutenberg's books write `<span class="pagenum">[Pg 12]</span>`.
    """
    if node.get("role") not in _PAGE_ROLES and node.get("epub:type") not in _PAGE_ROLES:
        number = _PAGE_NUMBER.fullmatch(node.get_text()) if "pagenum" in (node.get("class") or []) else None
        return number[1] if number else None
    named = str(node.get("aria-label") or node.get("title") or node.get_text())
    return " ".join(named.split())[:_MAX_LABEL_CHARS]


def _is_note_reference(node: Tag) -> bool:
    is_reference = node.get("role") == "doc-noteref" or node.get("epub:type") == "noteref"
    return is_reference and len(node.get_text()) <= _MAX_LABEL_CHARS


def _footnote_label(node: Tag) -> str | None:
    if node.get("role") in _FOOTNOTE_ROLES or node.get("epub:type") in _FOOTNOTE_ROLES:
        found = _FOOTNOTE_ID.search(str(node.get("id") or ""))
        return found[1] if found else ""
    found = _FOOTNOTE_ID.match(str(node.get("id") or "")) if node.name == "li" else None
    return found[1] if found else None


def _check_nesting(soup: BeautifulSoup) -> None:
    """Compute the depth of every element without recursion, and refuse a page that nests too deeply."""
    depth_of: dict[int, int] = {id(soup): 0}
    for tag in soup.find_all(True):
        depth = depth_of[id(tag.parent)] + 1
        if depth > MAX_NESTING:
            raise PageTooCostlyError(f"The page nests elements deeper than {MAX_NESTING}.")
        depth_of[id(tag)] = depth


def _title(soup: BeautifulSoup) -> str:
    for name in ("title", "h1"):
        tag = soup.find(name)
        if tag is not None and (text := " ".join(tag.get_text(" ").split())):
            return text
    return ""


def _main_part(soup: BeautifulSoup) -> Tag:
    """Return `<main>`, an element with the role `main`, or an only `<article>`; otherwise `<body>`.

    The first of them that contains at least 30% of the page's text is returned.
    """
    body = soup.find("body") or soup
    whole = len(body.get_text())
    articles = soup.find_all("article")
    candidates = [soup.find("main"), soup.find(attrs={"role": "main"}), articles[0] if len(articles) == 1 else None]
    for candidate in candidates:
        if candidate is not None and len(candidate.get_text()) >= 0.3 * whole:
            return candidate
    return body


def _flatten_tables(main: Tag, is_layout: Callable[[Tag], bool]) -> None:
    """Turn layout tables into `div`s, because their pipe rows would be unreadable."""
    for table in main.find_all("table"):
        if not is_layout(table):
            continue
        for tag in [table, *table.find_all(["thead", "tbody", "tfoot", "tr", "td", "th"])]:
            if tag.find_parent("table") in (table, None) or tag is table:
                tag.name = "div"


def _holds_blocks(table: Tag) -> bool:
    """Return whether a table contains headings, lists, code or tables."""
    return table.find(["table", "pre", "h1", "h2", "h3", "h4", "ul", "ol", "dl"]) is not None


def _is_frame(table: Tag) -> bool:
    """Return whether a table is declared to be layout, or no row has two cells with text."""
    if table.get("role") in ("presentation", "none"):
        return True
    rows = (row.find_all(["td", "th"], recursive=False) for row in table.find_all("tr"))
    return all(sum(bool(cell.get_text(strip=True)) for cell in cells) < 2 for cells in rows)


def _code_language(pre: Tag) -> str:
    for tag in (pre, pre.find("code")):
        for name in (tag.get("class") or []) if tag is not None else []:
            if match := _LANGUAGE_CLASS.match(name):
                return match.group(1)
    return ""
