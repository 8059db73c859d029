"""How a command starts in an output folder: what happens to earlier contents, who may read it, how its lease works."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


class Start(StrEnum):
    """What a command does with the output folder of an earlier run."""

    RESUME = "resume"
    """Skip finished work and continue with the rest."""
    FRESH = "fresh"
    """Remove the folder's contents first."""


class FolderAccess(StrEnum):
    """Who may read an output folder on a local disk."""

    PRIVATE = "private"
    """Only the user who runs the command (mode 0700), whatever the umask, because the folder holds documents."""
    UMASK = "umask"
    """Everyone whom the umask allows, because the contents are meant to be shared."""


@dataclass(frozen=True, slots=True)
class LeaseTiming:
    """How often the owner of an output folder refreshes its lease, and when a lease without refreshes is stale."""

    heartbeat_seconds: float = 30.0
    stale_seconds: float = 300.0

    @property
    def watch_seconds(self) -> float:
        """How long another command watches a lease that seems stale, if the clocks of the two machines may differ."""
        return 2 * self.heartbeat_seconds
