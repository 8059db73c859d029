"""Predicts high water at a pier from two tidal constituents.

Heights are in metres above chart datum, times in hours since midnight UTC.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

MEAN_LEVEL = 3.15
M2_PERIOD_HOURS = 12.4206
S2_PERIOD_HOURS = 12.0
MIN_CLEARANCE = 0.6


class NoHighWaterError(ValueError):
    """Raised if a day has no high water."""


@dataclass(frozen=True)
class Constituent:
    amplitude: float
    period_hours: float
    phase_hours: float

    def height_at(self, hour: float) -> float:
        """Return the contribution of this constituent in metres."""
        return self.amplitude * math.cos(2 * math.pi * (hour - self.phase_hours) / self.period_hours)


def pier_constituents() -> list[Constituent]:
    """Return the constituents that were fitted to the 2021 gauge readings."""
    return [Constituent(1.92, M2_PERIOD_HOURS, 4.7), Constituent(0.61, S2_PERIOD_HOURS, 6.1)]


def water_level(hour: float, constituents: list[Constituent]) -> float:
    """Return the height of the water at an hour."""
    return MEAN_LEVEL + sum(one.height_at(hour) for one in constituents)


def high_waters(constituents: list[Constituent], step_minutes: int = 6) -> list[tuple[float, float]]:
    """Return (hour, height) of each high water of a day.

    Raises:
        NoHighWaterError: the level has no maximum within the day.
    """
    hours = [minute / 60 for minute in range(0, 24 * 60, step_minutes)]
    levels = [water_level(hour, constituents) for hour in hours]
    found = [
        (hours[i], levels[i])
        for i in range(1, len(hours) - 1)
        if levels[i - 1] < levels[i] >= levels[i + 1]
    ]
    if not found:
        raise NoHighWaterError("the level has no maximum within the day")
    return found


def can_enter(draught: float, hour: float, constituents: list[Constituent]) -> bool:
    """Return whether a boat with this draught clears the sill, which dries 1.4 metres."""
    return water_level(hour, constituents) - 1.4 - draught >= MIN_CLEARANCE
