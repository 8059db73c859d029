"""Entry point of the command `pipeline` and of `python -m pipeline`."""

from __future__ import annotations

import sys

from pipeline.cli.app import run


def main() -> None:
    """Run the command line and exit with its code."""
    sys.exit(run(sys.argv[1:]))


if __name__ == "__main__":
    main()
