"""The files of a code document: each below its `# file:` line, or the document itself.

In: text and the document's name. Out: spans. Used by `outline`. Cost: linear.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

_FILE_LINE = re.compile(r"# file: (?P<path>\S.*)")


@dataclass(frozen=True, slots=True)
class SourceFile:
    """`text[start:end]` with the file line, `text[body:end]` without it."""

    path: str
    start: int
    body: int
    end: int


def split_files(text: str, name: str) -> Iterator[SourceFile]:
    """Yield the files in order. Text before the first file line becomes a file with the document's name."""
    headers = [line for line in _FILE_LINE.finditer(text) if text[line.start() - 1 : line.start()] in ("", "\n")]
    first = headers[0].start() if headers else len(text)
    if text[:first].strip():
        yield SourceFile(path=name, start=0, body=0, end=first)
    for index, header in enumerate(headers):
        end = headers[index + 1].start() if index + 1 < len(headers) else len(text)
        body = min(header.end() + 1, end)
        yield SourceFile(path=header["path"].strip(), start=header.start(), body=body, end=end)
