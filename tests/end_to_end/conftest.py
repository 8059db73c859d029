"""One build of the quickstart recipe, shared by the tests that read it."""

from __future__ import annotations

from pathlib import Path

import pytest

from end_to_end.command import build


@pytest.fixture(scope="session")
def quickstart_build(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Folder of `pipeline build-sft` without arguments but its output."""
    cwd = tmp_path_factory.mktemp("quickstart")
    build(cwd=cwd, output="build")
    return cwd / "build"
