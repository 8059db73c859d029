"""The device a recipe asks for, for training and for evaluation."""

from __future__ import annotations

import torch

from pipeline.errors import InputError


def resolve_device(requested: str, *, setting: str) -> str:
    """`auto` is CUDA where there is one; anything else is what was asked for.

    Args:
        requested: `auto`, `cpu`, `cuda` or `cuda:N`.
        setting: the recipe key it stands under, for the error.

    Raises:
        InputError: CUDA is asked for and not there.
    """
    if requested == "auto":
        return "cuda" if torch.cuda.is_available() else "cpu"
    if requested.startswith("cuda") and not torch.cuda.is_available():
        raise InputError(
            f"{setting} is {requested}, but torch sees no CUDA device.", remedy=f"Set {setting} to auto or cpu."
        )
    return requested
