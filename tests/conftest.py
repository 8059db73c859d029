"""Settings every test shares."""

from __future__ import annotations

import os

from hypothesis import settings

if "PYTEST_XDIST_WORKER" in os.environ:
    # One thread a worker: libraries that start as many threads as there are cores are many times slower beside each
    # other. Set before any of them is imported; processes that a test starts inherit it.
    for _name in ("OMP_NUM_THREADS", "MKL_NUM_THREADS", "OPENBLAS_NUM_THREADS", "RAYON_NUM_THREADS"):
        os.environ.setdefault(_name, "1")

# Machines are noisy and shared; a slow example is not a failure.
settings.register_profile("pipeline", deadline=None)
settings.load_profile("pipeline")
