"""Markdown tables, progress lines, and the folder a harness works in."""

from __future__ import annotations

import argparse
import shutil
import sys
import tempfile
from collections.abc import Iterable, Sequence
from pathlib import Path


def print_table(columns: Sequence[str], rows: Iterable[Sequence[object]]) -> None:
    """Print a markdown table to stdout."""
    print(f"| {' | '.join(columns)} |")
    print(f"| {' | '.join('---' for _ in columns)} |")
    for row in rows:
        print(f"| {' | '.join(str(cell) for cell in row)} |")
    sys.stdout.flush()


def tell(line: str) -> None:
    """Print one line of progress to stderr."""
    print(line, file=sys.stderr, flush=True)


def options_of(name: str, description: str | None, *, count: int) -> argparse.ArgumentParser:
    """A parser with the options that every harness has."""
    parser = argparse.ArgumentParser(
        prog=f"python -m tests.chaos {name}",
        description=description,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("--seed", type=int, default=10)
    parser.add_argument("--count", type=int, default=count, help=f"how much of it; {count} where not given")
    parser.add_argument("--work", type=Path, help="folder to work in; a temporary one where not given")
    return parser


def open_work_folder(given: Path | None, name: str) -> Path:
    """The folder of a harness, empty."""
    if given is None:
        return Path(tempfile.mkdtemp(prefix=f"chaos-{name}-"))
    given.mkdir(parents=True, exist_ok=True)
    if any(given.iterdir()):
        raise SystemExit(f"--work {given} is not empty.")
    return given.resolve()


def close_work_folder(folder: Path, deviations: Sequence[str]) -> int:
    """Remove the folder and return 0; after deviations list them, keep the folder and return 1."""
    if not deviations:
        shutil.rmtree(folder, ignore_errors=True)
        print("\nNo deviation.")
        return 0
    print(f"\n{len(deviations)} deviations:\n")
    for line in deviations:
        print(f"- {' '.join(line.split())}")  # an output that is quoted in it has lines
    tell(f"The folder is kept: {folder}")
    return 1
