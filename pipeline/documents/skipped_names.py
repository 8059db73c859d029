"""The names of files that are found but not read: any number of them, in little memory.

`listing` and `discovery` add names in the order in which they are found; the first shard of the ingest stage writes
them to `files/`. The names are kept as compressed blocks, about 10 bytes for each name of a dependency folder, and can
be pickled. Reading holds one block in memory.
"""

from __future__ import annotations

import json
import zlib
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from enum import StrEnum

_NAMES_PER_BLOCK = 4096


class PathKind(StrEnum):
    """What a path leads to; the column `kind` of `files/`."""

    FILE = "file"
    FOLDER = "folder"
    """A folder that cannot be read."""
    LINK = "link"
    SPECIAL = "special"
    """A FIFO, socket or device."""
    TREE = "tree"
    """The root of a source tree, whose files become one document."""
    TREE_MEMBER = "tree_member"
    """A file of a source tree."""
    MEMBER = "member"
    """A file inside an archive, a mail or a web crawl."""


@dataclass(frozen=True, slots=True)
class SkippedFile:
    """A path that is found but not read."""

    source_uri: str
    """In a listing: the path below the listed folder."""
    reason: str
    kind: PathKind = PathKind.FILE


class SkippedNames:
    """An append-only list of skipped files."""

    def __init__(self) -> None:
        self.counts: Counter[str] = Counter()
        """Number of files by reason."""
        self._blocks: list[bytes] = []
        self._open: list[tuple[str, str, str]] = []

    def add(self, skipped: SkippedFile) -> None:
        """Append a file."""
        self.counts[skipped.reason] += 1
        self._open.append((skipped.source_uri, skipped.reason, skipped.kind.value))
        if len(self._open) == _NAMES_PER_BLOCK:
            # ASCII: a name that is not UTF-8 holds surrogates, which only JSON escapes can represent.
            self._blocks.append(zlib.compress(json.dumps(self._open).encode("ascii")))
            self._open = []

    def __iter__(self) -> Iterator[SkippedFile]:
        for block in self._blocks:
            for name, reason, kind in json.loads(zlib.decompress(block)):
                yield SkippedFile(name, reason, PathKind(kind))
        for name, reason, kind in self._open:
            yield SkippedFile(name, reason, PathKind(kind))

    def __eq__(self, other: object) -> bool:
        return isinstance(other, SkippedNames) and (self._blocks, self._open) == (other._blocks, other._open)

    __hash__ = None  # type: ignore[assignment]

    def __len__(self) -> int:
        return self.counts.total()
