"""Reads AsciiDoc: titles, lists, delimited blocks, tables, notes and footnotes. Comments are left out."""

from __future__ import annotations

import re
from collections.abc import Sequence

from pipeline.documents.decoding import decode
from pipeline.documents.indented import lines_of
from pipeline.documents.readers.reader import Converted, Reader, ReadOptions, from_decoded
from pipeline.documents.table_layout import TableCell
from pipeline.documents.text_builder import TextBuilder

_MAX_NESTING = 30
_TITLE = re.compile(r"(?P<signs>={1,6}|\#{1,6}) +(?P<title>\S.*?)(?: +(?P=signs))?$")
_ATTRIBUTE = re.compile(r":(?P<name>!?[\w-]+!?):(?: +(?P<value>.*))?$")
_BLOCK_LIST = re.compile(r"\[(?P<inside>[^\[\]]*|\[[^\]]*\])\]$")
_BLOCK_TITLE = re.compile(r"\.(?P<title>[^\s.].*)$")
_DELIMITER = re.compile(r"(-{4,}|\.{4,}|={4,}|\*{4,}|_{4,}|\+{4,}|/{4,}|--|`{3,}\S*)$")
_TABLE = re.compile(r"[|,:!]={3,}$")
_ITEM = re.compile(r" *(?P<marker>\*{1,5}|-|\.{1,5}|\d{1,9}\.|[a-zA-Z]\.|<(?:\d+|\.)>) +(?=\S)")
_TERM = re.compile(r" *(?P<term>\S.{0,200}?)(?P<signs>:{2,4}|;;)(?: +(?P<text>.*))?$")
_NOTE = re.compile(r"(?P<kind>NOTE|TIP|IMPORTANT|WARNING|CAUTION): +")
_MACRO = re.compile(r"(?P<name>image|include|video|audio|toc|ifdef|ifndef|ifeval|endif|icon)::(?P<target>[^\[]*)\[")
_CELL = re.compile(
    r"(?P<before>(?:^|(?<=\s))(?:(?P<times>\d+)\*)?(?:(?P<columns>\d+)?(?:\.(?P<rows>\d+))?\+)?"
    r"(?:[<^>](?:\.[<^>])?|\.[<^>])?[adehlmsv]?)(?<!\\)\|"
)
_ADMONITIONS = ("NOTE", "TIP", "IMPORTANT", "WARNING", "CAUTION")
_INLINE = re.compile(
    r"footnote:[\w-]*\[(?P<note>(?:[^\[\]]|\[[^\[\]]*\])*)\]"
    r"|<<[^<>,\n]{1,200}(?:,(?P<reference>[^<>]{1,500}))?>>"
    r"|(?P<url>(?:link:|xref:|mailto:|https?://)[^\s\[\]<>]{1,2000})\[(?P<words>[^\]]{0,500})\]"
    r"|image:[^\s\[\]]{1,500}\[[^\]]{0,500}\]"
    r"|(?:kbd|btn|menu|pass|stem):[\w-]*\[(?P<inside>[^\]]{0,500})\]"
    r"|\[\[[^\[\]\n]{1,200}\]\]|\(\(\([^()\n]{1,200}\)\)\)|\(\((?P<term>[^()\n]{1,200})\)\)"
    r"|`\+(?P<literal>[^`\n]{1,500})\+`"
    r"|\{(?P<attribute>[\w-]{1,60})\}"
    r"|(?<!\w)\[[.#][^\[\]\n]{1,60}\](?=[#*_`])|(?<![\w#])\#(?P<marked>[^\s#][^#\n]{0,300})\#(?![\w#])"
)


