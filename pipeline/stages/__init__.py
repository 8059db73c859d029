"""Beam wiring: one stage a file."""
