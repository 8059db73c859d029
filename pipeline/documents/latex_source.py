r"""Cuts LaTeX into tokens and arguments. Used by `readers.latex`.

A block such as `\begin{verbatim}` is a token only if it is closed. Time is linear in the text, also if a file opens
thousands of blocks and braces that it never closes: a kind of block is no longer looked for behind its last end, and
the braces of a text are matched once.
"""

from __future__ import annotations

import re
from functools import lru_cache

LITERAL_BLOCKS = ("verbatim", "verbatim*", "lstlisting", "minted", "Verbatim", "alltt")
_STARRED = ("equation", "align", "gather", "multline", "eqnarray", "alignat", "flalign")
_MATH_BLOCKS = ("displaymath", "math", *_STARRED, *(f"{name}*" for name in _STARRED))
_SIGNS = {"[": "\\]", "$$": "$$", "(": "\\)"}
"""The ends of formulas that begin with a sign."""
_NEVER = "(?!)"
_BRACE = re.compile(r"\\.|[{}]", re.DOTALL)
_MAX_LITERAL_CHARS = 2000
"""The maximum length of the text in `\\verb`."""


class LatexSource:
    """A piece of LaTeX. Tokens are read in order; arguments are read at any place."""

    def __init__(self, text: str) -> None:
        self.text = text
        self._kinds = _Kinds(text, (*LITERAL_BLOCKS, *_MATH_BLOCKS, *_SIGNS))
        self._closed: dict[int, int] | None = None

    def token(self, position: int) -> re.Match[str] | None:
        """Return the next token from an offset, which must not be before that of an earlier call."""
        return _token_pattern(self._kinds.from_(position)).search(self.text, position)

    def argument(self, position: int) -> tuple[str, int]:
        """Return the argument in braces at an offset, and the offset after it; empty if there is none.

        An argument whose brace is not closed ends with its line.
        """
        text = self.text
        while position < len(text) and text[position] in " \t\n":
            position += 1
        if not text.startswith("{", position):
            return "", position
        if self._closed is None:
            self._closed = _closing_braces(text)
        if (end := self._closed.get(position)) is not None:
            return text[position + 1 : end], end + 1
        end = text.find("\n", position)
        end = len(text) if end < 0 else end
        return text[position + 1 : end], end


class _Kinds:
    """The kinds of blocks that end behind an offset; the offsets that are asked for only grow."""

    def __init__(self, text: str, kinds: tuple[str, ...]) -> None:
        ends = [(text.rfind(_SIGNS.get(kind, f"\\end{{{kind}}}")), kind) for kind in kinds]
        self._ends = sorted((end for end in ends if end[0] >= 0), reverse=True)
        self._names = frozenset(kind for _, kind in self._ends)

    def from_(self, position: int) -> frozenset[str]:
        """Return the kinds of which an end begins at or behind an offset."""
        while self._ends and self._ends[-1][0] < position:
            self._names -= {self._ends.pop()[1]}
        return self._names


def without_comments(text: str) -> str:
    """Return LaTeX without its comments; a percent sign in a literal block is none."""
    kinds = _Kinds(text, LITERAL_BLOCKS)
    pieces: list[str] = []
    position = 0
    while (found := _comment_pattern(kinds.from_(position)).search(text, position)) is not None:
        pieces += [text[position : found.start()], found["kept"] or ""]
        position = found.end()
    return "".join([*pieces, text[position:]])


def _closing_braces(text: str) -> dict[int, int]:
    """Return the offset of the closing brace for each opening brace that is closed."""
    closed: dict[int, int] = {}
    opened: list[int] = []
    for found in _BRACE.finditer(text):
        if found[0] == "{":
            opened.append(found.start())
        elif found[0] == "}" and opened:
            closed[opened.pop()] = found.start()
    return closed


def _any_of(names: tuple[str, ...], kinds: frozenset[str]) -> str:
    return "|".join(re.escape(name) for name in names if name in kinds) or _NEVER


@lru_cache(maxsize=256)
def _token_pattern(kinds: frozenset[str]) -> re.Pattern[str]:
    math = [rf"\\begin\{{(?P<kind>{_any_of(_MATH_BLOCKS, kinds)})\}}.*?\\end\{{(?P=kind)\}}"]
    math += [r"\\\[.*?\\\]"] if "[" in kinds else []
    math += [r"\$\$.*?\$\$"] if "$$" in kinds else []
    inline = [r"\\\(.*?\\\)"] if "(" in kinds else []
    inline += [r"\$(?:[^$\\\n]|\\.|\n(?!\n))+\$"]
    literal = _any_of(LITERAL_BLOCKS, kinds)
    return re.compile(
        rf"\\begin\{{(?P<literal>{literal})\}}(?P<code>.*?)\\end\{{(?P=literal)\}}"
        rf"|(?P<math>{'|'.join(math)})"
        rf"|(?P<inline>{'|'.join(inline)})"
        rf"|\\verb\*?(?P<sign>[^\w\s])(?P<verb>[^\n]{{0,{_MAX_LITERAL_CHARS}}}?)(?P=sign)"
        r"|\\(?P<macro>[A-Za-z@]+)\*?[ \t]*"
        r"|\\(?P<symbol>[^A-Za-z])"
        r"|(?P<blank>\n[ \t]*\n\s*)"
        r"|(?P<brace>[{}])|(?P<tie>~)|(?P<quotes>``|'')|(?P<dashes>---?)",
        re.DOTALL,
    )


@lru_cache(maxsize=64)
def _comment_pattern(kinds: frozenset[str]) -> re.Pattern[str]:
    literal = _any_of(LITERAL_BLOCKS, kinds)
    return re.compile(
        rf"(?P<kept>\\begin\{{(?P<kind>{literal})\}}.*?\\end\{{(?P=kind)\}}|\\.)|%[^\n]*(?:\n[ \t]*(?!\n))?", re.DOTALL
    )
