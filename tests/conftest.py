"""Settings every test shares."""

from __future__ import annotations

from hypothesis import settings

# Machines are noisy and shared; a slow example is not a failure.
settings.register_profile("pipeline", deadline=None)
settings.load_profile("pipeline")
