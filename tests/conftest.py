"""Settings every test shares."""

from __future__ import annotations

import logging
import os

import pytest
from hypothesis import settings

if "PYTEST_XDIST_WORKER" in os.environ:
    # One thread a worker: libraries that start as many threads as there are cores are many times slower beside each
    # other. Set before any of them is imported; processes that a test starts inherit it.
    for _name in ("OMP_NUM_THREADS", "MKL_NUM_THREADS", "OPENBLAS_NUM_THREADS", "RAYON_NUM_THREADS"):
        os.environ.setdefault(_name, "1")

# Machines are noisy and shared; a slow example is not a failure.
settings.register_profile("pipeline", deadline=None)
settings.load_profile("pipeline")


@pytest.fixture(autouse=True)
def level_of_our_log() -> None:
    """A command run in this process sets the level of its log, which would hide messages from the tests that follow."""
    logging.getLogger("pipeline").setLevel(logging.NOTSET)
