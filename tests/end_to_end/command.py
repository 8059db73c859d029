"""Runs the command as a user does: a process of its own, in a folder of its own."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from pipeline.io import files

WORKERS = ("--", "--direct_num_workers=2", "--direct_running_mode=multi_processing")


def command(*arguments: str) -> list[str]:
    return [sys.executable, "-m", "pipeline", *arguments]


def run_pipeline(*arguments: str, cwd: Path, env: Mapping[str, str] | None = None) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        command(*arguments),
        cwd=cwd,
        env={**os.environ, "COLUMNS": "200", **(env or {})},
        capture_output=True,
        text=True,
        check=False,
    )


def build(*arguments: str, cwd: Path, output: str) -> dict[str, Any]:
    """Run build-sft, expect success, return the manifest."""
    at = arguments.index("--") if "--" in arguments else len(arguments)
    done = run_pipeline("build-sft", *arguments[:at], "--output", output, *arguments[at:], cwd=cwd)
    assert done.returncode == 0, done.stderr + done.stdout
    manifest: dict[str, Any] = files.read_json(str(cwd / output / "manifest.json"))
    return manifest


def contents(folder: Path) -> dict[str, bytes]:
    """Every file below a folder, by relative name."""
    return {
        path.relative_to(folder).as_posix(): path.read_bytes() for path in sorted(folder.rglob("*")) if path.is_file()
    }
