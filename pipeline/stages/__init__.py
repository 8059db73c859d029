"""The stages of a build as Beam jobs, with each step in its own module."""
