"""Reads the speaker notes and the comments of a slide.

Used by `deck`. Comments are ECMA-376, part 1, 19.4, and those of [MS-PPTX], 2.6 (with replies).
"""

from __future__ import annotations

from pipeline.documents.readers.blocks import Paragraph, Role
from pipeline.documents.readers.ooxml import A, OfficePackage
from pipeline.documents.readers.presentations.paragraphs import paragraph_text, read_paragraphs
from pipeline.documents.readers.presentations.placeholders import P, placeholder_of
from pipeline.documents.readers.zip_parts import Element
from pipeline.documents.text_builder import Run

_P188 = "{http://schemas.microsoft.com/office/powerpoint/2018/8/main}"


def read_notes(package: OfficePackage, slide_name: str) -> list[Paragraph]:
    """Return the speaker notes of a slide."""
    root = package.related_xml(slide_name, "notesSlide")
    found: list[Paragraph] = []
    for shape in root.iter(P + "sp") if root is not None else ():
        placeholder = placeholder_of(shape)
        if placeholder is not None and placeholder.kind == "body":
            found += [_remark(line.shown) for line in read_paragraphs(shape.find(P + "txBody"), [])]
    return found


def read_comments(package: OfficePackage, slide_name: str) -> list[Paragraph]:
    """Return the comments of a slide and the replies to them, each with its author."""
    authors = _authors(package)
    found: list[Paragraph] = []
    for part in package.related(slide_name, "comments"):
        root = package.xml(part.target)
        for comment in root.iter(P + "cm", _P188 + "cm", _P188 + "reply") if root is not None else ():
            text = (comment.findtext(P + "text") or "").strip() or _body_text(comment.find(_P188 + "txBody"))
            author = authors.get(comment.get("authorId") or "", "")
            if text:
                found.append(_remark(f"{author}: {text}" if author else text))
    return found


def _remark(text: str) -> Paragraph:
    return Paragraph((Run(text),), Role.COMMENT)


def _authors(package: OfficePackage) -> dict[str, str]:
    found: dict[str, str] = {}
    for part in package.related(package.main_name, "commentAuthors", "authors"):
        root = package.xml(part.target)
        for author in root if root is not None else ():
            found[author.get("id") or ""] = author.get("name") or ""
    return found


def _body_text(body: Element | None) -> str:
    return "\n".join(map(paragraph_text, body.iterfind(A + "p"))).strip() if body is not None else ""
