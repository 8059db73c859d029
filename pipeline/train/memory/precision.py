"""The dtype matrix products run in, as autocast has it; for autograd functions that switch autocast off inside."""

from __future__ import annotations

import torch
from torch import Tensor


def product_dtype(x: Tensor) -> torch.dtype:
    """Autocast's dtype where it is on for the device of `x` and would cast `x`, else that of `x`; float64 stays."""
    device = x.device.type
    if torch.is_autocast_enabled(device) and x.dtype is not torch.float64:
        return torch.get_autocast_dtype(device)
    return x.dtype
