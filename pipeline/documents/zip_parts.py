"""Reads the parts of a zip-based document, such as an e-book, within a limit on what is inflated.

In: the bytes of the file. Out: the bytes of single parts. Used by `readers.epub`.
"""

from __future__ import annotations

import io
import posixpath
import zipfile
from urllib.parse import unquote

from pipeline.documents.readers.reader import RefusedFileError

MAX_PART_BYTES = 64 * 2**20
MAX_TOTAL_BYTES = 256 * 2**20
"""The limits on what one part and all parts together inflate to."""


class ZipParts:
    """The parts of a zip file by their paths."""

    def __init__(self, data: bytes) -> None:
        self._zip = zipfile.ZipFile(io.BytesIO(data))
        self._names = {name.casefold(): name for name in self._zip.namelist()}
        self._left = MAX_TOTAL_BYTES

    def read(self, path: str) -> bytes | None:
        """Return a part, or None if the file has no such part. The case of the path does not matter.

        Raises:
            RefusedFileError: The part, or all parts read so far, are too large, or the part is encrypted.
        """
        name = self._names.get(path.casefold())
        if name is None:
            return None
        info = self._zip.getinfo(name)
        if info.flag_bits & 1:
            raise RefusedFileError("encrypted", "The parts of the file are encrypted.")
        limit = min(MAX_PART_BYTES, self._left)
        with self._zip.open(info) as part:
            data = part.read(limit + 1)
        if len(data) > limit:
            raise RefusedFileError("inflated", f"The parts of the file inflate to more than {limit} bytes.")
        self._left -= len(data)
        return data


def part_path(base: str, reference: str) -> str:
    """Return the path of the part that a reference in the part `base` names; the fragment is left out."""
    target = unquote(reference.split("#", 1)[0])
    return posixpath.normpath(posixpath.join(posixpath.dirname(base), target)).lstrip("/")
