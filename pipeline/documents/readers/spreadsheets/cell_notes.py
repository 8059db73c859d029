"""Reads the comments and notes of a sheet of an xlsx file.

If a cell has a conversation (threaded comments), its note is left out: it is a copy for old programs. Used by
`workbook`. Parts are ECMA-376, part 1, 18.7, and the threaded comments of [MS-XLSX], 2.6.205.
"""

from __future__ import annotations

from pipeline.documents.readers.ooxml import OfficePackage
from pipeline.documents.readers.spreadsheets.sheet import Comment, minute_of
from pipeline.documents.readers.zip_parts import Element

_S = "{http://schemas.openxmlformats.org/spreadsheetml/2006/main}"
_T = "{http://schemas.microsoft.com/office/spreadsheetml/2018/threadedcomments}"


def read_comments(package: OfficePackage, sheet_name: str) -> list[Comment]:
    """Return the comments of a sheet, given the name of the sheet's part."""
    threads: list[Comment] = []
    for part in package.related(sheet_name, "threadedComment"):
        threads += _threads(package.xml(part.target), _persons(package))
    in_threads = {comment.cell for comment in threads}
    notes: list[Comment] = []
    for part in package.related(sheet_name, "comments"):
        notes += _notes(package.xml(part.target))
    return [note for note in notes if note.cell not in in_threads] + threads


def _persons(package: OfficePackage) -> dict[str, str]:
    root = package.related_xml(package.main_name, "person")
    found = root.iter(_T + "person") if root is not None else ()
    return {person.get("id") or "": person.get("displayName") or "" for person in found}


def _threads(root: Element | None, persons: dict[str, str]) -> list[Comment]:
    found = root.iter(_T + "threadedComment") if root is not None else ()
    return [
        Comment(
            comment.get("ref") or "",
            persons.get(comment.get("personId") or "", ""),
            (comment.findtext(_T + "text") or "").strip(),
            minute_of(comment.get("dT") or ""),
        )
        for comment in found
    ]


def _notes(root: Element | None) -> list[Comment]:
    if root is None:
        return []
    authors = [(author.text or "").strip() for author in root.iter(_S + "author")]
    found = []
    for comment in root.iter(_S + "comment"):
        number = comment.get("authorId") or ""
        author = authors[int(number)] if number.isdigit() and int(number) < len(authors) else ""
        body = comment.find(_S + "text")
        text = "".join(piece.text or "" for piece in body.iter(_S + "t")).strip() if body is not None else ""
        # Excel writes the author's name as the first line of a new note.
        found.append(Comment(comment.get("ref") or "", author, text.removeprefix(f"{author}:").strip()))
    return found
