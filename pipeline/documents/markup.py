"""An HTML page into markdown: headings, numbered lists, pipe tables, fenced code; no navigation, scripts or forms.

In: decoded HTML. Out: markdown and the page's title. Used by reading. Cost: about 1 MB/s, parser and converter.

A page can be built to keep a converter busy for days (trafilatura#704, llm-foundry PR#1240). Nesting is limited, and
every character a tag hands to its parent counts as work; a page that needs more work than a fixed multiple of its size
is refused. Both limits depend on the page only, so the same page is refused on every machine.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from bs4 import BeautifulSoup, NavigableString, Tag
from markdownify import ATX, MarkdownConverter

from pipeline.documents.admonitions import quote_admonitions
from pipeline.errors import PipelineError

MAX_NESTING = 200
"""Deepest element; ordinary pages stay below 40. Bounds the recursion of the converter."""
MAX_TAGS = 500_000
"""Opening and closing ones. An element takes a kilobyte; the longest single-page specifications have 300,000 tags."""
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
_DROPPED_ROLES = ("navigation", "banner", "contentinfo", "search", "complementary")
_DROPPED_CLASS = re.compile(
    r"^(?:nav(?:header|footer|bar|igation)|sphinxsidebar|sidebar|breadcrumbs?|related|site-footer)$"
)
_LANGUAGE_CLASS = re.compile(r"^(?:language|lang|highlight|brush|source)-([\w+#-]+)$")


class PageTooCostlyError(PipelineError):
    """A page nests too deeply or makes the converter do too much work for its size."""


@dataclass(frozen=True, slots=True)
class Page:
    """What is kept of a page."""

    markdown: str
    title: str


def convert_page(html: str) -> Page:
    """Convert a page's main part.

    Raises:
        PageTooCostlyError: the page has more than `MAX_TAGS`, is nested deeper than `MAX_NESTING` or needs more work
            than its size allows.
    """
    if html.count("<") > MAX_TAGS:
        raise PageTooCostlyError(f"The page has more than {MAX_TAGS} tags.")
    soup = BeautifulSoup(_parsable(html), "html.parser")
    _check_nesting(soup)
    title = _title(soup)
    main = _main_part(soup)
    for tag in main.find_all(_DROPPED):
        # A header or footer inside the main part that holds the article's own heading is content.
        if tag.decomposed or (tag.name == "header" and tag.find(re.compile("^h[1-6]$")) is not None):
            continue
        tag.decompose()
    for tag in [*main.find_all(attrs={"role": _DROPPED_ROLES}), *main.find_all(class_=_DROPPED_CLASS)]:
        if not tag.decomposed:
            tag.decompose()
    for anchor in main.find_all("a", class_=("headerlink", "anchor")):
        anchor.decompose()
    quote_admonitions(main)
    _flatten_layout_tables(main)
    converter = _BoundedConverter(max_work=_FREE_WORK + _WORK_PER_CHAR * len(html))
    return Page(markdown=converter.convert_soup(main), title=title)


_MAX_BLANKS = 100
_LONG_BLANK = re.compile(rf"[ \t]{{{_MAX_BLANKS},}}")


def _parsable(html: str) -> str:
    """The same page without what parser and converter need quadratic time for: long blanks, what is opened for good."""
    html = _LONG_BLANK.sub(" " * _MAX_BLANKS, html)
    for opening, closing in (("<!--", "-->"), ("<", ">")):
        head, mark, tail = html.rpartition(closing)
        html = head + mark + tail.replace(opening, "&lt;" + opening[1:])
    return html


class _BoundedConverter(MarkdownConverter):
    """markdownify's converter, with its work counted: a tag's work is the text it passes up."""

    def __init__(self, *, max_work: int) -> None:
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

    def convert_sup(self, node: Tag, text: str, parent_tags: set[str]) -> str:
        """2<sup>32</sup> is 2^32, not 232."""
        return f"^{text}" if text.strip() else text

    def process_tag(self, node: Tag, parent_tags: set[str] | None = None) -> str:
        text = str(super().process_tag(node, parent_tags=parent_tags))  # type: ignore[misc]  # missing in its stub
        self._work_left -= len(text) + 16
        if self._work_left < 0:
            raise PageTooCostlyError("The page makes the converter do far more work than its size warrants.")
        return text


def _check_nesting(soup: BeautifulSoup) -> None:
    """Depth of every element by one walk without recursion."""
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
    """`main`, the only `article`, or `body`, whichever is there first and is not a sliver of the page."""
    body = soup.find("body") or soup
    whole = len(body.get_text())
    articles = soup.find_all("article")
    candidates = [soup.find("main"), soup.find(attrs={"role": "main"}), articles[0] if len(articles) == 1 else None]
    for candidate in candidates:
        if candidate is not None and len(candidate.get_text()) >= 0.3 * whole:
            return candidate
    return body


def _flatten_layout_tables(main: Tag) -> None:
    """A table that holds headings, lists, code or other tables lays out a page; as pipe rows it would be unreadable."""
    for table in main.find_all("table"):
        if table.find(["table", "pre", "h1", "h2", "h3", "h4", "ul", "ol", "dl"]) is None:
            continue
        for tag in [table, *table.find_all(["thead", "tbody", "tfoot", "tr", "td", "th"])]:
            if tag.find_parent("table") in (table, None) or tag is table:
                tag.name = "div"
    for string in main.find_all(string="¶"):
        if isinstance(string, NavigableString):
            string.extract()


def _code_language(pre: Tag) -> str:
    for tag in (pre, pre.find("code")):
        for name in (tag.get("class") or []) if tag is not None else []:
            if match := _LANGUAGE_CLASS.match(name):
                return match.group(1)
    return ""
