"""Checks that a build, model or evaluation folder matches its records."""
