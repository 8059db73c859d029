"""Kernels that give the same bits each time, for a run that asks for them (`finetune.deterministic`).

In: the recipe. Out: torch's switches for as long as the block runs. Used around a training. On a CPU torch's kernels
are deterministic for a fixed number of threads already. On CUDA some are not: FlashAttention's backward pass adds dQ in
the order in which blocks end, unless `torch.use_deterministic_algorithms` is on; then it takes more time and memory
(`train.memory.predict`), and an operation that has no deterministic form raises RuntimeError.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager

import torch

from pipeline.config.finetune import FinetuneRecipe

_CUBLAS_WORKSPACE = "CUBLAS_WORKSPACE_CONFIG"
_FIXED_WORKSPACE = ":4096:8"
"""Eight buffers of 4 MiB: with a workspace of its own for each stream, cuBLAS repeats its results (its manual, section
"Results Reproducibility"). Read when cuBLAS is first used."""


@contextmanager
def deterministic_kernels(recipe: FinetuneRecipe) -> Iterator[None]:
    """While the block runs, let torch be deterministic where the recipe says so; a user's own workspace is kept."""
    if not recipe.deterministic:
        yield
        return
    before = torch.are_deterministic_algorithms_enabled()
    warned_only = torch.is_deterministic_algorithms_warn_only_enabled()
    filled = torch.utils.deterministic.fill_uninitialized_memory  # type: ignore[attr-defined]  # torch hides it
    workspace = os.environ.get(_CUBLAS_WORKSPACE)
    os.environ.setdefault(_CUBLAS_WORKSPACE, _FIXED_WORKSPACE)
    torch.use_deterministic_algorithms(True)
    # Filling every empty tensor shows bugs and changes no result, and costs a write of all that is allocated.
    torch.utils.deterministic.fill_uninitialized_memory = False  # type: ignore[attr-defined]
    try:
        yield
    finally:
        torch.utils.deterministic.fill_uninitialized_memory = filled  # type: ignore[attr-defined]
        torch.use_deterministic_algorithms(before, warn_only=warned_only)
        if workspace is None:
            del os.environ[_CUBLAS_WORKSPACE]
