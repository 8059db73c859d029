"""The device that a recipe asks for, and kernels that give the same bits each time where it asks for them.

In: the recipe. Out: a device name; torch's switches for as long as a block runs. Used by training, evaluation and the
RoPE search.

On a CPU torch's kernels are deterministic for a fixed number of threads already. On CUDA some are not: FlashAttention's
backward pass adds dQ in the order in which blocks end, unless `torch.use_deterministic_algorithms` is on. With it the
pass takes more time and memory (`train.memory.predict`), and an operation without a deterministic form raises
RuntimeError.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager

import torch

from pipeline.config.finetune import FinetuneRecipe
from pipeline.errors import InputError

_CUBLAS_WORKSPACE = "CUBLAS_WORKSPACE_CONFIG"
_FIXED_WORKSPACE = ":4096:8"
"""Eight buffers of 4 MiB: with a workspace of its own for each stream, cuBLAS repeats its results (its manual, section
"Results Reproducibility"). Read when cuBLAS is first used."""


def resolve_device(requested: str, *, setting: str) -> str:
    """Return the device to use; `auto` is CUDA if torch sees one, else the CPU.

    Args:
        requested: `auto`, `cpu`, `cuda` or `cuda:N`.
        setting: the recipe key, named in the error.

    Raises:
        InputError: the recipe asks for CUDA and torch sees none.
    """
    if requested == "auto":
        return "cuda" if torch.cuda.is_available() else "cpu"
    if requested.startswith("cuda") and not torch.cuda.is_available():
        raise InputError(
            f"{setting} is {requested}, but torch sees no CUDA device.", remedy=f"Set {setting} to auto or cpu."
        )
    return requested


@contextmanager
def deterministic_kernels(recipe: FinetuneRecipe) -> Iterator[None]:
    """Make torch deterministic while the block runs, if the recipe says so; keep a workspace that the user set."""
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
