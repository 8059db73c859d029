"""What every benchmark does with its lines: a table row, and the file of a full run. No host name is written."""

from __future__ import annotations

import datetime
import os
import platform
from collections.abc import Mapping, Sequence
from pathlib import Path

import numpy as np

from pipeline.identity import distribution_version


class MissingPeerError(Exception):
    """A peer of the benchmark is not installed."""


def table_row(name: str, cells: Sequence[str]) -> str:
    """One line of a table."""
    return f"| {name} | {' | '.join(cells)} |"


def write_results(path: Path, *, title: str, versions: Mapping[str, str], lines: Sequence[str]) -> None:
    """Write the lines of a full run under a head that names date, machine and versions.

    Args:
        path: `benchmarks/results/NAME.md`.
        title: of the file.
        versions: of each peer, with the parameters it ran with.
        lines: what the benchmark printed.
    """
    head = [
        f"# {title}",
        "",
        f"{datetime.datetime.now(datetime.UTC).date()}, {platform.machine()}, {_cpu_name()}, {os.cpu_count()} cores, "
        f"Python {platform.python_version()}, numpy {np.__version__}, longdoc-pipeline {distribution_version()}.",
        "",
        *(f"- {name} {version}" for name, version in versions.items()),
        "",
    ]
    path.parent.mkdir(exist_ok=True)
    path.write_text("\n".join([*head, *lines]) + "\n", encoding="utf-8")


def _cpu_name() -> str:
    info = Path("/proc/cpuinfo")
    names = [line for line in info.read_text().splitlines() if line.startswith("model name")] if info.exists() else []
    return names[0].split(":", 1)[1].strip() if names else platform.processor()
