"""Reads reStructuredText: underlined titles, lists, literal blocks, tables, notes and footnotes.

Directives of Sphinx and docutils are read by what they contain: code, a table, a note, or ordinary text. The content of
an unknown directive is kept as literal text, because only its extension knows what it means. Comments, targets and
directives that name other files are left out. Nesting is limited. Time is linear in the text.
"""

from __future__ import annotations

import csv
import re
from collections.abc import Callable, Sequence

from pipeline.documents.decoding import decode
from pipeline.documents.file_roles import names_in
from pipeline.documents.indented import dedented, end_of_indented, indent_of, lines_of, paragraph_from
from pipeline.documents.readers.reader import Converted, Reader, ReadOptions, from_decoded
from pipeline.documents.rst_tables import GRID_BORDER, SIMPLE_BORDER, grid_rows, simple_rows
from pipeline.documents.table_layout import TableCell
from pipeline.documents.text_builder import TextBuilder

_MAX_NESTING = 30
_ADORNMENT = re.compile(r"([!-/:-@\[-`{-~])\1{2,}$")
_BULLET = re.compile(r"[-*+•‣⁃](?: +|$)")
_NUMBER = re.compile(r"(?P<label>\(?(?:\d{1,9}|[A-Za-z]|[ivxlcdmIVXLCDM]{1,9}|#)[.)])(?: +|$)")
_EXPLICIT = re.compile(r"\.\.(?: +|$)")
_DIRECTIVE = re.compile(r"\.\. +(?:\|[^|]+\| +)?(?P<name>[\w][\w:.+-]*?) ?::(?: +(?P<argument>.*))?$")
_SUBSTITUTION = re.compile(r"\.\. +\|(?P<name>[^|]+)\| +replace:: +(?P<text>.*)$")
_FOOTNOTE = re.compile(r"\.\. +\[(?P<label>[^\]\s]+)\](?: +|$)")
_FIELD = re.compile(r":(?P<name>[^:\s](?:[^:]|:(?! ))*?):(?: +|$)")
_CODE = names_in("code code-block sourcecode parsed-literal math productionlist prompt doctest testcode")
_LEFT_OUT = names_in(
    "toctree include literalinclude contents index highlight module currentmodule meta raw image automodule autoclass "
    "autofunction bibliography default-role sectnum tabularcolumns role"
)
_NOTES = names_in("note tip warning caution important danger attention hint error seealso admonition")
_PROSE = names_in(
    "figure only container class rst-class topic sidebar epigraph highlights pull-quote compound rubric centered "
    "glossary hlist acks replace unicode date title line-block sectionauthor codeauthor describe object option envvar "
    "program cmdoption confval token data function method classmethod staticmethod attribute property exception "
    "decorator decoratormethod type variable macro member struct union enum enumerator concept alias namespace "
    "directive role setting command signal templatetag templatefilter fieldlookup opcode availability audit-event "
    "impl-detail todo tabs tab group-tab code-tab tab-set tab-item grid grid-item grid-item-card "
    "card card-carousel dropdown details collapse toggle div panels margin aside ifconfig cssclass "
    "theorem definition lemma proof example exercise solution remark"
)
"""Directives of docutils, Sphinx and their best-known extensions that contain ordinary text."""
_OBJECT_DOMAINS = ("py:", "c:", "cpp:", "js:", "rst:", "std:", "php:", "rb:", "go:", "http:", "prf:", "proof:")
"""Domains of Sphinx whose directives describe an object in ordinary text."""
_VERSIONS = {
    "versionadded": "Added in version",
    "versionchanged": "Changed in version",
    "deprecated": "Deprecated since version",
    "versionremoved": "Removed in version",
}


