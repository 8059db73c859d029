"""How a command treats what an earlier run left in its output folder, and who else may read what it writes."""

from __future__ import annotations

from enum import StrEnum


class Start(StrEnum):
    """Go on, or start over."""

    RESUME = "resume"
    """Skip what is finished, go on with what is not."""
    FRESH = "fresh"
    """Remove the folder's contents first."""


class FolderAccess(StrEnum):
    """Who may look into an output folder on a local disk."""

    PRIVATE = "private"
    """Its user alone (0700), whatever the umask: it holds documents."""
    UMASK = "umask"
    """Whoever the umask lets: what it holds is meant to be handed on."""
