"""The progress of `finetune`, `evaluate` and `rope search`: one bar on a terminal, plain lines anywhere else.

In a file or a pipe, a bar would appear only at its end. There, each phase is a line, and so is each step, but no more
than one in two seconds.
"""

from __future__ import annotations

import time

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn

_SECONDS_BETWEEN_LINES = 2.0


class StepBar:
    """Progress that is visible while the `with` block runs; its length is unknown until `plan` is called."""

    def __init__(self, console: Console) -> None:
        self._console = console
        self._progress = Progress(
            TextColumn("{task.description}"),
            BarColumn(bar_width=24),
            MofNCompleteColumn(),
            TextColumn("{task.fields[note]}"),
            TimeElapsedColumn(),
            console=console,
        )
        self._task = self._progress.add_task("starting", total=None, note="")
        self._has_bar = console.is_terminal
        self._last_line = -_SECONDS_BETWEEN_LINES

    def __enter__(self) -> StepBar:
        if self._has_bar:
            self._progress.start()
        return self

    def __exit__(self, *exception: object) -> None:
        if self._has_bar:
            self._progress.stop()

    def describe(self, description: str) -> None:
        """Show the current phase."""
        self._progress.update(self._task, description=description)
        if not self._has_bar:
            self.print(description)

    def plan(self, description: str, *, total: int, completed: int) -> None:
        """Set the bar's phase, length and position."""
        self._progress.update(self._task, description=description, total=total, completed=completed)

    def move(self, completed: int, *, note: str) -> None:
        """Move the bar to a position and show a note."""
        self._progress.update(self._task, completed=completed, note=note)
        total = self._progress.tasks[0].total
        now = time.monotonic()
        is_due = now - self._last_line >= _SECONDS_BETWEEN_LINES or completed == total
        if not self._has_bar and is_due:
            self._last_line = now
            self.print(f"{completed}/{total:.0f} {note}" if total is not None else note)

    def print(self, line: str) -> None:
        """Print a line above the bar, however long it is."""
        self._console.print(line, soft_wrap=True, highlight=False, markup=False)
