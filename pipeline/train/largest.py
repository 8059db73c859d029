"""The largest of some measurements, such that one that is no number is not lost: Python's `max` may drop a NaN.

In: numbers. Out: one. Used where a check must fail on a NaN. Pure.
"""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np


def largest(values: Iterable[float]) -> float:
    """The largest value, at least 0; a NaN if any of them is one."""
    return float(np.max([0.0, *values]))
