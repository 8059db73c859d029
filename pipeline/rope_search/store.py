"""Stores the measurements of a search in one file that stays usable if the process is killed.

`fitness.jsonl` holds one line per measurement, `{"context", "candidate", "document", "kind", "nll"}`, flushed to disk
before the next measurement begins. `document` is the key of a stream, which may consist of several documents. A line
that a kill cut short is ignored. Measurements that were made in a different way (for example with a different model,
length, dtype, device, code or library version) have a different `context` and are not used.
"""

from __future__ import annotations

import json
import os
from collections.abc import Iterator
from pathlib import Path

_FILE = "fitness.jsonl"


class FitnessStore:
    """Mean negative log likelihoods, by candidate, stream and kind of measurement."""

    def __init__(self, folder: Path, *, context: str) -> None:
        """Read the measurements that earlier searches left in the folder."""
        self._path = folder / _FILE
        self._context = context
        self._measurements = dict(self._read())
        self._ends_in_a_line = not self._path.is_file() or self._path.read_bytes()[-1:] in (b"", b"\n")

    def __len__(self) -> int:
        """Return the number of measurements that were read or added for this context."""
        return len(self._measurements)

    def get(self, candidate: str, document: str, kind: str) -> float | None:
        """Return a measurement; None if it has not been made yet."""
        return self._measurements.get((candidate, document, kind))

    def put(self, candidate: str, document: str, kind: str, nll: float) -> None:
        """Add a measurement and write it to disk."""
        self._measurements[candidate, document, kind] = nll
        row = {"context": self._context, "candidate": candidate, "document": document, "kind": kind, "nll": nll}
        with self._path.open("a", encoding="utf-8") as file:
            file.write(("" if self._ends_in_a_line else "\n") + json.dumps(row) + "\n")
            file.flush()
            os.fsync(file.fileno())
        self._ends_in_a_line = True

    def _read(self) -> Iterator[tuple[tuple[str, str, str], float]]:
        if not self._path.is_file():
            return
        for line in self._path.read_text(encoding="utf-8").splitlines():
            try:
                row = json.loads(line)
            except json.JSONDecodeError:
                continue  # cut short by a kill
            if row["context"] == self._context:
                yield (row["candidate"], row["document"], row["kind"]), float(row["nll"])
