"""A copy of the package that a test may add files to, and programs that run with it."""

from __future__ import annotations

import shutil
import subprocess
import sys
from pathlib import Path

import pipeline

ROOT = Path(pipeline.__file__).parent


def copy_package(folder: Path, *left_out: str) -> Path:
    """Copy the package below a folder, without bytecode and without the files and folders of some names."""
    return Path(shutil.copytree(ROOT, folder / "pipeline", ignore=shutil.ignore_patterns("__pycache__", *left_out)))


def run_with_copy(folder: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    """Run Python in a folder with the copy below it; the caller looks at the exit code."""
    environment = {"PYTHONPATH": str(folder), "PATH": "", "PYTHONIOENCODING": "utf-8", "HOME": str(folder)}
    command = [sys.executable, *arguments]
    return subprocess.run(command, cwd=folder, env=environment, capture_output=True, text=True, check=False)