class _Rst:
    """Reads blocks into a `TextBuilder`."""

    def __init__(self, substitutions: dict[str, str]) -> None:
        self.builder = TextBuilder()
        self.title = ""
        self._levels: list[str] = []
        self._substitutions = substitutions
        self._num_notes = 0
        self._num_auto: dict[int, tuple[Sequence[str], int, int]] = {}
        """By identity of a list of lines: the list, and the number and line of its last item with the label `#.`."""

    def read(self, lines: Sequence[str], *, level: int = 0, nesting: int = 0) -> None:
        """Read lines. `level` is the depth of the enclosing list."""
        if nesting > _MAX_NESTING:
            self.builder.paragraph("\n".join(lines))
            return
        index = 0
        while index < len(lines):
            index = self._block(lines, index, level, nesting)

    def _block(self, lines: Sequence[str], index: int, level: int, nesting: int) -> int:
        """Read the block at a line, and return the index after it."""
        line = lines[index]
        if not line:
            return index + 1
        if (after := self._heading(lines, index)) is not None:
            return after
        if _EXPLICIT.match(line):
            return self._explicit(lines, index, level, nesting)
        if GRID_BORDER.match(line) or SIMPLE_BORDER.match(line):
            return self._table(lines, index)
        if line.startswith(">>> "):
            block = paragraph_from(lines, index)
            self.builder.code("\n".join(block), language="python")
            return index + len(block)
        if line == "::":
            return self._literal(lines, index + 1)
        if indent_of(line):
            end = end_of_indented(lines, index, 1)
            self.read(dedented(lines[index:end]), level=level, nesting=nesting + 1)
            return end
        marker = _BULLET.match(line) or self._numbered(lines, index)
        if marker is not None:
            return self._item(lines, index, marker, level, nesting)
        return self._paragraph(lines, index, level, nesting)

    def _heading(self, lines: Sequence[str], index: int) -> int | None:
        line = lines[index]
        over = _ADORNMENT.match(line)
        if over and index + 2 < len(lines) and lines[index + 1].strip() and lines[index + 2] == line:
            self._add_heading(lines[index + 1].strip(), over[1] * 2)
            return index + 3
        under = _ADORNMENT.match(lines[index + 1]) if index + 1 < len(lines) else None
        if under and not over and not indent_of(line) and len(lines[index + 1]) >= min(len(line), 4):
            self._add_heading(line, under[1])
            return index + 2
        return index + 1 if over and len(line) >= 4 and not GRID_BORDER.match(line) and line[0] != ":" else None

    def _add_heading(self, title: str, style: str) -> None:
        if style not in self._levels:
            self._levels.append(style)
        shown = self._inline(title)
        self.title = self.title or shown
        self.builder.heading(shown, level=self._levels.index(style) + 1)

    def _numbered(self, lines: Sequence[str], index: int) -> re.Match[str] | None:
        """Return the number of a list item. A sentence such as "A. Smith" on a longer paragraph is not an item."""
        found = _NUMBER.match(lines[index])
        if found is None or index + 1 >= len(lines) or not lines[index + 1]:
            return found
        following = lines[index + 1]
        return found if indent_of(following) >= found.end() or _NUMBER.match(following) else None

    def _item(self, lines: Sequence[str], index: int, marker: re.Match[str], level: int, nesting: int) -> int:
        end = end_of_indented(lines, index + 1, max(1, min(marker.end(), 2)))
        body = [lines[index][marker.end() :], *dedented_after(lines[index + 1 : end])]
        label = marker.groupdict().get("label", "")
        if label.strip("().") == "#":
            label = f"{self._count(lines, index)}."
        first = paragraph_from(body, 0)
        stop = next((at for at, each in enumerate(first) if at and (_BULLET.match(each) or each == "::")), len(first))
        words, has_literal = _without_colons("\n".join(first[:stop]))
        self.builder.list_item(self._inline(words), level=level + 1, label=label)
        rest = body[stop:]
        self.read(["::", *rest] if has_literal else rest, level=level + 1, nesting=nesting + 1)
        return max(end, index + 1)

    def _count(self, lines: Sequence[str], index: int) -> int:
        """Return the number of an item with the label `#.`: one more than the items of the same list above it."""
        _, number, last = self._num_auto.get(id(lines), (lines, 0, index))
        is_same_list = all(not each or indent_of(each) for each in lines[last + 1 : index])
        number = number + 1 if is_same_list else 1
        self._num_auto[id(lines)] = lines, number, index
        return number

    def _paragraph(self, lines: Sequence[str], index: int, level: int, nesting: int) -> int:
        line = lines[index]
        if index + 1 < len(lines) and indent_of(lines[index + 1]) and not line.startswith(("|", ":")):
            end = end_of_indented(lines, index + 1, 1)
            self.builder.paragraph(self._inline(line))
            self.read(dedented(lines[index + 1 : end]), level=level, nesting=nesting + 1)
            return end
        if (field := _FIELD.match(line)) is not None:
            end = end_of_indented(lines, index + 1, 1)
            value = "\n".join([line[field.end() :], *dedented(lines[index + 1 : end])]).strip()
            self.builder.paragraph(self._inline(f"{field['name']}: {value}" if value else field["name"]))
            return max(end, index + 1)
        block = paragraph_from(lines, index)
        after = index + len(block)
        if all(each.startswith("| ") or each == "|" for each in block):
            block = [each[2:] for each in block]
        block = [each.strip() for each in block]
        words, has_literal = _without_colons("\n".join(block))
        self.builder.paragraph(self._inline(words))
        return self._literal(lines, after) if has_literal else after

    def _literal(self, lines: Sequence[str], index: int) -> int:
        while index < len(lines) and not lines[index]:
            index += 1
        end = end_of_indented(lines, index, 1)
        if end == index and index < len(lines) and lines[index][0] in ">|":
            end = index + len(paragraph_from(lines, index))
        self.builder.code("\n".join(dedented(lines[index:end])))
        return end

    def _table(self, lines: Sequence[str], index: int) -> int:
        is_grid = lines[index].startswith("+")
        end = index + 1
        if is_grid:
            while end < len(lines) and lines[end][:1] in ("+", "|") and lines[end]:
                end += 1
            rows = grid_rows(lines[index:end])
        else:
            end = _end_of_simple_table(lines, index)
            rows = simple_rows(lines[index:end])
        self._add_table(rows)
        return end

    def _add_table(self, rows: Sequence[Sequence[TableCell]]) -> None:
        cells = [[TableCell(self._inline(cell.text), cell.row_span, cell.column_span) for cell in row] for row in rows]
        self.builder.table(cells)

    def _explicit(self, lines: Sequence[str], index: int, level: int, nesting: int) -> int:
        end = end_of_indented(lines, index + 1, 1)
        line, body = lines[index], dedented(lines[index + 1 : end])
        if (note := _FOOTNOTE.match(line)) is not None:
            label = note["label"].lstrip("#*")
            if not label:
                self._num_notes += 1
                label = str(self._num_notes)
            self.builder.footnote(self._inline("\n".join([line[note.end() :], *body]).strip()), label=label)
        elif (directive := _DIRECTIVE.match(line)) is not None and not _SUBSTITUTION.match(line):
            argument = directive["argument"] or ""
            self._directive(directive["name"].lower(), argument, body, level, nesting)
        return end

    def _directive(self, name: str, argument: str, body: list[str], level: int, nesting: int) -> None:
        options: dict[str, str] = {}
        num_options = 0
        while num_options < len(body) and (option := _FIELD.match(body[num_options])) is not None:
            options[option["name"]] = option.string[option.end() :]
            num_options += 1
        body = dedented(body[num_options:])
        if name in _CODE or name in ("graphviz", "mermaid", "plantuml", "digraph"):
            is_named = name in ("code", "code-block", "sourcecode")
            whole = body if is_named or not argument else [argument, *body]
            self.builder.code("\n".join(whole), language=argument if is_named else "")
        elif name in _LEFT_OUT:
            return
        elif name in ("csv-table", "list-table", "table"):
            self._table_directive(name, argument, options, body, level, nesting)
        elif name in _NOTES:
            title = argument if name == "admonition" else "See also" if name == "seealso" else name.capitalize()
            self.builder.paragraph(f"**{self._inline(title)}:**")
            lead = [argument, ""] if argument and name != "admonition" else []
            self.read([*lead, *body], level=level, nesting=nesting + 1)
        elif name in _VERSIONS:
            version, _, words = argument.partition(" ")
            first = paragraph_from(body, 0)
            said = " ".join([words, *first]).strip()
            self.builder.paragraph(self._inline(f"{_VERSIONS[name]} {version}{': ' if said else '.'}{said}"))
            self.read(body[len(first) :], level=level, nesting=nesting + 1)
        elif name in _PROSE or name.startswith(_OBJECT_DOMAINS):
            if argument and name not in ("figure", "only", "container", "class", "rst-class"):
                self.builder.paragraph(self._inline(argument))
            self.read(body, level=level, nesting=nesting + 1)
        else:
            self.builder.paragraph(argument)
            self.builder.code("\n".join(body))

    def _table_directive(
        self, name: str, caption: str, options: dict[str, str], body: list[str], level: int, nesting: int
    ) -> None:
        self.builder.paragraph(self._inline(caption))
        if name == "csv-table":
            lines = [options["header"], *body] if "header" in options else body
            self._add_table(
                [[TableCell(cell.strip()) for cell in row] for row in csv.reader(lines, skipinitialspace=True)]
            )
        elif name == "list-table":
            self._add_table(_listed_rows(body))
        else:
            self.read(body, level=level, nesting=nesting + 1)

    def _inline(self, text: str) -> str:
        """Return text without the marks of links, roles and references."""
        return _INLINE.sub(self._plain, text)

    def _plain(self, found: re.Match[str]) -> str:
        if found["literal"] is not None:
            return f"`{found['literal']}`"
        if found["role"] is not None or found["quoted"] is not None:
            words: str = found["role"] if found["role"] is not None else found["quoted"]
            titled = re.match(r"(?s)(.+?)\s*<[^<>]*>$", words)
            shown = titled[1] if titled else words.lstrip("~!")
            return " ".join(shown.split())
        if found["note"] is not None:
            return f"[^{found['note'].lstrip('#*')}]" if found["note"].strip("#*") else ""
        if found["substitution"] is not None:
            return self._substitutions.get(found["substitution"], found[0])
        if found["escaped"] is not None:
            return "" if found["escaped"].isspace() else found["escaped"]
        return found["word"] or ""


