r"""Reads LaTeX: sections, lists, tables, verbatim blocks, footnotes and the bibliography.

Macros that change only how words look, such as `\textbf`, are unwrapped; comments and the preamble are left out; math
is kept as it is written. Macros are not expanded, except those that a document defines without arguments. Nesting is
limited. Time is linear in the text.
"""

from __future__ import annotations

import re
import unicodedata

from pipeline.documents.decoding import decode
from pipeline.documents.file_roles import names_in
from pipeline.documents.latex_source import LatexSource, without_comments
from pipeline.documents.readers.reader import Converted, Reader, ReadOptions, from_decoded
from pipeline.documents.table_layout import TableCell
from pipeline.documents.text_builder import TextBuilder

_MAX_NESTING = 40
_MAX_CELL_SPANS = 4
"""The maximum number of `\\multicolumn` and `\\multirow` around the words of a cell."""
_LEVELS = {"part": 1, "chapter": 1, "section": 2, "subsection": 3, "subsubsection": 4, "paragraph": 5}
_TABULAR = r"tabular\*?|tabularx|tabulary|longtable|tabu|array"
_OPTION = re.compile(r"\s*\[[^\[\]]*\]")
_DEFINITION = re.compile(r"\\(?:re)?newcommand\*?\s*\{?\\(?P<name>[A-Za-z]+)\}?\s*\{(?P<body>[^{}]{0,200})\}")
_DROPPED = {
    "label": 1, "vspace": 1, "hspace": 1, "includegraphics": 1, "input": 1, "include": 1, "usepackage": 1,
    "documentclass": 1, "pagestyle": 1, "thispagestyle": 1, "setlength": 2, "setcounter": 2, "addtocounter": 2,
    "newcommand": 2, "renewcommand": 2, "providecommand": 2, "newtheorem": 2, "bibliographystyle": 1, "bibliography": 1,
    "index": 1, "color": 1, "hypersetup": 1, "graphicspath": 1, "addtolength": 2, "definecolor": 3,
    "DeclareMathOperator": 2, "cline": 1, "cmidrule": 1, "phantom": 1, "hphantom": 1, "vphantom": 1, "rule": 2,
    "pdfbookmark": 2, "linespread": 1,
    "fontsize": 2, "selectlanguage": 1, "addcontentsline": 3, "theoremstyle": 1, "geometry": 1, "title": 1, "author": 1,
    "date": 1, "newenvironment": 3,
    "captionsetup": 1, "lstset": 1, "setmainfont": 1, "setmainhangulfont": 1,
}  # fmt: skip
"""Macros that show nothing, with the number of their arguments."""
_SKIP_FIRST = names_in("textcolor colorbox href foreignlanguage parbox raisebox scalebox resizebox")
_SIGNS = {
    "ldots": "…", "dots": "…", "textellipsis": "…", "S": "§", "P": "¶", "copyright": "©", "pounds": "£", "ss": "ß",
    "ae": "æ", "AE": "Æ", "o": "ø", "O": "Ø", "aa": "å", "AA": "Å", "l": "ł", "L": "Ł", "oe": "œ", "OE": "Œ", "i": "ı",
    "textbackslash": "\\", "textasciitilde": "~", "textasciicircum": "^", "textbar": "|", "textless": "<",
    "textgreater": ">", "textbullet": "•", "textendash": "–", "textemdash": "—", "textregistered": "®",
    "texttrademark": "™", "LaTeX": "LaTeX", "TeX": "TeX", "quad": " ", "qquad": " ", "space": " ", "newline": "\n",
    "linebreak": "\n", "par": "\n\n", "hfill": " ", "textdegree": "°", "euro": "€", "textquoteright": "’",
}  # fmt: skip
_ACCENTS = {"'": "\u0301", "`": "\u0300", "^": "\u0302", '"': "\u0308", "~": "\u0303", "=": "\u0304", ".": "\u0307"}
_LETTER_ACCENTS = {"c": "\u0327", "v": "\u030c", "u": "\u0306", "H": "\u030b", "k": "\u0328", "r": "\u030a"}
_REFERENCES = names_in("cite citep citet citealp parencite textcite ref eqref pageref autoref cref Cref")
_LISTS = ("itemize", "enumerate", "description", "thebibliography")
_BLOCK_NAMES = frozenset({*_LEVELS, "item", "bibitem", "caption"})


