"""Where a run shows its progress: on stderr, like the commands, or nowhere.

A terminal and a notebook get bars, other outputs plain lines.
"""

from __future__ import annotations

import os
from enum import StrEnum

from rich.console import Console

from pipeline.api.arguments import choice_of
from pipeline.train.machine.torchrun import launched_process


class Progress(StrEnum):
    """Whether a run shows its progress."""

    SHOWN = "shown"
    """On stderr; if torchrun started several processes, the first one shows it."""
    SILENT = "silent"


def console_of(progress: Progress | str, *, function: str) -> Console:
    """Return the console for the progress of a run; `progress` may be the value of a `Progress`.

    Raises:
        InputError: no `Progress` has this value.
    """
    chosen = choice_of(Progress, progress, argument=f"{function}: progress")
    is_silent = chosen is Progress.SILENT or not launched_process(os.environ).is_first
    return Console(stderr=True, quiet=is_silent)
