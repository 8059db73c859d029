"""Reads Org: headings with stars, lists, tables, blocks and footnotes. Comments and drawers are left out."""

from __future__ import annotations

import re
from collections.abc import Sequence

from pipeline.documents.decoding import decode
from pipeline.documents.indented import dedented, end_of_block, indent_of, lines_of
from pipeline.documents.readers.reader import Converted, Reader, ReadOptions, from_decoded
from pipeline.documents.text_builder import TextBuilder

_STARS = re.compile(
    r"(?P<stars>\*{1,30}) +(?:(?:TODO|DONE|WAITING|NEXT|CANCELLED) +)?(?:\[#[A-Z0-9]\] +)?(?P<title>.*)$"
)
_TAGS = re.compile(r"\s+:[\w@#%:]+:$")
_KEYWORD = re.compile(r"[ ]*#\+(?P<key>[\w-]+(?:\[[^\]]*\])?):[ ]*(?P<value>.*)$")
_BEGIN = re.compile(r"[ ]*#\+begin_(?P<kind>\w+)(?:[ ]+(?P<argument>.*))?$", re.IGNORECASE)
_COMMENT = re.compile(r"[ ]*#(?: |$)")
_DRAWER = re.compile(r"[ ]*:(?P<name>[\w-]+):$")
_END_OF_DRAWER = re.compile(r"\s*:end:\s*", re.IGNORECASE)
_ITEM = re.compile(r"(?P<indent> *)(?:(?P<bullet>[-+]|(?<= )\*)|(?P<label>(?:\d{1,9}|[A-Za-z])[.)]))(?: +|$)")
_BOX = re.compile(r"(?:\[@\d+\] *)?(?=\[[ X-]\] )?")
_FOOTNOTE = re.compile(r"\[fn:(?P<label>[\w-]+)\] *")
_RULE = re.compile(r"[ ]*\|[-+|: ]+$")
_LITERAL = frozenset({"src", "example", "export"})
_INLINE = re.compile(
    r"\[\[(?P<target>[^\[\]\n]{1,2000})\](?:\[(?P<words>[^\[\]]{1,2000})\])?\]"
    r"|\[fn:(?P<note>[\w-]+)\]"
    r"|(?<![\w=~])(?P<sign>[=~])(?P<code>[^\s=~](?:[^\n=~]{0,400}[^\s=~])?)(?P=sign)(?!\w)"
)


