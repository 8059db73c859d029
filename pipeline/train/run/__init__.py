"""One training run: its stages, identity, folder, metrics and record."""
