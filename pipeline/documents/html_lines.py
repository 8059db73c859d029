"""Prepares the lines of an HTML page for the converter: spans shown as lines, and blanks beside line breaks.

Takes the main part of a parsed page and changes it in place. Used by `markup`. Cost: linear in the page.
"""

from __future__ import annotations

import re

from bs4 import BeautifulSoup, NavigableString, Tag

_LINE_CLASS = re.compile(r"^(?:(?:verse|poem)[-_]?)?line$")
_BLOCK_STYLE = re.compile(r"display\s*:\s*block", re.IGNORECASE)


def break_lines(main: Tag, soup: BeautifulSoup) -> None:
    """Put a line break between a span that is shown as a line, such as one of a poem, and the text beside it."""
    lines = [*main.find_all("span", class_=_LINE_CLASS), *main.find_all("span", style=_BLOCK_STYLE)]
    for line in lines:
        if line.find_parent(["pre", "code"]) is not None or not line.get_text(strip=True):
            continue
        before, after = _beside(line, "previous_sibling"), _beside(line, "next_sibling")
        if before is not None and not _ends_line(before):
            line.insert_before(soup.new_tag("br"))
        if after is not None and not _ends_line(line) and not (isinstance(after, Tag) and after.name == "br"):
            line.insert_after(soup.new_tag("br"))


def tighten_breaks(main: Tag) -> None:
    """Remove blanks beside line breaks; the converter would turn them into empty lines, which split a paragraph."""
    for line_break in main.find_all("br"):
        before, after = line_break.previous_sibling, line_break.next_sibling
        if line_break.find_parent("pre") is not None:
            continue
        if isinstance(before, NavigableString):
            before.replace_with(NavigableString(before.rstrip()))
        if isinstance(after, NavigableString):
            after.replace_with(NavigableString(after.lstrip()))


def _ends_line(node: object) -> bool:
    """Return whether an element is a line break or ends with one."""
    while isinstance(node, Tag) and node.name != "br" and node.contents:
        node = node.contents[-1]
    return isinstance(node, Tag) and node.name == "br"


def _beside(tag: Tag, side: str) -> object:
    """Return the nearest sibling on a side that is an element or has text; None if there is none."""
    found = getattr(tag, side)
    while isinstance(found, NavigableString) and not found.strip():
        found = getattr(found, side)
    return found
