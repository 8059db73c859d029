"""Finds the lines that many documents of one source have in common, from hashes of lines.

Takes normalised texts; returns 64-bit hashes. The survey before ingest hashes a sample of each source's documents;
`clean.boilerplate` looks the lines of every document up. Each line has two hashes: of its words, and of its *shape*, in
which every number, date and address is replaced. `Page 3 of 12` and `Page 4 of 9` have the same shape. Cost: 15 to
20 MB/s on one core. Memory for counting: 100 MB for 2,000 documents of 1,000 different lines, and never more than 4,000
hashes of a document.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterable, Sequence, Set
from dataclasses import dataclass
from functools import cache

import numpy as np
import numpy.typing as npt

from pipeline.languages import any_of

Hashes = npt.NDArray[np.uint64]

MAX_LINES = 2000
"""The number of lines of a document that are hashed: half of them from its start, half from its end."""
MAX_LINE_CHARS = 2000
"""Longer lines are whole paragraphs, and never count as repeated."""

LINK = re.compile(r"!?\[([^\[\]\n]{0,200})\]\([^()\s]{0,500}(?: \"[^\"]{0,200}\")?\)")
"""A link in Markdown. Its target often differs between pages."""
_DIGIT = re.compile(r"\d")
_LEADING = re.compile(r"^[\s>#*+•·-]+(?=\w)|[\s*#]+$")
_ADDRESS = re.compile(r"(?:https?://|www\.)[^\s<>()\[\]|]+|file:/+\S+", re.IGNORECASE)
_NUMBER = re.compile(r"\d+(?:[\s.,:/'-]*\d+)*")


@dataclass(frozen=True, slots=True)
class LineHash:
    """The hashes of a line. They are equal if the line has no number, date or address."""

    exact: int
    shape: int


def line_hash(line: str) -> LineHash:
    """Return the hashes of a line, without its white space, list bullet, emphasis and link targets."""
    words = _bare(line)
    shape = _shape(words)
    shape_hash = _hash64(shape)
    return LineHash(_hash64(f"={words}") if shape != words else shape_hash, shape_hash)


def document_hashes(text: str) -> Hashes:
    """Return the distinct hashes of a document's lines in ascending order; see `MAX_LINES`."""
    lines = [line for line in text.split("\n") if 0 < len(line) <= MAX_LINE_CHARS]
    if len(lines) > MAX_LINES:
        lines = lines[: MAX_LINES // 2] + lines[-MAX_LINES // 2 :]
    found = {value for line in set(lines) for hashed in [line_hash(line)] for value in (hashed.exact, hashed.shape)}
    return np.sort(np.fromiter(found, np.uint64, len(found)))


def repeated_hashes(documents: Sequence[Hashes], *, min_documents: int, min_share: float) -> Hashes:
    """Return the hashes that occur in enough documents, in ascending order.

    Args:
        documents: the distinct hashes of each document, in any order.
        min_documents: the minimum number of documents with the line.
        min_share: the minimum share of the documents that have the line.
    """
    if len(documents) < min_documents:
        return np.empty(0, np.uint64)
    hashes, counts = np.unique(np.concatenate(documents), return_counts=True)
    found: Hashes = hashes[counts >= max(min_documents, min_share * len(documents))]
    return found


def title_hash(title: str) -> int:
    """Return a hash that stands for the title that a document declares. It differs from those of lines."""
    return _hash64(f"title={_bare(title)}")


def with_title(lines: Hashes, title: str) -> Hashes:
    """Return the hashes of a document's lines and of its declared title, in ascending order."""
    return np.union1d(lines, np.array([title_hash(title)], np.uint64)) if title.strip() else lines


def text_hash(text: str) -> int:
    """Return a hash of a whole text, by which copies of a document are counted once."""
    return _hash64(text)


def united(tables: Iterable[Set[int]]) -> frozenset[int]:
    """Return the hashes that are in any of the tables."""
    return frozenset().union(*tables)


def _bare(line: str) -> str:
    text = LINK.sub(r"\1", line) if "](" in line else line
    return " ".join(_LEADING.sub("", text).split())


def _shape(words: str) -> str:
    text = _ADDRESS.sub("@", words) if "://" in words or "www." in words else words
    if not _DIGIT.search(text):
        return text
    # A word such as `March` is a date only beside a number.
    return _NUMBER.sub("0", _date_words().sub("0", text))


@cache
def _date_words() -> re.Pattern[str]:
    return re.compile(rf"\b{any_of(lambda rules: rules.boilerplate.date_words)}(?!\w)", re.IGNORECASE)


def _hash64(text: str) -> int:
    return int.from_bytes(hashlib.blake2b(text.encode("utf-8", "surrogatepass"), digest_size=8).digest(), "little")
