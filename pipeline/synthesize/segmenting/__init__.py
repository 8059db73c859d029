"""Cuts documents into segments to ask about: units of prose, turns or code, and their joining. See `segments`."""
