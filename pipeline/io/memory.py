"""Gives memory back to the operating system between the stages of a build."""

from __future__ import annotations

import ctypes
import gc

import pyarrow as pa


def release_memory() -> None:
    """Give back what Python, Arrow and the C library keep for later allocations.

    One stage allocates differently from the next, so what it keeps would add to the peak of the next stage. The C
    library gives memory back by itself only from the end of its heap; glibc's `malloc_trim` also gives back the rest,
    and other C libraries have no such function.
    """
    gc.collect()
    pa.default_memory_pool().release_unused()
    trim = getattr(ctypes.CDLL(None), "malloc_trim", None)
    if trim is not None:
        trim(0)
