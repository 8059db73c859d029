"""The results of verifying a folder: problems, and counts of what was checked.

Used by all modules of this package and by `build`.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass

from pipeline.errors import DamagedFileError

REMAKE = "the next build sets it aside and rebuilds it"
RERUN_SHARD = "the next build runs its shard again"
FROM_MARKERS = "the next build rewrites it from the stages' markers"
SET_ASIDE = "the next build sets it aside"
GO_ON = "run the build again to continue"
START_OVER = "the file itself is undamaged, so build again with --fresh; if it happens again, report it"


@dataclass(frozen=True, slots=True)
class Problem:
    """A problem with one file or folder; `str()` gives one sentence."""

    path: str
    """The path relative to the verified folder."""
    what: str
    """What is wrong, worded to follow the path in a sentence, such as "is missing"."""
    next_run: str
    """What the next run does about the problem, or what the user should do."""

    def __str__(self) -> str:
        return f"{self.path} {self.what}; {self.next_run}."


class Findings:
    """Collects problems without repeating any, and counts what was checked."""

    def __init__(self) -> None:
        self._problems: dict[tuple[str, str], Problem] = {}
        self._counts: Counter[str] = Counter()

    def add(self, path: str, what: str, next_run: str) -> None:
        """Record a problem, unless the same text is already recorded for the path."""
        self._problems.setdefault((path, what), Problem(path, what, next_run))

    def count(self, name: str, amount: int = 1) -> None:
        """Add to the count of checked items of one kind, such as `files` or `rows`."""
        self._counts[name] += amount

    @property
    def problems(self) -> tuple[Problem, ...]:
        """The problems, in the order they were found."""
        return tuple(self._problems.values())

    @property
    def counts(self) -> Mapping[str, int]:
        """The number of checked items, by kind."""
        return dict(self._counts)


def reason(error: DamagedFileError) -> str:
    """Return what is wrong with the file: the error's message without the path and the final full stop."""
    return error.message.split(" is damaged: ", 1)[-1].rstrip(".")