class _Latex:
    """Reads LaTeX into a `TextBuilder`. Words are collected until a block ends."""

    def __init__(self, definitions: dict[str, str]) -> None:
        self.builder = TextBuilder()
        self._definitions = definitions
        self._words: list[str] = []
        self._notes: list[str] = []
        self._num_notes = 0
        self._lists: list[tuple[str, int]] = []
        self._label: str | None = None
        self._nesting = 0

    def read(self, text: str) -> None:
        """Read text as blocks."""
        position, source = 0, LatexSource(text)
        while (found := source.token(position)) is not None:
            self._words.append(text[position : found.start()])
            position = self._token(source, found)
        self._words.append(text[position:])
        self.flush()

    def inline(self, text: str) -> str:
        """Return text as words on one line, without ending the current block; its footnotes are kept for later."""
        if self._nesting >= _MAX_NESTING:
            return text
        self._nesting += 1
        outer, self._words = self._words, []
        position, source = 0, LatexSource(text)
        while (found := source.token(position)) is not None:
            self._words.append(text[position : found.start()])
            position = self._word(source, found)
        words = "".join([*self._words, text[position:]])
        self._words = outer
        self._nesting -= 1
        return " ".join(words.split())

    def flush(self) -> None:
        """End the current paragraph or list item; its footnotes follow."""
        words = "\n".join(" ".join(line.split()) for line in "".join(self._words).split("\n")).strip()
        self._words = []
        if words:
            if self._label is not None:
                self.builder.list_item(words, level=len(self._lists), label=self._label)
                self._label = None
            else:
                self.builder.paragraph(words)
        notes, self._notes = self._notes, []
        for number, note in enumerate(notes, self._num_notes - len(notes) + 1):
            self.builder.footnote(note, label=str(number))

    def _token(self, source: LatexSource, found: re.Match[str]) -> int:
        """Read a token that may end a block, and return the offset after it."""
        if found["literal"]:
            self.flush()
            self._code(found["literal"], found["code"])
        elif found["math"]:
            self.flush()
            self.builder.paragraph(found["math"].strip())
        elif found["blank"]:
            self.flush()
        elif found["macro"] in ("begin", "end"):
            name, position = source.argument(found.end())
            return self._environment(name, source, position) if found["macro"] == "begin" else self._end(name, position)
        elif found["macro"] in _BLOCK_NAMES:
            return self._block(found["macro"], source, found.end())
        else:
            return self._word(source, found)
        return found.end()

    def _block(self, name: str, source: LatexSource, position: int) -> int:
        self.flush()
        option = _OPTION.match(source.text, position)
        position = option.end() if option else position
        if name == "item":
            kind, number = self._lists[-1] if self._lists else ("itemize", 0)
            if self._lists:
                self._lists[-1] = kind, number + 1
            named = self.inline(option[0].strip()[1:-1]) if option else ""
            self._label = named if kind != "description" else ""
            if kind == "description" and named:
                self._words.append(f"{named}: ")
            elif not named and kind == "enumerate":
                self._label = f"{number + 1}."
            return position
        words, position = source.argument(position)
        if name == "bibitem":
            self._label = f"[{words}]"
        elif name == "caption":
            self.builder.paragraph(self.inline(words))
        else:
            self.builder.heading(self.inline(words), level=_LEVELS[name])
        return position

    def _environment(self, name: str, source: LatexSource, position: int) -> int:
        """Read the beginning of an environment; a table is read to its end."""
        self.flush()
        if re.fullmatch(_TABULAR, name):
            text = source.text
            end = text.find(f"\\end{{{name}}}", position)
            end = len(text) if end < 0 else end
            self._table(name, text[position:end])
            return min(len(text), end + len(name) + 6)
        if name in _LISTS:
            self._lists.append((name, 0))
            if name == "thebibliography":
                self.builder.heading("References", level=_LEVELS["section"])
                position = source.argument(position)[1]
        if (option := _OPTION.match(source.text, position)) is not None:
            position = option.end()
        if name in ("minipage", "multicols", "wrapfigure", "adjustbox", "subfigure"):
            position = source.argument(position)[1]
        return position

    def _end(self, name: str, position: int) -> int:
        self.flush()
        self._label = None
        if name in _LISTS and self._lists:
            self._lists.pop()
        return position

    def _code(self, kind: str, code: str) -> None:
        option = re.match(r"\s*\[(?P<options>[^\]]*)\]", code)
        language = re.search(r"language=\{?(\w+)", option["options"]) if option else None
        body = code[option.end() :] if option else code
        named = re.match(r"\{(\w+)\}", body) if kind == "minted" else None
        if named:
            body = body[named.end() :]
        self.builder.code(body, language=(named or language)[1].lower() if named or language else "")  # type: ignore[index]

    def _table(self, name: str, body: str) -> None:
        position, source = 0, LatexSource(body)
        for _ in range(2 if name in ("tabular*", "tabularx", "tabulary") else 1):
            option = _OPTION.match(body, position)
            position = source.argument(option.end() if option else position)[1]
        rows = []
        for row in re.split(r"\\\\(?:\s*\[[^\]]*\])?|\\tabularnewline", body[position:]):
            words = re.sub(
                r"\\(?:hline|toprule|midrule|bottomrule|endhead|endfirsthead|endfoot|endlastfoot)\b", "", row
            )
            if words.strip():
                rows.append([self._cell(cell) for cell in re.split(r"(?<!\\)&", words)])
        self.builder.table(rows)
        self.flush()

    def _cell(self, cell: str) -> TableCell:
        rows = columns = 1
        words = cell.strip()
        for _ in range(_MAX_CELL_SPANS):
            if (span := re.match(r"\\multi(?P<way>column|row)\b", words)) is None:
                break
            source = LatexSource(words)
            number, position = source.argument(span.end())
            _, position = source.argument(position)
            inside, position = source.argument(position)
            count = min(int(number), 100) if number.strip().isdigit() else 1
            rows, columns = (rows, count) if span["way"] == "column" else (count, columns)
            words = (inside + words[position:]).strip()
        return TableCell(self.inline(words), rows, columns)

    def _word(self, source: LatexSource, found: re.Match[str]) -> int:
        """Read a token inside a line, and return the offset after it."""
        if found["macro"]:
            return self._macro(found["macro"], source, found.end())
        if found["symbol"]:
            return self._symbol(found["symbol"], source, found.end())
        if found["brace"]:
            # The arguments of a macro are words of their own.
            self._words.append(" " if found[0] == "}" and source.text.startswith("{", found.end()) else "")
            return found.end()
        shown = found["inline"] or found["math"] or (f"`{found['verb']}`" if found["verb"] else None)
        if shown is None and found["code"]:
            shown = f"`{found['code'].strip()}`"
        fixed = {"~": " ", "``": "“", "''": "”", "--": "–", "---": "—"}
        self._words.append(shown if shown is not None else fixed.get(found[0], " " if found["blank"] else found[0]))
        return found.end()

    def _macro(self, name: str, source: LatexSource, position: int) -> int:
        if name in self._definitions:
            definition = self._definitions[name]
            self._words.append(
                definition if "\\" not in definition else self.inline(definition.replace(f"\\{name}", ""))
            )
            return position + 2 if source.text.startswith("{}", position) else position
        if name in ("begin", "end"):
            return source.argument(position)[1]
        if name in _DROPPED:
            for _ in range(_DROPPED[name]):
                while (option := _OPTION.match(source.text, position)) is not None:
                    position = option.end()
                position = source.argument(position)[1]
            return position
        if name in ("footnote", "thanks", "footnotetext"):
            option = _OPTION.match(source.text, position)
            words, position = source.argument(option.end() if option else position)
            self._num_notes += 1
            number = self._num_notes
            self._words.append(f"[^{number}]")
            note = self.inline(words)
            self._notes.append(note)
            return position
        if name in _REFERENCES:
            while (option := _OPTION.match(source.text, position)) is not None:
                position = option.end()
            words, position = source.argument(position)
            self._words.append(f"[{words}]")
            return position
        if name in _LETTER_ACCENTS and source.text.startswith("{", position):
            words, position = source.argument(position)
            self._words.append(unicodedata.normalize("NFC", words[:1] + _LETTER_ACCENTS[name]) + words[1:])
            return position
        if name in _SKIP_FIRST:
            position = source.argument(position)[1]
        if name in _SIGNS:
            self._words.append(_SIGNS[name])
            # The braces and the blank after a macro's name only end the name.
            return position + 2 if source.text.startswith("{}", position) else position
        option = _OPTION.match(source.text, position) if source.text.startswith("[", position) else None
        return option.end() if option else position

    def _symbol(self, symbol: str, source: LatexSource, position: int) -> int:
        if (
            symbol in _ACCENTS
            and (letter := re.compile(r"\{?\\?([A-Za-z])\}?").match(source.text, position)) is not None
        ):
            self._words.append(unicodedata.normalize("NFC", letter[1] + _ACCENTS[symbol]))
            return letter.end()
        if symbol == "\\":
            option = _OPTION.match(source.text, position)
            self._words.append("\n")
            return option.end() if option and re.match(r"\[[-\d]", option[0].strip()) else position
        self._words.append(" " if symbol in ",;: \n" else "" if symbol in "!-/@()[]" else symbol)
        return position


