"""Turns an XML document into text with marks: DocBook, JATS, TEI and unknown vocabularies.

In: the root of a parsed document. Out: a `TextBuilder` and a title. Used by `readers.xml`. Element names decide,
without their namespaces. A title or head is a heading whose level is the number of titled sections around it; lists,
tables, code, footnotes and page breaks are found by the names of the three vocabularies. Any other element with text of
its own becomes a paragraph; the short fields of a record become one paragraph, with a line for each. The parser limits
the nesting.
"""

from __future__ import annotations

import html
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

from lxml import etree

from pipeline.documents.file_roles import names_in
from pipeline.documents.table_layout import TableCell
from pipeline.documents.text_builder import TextBuilder, one_line
from pipeline.documents.xml_parsing import local_name
from pipeline.documents.xml_tables import table_rows

_METADATA = names_in(
    "teiheader journal-meta article-id pub-date history article-categories counts volume issue elocation-id fpage lpage"
    " self-uri custom-meta-group funding-group related-article permissions indexterm index-term graphic"
    " inline-graphic media mediaobject inlinemediaobject figdesc style script object-id revhistory"
)
"""Elements that are not part of the text."""
_TITLES = frozenset({"title", "head", "article-title", "heading"})
_LABELS = frozenset({"label", "num"})
_HEADERS = names_in("info bookinfo articleinfo chapterinfo sectioninfo front front-stub article-meta title-group")
"""Elements around the title of a section."""
_NOT_SECTIONS = names_in(
    "table informaltable figure fig table-wrap caption list itemizedlist orderedlist variablelist procedure example"
    " note tip warning caution important formalpara boxed-text def-list lg"
)
"""Elements whose title is no heading."""
_INLINE = names_in(
    "emphasis i b u italic bold em strong sup sub superscript subscript hi ref xref ext-link link ulink quote q code"
    " alternatives literal term foreign name persname placename date num abbr citation email uri sc styled-content"
    " named-content span a phrase filename command option inline-formula math tex-math lb pb note footnote fn"
    " footnoteref mixed-citation monospace underline strike seg choice orig reg sic corr expan gap supplied del add"
    " unclear w pc c br"
)
_LISTS = names_in("list itemizedlist orderedlist simplelist variablelist procedure def-list ul ol listperson")
_ITEMS = names_in("item list-item listitem li varlistentry step def-item member")
_ORDERED_LISTS = frozenset({"orderedlist", "ol", "procedure"})
_ORDERED_TYPES = names_in("ordered order numbered arabic alpha-lower alpha-upper loweralpha upperalpha number")
_CODE = names_in("programlisting screen preformat eg pre")
_ALTERNATIVES = ("alternatives", "choice")
_FOOTNOTES = frozenset({"footnote", "fn"})
_MAX_FIELD_CHARS = 200
_TEX = re.compile(r"\\begin\{document\}(.*?)\\end\{document\}", re.DOTALL)