class _Org:
    """Reads blocks into a `TextBuilder`."""

    def __init__(self) -> None:
        self.builder = TextBuilder()
        self.title = ""
        self._paragraph: list[str] = []
        self._items: list[int] = []
        self._last_end = -1
        """The index of the last line that ends a drawer. Behind it, no line opens one, and none searches for its end:
        a search for each of many lines would take quadratic time."""

    def read(self, lines: Sequence[str]) -> None:
        self._last_end = max((i for i, line in enumerate(lines) if _END_OF_DRAWER.fullmatch(line)), default=-1)
        index = 0
        while index < len(lines):
            index = self._block(lines, index)
        self._flush()

    def _block(self, lines: Sequence[str], index: int) -> int:
        """Read the block at a line, and return the index after it."""
        line = lines[index]
        if not line:
            self._flush()
            return index + 1
        if (heading := _STARS.match(line)) is not None:
            self._flush()
            self._items.clear()
            level = len(heading["stars"]) + bool(self.title)
            self.builder.heading(_inline(_TAGS.sub("", heading["title"])), level=level)
            return index + 1
        if (begin := _BEGIN.match(line)) is not None:
            return self._delimited(lines, index, begin)
        if (keyword := _KEYWORD.match(line)) is not None:
            self._keyword(keyword["key"].lower(), keyword["value"].strip())
            return index + 1
        if _COMMENT.match(line):
            return index + 1
        if index <= self._last_end and _DRAWER.match(line):
            return end_of_block(lines, index, ":END:") + 1
        if line.lstrip().startswith("|"):
            return self._table(lines, index)
        if re.match(r" *:(?: |$)", line):
            end = index
            while end < len(lines) and re.match(r" *:(?: |$)", lines[end]):
                end += 1
            self._flush()
            self.builder.code("\n".join(each.lstrip()[2:] for each in lines[index:end]))
            return end
        if (note := _FOOTNOTE.match(line)) is not None:
            end = index + 1
            while end < len(lines) and lines[end] and not _FOOTNOTE.match(lines[end]) and not _STARS.match(lines[end]):
                end += 1
            self._flush()
            self.builder.footnote(
                _inline("\n".join([line[note.end() :], *lines[index + 1 : end]])), label=note["label"]
            )
            return end
        if (item := _ITEM.match(line)) is not None:
            return self._item(lines, index, item)
        if not indent_of(line):
            self._items.clear()
        self._paragraph.append(line.strip())
        return index + 1

    def _keyword(self, key: str, value: str) -> None:
        self._flush()
        if key == "title" and value:
            if not self.title:
                self.title = value
                self.builder.heading(_inline(value), level=1)
        elif key.startswith("caption") or key in ("subtitle", "author", "date", "description"):
            self.builder.paragraph(_inline(value))

    def _delimited(self, lines: Sequence[str], index: int, begin: re.Match[str]) -> int:
        self._flush()
        kind = begin["kind"].lower()
        end = end_of_block(lines, index + 1, f"#+end_{kind}")
        body = dedented(lines[index + 1 : end])
        if kind in _LITERAL:
            language = (begin["argument"] or "").split(" ", 1)[0] if kind == "src" else ""
            self.builder.code("\n".join(re.sub(r"^,(?=[*#,])", "", each) for each in body), language=language)
        elif kind == "verse":
            self.builder.paragraph(_inline("\n".join(body)))
        elif kind != "comment":
            for each in body:
                self._paragraph.append(each.strip()) if each else self._flush()
            self._flush()
        return end + 1

    def _table(self, lines: Sequence[str], index: int) -> int:
        self._flush()
        end = index
        while end < len(lines) and lines[end].lstrip().startswith("|"):
            end += 1
        rows = [
            [_inline(cell.strip()) for cell in each.strip().removeprefix("|").removesuffix("|").split("|")]
            for each in lines[index:end]
            if not _RULE.match(each)
        ]
        self.builder.table(rows)
        return end

    def _item(self, lines: Sequence[str], index: int, item: re.Match[str]) -> int:
        self._flush()
        indent = len(item["indent"])
        while self._items and self._items[-1] > indent:
            self._items.pop()
        if not self._items or self._items[-1] < indent:
            self._items.append(indent)
        end = index + 1
        while end < len(lines) and lines[end] and indent_of(lines[end]) > indent and not _starts_block(lines[end]):
            end += 1
        words = [_BOX.sub("", lines[index][item.end() :], count=1), *(each.strip() for each in lines[index + 1 : end])]
        text = _inline("\n".join(words)).replace(" :: ", ": ", 1)
        self.builder.list_item(text, level=len(self._items), label=item["label"] or "")
        return end

    def _flush(self) -> None:
        self.builder.paragraph(_inline("\n".join(self._paragraph)))
        self._paragraph = []


def _starts_block(line: str) -> bool:
    return bool(_ITEM.match(line) or _BEGIN.match(line) or line.lstrip().startswith(("|", ": ")))


def _inline(text: str) -> str:
    """Return text without the marks of links, footnotes and code."""
    return _INLINE.sub(_plain, text)


def _plain(found: re.Match[str]) -> str:
    if found["target"] is not None:
        return found["words"] or found["target"]
    return f"[^{found['note']}]" if found["note"] is not None else f"`{found['code']}`"


def _convert(data: bytes, _options: ReadOptions) -> Converted:
    decoded = decode(data=data, declared="")
    reader = _Org()
    reader.read(lines_of(decoded.text))
    return from_decoded(decoded, text=reader.builder.text, title=reader.title, marks=reader.builder.marks)


READER = Reader(
    name="org",
    suffixes=frozenset({"org"}),
    convert=_convert,
    is_isolated=True,
    is_page=True,
    may_join_trees=True,
)
