"""What a command does with an earlier run's output folder, and who may read what it writes."""

from __future__ import annotations

from enum import StrEnum


class Start(StrEnum):
    """Whether to resume or start over."""

    RESUME = "resume"
    """Skip finished work and continue the rest."""
    FRESH = "fresh"
    """Remove the folder's contents first."""


class FolderAccess(StrEnum):
    """Who may read an output folder on a local disk."""

    PRIVATE = "private"
    """Only its user (0700), whatever the umask: it holds documents."""
    UMASK = "umask"
    """Everyone the umask allows: its content is meant to be shared."""
