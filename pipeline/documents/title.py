"""Chooses a document's title.

Takes cleaned text, the text's outline and domain, the title that the source declares, and the source's key. Returns one
line: the declared title; otherwise, for code, the file name; otherwise a heading or title-like line near the start;
otherwise the file name without its suffix. A line that only says which copy this is (`DRAFT`, `[사본]`) and a line with
masked values are no titles. Used by `clean.document`.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

from pipeline.documents.pseudonyms import has_pseudonym
from pipeline.documents.readers import kind_of
from pipeline.domains import domain_rules
from pipeline.languages import any_of
from pipeline.languages.heading_rules import MAX_TITLE_CHARS, ends_sentence
from pipeline.nodes import Node, NodeKind

_LOOKED_AT_LINES = 12
_LOOKED_AT_CHARS = 4000
_BOILERPLATE = re.compile(any_of(lambda rules: rules.sources.title_boilerplate), re.IGNORECASE)
_STAMP = any_of(lambda rules: rules.sources.title_stamps)
_STAMP_LINE = re.compile(rf"[\W_]*(?:{_STAMP})[\W_]*", re.IGNORECASE)
_STAMP_BEFORE = re.compile(rf"\s*(?:[\[(<【〔［（]\s*(?:{_STAMP})\s*[\])>】〕］）]\s*)+(?=\S)", re.IGNORECASE)
_LABEL = re.compile(r"^[\w .()/-]{1,30}[:：]\s")
"""A label and a colon at the start of a line, such as `Date: `."""
_NUMBERED_NAME = re.compile(any_of(lambda rules: rules.sources.numbered_titles))


def find_title(*, text: str, outline: Sequence[Node], domain: str, declared: str, key: str, shared: str = "") -> str:
    """Return the title; never empty unless the key is empty. A declared title is cut at 120 characters.

    Args:
        text: the cleaned text.
        outline: the text's outline.
        domain: the text's domain.
        declared: the title that the file declares; empty if none.
        key: the source's key.
        shared: a title that many documents of the source declare. It is used only if the text has no title of its own.
    """
    if domain_rules(domain).is_code or declared.strip():
        return title_of_code(declared=declared, key=key)
    named = " ".join(shared.split())[:MAX_TITLE_CHARS]
    return _first_title_line(text, outline, named) or named or _stem(key)


def title_of_code(*, declared: str, key: str) -> str:
    """Return the declared title, or the file name if no title is declared.

    The name of a code file keeps its suffix, because the suffix says which programming language the file is in.
    """
    if declared.strip():
        return " ".join(declared.split())[:MAX_TITLE_CHARS]
    reader = kind_of(key).reader
    return _file_name(key) if reader is not None and reader.is_code else _stem(key)


def _first_title_line(text: str, outline: Sequence[Node], shared: str) -> str:
    """Return the first level-1 heading or title-like line among the first lines; empty if they contain neither."""
    headings = (node for node in outline if node.kind is NodeKind.HEADING and node.level == 1)
    first = next((node for node in headings if not _is_no_title(node.value, shared)), None)
    # A speaker's words are never a title.
    end = next((node.start for node in outline if node.kind is NodeKind.TURN), _LOOKED_AT_CHARS)
    head = text[: min(end, _LOOKED_AT_CHARS)]
    blocks = [_without_stamps(block, shared) for block in head.split("\n\n")]
    own = [block for block in blocks if not _BOILERPLATE.search(block[:400])]
    lines = [line.strip() for block in own for line in block.split("\n") if line.strip()][:_LOOKED_AT_LINES]
    for number, line in enumerate(lines):
        if first is not None and _STAMP_BEFORE.sub("", text[first.start :].lstrip(), count=1).startswith(line):
            return _STAMP_BEFORE.sub("", first.value, count=1)
        if _reads_as_title(line) or (number == 0 and _NUMBERED_NAME.fullmatch(line)):
            return " ".join(line.split())
    return ""


def _is_no_title(line: str, shared: str) -> bool:
    """Return whether a line says only which copy this is, has a masked value, or is the title of other documents."""
    return has_pseudonym(line) or _STAMP_LINE.fullmatch(line) is not None or line.strip(" #*=") == (shared or None)


def _without_stamps(block: str, shared: str) -> str:
    """Return a paragraph without the lines that are no title, and without words in brackets before a title."""
    lines = (line for line in block.split("\n") if not _is_no_title(line, shared))
    return "\n".join(_STAMP_BEFORE.sub("", line, count=1) for line in lines)


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