class _AsciiDoc:
    """Reads blocks into a `TextBuilder`."""

    def __init__(self) -> None:
        self.builder = TextBuilder()
        self.title = ""
        self._attributes: dict[str, str] = {"nbsp": " ", "sp": " ", "empty": "", "plus": "+", "asterisk": "*"}
        self._notes: list[str] = []
        self._markers: list[str] = []
        self._counts: dict[str, int] = {}
        self._style = ""

    def read(self, lines: Sequence[str], nesting: int = 0) -> None:
        """Read lines; the footnotes of a paragraph follow it."""
        index = 0
        while index < len(lines):
            index = self._block(lines, index, nesting)

    def _block(self, lines: Sequence[str], index: int, nesting: int) -> int:
        """Read the block at a line, and return the index after it."""
        line = lines[index]
        if not line or line in ("+", "<<<", "'''", "---", "***"):
            return index + 1
        if _DELIMITER.match(line):
            return self._delimited(lines, index, nesting)
        if line.startswith("//") and not line.startswith("///"):
            return index + 1
        if (attribute := _ATTRIBUTE.match(line)) is not None:
            self._attributes[attribute["name"]] = attribute["value"] or ""
            return index + 1
        if (title := _TITLE.match(line)) is not None:
            self._heading(title)
            return index + 1
        if (listed := _BLOCK_LIST.match(line)) is not None:
            self._style = listed["inside"] if not listed["inside"].startswith(("[", "#")) else self._style
            return index + 1
        if _TABLE.match(line):
            return self._table(lines, index)
        if (caption := _BLOCK_TITLE.match(line)) is not None and not _ITEM.match(line):
            self._add(caption["title"])
            return index + 1
        if (macro := _MACRO.match(line)) is not None:
            return index + 1 if macro["name"] else index
        if (item := _ITEM.match(line)) is not None:
            return self._item(lines, index, item)
        if (term := _TERM.match(line)) is not None and not line.startswith(("http", "|")):
            self._add(f"{term['term']}: {term['text']}" if term["text"] else term["term"])
            return index + 1
        return self._paragraph(lines, index)

    def _heading(self, title: re.Match[str]) -> None:
        self._markers.clear()
        self._style = ""
        shown = self._inline(title["title"])
        self.title = self.title or (shown if len(title["signs"]) == 1 else "")
        self.builder.heading(shown, level=len(title["signs"]))
        self._flush_notes()

    def _paragraph(self, lines: Sequence[str], index: int) -> int:
        end = index + 1
        while end < len(lines) and lines[end] and not _ends_paragraph(lines[end]):
            end += 1
        block = [each for each in lines[index:end] if not re.match(r"//(?!/)", each)]
        self._markers.clear()
        style, self._style = self._style, ""
        if lines[index].startswith(" ") or style.split(",")[0] in ("source", "listing", "literal"):
            self.builder.code("\n".join(block), language=_language(style))
            return end
        text = "\n".join(each.removesuffix(" +") for each in block)
        kind = style.split(",")[0]
        if (note := _NOTE.match(text)) is not None:
            text = f"**{note['kind'].capitalize()}:** {text[note.end() :]}"
        elif kind in _ADMONITIONS:
            text = f"**{kind.capitalize()}:** {text}"
        self._add(text)
        return end

    def _delimited(self, lines: Sequence[str], index: int, nesting: int) -> int:
        """Read a block between two equal lines, such as `----`."""
        opening = lines[index]
        closing = re.match(r"`*", opening)[0] or opening  # type: ignore[index]  # the pattern matches every text
        end = next((at for at in range(index + 1, len(lines)) if lines[at] == closing), len(lines))
        body = lines[index + 1 : end]
        style, self._style = self._style, ""
        kind = style.split(",")[0]
        if (opening[0] in "-.`+" and opening != "--") or kind in ("source", "listing", "literal"):
            language = _language(style) or opening.lstrip("`") if opening[0] in "`-" else ""
            self.builder.code("\n".join(body), language=language.lstrip("-"))
        elif opening[0] == "/":
            pass
        elif nesting >= _MAX_NESTING:
            self.builder.paragraph("\n".join(body))
        else:
            if kind in _ADMONITIONS:
                self.builder.paragraph(f"**{kind.capitalize()}:**")
            markers, self._markers = self._markers, []
            self.read(body, nesting + 1)
            self._markers = markers
        return end + 1

    def _item(self, lines: Sequence[str], index: int, item: re.Match[str]) -> int:
        marker = item["marker"]
        style = re.sub(r"\w+(?=\.)", "1", marker) if marker[0] not in "*-.<" else marker
        if marker[0] == "<":
            style = "<>"
        if style in self._markers:
            del self._markers[self._markers.index(style) + 1 :]
        else:
            self._markers.append(style)
            self._counts[style] = 0
        self._counts[style] += 1
        end = index + 1
        while end < len(lines) and lines[end] and lines[end] != "+" and not _ends_paragraph(lines[end]):
            if _ITEM.match(lines[end]) or _TERM.match(lines[end]):
                break
            end += 1
        words = re.sub(r"^\[[ x*]\] ", "", lines[index][item.end() :])
        text = self._inline("\n".join([words, *(each.strip() for each in lines[index + 1 : end])]))
        self.builder.list_item(text, level=len(self._markers), label=self._label(marker, style))
        self._flush_notes()
        return end

    def _label(self, marker: str, style: str) -> str:
        """Return the label of an item as it is shown: `1.` or `a.` for dots, by depth."""
        if marker[0] in "*-":
            return ""
        if marker[0] == "<":
            return f"({self._counts[style]})" if marker == "<.>" else f"({marker[1:-1]})"
        if marker[0] != ".":
            return marker
        number = self._counts[style]
        return f"{chr(96 + number)}." if len(marker) == 2 and number <= 26 else f"{number}."

    def _table(self, lines: Sequence[str], index: int) -> int:
        end = next((at for at in range(index + 1, len(lines)) if lines[at] == lines[index]), len(lines))
        style, self._style = self._style, ""
        body = lines[index + 1 : end]
        if lines[index][0] == "," or "format=csv" in style.replace('"', ""):
            self.builder.table([[self._inline(cell.strip()) for cell in each.split(",")] for each in body if each])
            return end + 1
        cells, first_row = _cells(body)
        num_columns = _num_columns(style) or first_row or 1
        shown = [TableCell(self._inline(cell.text), cell.row_span, cell.column_span) for cell in cells]
        self.builder.table(_rows(shown, num_columns))
        self._flush_notes()
        return end + 1

    def _add(self, text: str) -> None:
        self.builder.paragraph(self._inline(text))
        self._flush_notes()

    def _flush_notes(self) -> None:
        """Add the footnotes found since the last call."""
        for number, note in enumerate(self._notes):
            if note:
                self.builder.footnote(note, label=str(number + 1))
                self._notes[number] = ""

    def _inline(self, text: str) -> str:
        return _INLINE.sub(self._plain, text)

    def _plain(self, found: re.Match[str]) -> str:
        if found["note"] is not None:
            self._notes.append(found["note"])
            return f"[^{len(self._notes)}]"
        if found["url"] is not None:
            return found["words"].rstrip("^").strip('"') or re.sub(r"^(?:link|xref|mailto):", "", found["url"])
        if found["attribute"] is not None:
            return self._attributes.get(found["attribute"], found[0])
        if found["literal"] is not None:
            return f"`{found['literal']}`"
        for name in ("reference", "inside", "term", "marked"):
            if found[name] is not None:
                return found[name].strip()
        return found[0][2:-2] if found[0].startswith("<<") else ""


