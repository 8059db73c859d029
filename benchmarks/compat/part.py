"""A part of `make compat`, and the loop that runs one: each package in its own environment, one table.

A part prepares what its packages load and judges what they answer. The loop installs each package, runs its loader,
prints a line for each outcome, and goes on with the next package if one does not install or its loader fails.
"""

from __future__ import annotations

import subprocess
from collections.abc import Callable, Collection, Iterator, Sequence
from dataclasses import dataclass, field
from enum import IntEnum
from pathlib import Path

from benchmarks._results import write_results
from benchmarks.compat.environments import FailedStepError, Package, make_environment, run_loader, versions

_RESULTS = Path(__file__).parents[1] / "results"

Outcome = tuple[str, bool]
"""A line of the table, and whether what it shows is right."""


class Verdict(IntEnum):
    """How a part ended; also the exit code of the command."""

    RIGHT = 0
    WRONG = 1
    NOT_RUN = 2
    """A package did not install, or its loader failed."""


@dataclass(frozen=True, slots=True)
class Prepared:
    """What a part's packages load."""

    head: Sequence[str]
    """The lines above the rows of the table."""
    given: tuple[Path, ...]
    """The paths that each loader is given."""
    outcomes: Callable[[Package, Path], Iterator[Outcome]]
    """Takes a package and the file that its loader wrote; yields the rows of the table."""


@dataclass(frozen=True, slots=True)
class Part:
    """A table of packages that load the same things."""

    results: str
    """The file name in `benchmarks/results`."""
    title: str
    packages: tuple[Package, ...]
    prepare: Callable[[Path, Path | None], Prepared]
    """Takes the folder of the environments and the build that the user named, if any."""
    results_folder: Path = field(default=_RESULTS)


def run_part(part: Part, root: Path, *, data: Path | None, only: Collection[str]) -> Verdict:
    """Run the packages of a part and print its table; a run of all of them also writes the results file.

    Args:
        part: the part.
        root: the folder of the environments.
        data: a finished build; None to make one if the part needs it.
        only: names of packages; empty for all.
    """
    packages = [package for package in part.packages if not only or package.name in only]
    if not packages:
        return Verdict.RIGHT
    prepared = part.prepare(root, data)
    print("\n".join(prepared.head), flush=True)
    lines, shown, verdict = list(prepared.head), {}, Verdict.RIGHT
    for package in packages:
        try:
            make_environment(package, root)
            out = root / "loaded" / package.name / "answers.jsonl"
            run_loader(package, root, *prepared.given, out=out)
            found = ", ".join(f"{name} {number}" for name, number in versions(package, root).items())
            shown[package.name] = found.removeprefix(f"{package.name} ")
            outcomes = list(prepared.outcomes(package, out))
        except (FailedStepError, subprocess.TimeoutExpired) as error:
            empty = " |" * (prepared.head[-1].count("|") - 3)
            outcomes, verdict = [(f"| {package.name} | not run: {error} |{empty}", True)], Verdict.NOT_RUN
        for line, is_right in outcomes:
            print(line, flush=True)
            lines.append(line)
            verdict = verdict if is_right or verdict is Verdict.NOT_RUN else Verdict.WRONG
    if len(packages) == len(part.packages):
        write_results(part.results_folder / part.results, title=part.title, versions=shown, lines=lines)
    return verdict
