"""The signature of a document: what deduplication keeps of a text after reading it, and how it is stored.

A signature holds an exact hash, and the MinHash, shingle sample and anchors that `dedup.sketch` computes. No later step
reads the text again to measure similarity. `stages.dedup` writes signatures to `work/signatures` and keeps them with
the build, so that a later build can compare its documents with them. The other steps of the dedup stage and
`stages.measured` read them.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from pipeline.dedup.items import Hashes, Offsets

ShortHashes = NDArray[np.uint32]
"""Upper halves of shingle hashes, which are enough to compare two samples of the size that `dedup.sketch` keeps."""

_CHUNK_CHARS = 2**15
_WHITE_SPACE = bytes(0x20 if chr(byte).isspace() and byte < 0x80 else byte for byte in range(256))


@dataclass(frozen=True, slots=True)
class Signature:
    """The data that is compared instead of the text. Arrays are stored as little-endian bytes."""

    doc_id: str
    title: str
    domain: str
    source_uri: str
    source_offset: int
    excerpt: str
    """First characters of the text, for the row in `rejected/` if the document is dropped."""
    num_chars: int
    standing: int
    """What a person would choose by among duplicates, as `standing.packed_standing`."""
    exact_hash: str
    """Hash that is equal for texts that differ only in the kind and amount of whitespace between words."""
    minhash: bytes
    """`num_permutations` bin minima (uint64); empty if the text has no shingles."""
    shingles: bytes
    """The sorted upper halves of the shingle hashes below 2^(64 − `sampling_bits`), as `packed_ascending` (uint32)."""
    sampling_bits: int
    """0 if all shingles are kept; each further bit halves the sample."""
    anchors: bytes
    """Shingle hashes (uint64) below 2^(64 − `anchor_bits`), each once, in text order."""
    anchor_starts: bytes
    """The number of characters before each anchor, as `packed_ascending` (uint32)."""
    anchor_bits: int


def exact_hash(text: str) -> str:
    """Return a hash (32 hex digits) of the text with whitespace collapsed and trimmed; reads the text in chunks."""
    digest = hashlib.blake2b(digest_size=16)
    has_words = False
    joins_previous = False
    for start in range(0, len(text), _CHUNK_CHARS):
        chunk = text[start : start + _CHUNK_CHARS]
        words = _collapsed(chunk)
        if not words:
            joins_previous = False
            continue
        if has_words and not (joins_previous and not chunk[0].isspace()):
            digest.update(b" ")
        digest.update(words)
        has_words = True
        joins_previous = not chunk[-1].isspace()
    return digest.hexdigest()


def packed(hashes: Hashes) -> bytes:
    """Return 64-bit hashes as little-endian bytes."""
    return hashes.astype("<u8").tobytes()


def unpacked(data: bytes) -> Hashes:
    """Return the hashes from the bytes that `packed` returned."""
    return np.frombuffer(data, dtype="<u8").astype(np.uint64, copy=False)


def packed_ascending(values: ShortHashes | Offsets) -> bytes:
    """Return ascending numbers below 2^32 as the bytes of their differences, which compress well."""
    return np.diff(values.astype(np.uint32), prepend=np.uint32(0)).astype("<u4").tobytes()


def unpacked_ascending(data: bytes) -> ShortHashes:
    """Return the numbers from the bytes that `packed_ascending` returned."""
    return np.cumsum(np.frombuffer(data, dtype="<u4"), dtype=np.uint32)


def _collapsed(chunk: str) -> bytes:
    """Return the words of a chunk with one space between them."""
    if not chunk.isascii():
        return " ".join(chunk.split()).encode("utf-8", "surrogatepass")
    spaced = chunk.encode().translate(_WHITE_SPACE).strip(b" ")
    codes = np.frombuffer(spaced, dtype=np.uint8)
    is_space = codes == 0x20
    repeats = is_space[1:] & is_space[:-1]
    return codes[1:][~repeats].tobytes().join((spaced[:1], b"")) if repeats.any() else spaced