def _ends_paragraph(line: str) -> bool:
    return bool(
        _DELIMITER.match(line) or _TABLE.match(line) or _BLOCK_LIST.match(line) or _ATTRIBUTE.match(line) or line == "+"
    )


def _language(style: str) -> str:
    parts = [part.strip() for part in style.split(",")]
    return parts[1] if len(parts) > 1 and parts[0] in ("source", "") and "=" not in parts[1] else ""


def _num_columns(style: str) -> int:
    """Return the number of columns that `cols=` states; 0 if it is not stated."""
    found = re.search(r"cols=\"?(?P<columns>[^\"\]]*)", style)
    if found is None:
        return 0
    columns = found["columns"] if '"' in style else found["columns"].split(",")[0]
    parts = [part for part in re.split(r"[,;]", columns) if part.strip()]
    return sum(int(times[1]) if (times := re.match(r"\s*(\d{1,3})\*", part)) else 1 for part in parts)


def _cells(lines: Sequence[str]) -> tuple[list[TableCell], int]:
    """Return the cells of a table in order, and the number of columns in its first row of text."""
    cells: list[TableCell] = []
    first_row = 0
    for line in lines:
        starts = list(_CELL.finditer(line))
        lead = line[: starts[0].start()] if starts else line
        if lead.strip() and cells:
            last = cells[-1]
            cells[-1] = TableCell(f"{last.text}\n{lead.strip()}".strip(), last.row_span, last.column_span)
        ends = [following.start() for following in starts[1:]] + [len(line)] * bool(starts)
        for start, end in zip(starts, ends, strict=True):
            text = line[start.end() : end].strip().replace("\\|", "|")
            cell = TableCell(text, int(start["rows"] or 1), int(start["columns"] or 1))
            cells += [cell] * min(int(start["times"] or 1), 100)
        if starts and not first_row:
            first_row = sum(cell.column_span for cell in cells)
    return cells, first_row


def _rows(cells: Sequence[TableCell], num_columns: int) -> list[list[TableCell]]:
    """Cut cells into rows, with room for the cells that span several rows."""
    rows: list[list[TableCell]] = [[]]
    taken: dict[int, int] = {}
    used = 0
    for cell in cells:
        while used + taken.get(len(rows) - 1, 0) >= num_columns:
            rows.append([])
            used = 0
        rows[-1].append(cell)
        used += cell.column_span
        for down in range(1, min(cell.row_span, 1000)):
            row = len(rows) - 1 + down
            taken[row] = taken.get(row, 0) + cell.column_span
    return rows


def _convert(data: bytes, _options: ReadOptions) -> Converted:
    decoded = decode(data=data, declared="")
    reader = _AsciiDoc()
    reader.read(lines_of(decoded.text))
    return from_decoded(decoded, text=reader.builder.text, title=reader.title, marks=reader.builder.marks)


READER = Reader(
    name="asciidoc",
    suffixes=frozenset({"adoc", "asciidoc"}),
    convert=_convert,
    is_isolated=True,
    is_page=True,
    may_join_trees=True,
)
