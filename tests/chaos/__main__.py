"""Runs one harness by its name: `python -m tests.chaos NAME [options]`."""

from __future__ import annotations

import importlib
import pkgutil
import sys
from pathlib import Path

_SHARED = frozenset(
    {"__main__", "commands", "documents", "server", "small_build", "small_training", "stages", "tables", "watching"}
)


def main(argv: list[str]) -> int:
    """Import the named harness and run it; returns its exit code. `--names` prints the names, one a line."""
    names = harness_names()
    if argv == ["--names"]:
        print("\n".join(names))
        return 0
    if not argv or argv[0] not in names:
        print(f"Usage: python -m tests.chaos NAME [options]. Names: {', '.join(names)}.", file=sys.stderr)
        return 2
    code: int = importlib.import_module(f"{__package__}.{argv[0]}").main(argv[1:])
    return code


def harness_names() -> list[str]:
    """Names of the modules of this package that are harnesses, sorted."""
    modules = (module.name for module in pkgutil.iter_modules([str(Path(__file__).parent)]))
    return sorted(name for name in modules if name not in _SHARED and not name.startswith(("test_", "_")))


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