_INLINE = re.compile(
    r"``(?P<literal>(?:[^`]|`(?!`))+)``"
    r"|:[\w:+.-]{1,40}:`(?P<role>[^`]{1,2000})`"
    r"|`(?P<quoted>[^`]{1,2000})`_{0,2}"
    r"|(?<!\w)\[(?P<note>(?:\#[\w.-]*|\*|\d+|[A-Za-z][\w.-]{0,40}))\]_(?!\w)"
    r"|\|(?P<substitution>[^|\s](?:[^|\n]{0,80}[^|\s])?)\|(?:_{1,2})?"
    r"|\\(?P<escaped>.|\n)"
    r"|(?<![\w`_])(?P<word>[A-Za-z0-9][A-Za-z0-9.+-]{0,60})_{1,2}(?=[\s.,;:!?)'\"-]|$)"
)


def _end_of_simple_table(lines: Sequence[str], index: int) -> int:
    """Return the index after the border that ends a simple table: one before a blank line, or else the last of all."""
    last = index
    for at in range(index + 1, len(lines)):
        if SIMPLE_BORDER.match(lines[at]):
            last = at
            if at + 1 == len(lines) or not lines[at + 1]:
                break
    return last + 1


def dedented_after(lines: Sequence[str]) -> list[str]:
    """Return the lines after an item's first line without their common indent; blank lines stay."""
    width = min((indent_of(line) for line in lines if line), default=0)
    return [line[width:] for line in lines]


