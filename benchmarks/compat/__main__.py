"""Loads rows and exported models with the programs that people use for them: `make compat`.

    python -m benchmarks.compat [--only NAME …] [--data BUILD] [--root DIR]

- transformers 4.57 and the newest 5.x load exported models (`models_part`)
- vLLM's server and llama.cpp load an exported model by the commands that the README gives (`served_part`)
- TRL, Axolotl, LLaMA-Factory, ms-swift and five readers load the rows of a build (`rows_part`)

Each package is installed in an environment of its own below `--root` (`.venv-compat`), which takes minutes and about
20 GB in all; a finished environment is used again. Prints a table for each part; a part of which all packages ran also
writes its file in `benchmarks/results/`. Exit 0 if everything is equal, 1 if something differs, 2 if a package does not
install or its loader fails; its line says why.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence
from pathlib import Path

from benchmarks.compat.models_part import MODELS
from benchmarks.compat.part import run_part
from benchmarks.compat.rows_part import ROWS
from benchmarks.compat.served_part import SERVED

PARTS = (MODELS, SERVED, ROWS)
_ROOT = Path(".venv-compat")


def main(argv: Sequence[str] | None = None) -> int:
    """Run the parts and return the exit code."""
    names = [package.name for part in PARTS for package in part.packages]
    parser = argparse.ArgumentParser(prog="python -m benchmarks.compat", description=__doc__.split("\n", 1)[0])
    parser.add_argument("--data", type=Path, help="a finished build made with the embedded model's tokenizer")
    parser.add_argument("--only", nargs="+", choices=names, default=[], help="packages to run")
    parser.add_argument("--root", type=Path, default=_ROOT, help="folder of the environments")
    given = parser.parse_args(argv)
    return max(run_part(part, given.root.resolve(), data=given.data, only=given.only) for part in PARTS)


if __name__ == "__main__":
    sys.exit(main())
