"""Find what a document belongs to by its source: a case, a thread, a series of files, a folder of a manual.

Takes a document; returns a key that its relatives share, or an empty string if it has none. Used by `stages.tokenize`.
Repositories show only across all files, so `pack.imports` handles them. Cost: the first 4,000 characters.
"""

from __future__ import annotations

import re

from pipeline.documents.names import folder_of
from pipeline.domains import domain_rules
from pipeline.domains.rules import RelatedBy
from pipeline.identity import content_id
from pipeline.languages import any_of, together
from pipeline.records import Document

_HEAD_CHARS = 4000
_CASE_NUMBER = re.compile(any_of(lambda rules: rules.sources.case_number))
_THREAD_LINE = re.compile(
    rf"^{any_of(lambda rules: rules.sources.thread_label)}[ \t]*:[ \t]*(?P<value>\S.{{0,119}})$",
    re.IGNORECASE | re.MULTILINE,
)
_ROW_FILES = re.compile(r"\.(?:jsonl|ndjson|json|parquet)(?:\.gz)?$", re.IGNORECASE)
_LANGUAGE_FOLDERS = together(lambda rules: rules.sources.language_folders)
_KIND_FOLDERS = together(lambda rules: rules.sources.kind_folders)
_SUFFIX = re.compile(r"(?:\.[A-Za-z]{1,5}){1,2}$")
_DATE = re.compile(r"(?:19|20)\d{2}[-_.]?(?:0[1-9]|1[0-2])(?:[-_.]?(?:0[1-9]|[12]\d|3[01]))?(?!\d)")
_INSTALMENT = re.compile(r"(?<=\d)[a-z]$")
_LAST_NUMBER = re.compile(r"\d+(?=\D*$)")


def relation_key(document: Document) -> str:
    """Return a key shared by the documents of one case, thread, series or manual; empty if the source names none."""
    find = _FINDERS.get(domain_rules(document.domain).related_by)
    found = find(document) if find else ""
    return content_id(document.domain, document.language, found) if found else ""


def natural_order(name: str) -> tuple[tuple[int, int, str], ...]:
    """Return a sort key that puts chapter 2 before chapter 10."""
    pieces = re.split(r"(\d+)", name)
    return tuple((1, int(piece), "") if piece.isdecimal() else (0, 0, piece) for piece in pieces if piece)


def source_order(source_uri: str, source_offset: int) -> tuple[object, ...]:
    """Return a sort key for the place a document was read from."""
    return (natural_order(source_uri), source_offset)


def _case_number(document: Document) -> str:
    """Return the case a judgment is about: the case number in its title, its file name or its first lines."""
    for place in (document.title, _file_name(document.source_uri), document.text[:600]):
        if match := _CASE_NUMBER.search(place):
            return "case " + next(group for group in match.groups() if group)
    return ""


def _thread(document: Document) -> str:
    head = document.text[:_HEAD_CHARS].split("\n\n", 1)[0]
    if match := _THREAD_LINE.search(head):
        return f"thread {document.source_uri} {match['value'].strip().casefold()}"
    name = _file_name(document.source_uri)
    series = "" if _ROW_FILES.search(name) else _series(_SUFFIX.sub("", name))
    return f"series {folder_of(document.source_uri)} {series}" if series else ""


def _series(name: str) -> str:
    """Return what the files of a series have in common.

    `ES2002` for `ES2002a`, `#_ubuntu` for `2004-12-25_ubuntu`, `board-#` for `board-3`.
    """
    for pattern, shared in ((_INSTALMENT, ""), (_DATE, "#"), (_LAST_NUMBER, "#")):
        if pattern.search(name):
            return pattern.sub(shared, name, count=1)
    return ""


def _manual_folder(document: Document) -> str:
    """Return the folder of a page; empty if it only names a language or a kind, since it then holds many manuals."""
    if _ROW_FILES.search(document.source_uri):
        return ""
    folder = folder_of(document.source_uri)
    name = folder.rsplit("/", 1)[-1].casefold()
    return f"manual {folder}" if name and name not in _LANGUAGE_FOLDERS | _KIND_FOLDERS else ""


def _file_name(uri: str) -> str:
    return uri.rsplit("/", 1)[-1]


_FINDERS = {RelatedBy.CASE: _case_number, RelatedBy.THREAD: _thread, RelatedBy.FOLDER: _manual_folder}
