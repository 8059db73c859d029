"""Where a run shows its progress: on stderr, like the commands, or nowhere.

A terminal and a notebook get bars, other outputs plain lines.
"""

from __future__ import annotations

import os
from enum import StrEnum

from rich.console import Console

from pipeline.train.machine.torchrun import launched_process


class Progress(StrEnum):
    """Whether a run shows its progress."""

    SHOWN = "shown"
    """On stderr; if torchrun started several processes, the first one shows it."""
    SILENT = "silent"


def console_of(progress: Progress | str) -> Console:
    """Return the console for the progress of a run; `progress` may be the value of a `Progress`."""
    is_silent = Progress(progress) is Progress.SILENT or not launched_process(os.environ).is_first
    return Console(stderr=True, quiet=is_silent)