@dataclass(slots=True)
class XmlText:
    """Collects the text of a document."""

    entities: Mapping[str, str]
    """Replacement texts of the document's own entities."""
    is_tei: bool = False
    builder: TextBuilder = field(default_factory=TextBuilder)
    title: str = ""
    _notes: list[tuple[str, str]] = field(default_factory=list)
    _num_notes: int = 0
    _last_parent: tuple[etree._Element | None, bool] = (None, False)

    def read(self, root: etree._Element) -> None:
        """Read a document."""
        self.is_tei = local_name(root).lower() in ("tei", "tei.2", "teicorpus")
        self.title = _document_title(root)
        self._block(root, sections=0, depth=0)
        self._flush_notes()

    def _block(self, node: etree._Element, *, sections: int, depth: int) -> None:
        name = local_name(node).lower()
        if name in _METADATA or not name:
            return
        parent = local_name(node.getparent()).lower()
        if name in _TITLES and (name != "article-title" or parent == "title-group"):
            self._title(node, parent, sections)
        elif name in ("pb", "milestone") and node.get("n") and (name == "pb" or node.get("unit") == "page"):
            self.builder.page(node.get("n", ""))
        elif name in _LISTS:
            self._list(node, depth=depth + 1)
        elif name in ("table", "tgroup", "utable") and node.find(".//{*}tgroup") is None:
            self.builder.table(
                [TableCell(self._text(cell.node), cell.row_span, cell.column_span) for cell in row]
                for row in table_rows(node)
            )
        elif name in _CODE or (name == "code" and parent not in _INLINE and not self._is_in_text(node)):
            self.builder.code("".join(node.itertext()), language=(node.get("language") or "").lower())
        elif self._is_footnote(node):
            self._footnote(node)
        elif name == "ref":
            self._reference(node)
        elif _has_text(node) or name in ("p", "para", "simpara", "ab", "l"):
            self._mixed(node, depth)
        else:
            self._container(node, sections, depth)
        self._flush_notes()

    def _is_in_text(self, node: etree._Element) -> bool:
        """Return whether the parent of an element has text; it is asked for once for all children in a row."""
        parent = node.getparent()
        if self._last_parent[0] is not parent:
            self._last_parent = parent, _has_text(parent)
        return self._last_parent[1]

    def _container(self, node: etree._Element, sections: int, depth: int) -> None:
        children = [child for child in node if isinstance(child.tag, str)]
        has_title = any(_is_titled(child) for child in children)
        is_section = has_title and local_name(node).lower() not in _NOT_SECTIONS | _HEADERS
        if not children:
            return
        if not has_title and len(children) > 1 and all(self._is_field(child) for child in children):
            self.builder.paragraph("\n".join(text for child in children if (text := self._text(child))))
            return
        for child, following in zip(children, [*children[1:], None], strict=True):
            is_label = local_name(child).lower() in _LABELS and local_name(following).lower() in _TITLES
            if not is_label:
                self._block(child, sections=sections + is_section, depth=depth)

    def _is_field(self, node: etree._Element) -> bool:
        name = local_name(node).lower()
        is_short = len(node) == 0 and len(node.text or "") <= _MAX_FIELD_CHARS
        return is_short and name not in ("p", "para", "simpara", "ab", "pb", *_METADATA, *_CODE)

    def _title(self, node: etree._Element, parent: str, sections: int) -> None:
        text = self._text(node)
        label = node.getprevious()
        if label is not None and local_name(label).lower() in _LABELS:
            text = f"{self._text(label)} {text}"
        if parent in _NOT_SECTIONS:
            self.builder.paragraph(text)
        else:
            self.builder.heading(text, level=max(1, sections))

    def _mixed(self, node: etree._Element, depth: int) -> None:
        """Add a paragraph; blocks inside it, such as lists, follow the text before them."""
        pieces: list[str] = [node.text or ""]
        for child in node:
            if self._is_block(child):
                self.builder.paragraph(one_line("".join(pieces)))
                pieces = []
                self._block(child, sections=0, depth=depth)
            else:
                pieces.append(self._inline(child))
            pieces.append(child.tail or "")
        text = "".join(pieces)
        if local_name(node).lower() == "literallayout":
            self.builder.paragraph(text)
        else:
            self.builder.paragraph("\n".join(map(one_line, text.split(_BREAK))))

    def _is_block(self, node: etree._Element) -> bool:
        name = local_name(node).lower()
        if name in _LISTS | _CODE or name in ("table", "informaltable", "table-wrap", "p", "para", "lg", "disp-quote"):
            return True
        return bool(name) and name not in _INLINE and any(self._is_block(child) for child in node)

    def _list(self, node: etree._Element, *, depth: int) -> None:
        name = local_name(node).lower()
        kind = (node.get("list-type") or node.get("rend") or node.get("type") or node.get("numeration") or "").lower()
        is_ordered = name in _ORDERED_LISTS or kind in _ORDERED_TYPES
        number = int(start) if (start := node.get("startingnumber") or node.get("start") or "").isdigit() else 1
        term = ""
        for child in node:
            child_name = local_name(child).lower()
            if child_name == "label":
                term = self._text(child)
            elif child_name in _ITEMS:
                letters = kind in ("alpha-lower", "loweralpha", "alpha-upper", "upperalpha")
                counted = _letter(number, upper="upper" in kind) if letters else str(number)
                self._item(child, label=term or (f"{counted}." if is_ordered else ""), depth=depth)
                number, term = number + 1, ""
            else:
                self._block(child, sections=0, depth=depth)

    def _item(self, node: etree._Element, *, label: str, depth: int) -> None:
        pieces: list[str] = [node.text or ""]
        after: list[etree._Element] = []
        for child in node:
            name = local_name(child).lower()
            if name == "label" and not label:
                label = self._text(child)
            elif name in _LISTS | _CODE or name in ("table", "informaltable", "table-wrap") or after:
                after.append(child)
            elif name == "listitem" or (name not in _INLINE and len(child)):
                nested = [inner for inner in child if local_name(inner).lower() in _LISTS | _CODE]
                after += nested
                whole = [self._text(inner) for inner in child if local_name(inner).lower() not in _LISTS | _CODE]
                pieces += ["\n", "\n".join(whole) if nested or name == "listitem" else self._text(child), "\n"]
            else:
                pieces += ["\n", self._inline(child), "\n"] if name not in _INLINE else [self._inline(child)]
            pieces.append(child.tail or "")
        lines = [one_line(line) for line in re.split(r"\n|" + _BREAK, "".join(_unwrapped(pieces)))]
        self.builder.list_item("\n".join(line for line in lines if line), level=depth, label=label)
        for block in after:
            self._block(block, sections=0, depth=depth)

    def _reference(self, node: etree._Element) -> None:
        label = next((self._text(child) for child in node if local_name(child) == "label"), "")
        words = [self._spaced(child) for child in node if local_name(child) not in ("label", "")]
        self.builder.list_item(one_line(" ".join(words)) or self._text(node), label=label)

    def _spaced(self, node: etree._Element) -> str:
        """Return the text of a citation; its fields are separated by blanks if it has no text of its own."""
        return self._text(node) if _has_text(node) else " ".join(map(str, node.itertext()))

    def _is_footnote(self, node: etree._Element) -> bool:
        name = local_name(node).lower()
        if name == "note" and self.is_tei:
            return True
        return name in _FOOTNOTES

    def _footnote(self, node: etree._Element) -> None:
        self._note_reference(node)
        self._flush_notes()

    def _note_reference(self, node: etree._Element) -> str:
        label = node.get("n") or node.get("label") or ""
        marked = [child for child in node if local_name(child).lower() == "label"]
        if not label and marked:
            label = self._text(marked[0])
        self._num_notes += 1
        label = label or str(self._num_notes)
        inner = [f"{self._inline(child)} {child.tail or ''}" for child in node if child not in marked]
        self._notes.append((label, one_line("".join([node.text or "", *inner]))))
        return f"[^{label}]"

    def _flush_notes(self) -> None:
        for label, text in self._notes:
            self.builder.footnote(text, label=label)
        self._notes.clear()

    def _text(self, node: etree._Element) -> str:
        """Return all text of an element on one line."""
        inner = (self._inline(child) + (child.tail or "") for child in node)
        return one_line("".join([node.text or "", *inner]).replace(_BREAK, " "))

    def _inline(self, node: etree._Element) -> str:
        if isinstance(node, etree._Entity):
            name = node.name or ""
            return self.entities.get(name) or html.unescape(f"&{name};")
        name = local_name(node).lower()
        if name in _METADATA or not name:
            return ""
        if name in ("lb", "br"):
            return "" if node.get("break") == "no" else _BREAK
        if name == "pb":
            self.builder.page(node.get("n", ""))
            return ""
        if self._is_footnote(node):
            return self._note_reference(node)
        if name == "tex-math":
            inner = _TEX.search("".join(node.itertext()))
            return inner[1].strip().strip("$") if inner else one_line("".join(node.itertext()))
        if name in _ALTERNATIVES:
            return self._inline(_chosen(node)) if len(node) else ""
        text = "".join([node.text or "", *(self._inline(child) + (child.tail or "") for child in node)])
        is_raised = name in ("sup", "superscript") and text.strip()
        return f"^{text.strip()}" if is_raised else f" {text} " if name not in _INLINE and len(node) else text


