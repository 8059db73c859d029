"""Defines the groups of documents that the survey counts lines in, and reads the lines that a group repeats.

Takes the key of a record; returns the web site or the folders that it belongs to. A record has the repeated lines of
its whole input and those of its site or of each of its folders: the pages of a manual can be any number of folders
below the input. Used by `stages.survey` and `stages.ingest`.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Mapping, Sequence, Set
from dataclasses import dataclass
from functools import lru_cache

import numpy as np

from pipeline.clean.repeated_lines import united
from pipeline.documents.archives import MEMBER
from pipeline.documents.readers import kind_of
from pipeline.identity import content_id
from pipeline.io import files
from pipeline.io.layout import BuildFolder
from pipeline.io.listing import FileState, file_state
from pipeline.io.parts import read_part

COUNT_STAGE = "count_lines"
"""The name under which the report of the counting step is stored."""
_MAX_LEVELS = 16
_HOST = re.compile(r"https?://([^/]+)", re.IGNORECASE)

Repeated = Mapping[tuple[int, str], Set[int]]
"""The hashes of the repeated lines by index of the input and id of the folder; the id of the whole input is empty."""


@dataclass(frozen=True, slots=True)
class RepeatedLines:
    """A row of `work/survey/repeated-00000.parquet`: the lines that an input, or a folder or site in it, repeats."""

    source: int
    folder: str
    """Hash of the name of the site or folder; empty for the whole input."""
    num_documents: int
    """The number of different documents that were surveyed."""
    lines: bytes
    """The hashes of the lines, as ascending uint64."""


def groups_of(key: str) -> tuple[str, ...]:
    """Return the web site of a record of a crawl, or the folders of any other record, from the outermost to its own.

    An archive counts as a folder, and so does a file with many records. Outside all folders, the result is empty.

    Args:
        key: the path of the record's file below the input, followed by its name in the archive, if any.

    Example:
        >>> groups_of("crawl.warc.gz!/https://docs.example.com/pump.html")
        ('docs.example.com',)
        >>> groups_of("pumps/P-40/manual.pdf")
        ('pumps', 'pumps/P-40')
        >>> groups_of("help/pages.jsonl")
        ('help', 'help/pages.jsonl')
    """
    outer, _, inner = key.partition(MEMBER)
    if host := _HOST.match(inner):
        return (host[1].lower(),)
    found = _folders(outer)
    if inner:
        found += [outer, *(f"{outer}{MEMBER}{folder}" for folder in _folders(inner))]
    elif may_have_many(outer):
        found.append(outer)
    return tuple(found[:_MAX_LEVELS])


def deepest_groups(keys: Sequence[str], *, min_documents: int) -> list[str]:
    """Return, for each record, the innermost of its groups that has enough records; empty if none has."""
    groups = [groups_of(key) for key in keys]
    counts = Counter(group for own in groups for group in own)
    return [
        next((group for group in reversed(own) if counts[group] >= min_documents or may_have_many(group)), "")
        for own in groups
    ]


def _folders(path: str) -> list[str]:
    parts = path.split("/")[:-1]
    return ["/".join(parts[: depth + 1]) for depth in range(len(parts)) if parts[depth]]


def may_have_many(path: str) -> bool:
    """Return whether a file may hold many records, by its name."""
    reader = kind_of(path).reader
    return reader is not None and reader.convert is None


def folder_id(folder: str) -> str:
    """Return the hash that stands for a folder or site in files, because names may be personal data."""
    return content_id(folder) if folder else ""


def repeated_lines(folder: BuildFolder, fingerprint: str) -> Repeated:
    """Return the repeated lines of all inputs; empty without a survey. Each process reads the file once.

    Args:
        folder: the build folder.
        fingerprint: the stage's fingerprint, which covers the content of the file.
    """
    return _repeated_lines(folder, fingerprint, file_state(folder.repeated_lines))


def lines_for(repeated: Repeated, source: int, key: str) -> Set[int]:
    """Return the lines that the source of a record repeats."""
    groups = [(source, ""), *((source, folder_id(group)) for group in groups_of(key))] if repeated else []
    found = [repeated[group] for group in groups if group in repeated]
    return found[0] if len(found) == 1 else united(found)


@lru_cache(maxsize=1)
def _repeated_lines(folder: BuildFolder, fingerprint: str, state: FileState | None) -> Repeated:
    if not files.exists(folder.repeated_lines):
        return {}
    return {
        (row.source, row.folder): frozenset(np.frombuffer(row.lines, np.uint64).tolist())
        for row in read_part(folder.repeated_lines, RepeatedLines)
    }
