"""A time in words, for progress and plans."""

from __future__ import annotations

_HOUR, _MINUTE = 3600, 60


def duration(seconds: float | None) -> str:
    """Return a time in words, such as `3 min`; `unknown` for None."""
    if seconds is None:
        return "unknown"
    if seconds >= _HOUR:
        return f"{seconds / _HOUR:.1f} h"
    return f"{seconds / _MINUTE:.0f} min" if seconds >= _MINUTE else f"{seconds:.0f} s"
