"""One small build that the tests of verifying copy and change."""

from __future__ import annotations

from pathlib import Path

import pytest
from small_builds import build, recipe_of


@pytest.fixture(scope="session")
def clean(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A finished build, some of whose documents are cut into parts; copy it before changing it."""
    folder = tmp_path_factory.mktemp("clean") / "build"
    buckets = ("pack.buckets=[2048,8192]", "packing.edges=[2048,8192]", "finetune.max_tokens=8192")
    build(recipe_of("bundled:manual/en", "bundled:dialogue", overrides=buckets), folder)
    return folder
