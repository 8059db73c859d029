"""The one-line progress bar of `finetune`, `evaluate` and `rope search`, with the current phase and a note."""

from __future__ import annotations

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, ProgressColumn, TextColumn, TimeElapsedColumn


class StepBar:
    """A progress bar that is visible while the `with` block runs; its length is unknown until `plan` is called."""

    def __init__(self, console: Console, *more_columns: ProgressColumn) -> None:
        self._progress = Progress(
            TextColumn("{task.description}"),
            BarColumn(bar_width=24),
            MofNCompleteColumn(),
            TextColumn("{task.fields[note]}"),
            TimeElapsedColumn(),
            *more_columns,
            console=console,
        )
        self._task = self._progress.add_task("starting", total=None, note="")

    def __enter__(self) -> StepBar:
        self._progress.start()
        return self

    def __exit__(self, *exception: object) -> None:
        self._progress.stop()

    def describe(self, description: str) -> None:
        """Show the current phase."""
        self._progress.update(self._task, description=description)

    def plan(self, description: str, *, total: int, completed: int) -> None:
        """Set the bar's phase, length and position."""
        self._progress.update(self._task, description=description, total=total, completed=completed)

    def move(self, completed: int, *, note: str) -> None:
        """Move the bar to a position and show a note."""
        self._progress.update(self._task, completed=completed, note=note)
