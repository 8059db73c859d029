"""Resolves the device that a recipe asks for, and makes torch's kernels deterministic if the recipe asks for it.

`resolve_device` takes a setting and returns a device name; training, evaluation and the RoPE search use it.
`deterministic_kernels` takes a recipe and sets torch's switches inside a `with` block; only training uses it.

On a CPU, torch's kernels are already deterministic for a fixed number of threads. On CUDA, some are not: the backward
pass of FlashAttention sums dQ in the order in which blocks finish, unless `torch.use_deterministic_algorithms` is on.
If it is on, the backward pass takes more time and memory (`train.memory.predict`), and an operation that has no
deterministic implementation raises RuntimeError.
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
"""Eight buffers of 4 MiB. If each stream has its own workspace, cuBLAS results are reproducible (cuBLAS manual, section
"Results Reproducibility"). cuBLAS reads the variable when it is first used."""


def resolve_device(requested: str, *, setting: str) -> str:
    """Return the device to use; `auto` is CUDA if torch sees one, else the CPU.

    Args:
        requested: `auto`, `cpu`, `cuda` or `cuda:N`.
        setting: recipe key for the error message.

    Raises:
        InputError: the recipe asks for CUDA, but torch sees no CUDA device.
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
    """Make torch deterministic inside the block if the recipe asks for it; keep the user's cuBLAS workspace setting."""
    if not recipe.deterministic:
        yield
        return
    before = torch.are_deterministic_algorithms_enabled()
    warned_only = torch.is_deterministic_algorithms_warn_only_enabled()
    filled = torch.utils.deterministic.fill_uninitialized_memory  # type: ignore[attr-defined]  # torch hides it
    workspace = os.environ.get(_CUBLAS_WORKSPACE)
    os.environ.setdefault(_CUBLAS_WORKSPACE, _FIXED_WORKSPACE)
    torch.use_deterministic_algorithms(True)
    # Filling empty tensors only helps to find bugs. It does not change results, and it writes to all allocated memory.
    torch.utils.deterministic.fill_uninitialized_memory = False  # type: ignore[attr-defined]
    try:
        yield
    finally:
        torch.utils.deterministic.fill_uninitialized_memory = filled  # type: ignore[attr-defined]
        torch.use_deterministic_algorithms(before, warn_only=warned_only)
        if workspace is None:
            del os.environ[_CUBLAS_WORKSPACE]
