"""A document's title: what its source says, its first heading or line that reads like one, its file name.

In: cleaned text, its sections and domain, what the format declared, the source's key. Out: one line. Used by the ingest
stage.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

from pipeline.documents.formats import Format, kind_of
from pipeline.documents.grammar.turns.reading import read_turns
from pipeline.languages import any_of
from pipeline.languages.heading_rules import MAX_TITLE_CHARS, ends_sentence
from pipeline.records import Domain, Section

_LOOKED_AT_LINES = 12
_LOOKED_AT_CHARS = 4000
_BOILERPLATE = re.compile(any_of(lambda rules: rules.sources.title_boilerplate), re.IGNORECASE)
_LABEL = re.compile(r"^[\w .()/-]{1,30}[:：]\s")


def find_title(*, text: str, sections: Sequence[Section], domain: Domain, declared: str, key: str) -> str:
    """The title, at most 120 characters, never empty unless the key is.

    A file of code is called by its whole name, since its suffix says which programming language it is in.
    """
    if declared.strip():
        return " ".join(declared.split())[:MAX_TITLE_CHARS]
    end = _above_first_turn(text) if domain is Domain.DIALOGUE else _LOOKED_AT_CHARS
    if domain is not Domain.CODE and (line := _first_title_line(text, sections, end)):
        return line
    return _file_name(key) if domain is Domain.CODE and kind_of(key).format is Format.CODE else _stem(key)


def _above_first_turn(text: str) -> int:
    """Where the first turn begins: no title is said by anyone."""
    turns = read_turns(text[:_LOOKED_AT_CHARS])
    return turns[0].start if turns else _LOOKED_AT_CHARS


def _first_title_line(text: str, sections: Sequence[Section], end: int) -> str:
    first = next((section for section in sections if section.level == 1), None)
    blocks = [block for block in text[:end].split("\n\n") if not _BOILERPLATE.search(block[:400])]
    lines = [line.strip() for block in blocks for line in block.split("\n") if line.strip()][:_LOOKED_AT_LINES]
    for line in lines:
        if first is not None and text[first.start :].lstrip().startswith(line):
            return first.title
        if _reads_as_title(line):
            return " ".join(line.split())
    return ""


def _reads_as_title(line: str) -> bool:
    letters = sum(1 for char in line if char.isalpha())
    if not 3 <= len(line) <= 100 or letters < 0.5 * len(line.replace(" ", "")) or letters < 3:
        return False
    if ends_sentence(line) or line[0] in "|<>[{`-*=":
        return False
    return not _LABEL.match(line)


def _file_name(key: str) -> str:
    return key.rstrip("/").rsplit("/", 1)[-1].removesuffix(".gz")


def _stem(key: str) -> str:
    name = key.rstrip("/").rsplit("/", 1)[-1].split("#", 1)[0]
    return re.sub(r"(\.[A-Za-z0-9]{1,9}){1,2}$", "", name) or name