_BREAK = "\ufdd0"
"""A placeholder for a line break while a paragraph is put together."""


def _chosen(node: etree._Element) -> etree._Element:
    """Return which alternative to read: a formula in TeX, or the corrected or regular spelling."""
    wanted = ("tex-math", "textual-form", "corr", "reg", "expan")
    return next((child for child in node if local_name(child).lower() in wanted), node[0])


def _unwrapped(pieces: list[str]) -> Iterator[str]:
    """Yield the pieces of an item. A line break before indentation inside a piece only wraps it: it becomes a blank."""
    for piece in pieces:
        yield piece if piece == "\n" or "\n" not in piece.strip() else re.sub(r"[ \t]*\n[ \t]+", " ", piece)


def _is_titled(child: etree._Element) -> bool:
    """Return whether an element is the title of its parent, or a header with that title."""
    name = local_name(child).lower()
    return name in _TITLES or (
        name in _HEADERS and any(local_name(node).lower() in ("title", "article-title") for node in child.iter())
    )


def _has_text(node: etree._Element | None) -> bool:
    """Return whether an element has text beside its children."""
    if node is None:
        return False
    return bool((node.text or "").strip()) or any(
        (child.tail or "").strip() or isinstance(child, etree._Entity) for child in node
    )


def _letter(number: int, *, upper: bool) -> str:
    letter = chr(ord("a") + (number - 1) % 26)
    return letter.upper() if upper else letter


def _document_title(root: etree._Element) -> str:
    """Return the title of a document: that of its header, or the first title near the root."""
    for path in (".//{*}teiHeader//{*}title", ".//{*}article-meta//{*}article-title", "{*}info/{*}title", "{*}title"):
        found = root.find(path)
        if found is not None and (title := one_line("".join(map(str, found.itertext())))):
            return title
    return ""
