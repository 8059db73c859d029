"""Which errors say that memory is short, and what is advised then."""

from __future__ import annotations

import pytest
import torch

from pipeline.train.memory.exhausted import advice, is_out_of_memory
from pipeline.train.memory.remedies import Remedy


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


def test_advice_goes_as_far_as_it_must() -> None:
    found = [Remedy(f"s{i}", f"e{i}", saves_bytes=10, peak_bytes=90 - 10 * i, longest_tokens=0) for i in range(3)]
    assert advice(found, 95) == "--set s0 (e0)"
    assert advice(found, 80) == "--set s0 (e0) --set s1 (e1)"
    assert advice(found, 10) == "a smaller finetune.max_tokens with --set s0 (e0) --set s1 (e1) --set s2 (e2)"
    assert advice([], 10) == "a smaller finetune.max_tokens"