def _without_colons(text: str) -> tuple[str, bool]:
    """Return a paragraph without the `::` that announces a literal block, and whether it had one."""
    if not text.endswith("::"):
        return text, False
    return text[:-2].rstrip() if text[:-2].endswith((" ", "\n")) else text[:-1], True


def _listed_rows(lines: Sequence[str]) -> list[list[TableCell]]:
    """Return the rows of a `list-table`: a list of lists."""
    rows: list[list[list[str]]] = []
    for line in lines:
        if re.match(r"[*-] +[*-](?: |$)", line):
            rows.append([[line.split(None, 2)[2] if len(line.split(None, 2)) > 2 else ""]])
        elif rows and re.match(r" +[*-](?: |$)", line):
            rows[-1].append([line.strip()[1:].strip()])
        elif rows and line:
            rows[-1][-1].append(line.strip())
    return [[TableCell(" ".join(cell)) for cell in row] for row in rows]


def _convert(data: bytes, _options: ReadOptions) -> Converted:
    decoded = decode(data=data, declared="")
    lines = lines_of(decoded.text)
    found: Callable[[str], re.Match[str] | None] = _SUBSTITUTION.match
    reader = _Rst({match["name"]: match["text"] for line in lines if (match := found(line)) is not None})
    reader.read(lines)
    return from_decoded(decoded, text=reader.builder.text, title=reader.title, marks=reader.builder.marks)


READER = Reader(
    name="rst",
    suffixes=frozenset({"rst", "rest"}),
    convert=_convert,
    is_isolated=True,
    is_page=True,
    may_join_trees=True,
)
