"""The search for the longest pack of an 8B: where it begins, and what it takes for a try that did not fit."""

from __future__ import annotations

import pytest
import torch

from benchmarks._train_8b import is_out_of_memory, longest_try

GIB = 2**30


@pytest.mark.parametrize(
    "error",
    [
        torch.OutOfMemoryError("CUDA out of memory. Tried to allocate 4.58 GiB."),
        torch.AcceleratorError("CUDA error: out of memory\nCUDA kernel errors might be asynchronously reported"),
        RuntimeError("CUDA error: CUBLAS_STATUS_ALLOC_FAILED when calling `cublasCreate(handle)`"),
        RuntimeError("[enforce fail] DefaultCPUAllocator: can't allocate memory: you tried to allocate 8 bytes."),
    ],
)
def test_errors_for_want_of_gpu_or_host_memory_are_out_of_memory(error: RuntimeError) -> None:
    assert is_out_of_memory(error)


def test_other_errors_are_not_out_of_memory() -> None:
    assert not is_out_of_memory(RuntimeError("CUDA error: an illegal memory access was encountered"))


def test_search_begins_within_the_memory_of_the_host() -> None:
    # 32 layer inputs of 4096 bfloat16 numbers: a quarter of a MiB a token.
    assert longest_try(600_000, 1024 * GIB) == 1_200_000
    assert longest_try(600_000, 100 * GIB) == 100 * 4096
    assert longest_try(0, 100 * GIB) == 16384
