"""Finds the source that a document shares with others: a legal case, a thread, a series of files, or a manual's folder.

Takes a document; returns a key that is equal for all documents of the same source, or an empty string. The files of a
repository can only be recognised together (`repository_keys`). `relation_key` is used by `stages.tokenize`,
`source_order` by `pack.joining`, and all by `transforms.packing`. Reads at most the first 4,000 characters of a text.
"""

from __future__ import annotations

import re
from collections.abc import Iterable

from pipeline.documents.names import folder_of
from pipeline.documents.projects import find_tree_roots
from pipeline.domains import domain_rules
from pipeline.domains.rules import RelatedBy
from pipeline.identity import content_id
from pipeline.languages import any_of, together
from pipeline.records import Document

_HEAD_CHARS = 4000
_CASE_NUMBER = re.compile(any_of(lambda rules: rules.sources.case_number))
"""The number of a court case, in any of the languages."""
_THREAD_LINE = re.compile(
    rf"^{any_of(lambda rules: rules.sources.thread_label)}[ \t]*:[ \t]*(?P<value>\S.{{0,119}})$",
    re.IGNORECASE | re.MULTILINE,
)
"""A header line that names a thread, such as `Subject: Budget`."""
_ROW_FILES = re.compile(r"\.(?:jsonl|ndjson|json|parquet)(?:\.gz)?$", re.IGNORECASE)
"""The extension of a file that holds many documents, such as `.jsonl.gz`."""
_LANGUAGE_FOLDERS = together(lambda rules: rules.sources.language_folders)
_KIND_FOLDERS = together(lambda rules: rules.sources.kind_folders)
_SUFFIX = re.compile(r"(?:\.[A-Za-z]{1,5}){1,2}$")
"""One or two file extensions, such as `.txt` or `.txt.gz`."""
_DATE = re.compile(r"(?:19|20)\d{2}[-_.]?(?:0[1-9]|1[0-2])(?:[-_.]?(?:0[1-9]|[12]\d|3[01]))?(?!\d)")
"""A month or day, such as `2004-12`, `2004-12-25` or `20041225`."""
_INSTALMENT = re.compile(r"(?<=\d)[a-z]$")
"""A final letter after a digit, such as the `a` of `ES2002a`."""
_LAST_NUMBER = re.compile(r"\d+(?=\D*$)")
"""The last number of a name, such as the `3` of `board-3`."""


def relation_key(document: Document) -> str:
    """Return a key that the documents of one case, thread, series or manual share; empty if none is recognised."""
    find = _FINDERS.get(domain_rules(document.domain).related_by)
    found = find(document) if find else ""
    return content_id(document.domain, document.language, found) if found else ""


def repository_keys(source_uris: Iterable[str]) -> dict[str, str]:
    """Return the key that each source file shares with the files of its repository, or else of its folder, by URI."""
    paths = {uri: uri.lstrip("/") for uri in source_uris}
    roots = sorted(find_tree_roots(dict.fromkeys(sorted(paths.values()), 1)), key=len, reverse=True)
    return {
        uri: "repository " + next((root for root in roots if path.startswith(root + "/")), path.rsplit("/", 1)[0])
        for uri, path in paths.items()
    }


def natural_order(name: str) -> tuple[tuple[int, int, str], ...]:
    """Return a sort key that compares numbers by value, so that chapter 2 comes before chapter 10."""
    pieces = re.split(r"(\d+)", name)
    return tuple((1, int(piece), "") if piece.isdecimal() else (0, 0, piece) for piece in pieces if piece)


def source_order(source_uri: str, source_offset: int) -> tuple[object, ...]:
    """Return a sort key for documents by source file, in natural order, and then by position in the file."""
    return (natural_order(source_uri), source_offset)


def _case_number(document: Document) -> str:
    """Return the case number in a judgment's title, file name or first 600 characters; empty if there is none."""
    for text in (document.title, _file_name(document.source_uri), document.text[:600]):
        if match := _CASE_NUMBER.search(text):
            return "case " + next(group for group in match.groups() if group)
    return ""


def _thread(document: Document) -> str:
    """Return the thread that a document's first block names, or the series of its file name; empty if there is none."""
    first_block = document.text[:_HEAD_CHARS].split("\n\n", 1)[0]
    if match := _THREAD_LINE.search(first_block):
        return f"thread {document.source_uri} {match['value'].strip().casefold()}"
    name = _file_name(document.source_uri)
    series = "" if _ROW_FILES.search(name) else _series(_SUFFIX.sub("", name))
    return f"series {folder_of(document.source_uri)} {series}" if series else ""


def _series(name: str) -> str:
    """Return the part of a file name that the files of a series share; empty if the name has no number.

    For example, return `ES2002` for `ES2002a`, `#_ubuntu` for `2004-12-25_ubuntu`, and `board-#` for `board-3`.
    """
    for pattern, shared in ((_INSTALMENT, ""), (_DATE, "#"), (_LAST_NUMBER, "#")):
        if pattern.search(name):
            return pattern.sub(shared, name, count=1)
    return ""


def _manual_folder(document: Document) -> str:
    """Return the folder of a manual's page.

    Empty if the file may hold many documents, if there is no folder, or if the folder's name is a language or a kind of
    manual, because such a folder holds many manuals.
    """
    if _ROW_FILES.search(document.source_uri):
        return ""
    folder = folder_of(document.source_uri)
    name = folder.rsplit("/", 1)[-1].casefold()
    return f"manual {folder}" if name and name not in _LANGUAGE_FOLDERS | _KIND_FOLDERS else ""


def _file_name(uri: str) -> str:
    return uri.rsplit("/", 1)[-1]


_FINDERS = {RelatedBy.CASE: _case_number, RelatedBy.THREAD: _thread, RelatedBy.FOLDER: _manual_folder}
