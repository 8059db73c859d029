"""Two source trees side by side: what the benchmarks that compare them share."""

from __future__ import annotations

import argparse
from pathlib import Path

ROOT = Path(__file__).parent.parent


class BuildFailedError(Exception):
    """A tree cannot build."""


def add_tree_options(parser: argparse.ArgumentParser) -> None:
    """`--before` and `--after`; a tree that is not given is this one."""
    for name, help_text in (("--before", "checkout to compare with"), ("--after", "checkout to measure")):
        parser.add_argument(name, type=Path, default=ROOT, help=f"{help_text}; this one where not given")


def trees_of(options: argparse.Namespace) -> dict[str, Path] | None:
    """The trees by name; None, after a word about it, where one is no checkout."""
    trees = {"before": options.before, "after": options.after}
    for name, tree in trees.items():
        if not (tree / "pipeline" / "__main__.py").exists():
            print(f"--{name} names no checkout: give a folder with pipeline/ in it, not {tree}.")
            return None
    return trees
