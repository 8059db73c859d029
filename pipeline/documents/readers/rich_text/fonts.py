"""Reads the tables of fonts and styles at the beginning of an RTF file."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field

from pipeline.documents.readers.rich_text.tokens import SYMBOLS, Kind, Token, codec_of_charset
from pipeline.documents.readers.symbol_fonts import is_symbol_font

_HEADING = re.compile(r"(?:heading|제목|개요) ?([1-9])", re.IGNORECASE)
_TITLES = ("title", "제목")
_BODY_LEVEL = 9
_MAX_STYLES = 10_000


@dataclass(slots=True)
class Font:
    """A font of the file."""

    name: str = ""
    charset: int = 0

    @property
    def has_symbols(self) -> bool:
        """Whether the font's characters are symbols whose codes do not name them."""
        return self.charset == SYMBOLS or is_symbol_font(self.name)

    def codec(self, document: str) -> str:
        """Return the codec of the font's bytes, given that of the file."""
        return codec_of_charset(self.charset, document)


@dataclass(slots=True)
class RtfStyle:
    """A paragraph style of the file."""

    name: str = ""
    level: int | None = None
    """Outline level, from 0."""
    base: int | None = None

    @property
    def is_title(self) -> bool:
        """Whether paragraphs of the style are the title of the document."""
        return self.name.lower() in _TITLES


@dataclass(slots=True)
class Tables:
    """The fonts and paragraph styles by number."""

    fonts: dict[int, Font] = field(default_factory=dict)
    styles: dict[int, RtfStyle] = field(default_factory=dict)

    def level_of(self, style: int) -> int | None:
        """Return the outline level of a style, from 0; None for text that is no heading."""
        for _ in range(len(self.styles)):
            found = self.styles.get(style)
            if found is None:
                return None
            named = _HEADING.fullmatch(found.name)
            level = int(named[1]) - 1 if named else found.level
            if level is not None:
                return level if level < _BODY_LEVEL else None
            if found.base is None or found.base == style:
                return None
            style = found.base
        return None


def read_fonts(tokens: Iterator[Token], tables: Tables, codec: str) -> None:
    """Read the group `fonttbl` to its end."""
    current = Font()
    name = b""
    for token, depth in _to_the_end(tokens):
        if token.kind is Kind.WORD and token.name == "f" and token.number is not None:
            current = tables.fonts.setdefault(token.number, Font())
            name = b""
        elif token.kind is Kind.WORD and token.name == "fcharset":
            current.charset = token.number or 0
        elif token.kind is Kind.BYTES and depth <= _ENTRY_DEPTH:
            name += token.data
            if b";" in name:
                current.name = name.partition(b";")[0].decode(codec, "replace").strip()
                name = b""


def read_styles(tokens: Iterator[Token], tables: Tables, codec: str) -> None:
    """Read the group `stylesheet` to its end."""
    current = RtfStyle()
    tables.styles.setdefault(0, current)
    name = b""
    for token, depth in _to_the_end(tokens):
        if token.kind is Kind.OPEN and depth == _ENTRY_DEPTH:
            current, name = tables.styles.setdefault(0, RtfStyle()), b""
        elif token.kind is Kind.WORD and token.name == "s" and len(tables.styles) < _MAX_STYLES:
            current = tables.styles[token.number or 0] = RtfStyle()
        elif token.kind is Kind.WORD and token.name in ("cs", "ds", "ts"):
            current = RtfStyle()
        elif token.kind is Kind.WORD and token.name == "outlinelevel":
            current.level = token.number
        elif token.kind is Kind.WORD and token.name == "sbasedon":
            current.base = token.number
        elif token.kind is Kind.BYTES and depth <= _ENTRY_DEPTH:
            name += token.data
            if b";" in name:
                current.name = name.partition(b";")[0].decode(codec, "replace").strip()
                name = b""


_ENTRY_DEPTH = 2
"""Depth of an entry, such as `{\\f0 Arial;}`, inside its table."""


def _to_the_end(tokens: Iterator[Token]) -> Iterator[tuple[Token, int]]:
    """Yield the tokens to the end of the group, with the depth of groups, from 1."""
    depth = 1
    for token in tokens:
        if token.kind is Kind.OPEN:
            depth += 1
        elif token.kind is Kind.CLOSE:
            depth -= 1
            if depth == 0:
                return
        yield token, depth
