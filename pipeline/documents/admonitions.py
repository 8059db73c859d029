"""Rewrites the notes and warnings of an HTML page as block quotes that begin with the note's label.

Takes the main part or body of a page and changes the tree in place. Used by `markup`. Sphinx and MkDocs write a note as
a box with a title, DocBook as a table or a box with a heading, and Asciidoctor as a table with an icon. In a block
quote, the end of the note is certain.
"""

from __future__ import annotations

from bs4 import Tag

_BOXES = frozenset({"admonition", "admonitionblock"})
_KINDS = frozenset({"note", "tip", "warning", "caution", "important", "danger", "attention", "hint", "info"})
_MAX_TITLE_CHARS = 40


def quote_admonitions(main: Tag) -> None:
    """Turn each note with a short label into `<blockquote><p><b>Note:</b></p> … </blockquote>`."""
    for box in main.find_all("div"):
        if box.decomposed or not _is_box(box):
            continue
        title = _title(box)
        label = " ".join(title.get_text(" ").split()) if title is not None else _alternative(box)
        if not label or len(label) > _MAX_TITLE_CHARS:
            continue
        content = _content(box)
        if title is not None:
            title.decompose()
        _quote(box, content, label.rstrip(":： "))


def _is_box(box: Tag) -> bool:
    classes = frozenset(str(name).lower() for name in box.get("class") or ())
    return bool(classes & _BOXES) or (len(classes) <= 2 and bool(classes & _KINDS))


def _title(box: Tag) -> Tag | None:
    """Return the element that contains the note's label: a title, a table's header cell, or a heading in the box."""
    titled = box.find(class_=("admonition-title", "title"))
    if isinstance(titled, Tag):
        return titled
    for name in ("th", "h2", "h3", "h4", "h5"):
        for tag in box.find_all(name, limit=2):
            if tag.get_text(strip=True):
                return tag
    return None


def _alternative(box: Tag) -> str:
    """Return the label of a note that shows an icon instead of a title: the icon's alternative text or title."""
    icon = box.find("img", alt=True) or box.find("i", title=True)
    return str(icon.get("alt") or icon.get("title") or "") if isinstance(icon, Tag) else ""


def _content(box: Tag) -> Tag:
    """Return the table cell that contains the note's text, or the box if the note is not laid out as a table."""
    table = box.find("table")
    if not isinstance(table, Tag) or any(
        sibling.get_text(strip=True) for sibling in table.find_next_siblings() if isinstance(sibling, Tag)
    ):
        return box
    cells = [cell for cell in table.find_all("td") if cell.find_parent("table") is table]
    texts = [cell for cell in cells if cell.get_text(strip=True)]
    with_class = [cell for cell in cells if "content" in (cell.get("class") or ())]
    chosen = with_class or texts
    return chosen[-1] if len(with_class) == 1 or len(texts) == 1 else box


def _quote(box: Tag, content: Tag, label: str) -> None:
    children = [child.extract() for child in list(content.contents)]
    box.clear()
    box.name = "blockquote"
    box.attrs = {}
    opening, word = Tag(name="p"), Tag(name="b")
    word.string = f"{label}:"
    opening.append(word)
    box.append(opening)
    body = Tag(name="div")
    for child in children:
        body.append(child)
    box.append(body)
