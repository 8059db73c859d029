"""Writes sequences of token ids in the indexed format of Megatron-LM (and NeMo): PREFIX.bin and PREFIX.idx.

Sequences are written as they arrive; only their lengths stay in memory. The format is the one that
`megatron.core.datasets.indexed_dataset` reads, little-endian throughout:

    PREFIX.bin   the numbers of all sequences, without separators
    PREFIX.idx   "MMIDIDX" 00 00 · u64 version, 1 · u8 code of the number type · u64 S sequences · u64 D + 1
                 i32 × S length of each sequence · i64 × S its byte offset in PREFIX.bin
                 i64 × (D + 1) index of the first sequence of each of the D documents, then S

Used by `pipeline.megatron`.
"""

from __future__ import annotations

import struct
from collections.abc import Iterable
from dataclasses import dataclass
from enum import Enum

import numpy as np
import numpy.typing as npt

from pipeline.io.files import open_atomic

_MAGIC = b"MMIDIDX\x00\x00"
_VERSION = 1
_LARGEST_UINT16_VOCABULARY = 65_499


class NumberType(Enum):
    """Type of the numbers in a file. A value is the code in the index and the little-endian dtype."""

    UINT8 = (1, "<u1")
    INT32 = (4, "<i4")
    UINT16 = (8, "<u2")

    @property
    def code(self) -> int:
        """The type's code in the index."""
        return self.value[0]

    @property
    def dtype(self) -> np.dtype[np.integer]:
        """The type of the numbers in the file."""
        return np.dtype(self.value[1])


@dataclass(frozen=True, slots=True)
class IndexedCounts:
    """How much was written: the count of sequences, and of numbers in all of them."""

    sequences: int
    numbers: int


def token_type(vocabulary: int) -> NumberType:
    """Return the type that Megatron's own preprocessing uses for a vocabulary size."""
    return NumberType.UINT16 if vocabulary <= _LARGEST_UINT16_VOCABULARY else NumberType.INT32


def write_indexed(
    prefix: str, sequences: Iterable[npt.NDArray[np.integer]], *, number_type: NumberType
) -> IndexedCounts:
    """Write one data set; each sequence is one document.

    Args:
        prefix: path of both files without the extension.
        sequences: one-dimensional, non-empty arrays; every number must fit the type.
        number_type: type of the stored numbers.

    Raises:
        ValueError: a sequence is empty, has several dimensions or contains a number that does not fit the type.
    """
    limits = np.iinfo(number_type.dtype)
    lengths: list[int] = []
    with open_atomic(f"{prefix}.bin") as file:
        for sequence in sequences:
            if sequence.ndim != 1 or sequence.size == 0:
                raise ValueError(f"sequence {len(lengths)} has the shape {sequence.shape}")
            if int(sequence.min()) < limits.min or int(sequence.max()) > limits.max:
                raise ValueError(f"sequence {len(lengths)} has numbers that do not fit {number_type.name}")
            file.write(sequence.astype(number_type.dtype).tobytes())
            lengths.append(int(sequence.size))
    num_bytes = np.asarray(lengths, dtype=np.int64) * number_type.dtype.itemsize
    offsets = np.concatenate([np.zeros(1, dtype=np.int64), np.cumsum(num_bytes)])[: len(lengths)]
    with open_atomic(f"{prefix}.idx") as file:
        file.write(_MAGIC + struct.pack("<QBQQ", _VERSION, number_type.code, len(lengths), len(lengths) + 1))
        file.write(np.asarray(lengths, dtype="<i4").tobytes())
        file.write(offsets.astype("<i8").tobytes())
        file.write(np.arange(len(lengths) + 1, dtype="<i8").tobytes())
    return IndexedCounts(len(lengths), sum(lengths))
