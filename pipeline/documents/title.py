"""Chooses a document's title.

Takes cleaned text, the text's outline and domain, the title that the source declares, and the source's key. Returns one
line: the declared title; otherwise, for code, the file name; otherwise a heading or title-like line near the start;
otherwise the file name without its suffix. Used by `clean.document`.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

from pipeline.documents.readers import kind_of
from pipeline.domains import domain_rules
from pipeline.languages import any_of
from pipeline.languages.heading_rules import MAX_TITLE_CHARS, ends_sentence
from pipeline.nodes import Node, NodeKind

_LOOKED_AT_LINES = 12
_LOOKED_AT_CHARS = 4000
_BOILERPLATE = re.compile(any_of(lambda rules: rules.sources.title_boilerplate), re.IGNORECASE)
_LABEL = re.compile(r"^[\w .()/-]{1,30}[:：]\s")
"""A label and a colon at the start of a line, such as `Date: `."""


def find_title(*, text: str, outline: Sequence[Node], domain: str, declared: str, key: str) -> str:
    """Return the title; never empty unless the key is empty. A declared title is cut at 120 characters."""
    if domain_rules(domain).is_code or declared.strip():
        return title_of_code(declared=declared, key=key)
    return _first_title_line(text, outline) or _stem(key)


def title_of_code(*, declared: str, key: str) -> str:
    """Return the declared title, or the file name if no title is declared.

    The name of a code file keeps its suffix, because the suffix says which programming language the file is in.
    """
    if declared.strip():
        return " ".join(declared.split())[:MAX_TITLE_CHARS]
    reader = kind_of(key).reader
    return _file_name(key) if reader is not None and reader.is_code else _stem(key)


def _first_title_line(text: str, outline: Sequence[Node]) -> str:
    """Return the first level-1 heading or title-like line among the first lines; empty if they contain neither."""
    first = next((node for node in outline if node.kind is NodeKind.HEADING and node.level == 1), None)
    # A speaker's words are never a title.
    end = next((node.start for node in outline if node.kind is NodeKind.TURN), _LOOKED_AT_CHARS)
    head = text[: min(end, _LOOKED_AT_CHARS)]
    blocks = [block for block in head.split("\n\n") if not _BOILERPLATE.search(block[:400])]
    lines = [line.strip() for block in blocks for line in block.split("\n") if line.strip()][:_LOOKED_AT_LINES]
    for line in lines:
        if first is not None and text[first.start :].lstrip().startswith(line):
            return first.value
        if _reads_as_title(line):
            return " ".join(line.split())
    return ""


def _reads_as_title(line: str) -> bool:
    if not 3 <= len(line) <= 100:
        return False
    letters = sum(1 for char in line if char.isalpha())
    if letters < 0.5 * len(line.replace(" ", "")) or letters < 3:
        return False
    if ends_sentence(line) or line[0] in "|<>[{`-*=":
        return False
    return not _LABEL.match(line)


def _file_name(key: str) -> str:
    return key.rstrip("/").rsplit("/", 1)[-1].removesuffix(".gz")


def _stem(key: str) -> str:
    name = key.rstrip("/").rsplit("/", 1)[-1].split("#", 1)[0]
    return re.sub(r"(\.[A-Za-z0-9]{1,9}){1,2}$", "", name) or name
