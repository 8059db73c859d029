"""When the owner of an output folder counts as gone."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class LeaseTiming:
    """How often an owner gives a sign of life, and how long a silent one keeps its folder."""

    heartbeat_seconds: float = 30.0
    stale_seconds: float = 300.0

    @property
    def watch_seconds(self) -> float:
        """How long a newcomer watches a lease that is stale by a clock it does not share with the owner."""
        return 2 * self.heartbeat_seconds