def _convert(data: bytes, _options: ReadOptions) -> Converted:
    decoded = decode(data=data, declared="")
    text = without_comments(decoded.text.replace("\r\n", "\n").replace("\r", "\n"))
    start, end = text.find("\\begin{document}"), text.find("\\end{document}")
    reader = _Latex({found["name"]: found["body"] for found in _DEFINITION.finditer(text)})
    source = LatexSource(text)
    facts = {name: _fact(reader, source, name) for name in ("title", "author", "date")}
    reader.builder.heading(facts["title"], level=1)
    reader.builder.paragraph(facts["author"])
    reader.builder.paragraph(facts["date"])
    body = text if start < 0 else text[start + len("\\begin{document}") : end if end > start else len(text)]
    reader.read(body)
    return from_decoded(decoded, text=reader.builder.text, title=facts["title"], marks=reader.builder.marks)


def _fact(reader: _Latex, source: LatexSource, name: str) -> str:
    """Return the argument of `\\title`, `\\author` or `\\date`; empty if the macro is missing."""
    found = re.search(rf"\\{name}(?:\s*\[[^\[\]]*\])?(?=\s*\{{)", source.text)
    return reader.inline(source.argument(found.end())[0].replace("\\\\", ", ")) if found else ""


READER = Reader(
    name="latex",
    suffixes=frozenset({"tex", "latex", "ltx"}),
    convert=_convert,
    is_isolated=True,
    is_page=True,
    may_join_trees=True,
)
