"""Recognises documents of the same type by their outlines: contracts with the same clause titles, datasheets with the
same fields, minutes with the same agenda.

Takes a document; returns a MinHash of the titles in its outline, so that documents can be compared without their texts.
`stages.tokenize` computes it, and `pack.comparing` compares. Cost: one pass over the outline; 256 bytes per document.
"""

from __future__ import annotations

import re

import numpy as np
import numpy.typing as npt

from pipeline.identity import stable_hash64
from pipeline.nodes import Node, NodeKind

NUM_BINS = 64
_MIN_TITLES = 4
"""The minimum number of different titles; fewer say too little about the type of a document."""
_MAX_TITLES = 400
_MAX_TITLE_CHARS = 80
_WORD = re.compile(r"[^\W\d_]+")
_TITLED = frozenset({NodeKind.HEADING, NodeKind.PROVISION, NodeKind.PART})
_FACTORS_B, _SHIFTS_B = (
    np.array([stable_hash64("outline", name, number) | 1 for number in range(NUM_BINS)], dtype=np.uint64)
    for name in ("factor", "shift")
)
"""The multiply-shift hash functions of the bins (Dietzfelbinger et al., 1997)."""


def outline_type(outline: list[Node] | tuple[Node, ...]) -> bytes:
    """Return a MinHash of the titles of an outline, as `NUM_BINS` little-endian uint32; empty if it has too few titles.

    The share of equal bins of two documents estimates the Jaccard similarity of their titles.
    """
    titles = _titles(outline)
    if len(titles) < _MIN_TITLES:
        return b""
    hashes_T = np.array([stable_hash64(title) for title in sorted(titles)], dtype=np.uint64)
    bins_B = ((hashes_T[:, None] * _FACTORS_B + _SHIFTS_B) >> np.uint64(32)).min(axis=0)
    return bytes(bins_B.astype("<u4").tobytes())


def unpacked_type(packed: bytes) -> npt.NDArray[np.uint64]:
    """Return the bins of a MinHash, shape [NUM_BINS]."""
    return np.frombuffer(packed, dtype="<u4").astype(np.uint64)


def _titles(outline: list[Node] | tuple[Node, ...]) -> set[str]:
    """Return the titles of headings and provisions, the cells of table headers and the names of entries."""
    found: set[str] = set()
    for node in outline:
        if len(found) >= _MAX_TITLES:
            break
        name = ""
        if node.kind in _TITLED:
            name = node.value
        elif node.kind is NodeKind.ENTRY:
            name = node.label
        elif node.kind is NodeKind.CELL and (node.row == 0 or node.column == 0):
            name = node.value
        if title := " ".join(_WORD.findall(name.casefold()))[:_MAX_TITLE_CHARS]:
            found.add(title)
    return found
