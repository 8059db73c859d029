"""Timing of leases: when the owner of an output folder counts as gone."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class LeaseTiming:
    """How often an owner refreshes its lease, and how long it keeps the folder without refreshing it."""

    heartbeat_seconds: float = 30.0
    stale_seconds: float = 300.0

    @property
    def watch_seconds(self) -> float:
        """How long another command watches a lease that seems stale, if the two machines' clocks may differ."""
        return 2 * self.heartbeat_seconds
