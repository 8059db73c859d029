"""The results of verifying: one problem per line, and counts of what was checked."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass

REMAKE = "the next build sets it aside and rebuilds it"
RERUN_SHARD = "the next build runs its shard again"
FROM_MARKERS = "the next build rewrites it from the stages' markers"
SET_ASIDE = "the next build sets it aside"
GO_ON = "run the build again to go on"
START_OVER = "the file itself is undamaged, so build again with --fresh; if it happens again, report it"


@dataclass(frozen=True, slots=True)
class Problem:
    """A problem with one file or folder."""

    path: str
    """Relative to the verified folder."""
    what: str
    """The end of a sentence that starts with the path."""
    next_run: str
    """What the next run does about it, or what the user should do."""

    def __str__(self) -> str:
        return f"{self.path} {self.what}; {self.next_run}."


class Findings:
    """Collects problems, at most one per path and text, and counts checks."""

    def __init__(self) -> None:
        self._problems: dict[tuple[str, str], Problem] = {}
        self._counts: Counter[str] = Counter()

    def add(self, path: str, what: str, next_run: str) -> None:
        """Record a problem."""
        self._problems.setdefault((path, what), Problem(path, what, next_run))

    def count(self, name: str, amount: int = 1) -> None:
        """Record that something was checked."""
        self._counts[name] += amount

    @property
    def problems(self) -> tuple[Problem, ...]:
        """The problems, in the order they were found."""
        return tuple(self._problems.values())

    @property
    def counts(self) -> Mapping[str, int]:
        """Amounts that were checked, by name."""
        return dict(self._counts)
