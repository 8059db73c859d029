"""Beam wiring of the build's stages, with each step in its own module."""
