"""Collects the lines that ingest removed as boilerplate, so that a person can read them.

Takes the lines removed from each document; returns rows for `work/boilerplate/`. Lines that differ only in numbers,
dates or addresses share a row. Used by `stages.ingest`; `report.boilerplate_section` shows the most frequent lines.
Memory: one short line for each kind of line.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

from pipeline.clean.personal_data import clean_line
from pipeline.clean.repeated_lines import line_hash
from pipeline.records import Note, Uri


@dataclass(frozen=True, slots=True)
class RemovedLine:
    """A row of `work/boilerplate`: a line that was removed from documents of one shard."""

    source: int
    """Index of the recipe's input."""
    shape: str
    """Hash of the line without its numbers, dates and addresses."""
    line: Note
    """The line as the first document has it, on one line and masked."""
    num_documents: int
    num_lines: int
    source_uri: Uri
    """The first document."""


class RemovedLog:
    """The lines removed from a shard's documents."""

    def __init__(self, kinds: Sequence[str]) -> None:
        self._kinds = kinds
        self._rows: dict[tuple[int, int], RemovedLine] = {}

    def note(self, source: int, uri: str, lines: Sequence[str]) -> None:
        """Count the lines removed from one document."""
        seen: set[int] = set()
        for line in lines:
            shape = line_hash(line).shape
            row = self._rows.get((source, shape))
            if row is None:
                row = RemovedLine(source, f"{shape:016x}", clean_line(line, self._kinds), 0, 0, uri)
            num_documents = row.num_documents + (shape not in seen)
            self._rows[source, shape] = replace(row, num_documents=num_documents, num_lines=row.num_lines + 1)
            seen.add(shape)

    def rows(self) -> list[RemovedLine]:
        """Return the rows, most frequent first."""
        return sorted(self._rows.values(), key=lambda row: (row.source, -row.num_lines, row.line))
