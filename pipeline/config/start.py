"""How a command treats what an earlier run left in its output folder."""

from __future__ import annotations

from enum import StrEnum


class Start(StrEnum):
    """Go on, or start over."""

    RESUME = "resume"
    """Skip what is finished, go on with what is not."""
    FRESH = "fresh"
    """Remove the folder's contents first."""
